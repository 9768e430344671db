//! Reads what somebody is typing: a text that is no YAML yet gives the tree that it would have without its worst
//! lines. All the reading is `lang`'s; here it is only said what it is given.

use lang::{Code, Kind, Node, Source};

use crate::limits::LINES_LEFT_OUT_MAX;
use crate::text::line_at;

/// Stands in a text where the cursor is, and in no text that anybody writes: a character for private use.
pub(crate) const MARK: char = '\u{F8C1}';

/// A tree, as far as the text gives one.
pub(crate) struct Read {
    pub(crate) tree: Option<Node>,
    /// The lines that had to be left out for it.
    pub(crate) left_out: usize,
}

/// Reads a text; lines that keep it from being YAML are left out, one after the other.
pub(crate) fn read(source: &Source) -> Read {
    read_around(source, None)
}

/// The same, but for a line that must stay: the one that this offset stands in.
fn read_around(source: &Source, kept: Option<usize>) -> Read {
    let kept = kept.map(|at| line_at(source.text(), at));
    let mut current = source.clone();
    for left_out in 0..=LINES_LEFT_OUT_MAX {
        let (tree, found) = lang::yaml::read(&current);
        let stop = found.iter().rev().find(|finding| matches!(finding.code, Code(1) | Code(2)));
        let (None, Some(stop)) = (&tree, stop) else { return Read { tree, left_out } };
        let mut at = current.clamp(stop.primary.span).start;
        // A line that is blank already, or must stay, is not at fault: one above it is.
        let line = loop {
            let line = line_at(current.text(), at);
            if !current.slice(line).trim().is_empty() && Some(line) != kept {
                break Some(line);
            }
            match line.start.checked_sub(1) {
                Some(above) => at = current.text().floor_char_boundary(above),
                None => break None,
            }
        };
        let Some(line) = line else { break };
        let mut text = current.text().to_owned();
        text.replace_range(line.start..line.end, &" ".repeat(line.end - line.start));
        current = Source::new(source.name(), text);
    }
    Read { tree: None, left_out: LINES_LEFT_OUT_MAX }
}

/// A text with [`MARK`] at the cursor, in the form in which most of it can be read, and its tree.
pub(crate) struct Marked {
    pub(crate) source: Source,
    pub(crate) tree: Node,
}

/// Reads a text with a mark at the cursor. `None`: nothing can be written there, as in a comment, or the text is too
/// broken to tell.
pub(crate) fn mark(source: &Source, cursor: usize) -> Option<Marked> {
    let text = source.text();
    let line = line_at(text, cursor);
    let [head, tail] = [&text[line.start..cursor], &text[cursor..line.end]];
    let head_state = Scan::of(head);
    if head_state.is_comment {
        return None;
    }
    let word = tail.find(|c: char| !is_word(c)).unwrap_or(tail.len());
    let (rest_of_word, rest) = tail.split_at(word);
    let closing = head_state.closing();
    // Inside brackets an expression needs the quotes that somebody may have forgotten.
    let unquoted = head.rfind("${").filter(|_| head_state.quote.is_none()).map(|at| {
        let [before, expression] = [&head[..at], &head[at..]];
        let expression = expression.replace('"', "'");
        format!("{before}\"{expression}{MARK}\"{}", Scan::of(before).closing())
    });
    let forms = [
        format!("{head}{MARK}{tail}"),
        format!("{head}{MARK}{rest_of_word}: {rest}"),
        format!("{head}{MARK}{closing}"),
        format!("{head}{MARK}:{closing}"),
    ];
    let forms = forms.into_iter().chain(unquoted);
    let candidates = forms.map(|form| {
        let mut marked = text.to_owned();
        marked.replace_range(line.start..line.end, &form);
        Source::new(source.name(), marked)
    });
    let candidates: Vec<_> = candidates.collect();
    for candidate in &candidates {
        let (tree, _) = lang::yaml::read(candidate);
        if let Some(tree) = tree.filter(has_mark) {
            return Some(Marked { source: candidate.clone(), tree });
        }
    }
    let read = candidates.into_iter().filter_map(|candidate| {
        let Read { tree, left_out } = read_around(&candidate, Some(line.start));
        let tree = tree.filter(has_mark)?;
        Some((left_out, Marked { source: candidate, tree }))
    });
    read.min_by_key(|(left_out, _)| *left_out).map(|(_, marked)| marked)
}

/// Whether the mark stands in a tree.
pub(crate) fn has_mark(tree: &Node) -> bool {
    match &tree.kind {
        Kind::Scalar(scalar) => scalar.text.contains(MARK),
        Kind::List(items) => items.iter().any(has_mark),
        Kind::Map(entries) => {
            entries.iter().any(|entry| entry.key.value.contains(MARK) || has_mark(&entry.value))
        }
    }
}

/// A letter of a name, a number or a duration.
pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '*' | '.')
}

/// What is open at the end of the beginning of a line.
struct Scan {
    brackets: Vec<char>,
    quote: Option<char>,
    is_comment: bool,
}

impl Scan {
    fn of(head: &str) -> Scan {
        let mut scan = Scan { brackets: Vec::new(), quote: None, is_comment: false };
        // Whether a value may begin here: only there do quotes and brackets mean something.
        let mut begins = true;
        let mut before = ' ';
        let mut characters = head.chars();
        while let Some(c) = characters.next() {
            if let Some(quote) = scan.quote {
                if quote == '"' && c == '\\' {
                    characters.next();
                } else if c == quote {
                    scan.quote = None;
                }
                before = c;
                continue;
            }
            match c {
                '#' if before.is_whitespace() => {
                    scan.is_comment = true;
                    return scan;
                }
                '"' | '\'' if begins => scan.quote = Some(c),
                '{' | '[' if begins || !scan.brackets.is_empty() => {
                    scan.brackets.push(if c == '{' { '}' } else { ']' });
                    begins = true;
                }
                '}' | ']' if scan.brackets.last() == Some(&c) => {
                    scan.brackets.pop();
                }
                ',' if !scan.brackets.is_empty() => begins = true,
                ' ' if matches!(before, ':' | '-') => begins = true,
                ' ' => {}
                _ => begins = false,
            }
            before = c;
        }
        scan
    }

    /// What closes it.
    fn closing(&self) -> String {
        self.quote.into_iter().chain(self.brackets.iter().rev().copied()).collect()
    }
}
