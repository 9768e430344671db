//! Mends a text by the fixes that its findings are sure of. Knows no file.

use crate::finding::{Finding, Fix};
use crate::source::Source;

/// The fixes that can be made together, in the order of their places: where two would touch the same text,
/// the first one is taken.
#[must_use]
pub fn together<'f>(source: &Source, found: &'f [Finding]) -> Vec<&'f Fix> {
    let mut fixes: Vec<_> = found.iter().filter_map(|finding| finding.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| source.clamp(fix.span));
    let mut taken: Vec<&Fix> = Vec::new();
    for fix in fixes {
        let span = source.clamp(fix.span);
        // Two insertions at one place do not overlap, but nothing says which comes first.
        let is_apart = taken.last().map(|before| source.clamp(before.span)).is_none_or(|before| {
            before.end < span.start || (before.end == span.start && before.start < span.start)
        });
        if is_apart {
            taken.push(fix);
        }
    }
    taken
}

/// The text with all fixes made that can be made [`together`].
#[must_use]
pub fn apply(source: &Source, found: &[Finding]) -> String {
    let mut text = String::with_capacity(source.text().len());
    let mut done = 0;
    for fix in together(source, found) {
        let span = source.clamp(fix.span);
        text.push_str(&source.text()[done..span.start]);
        text.push_str(&fix.replacement);
        done = span.end;
    }
    text.push_str(&source.text()[done..]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;
    use crate::source::Span;

    #[test]
    fn what_overlaps_is_made_once() {
        for (fixes, expected) in [
            (&[][..], "goto: menü\n"),
            (&[(6, 11, "menu")], "goto: menu\n"),
            (&[(6, 11, "menu"), (0, 4, "end")], "end: menu\n"),
            (&[(6, 11, "menu"), (6, 11, "main")], "goto: menu\n"),
            (&[(6, 8, "x"), (7, 11, "y")], "goto: xnü\n"),
            (&[(0, 4, "end"), (4, 5, " =")], "end = menü\n"),
            (&[(6, 6, "a"), (6, 6, "b")], "goto: amenü\n"),
            (&[(6, 99, "z")], "goto: z"),
            // Inside a character: the whole of it.
            (&[(10, 10, "u")], "goto: menu\n"),
        ] {
            let source = Source::new("flow.yaml", "goto: menü\n");
            let found: Vec<_> = fixes
                .iter()
                .map(|(start, end, text)| {
                    Finding::error(Code(201), Span::new(*start, *end), "m")
                        .fix(Span::new(*start, *end), *text)
                })
                .collect();
            assert_eq!(apply(&source, &found), expected, "{fixes:?}");
        }
    }
}
