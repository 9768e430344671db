//! A place in a text that is not YAML, and what stands around it.

use crate::source::{Source, Span};
use crate::yaml::tree::Shape;

/// Where it is wrong, and what is known of the surroundings.
pub(super) struct Scene<'s> {
    pub(super) source: &'s Source,
    /// The parser's place.
    pub(super) at: usize,
    /// The end of the last part that was read without fault.
    pub(super) reached: usize,
    /// The innermost open bracket.
    pub(super) bracket: Option<Span>,
    /// The innermost open mapping or list without brackets.
    pub(super) block: Option<(Shape, Span)>,
}

impl Scene<'_> {
    pub(super) fn text(&self) -> &str {
        self.source.text()
    }

    pub(super) fn char_at(&self, at: usize) -> Span {
        let length = self.text()[at..].chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8);
        Span::new(at, at + length)
    }

    /// The word, without blanks and brackets, that begins at a place.
    pub(super) fn word(&self, at: usize) -> Span {
        let rest = &self.text()[at..];
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}'));
        Span::new(at, at + end.unwrap_or(rest.len()))
    }

    /// A line without its indentation and the blanks at its end.
    pub(super) fn line_content(&self, at: usize) -> Span {
        let start = self.text()[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text()[start..].lines().next().unwrap_or_default();
        let start = start + (line.len() - line.trim_start().len());
        Span::new(start, start + line.trim().len())
    }

    /// The content of the nearest line above that is neither empty nor a comment.
    pub(super) fn line_above(&self, at: usize) -> Option<Span> {
        let mut start = self.text()[..at].rfind('\n')?;
        loop {
            let content = self.line_content(start);
            let shown = self.source.slice(content);
            if !shown.is_empty() && !shown.starts_with('#') {
                return Some(content);
            }
            start = self.text()[..start].rfind('\n')?;
        }
    }
}
