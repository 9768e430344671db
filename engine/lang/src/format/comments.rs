//! Where comments stand: people line them up, and the formatter does not know it.

use std::ops::Range;

use crate::source::{Source, Span};
use crate::yaml::{self, Part};

/// Unit: blanks in front of a comment behind a value. Whoever writes more lines it up with others.
const LINED_UP_BLANKS_MIN: usize = 2;

/// The text `after`, with the comments that were lined up `before` in the same columns.
///
/// A comment behind a value was lined up if there are two blanks or more in front of it; one on a line of its own, if
/// it goes on in the column of such a comment on the line above.
pub(super) fn keep_columns(before: &Source, after: &Source) -> String {
    let (wanted, places) = (comments(before), comments(after));
    if wanted.len() != places.len() {
        // Something is lost, which is noticed later.
        return after.text().to_owned();
    }
    let mut text = String::with_capacity(after.text().len());
    let mut copied = 0;
    let mut above: Option<&Comment> = None;
    for (was, is) in wanted.iter().zip(&places) {
        let goes_on = above.is_some_and(|above| was.continues(above));
        let is_lined_up = goes_on || (was.is_behind_value() && was.blanks() >= LINED_UP_BLANKS_MIN);
        above = is_lined_up.then_some(was);
        if is_lined_up && was.is_behind_value() == is.is_behind_value() {
            text.push_str(&after.text()[copied..is.gap.start]);
            let least = usize::from(is.is_behind_value());
            text.extend(std::iter::repeat_n(' ', was.column.saturating_sub(is.front).max(least)));
            copied = is.gap.end;
        }
    }
    text.push_str(&after.text()[copied..]);
    text
}

/// A comment as it stands in its line.
struct Comment {
    line: usize,
    /// Characters in front of it.
    column: usize,
    /// Characters in front of the blanks before it: 0 on a line of its own.
    front: usize,
    /// Those blanks, as bytes of the text.
    gap: Range<usize>,
}

impl Comment {
    fn is_behind_value(&self) -> bool {
        self.front > 0
    }

    fn blanks(&self) -> usize {
        self.column - self.front
    }

    fn continues(&self, above: &Comment) -> bool {
        !self.is_behind_value() && self.line == above.line + 1 && self.column == above.column
    }
}

fn comments(source: &Source) -> Vec<Comment> {
    let parts = yaml::outline(source).unwrap_or_default();
    let spans = parts.into_iter().filter_map(|part| match part.value {
        Part::Comment(_) => Some(part.span),
        Part::Scalar { .. } | Part::List { .. } | Part::Map { .. } | Part::Close | Part::Alias { .. } => None,
    });
    spans.map(|span| comment(source, span)).collect()
}

fn comment(source: &Source, span: Span) -> Comment {
    let place = source.place(span.start);
    let start = source.text()[..span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let front = source.text()[start..span.start].trim_end();
    Comment {
        line: place.line,
        column: place.column - 1,
        front: front.chars().count(),
        gap: start + front.len()..span.start,
    }
}
