//! Places as editors count them: lines and units of a line. Offsets of bytes inside, as everywhere else.

use lang::Span;

/// In which units the place in a line is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// Bytes.
    Utf8,
    /// What UTF-16 needs for the text: one unit for most characters, two for some.
    #[default]
    Utf16,
}

/// A place as editors count it, both from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Unit: lines.
    pub line: u32,
    /// Unit: see [`Units`].
    pub unit: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Of a text. A line ends with `\n`, `\r\n` or `\r`.
    #[must_use]
    pub fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let is_end = |at: usize| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        let behind = (0..bytes.len()).filter(|at| is_end(*at)).map(|at| at + 1);
        Lines { starts: std::iter::once(0).chain(behind).collect() }
    }

    /// The offset of a place; the nearest one, where the line or the text is shorter.
    #[must_use]
    pub fn offset(&self, text: &str, position: Position, units: Units) -> usize {
        let Some(start) = self.starts.get(position.line as usize) else { return text.len() };
        let line = self.content(text, position.line as usize);
        let wanted = position.unit as usize;
        let inside = match units {
            Units::Utf8 => line.floor_char_boundary(wanted.min(line.len())),
            Units::Utf16 => {
                let mut units = 0;
                let reached = line.char_indices().find(|(_, character)| {
                    units += character.len_utf16();
                    units > wanted
                });
                reached.map_or(line.len(), |(at, _)| at)
            }
        };
        start + inside
    }

    /// The place of an offset.
    #[must_use]
    pub fn position(&self, text: &str, offset: usize, units: Units) -> Position {
        let offset = text.floor_char_boundary(offset.min(text.len()));
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = &text[self.starts[line]..offset];
        let unit = match units {
            Units::Utf8 => before.len(),
            Units::Utf16 => before.chars().map(char::len_utf16).sum(),
        };
        let short = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position { line: short(line), unit: short(unit) }
    }

    /// A line without its end.
    fn content<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        text[self.starts[line]..end].trim_end_matches(['\r', '\n'])
    }
}

/// The line that an offset stands in, without its end.
#[must_use]
pub(crate) fn line_at(text: &str, offset: usize) -> Span {
    let is_end = |c: char| matches!(c, '\n' | '\r');
    let start = text[..offset].rfind(is_end).map_or(0, |end| end + 1);
    let end = text[offset..].find(is_end).map_or(text.len(), |length| offset + length);
    Span::new(start, end)
}

/// The blanks that a line begins with, in bytes.
#[must_use]
pub(crate) fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_what_the_editor_counts() {
        let text = "a: 1\r\nb: \"\u{1F600}ß\" # x\rc\n";
        let lines = Lines::of(text);
        for (line, unit, units, offset) in [
            (0, 3, Units::Utf16, 3),
            (0, 9, Units::Utf16, 4),
            (1, 4, Units::Utf16, 10),
            // Inside a pair of surrogates: in front of it.
            (1, 5, Units::Utf16, 10),
            (1, 6, Units::Utf16, 14),
            (1, 7, Units::Utf16, 16),
            (1, 8, Units::Utf8, 14),
            (1, 5, Units::Utf8, 10),
            (2, 1, Units::Utf16, 23),
            (3, 0, Units::Utf16, 24),
            (9, 0, Units::Utf16, 24),
        ] {
            let position = Position { line, unit };
            assert_eq!(lines.offset(text, position, units), offset, "{position:?} {units:?}");
        }
        for (at, _) in text.char_indices().filter(|(_, c)| *c != '\n') {
            for units in [Units::Utf8, Units::Utf16] {
                let position = lines.position(text, at, units);
                assert_eq!(lines.offset(text, position, units), at, "{at} {units:?}");
            }
        }
    }
}
