//! Reads a mapping key by key, and reports the keys that nobody asked for.
//!
//! It must not know what any key means.

use crate::finding::{Code, Finding, brief};
use crate::limits::FINDINGS_MAX;
use crate::nearest;
use crate::node::{Entry, Kind, Node};
use crate::source::Span;

/// A mapping that is being read.
#[derive(Debug)]
pub struct Fields<'n> {
    node: &'n Node,
    entries: &'n [Entry],
    what: String,
    known: Vec<&'static str>,
    missing: Vec<(&'static str, Finding)>,
}

impl<'n> Fields<'n> {
    /// CF103 if the node is not a mapping. `what` names it in messages: "a state", "the arguments of `play`".
    pub fn of(node: &'n Node, what: &str, found: &mut Vec<Finding>) -> Option<Fields<'n>> {
        let Kind::Map(entries) = &node.kind else {
            found.push(
                Finding::error(
                    Code(103),
                    node.span,
                    format!("expected a mapping for {what}, found {}", node.describe()),
                )
                .label("expected `key: value` pairs"),
            );
            return None;
        };
        Some(Fields { node, entries, what: what.to_owned(), known: Vec::new(), missing: Vec::new() })
    }

    /// A key that may stand here; remembered as known whether it is there or not.
    /// A key whose value is null counts as there.
    pub fn get(&mut self, key: &'static str) -> Option<&'n Entry> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// The same, but CF102 if it is missing: points at the mapping that lacks it (its first key), names the key.
    pub fn require(&mut self, key: &'static str, found: &mut Vec<Finding>) -> Option<&'n Entry> {
        let entry = self.get(key);
        if entry.is_none() {
            let finding =
                Finding::error(Code(102), self.start(), format!("`{key}` is missing in {}", self.what))
                    .label(format!("`{key}` must stand in this mapping"));
            self.missing.push((key, finding.clone()));
            found.push(finding);
        }
        entry
    }

    /// Where the mapping begins: up to the end of its first key.
    #[must_use]
    pub fn start(&self) -> Span {
        let end = self.entries.first().map_or(self.node.span.end, |first| first.key.span.end);
        Span::new(self.node.span.start, end)
    }

    /// Reports that none of these keys is there, unless one of them turns out to be only misspelt.
    pub fn lacks(&mut self, keys: &[&'static str], finding: Finding, found: &mut Vec<Finding>) {
        self.missing.extend(keys.iter().map(|key| (*key, finding.clone())));
        found.push(finding);
    }

    /// At most one of these may stand here (CF104 at each later one, with a label at the first);
    /// returns the first present, in the order of the file.
    pub fn one_of(&mut self, keys: &[&'static str], found: &mut Vec<Finding>) -> Option<&'n Entry> {
        let mut present: Vec<&'n Entry> = keys.iter().filter_map(|key| self.get(key)).collect();
        present.sort_by_key(|entry| entry.key.span.start);
        let (first, later) = present.split_first()?;
        for entry in later {
            let (one, other) = (&first.key.value, &entry.key.value);
            found.push(
                Finding::error(
                    Code(104),
                    entry.key.span,
                    format!("`{one}` and `{other}` exclude each other in {}", self.what),
                )
                .label("only one of them may stand here")
                .related(first.key.span, "the other one")
                .help(format!("keep one of {}", list(keys.iter().copied()))),
            );
        }
        Some(first)
    }

    /// Every key not asked for is CF101 at the key, with the nearest known one as help, and as a
    /// fix where it is sure; if none is near, the help lists the known keys.
    ///
    /// A required key that is only misspelt, or has another name, is not missing as well: its CF102 is taken back.
    pub fn finish(self, found: &mut Vec<Finding>) {
        let Fields { node, entries, what, known, mut missing } = self;
        // A key that stands here already is not the one that was meant.
        let free: Vec<&str> = known.iter().copied().filter(|key| node.get(key).is_none()).collect();
        for Entry { key, .. } in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
            if found.len() >= FINDINGS_MAX {
                return;
            }
            let headline = format!("unknown key `{}` in {what}", brief(&key.value));
            let mut finding = Finding::error(Code(101), key.span, headline).label("no such key");
            let meant = nearest::nearest(&key.value, free.iter().copied());
            let stands_for = match meant {
                Some(meant) => missing.iter().position(|(key, _)| *key == meant),
                None => (!missing.is_empty()).then_some(0),
            };
            if let Some(at) = stands_for {
                let (_, taken_back) = missing.remove(at);
                missing.retain(|(_, other)| *other != taken_back);
                found.retain(|other| *other != taken_back);
            }
            if let Some(meant) = meant {
                finding = finding.help(format!("did you mean `{meant}`?"));
                if nearest::is_sure(&key.value, free.iter().copied()) == Some(meant) {
                    finding = finding.fix(key.span, meant);
                }
            } else if known.is_empty() {
                finding = finding.help("no key may stand here");
            } else {
                finding = finding.help(format!("known keys: {}", list(known.iter().copied())));
            }
            found.push(finding);
        }
    }

    /// The place of the mapping.
    #[must_use]
    pub fn span(&self) -> Span {
        self.node.span
    }

    /// The mapping itself.
    #[must_use]
    pub fn node(&self) -> &'n Node {
        self.node
    }
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn read(text: &str) -> Vec<Finding> {
        let (node, mut found) = crate::yaml::read(&Source::new("x", text));
        let Some(node) = node else { return found };
        let Some(mut fields) = Fields::of(&node, "a state", &mut found) else { return found };
        fields.get("goto");
        fields.require("do", &mut found);
        fields.one_of(&["text", "file", "ssml"], &mut found);
        fields.finish(&mut found);
        found
    }

    #[test]
    fn one_finding_for_each_fault() {
        for (text, expected) in [
            ("do: ~\ngoto: x", &[][..]),
            ("[]", &["CF103 0..2 expected a mapping for a state, found a list; None; None"]),
            ("{}", &["CF102 0..2 `do` is missing in a state; None; None"]),
            ("goto: x", &["CF102 0..4 `do` is missing in a state; None; None"]),
            (
                "do: x\nGoto: y",
                &[
                    "CF101 6..10 unknown key `Goto` in a state; Some(\"did you mean `goto`?\"); Some(\"goto\")",
                ],
            ),
            (
                // Both `text` and `goto` are near, but `goto` stands here already.
                "do: x\ngoto: y\ngotto: z",
                &[
                    "CF101 14..19 unknown key `gotto` in a state; Some(\"known keys: `goto`, `do`, `text`, `file`, `ssml`\"); None",
                ],
            ),
            ("od: x", &["CF101 0..2 unknown key `od` in a state; Some(\"did you mean `do`?\"); None"]),
            (
                "do: x\n'txet': y",
                &[
                    "CF101 6..12 unknown key `txet` in a state; Some(\"did you mean `text`?\"); Some(\"text\")",
                ],
            ),
            (
                "file: a\ndo: x\ntext: b\nssml: c",
                &[
                    "CF104 14..18 `file` and `text` exclude each other in a state; Some(\"keep one of `text`, `file`, `ssml`\"); None",
                    "CF104 22..26 `file` and `ssml` exclude each other in a state; Some(\"keep one of `text`, `file`, `ssml`\"); None",
                ],
            ),
        ] {
            let found: Vec<String> = read(text)
                .into_iter()
                .map(|finding| {
                    let Span { start, end } = finding.primary.span;
                    let fix = finding.fix.map(|fix| fix.replacement);
                    let (code, message) = (finding.code, finding.message);
                    format!("{code} {start}..{end} {message}; {:?}; {fix:?}", finding.help)
                })
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
