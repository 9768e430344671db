//! Where things stand in a text. Byte offsets inside, lines and columns only for people.

use std::sync::Arc;

/// A half-open range of bytes in one source, always on character boundaries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` to `end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Span {
        Span { start, end: end.max(start) }
    }

    /// The smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// A span inside this one, given by offsets from its start; clamped to it.
    #[must_use]
    pub fn within(self, start: usize, end: usize) -> Span {
        let start = (self.start + start).min(self.end);
        Span { start, end: (self.start + end).clamp(start, self.end) }
    }
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Unit: lines, from 1.
    pub line: usize,
    /// Unit: characters, from 1.
    pub column: usize,
}

/// One text and what it is called: a path as it was given, or a name for a text that has none.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Where each line begins.
    lines: Arc<[u32]>,
    /// How many characters begin in front of each block.
    blocks: Arc<[usize]>,
}

/// Unit: bytes. Bounds what finding a column costs, however long the line.
const BLOCK_BYTES: usize = 1024;

impl Source {
    /// Takes a text under a name.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Source {
        let text: Arc<str> = text.into();
        // Counted first: a text may be nothing but line breaks, and a list that grows would take many times as much.
        let mut lines = Vec::with_capacity(1 + text.bytes().filter(|byte| *byte == b'\n').count());
        lines.push(0);
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        lines.extend(starts.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)));
        let blocks = text.as_bytes().chunks(BLOCK_BYTES).scan(0, |characters, block| {
            let before = *characters;
            *characters += count_characters(block);
            Some(before)
        });
        Source { name: name.into(), lines: lines.into(), blocks: blocks.collect(), text }
    }

    /// What the text is called in findings.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; empty where the span lies outside.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        let span = self.clamp(span);
        &self.text[span.start..span.end]
    }

    /// The nearest span that lies inside the text and on character boundaries.
    #[must_use]
    pub fn clamp(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let end = self.text.ceil_char_boundary(span.end.min(self.text.len())).max(start);
        Span { start, end }
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn place(&self, offset: usize) -> Place {
        let offset = self.text.floor_char_boundary(offset.min(self.text.len()));
        let line = self.lines.partition_point(|start| *start as usize <= offset);
        let start = self.lines[line - 1] as usize;
        Place { line, column: self.characters_before(offset) - self.characters_before(start) + 1 }
    }

    fn characters_before(&self, offset: usize) -> usize {
        // The end of a text may lie behind its last block.
        let block = (offset / BLOCK_BYTES).min(self.blocks.len().saturating_sub(1));
        let before = self.blocks.get(block).copied().unwrap_or(0);
        before + count_characters(&self.text.as_bytes()[block * BLOCK_BYTES..offset])
    }
}

/// Counts the bytes that begin a character.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters() {
        let source = Source::new("x", "a\nßb\n");
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(4), Place { line: 2, column: 2 });
        assert_eq!(source.place(99), Place { line: 3, column: 1 });
        assert_eq!(source.clamp(Span::new(3, 99)), Span::new(2, 6));
    }

    #[test]
    fn columns_count_over_blocks() {
        for length in [BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES] {
            let text = format!("x\n{}", "\u{df}".repeat(length));
            let source = Source::new("x", text.as_str());
            for (character, (offset, _)) in text.char_indices().enumerate().skip(2).step_by(97) {
                assert_eq!(source.place(offset), Place { line: 2, column: character - 1 });
            }
            assert_eq!(source.place(text.len()), Place { line: 2, column: length + 1 });
        }
    }
}
