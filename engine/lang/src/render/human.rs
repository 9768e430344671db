//! Findings for people, laid out as rustc lays out its own.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use super::words::{is_second_control, line, path};
use crate::finding::{Finding, Fix, Report, Severity};
use crate::source::{Source, Span};

/// How findings are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
}

/// The findings of a report, each with its text underlined, a blank line between two.
#[must_use]
pub fn human(report: &Report, style: Style) -> String {
    let renderer = if style.color { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let source = masked(report);
    let mut text = String::new();
    for finding in &report.found {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&groups(&source, finding)));
        text.push('\n');
    }
    text
}

/// The source without what nobody shall be shown; every place in it stays the same.
fn masked(report: &Report) -> Cow<'_, Source> {
    let mut hidden = report.found.iter().filter_map(|finding| finding.hidden).peekable();
    if hidden.peek().is_none() {
        return Cow::Borrowed(&report.source);
    }
    let mut text = report.source.text().to_owned();
    for Span { start, end } in hidden.map(|span| report.source.clamp(span)) {
        let stars = text[start..end].chars().fold(String::new(), |stars, character| match character {
            '\n' | '\r' => stars + character.encode_utf8(&mut [0; 4]),
            _ => stars + &"*".repeat(character.len_utf8()),
        });
        text.replace_range(start..end, &stars);
    }
    Cow::Owned(Source::new(report.source.name(), text))
}

/// Unit: bytes. The renderer scans all the text that it is given, for every finding.
const WINDOW_BYTES_MAX: usize = 8 * 1024;

fn groups<'s>(source: &'s Source, finding: &'s Finding) -> Vec<Group<'s>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        Group::with_title(level.primary_title(line(&finding.message)).id(finding.code.to_string()));
    let primary = (AnnotationKind::Primary, &finding.primary);
    let marks = std::iter::once(primary)
        .chain(finding.related.iter().map(|label| (AnnotationKind::Context, label)))
        .map(|(kind, label)| Mark { kind, span: first_line(source, label.span), text: line(&label.text) })
        .collect();
    for window in windows(source, marks) {
        group = window.draw(source, group);
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(line(note)));
    }
    if let Some(path) = path(source, finding) {
        group = group.element(Level::NOTE.message(path));
    }
    let help = finding.help.as_deref().map(line);
    let Some(fix) = &finding.fix else {
        return vec![match help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        }];
    };
    let title = Level::HELP.secondary_title(help.unwrap_or_else(|| "write it so".to_owned()));
    vec![group, Group::with_title(title).elements(suggestion(source, fix))]
}

/// The lines before and after a fix, if they are short enough to be shown.
fn suggestion<'s>(source: &'s Source, fix: &Fix) -> Option<Snippet<'s, Patch<'s>>> {
    let span = source.clamp(fix.span);
    let lines = lines_around(source, span)?;
    let patch = Patch::new(span.start - lines.start..span.end - lines.start, line(&fix.replacement));
    let start = source.place(lines.start).line;
    Some(Snippet::source(shown(source, lines)).line_start(start).patch(patch))
}

/// Something to underline.
struct Mark {
    kind: AnnotationKind,
    span: Span,
    text: String,
}

/// A stretch of whole lines with what is underlined in it; without lines if they are too long to show.
struct Window {
    lines: Option<Span>,
    marks: Vec<Mark>,
}

/// Marks near the first one share its window; the others get their own.
fn windows(source: &Source, marks: Vec<Mark>) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for mark in marks {
        let lines = lines_around(source, mark.span);
        let shared = windows.first_mut().and_then(|window| {
            let together = window.lines?.to(lines?);
            (together.end - together.start <= WINDOW_BYTES_MAX).then_some((window, together))
        });
        match shared {
            Some((window, together)) => {
                window.lines = Some(together);
                window.marks.push(mark);
            }
            None => windows.push(Window { lines, marks: vec![mark] }),
        }
    }
    windows
}

impl Window {
    fn draw<'s>(self, source: &'s Source, mut group: Group<'s>) -> Group<'s> {
        let Some(lines) = self.lines else {
            for mark in self.marks {
                let place = source.place(mark.span.start);
                group = group
                    .element(Origin::path(line(source.name())).line(place.line).char_column(place.column));
                if !mark.text.is_empty() {
                    group = group.element(Level::NOTE.message(mark.text));
                }
            }
            return group;
        };
        let annotations = self.marks.into_iter().map(|mark| {
            let annotation = mark.kind.span(mark.span.start - lines.start..mark.span.end - lines.start);
            if mark.text.is_empty() { annotation } else { annotation.label(mark.text) }
        });
        group.element(
            Snippet::source(shown(source, lines))
                .path(line(source.name()))
                .line_start(source.place(lines.start).line)
                .annotations(annotations),
        )
    }
}

/// The part of a span on its first line: enough to underline.
fn first_line(source: &Source, span: Span) -> Span {
    let span = source.clamp(span);
    let line = source.slice(span).split('\n').next().unwrap_or_default();
    Span::new(span.start, span.start + line.trim_end().len())
}

/// The whole lines that a span touches, if they are short enough to be shown.
fn lines_around(source: &Source, span: Span) -> Option<Span> {
    let bytes = source.text().as_bytes();
    // Looking no further than can be shown keeps the cost of a finding from growing with its line.
    let from = span.start.saturating_sub(WINDOW_BYTES_MAX);
    let to = span.end.saturating_add(WINDOW_BYTES_MAX).min(bytes.len());
    let before = bytes[from..span.start].iter().rposition(|b| *b == b'\n');
    let behind = bytes[span.end..to].iter().position(|b| *b == b'\n');
    if (before.is_none() && from > 0) || (behind.is_none() && to < bytes.len()) {
        return None;
    }
    let start = before.map_or(0, |at| from + at + 1);
    let mut end = behind.map_or(to, |at| span.end + at);
    if end > span.end && bytes[end - 1] == b'\r' {
        end -= 1;
    }
    (end - start <= WINDOW_BYTES_MAX).then_some(Span { start, end })
}

/// The text of some lines; the renderer shows all control characters but those that are two bytes long.
fn shown(source: &Source, lines: Span) -> Cow<'_, str> {
    let text = source.slice(lines);
    if text.contains(is_second_control) {
        // Another character of two bytes keeps all places.
        Cow::Owned(text.replace(is_second_control, "\u{b7}"))
    } else {
        Cow::Borrowed(text)
    }
}
