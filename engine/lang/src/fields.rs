//! Reads a mapping key by key, and reports the keys that nobody asked for.
//!
//! It must not know what any key means.

use crate::finding::{Code, Finding};
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
        Some(Fields { node, entries, what: what.to_owned(), known: Vec::new() })
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
            let place = self.entries.first().map_or(self.node.span, |first| first.key.span);
            found.push(
                Finding::error(Code(102), place, format!("`{key}` is missing in {}", self.what))
                    .label(format!("`{key}` must stand in this mapping")),
            );
        }
        entry
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
    pub fn finish(self, found: &mut Vec<Finding>) {
        // A key that stands here already is not the one that was meant.
        let free = || self.known.iter().copied().filter(|known| self.node.get(known).is_none());
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.value.as_str())) {
            let Entry { key, .. } = entry;
            let mut finding =
                Finding::error(Code(101), key.span, format!("unknown key `{}` in {}", key.value, self.what))
                    .label("no such key");
            if let Some(meant) = nearest::nearest(&key.value, free()) {
                finding = finding.help(format!("did you mean `{meant}`?"));
                if nearest::is_sure(&key.value, free()) == Some(meant) {
                    finding = finding.fix(key.span, meant);
                }
            } else if self.known.is_empty() {
                finding = finding.help("no key may stand here");
            } else {
                finding = finding.help(format!("known keys: {}", list(self.known.iter().copied())));
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
