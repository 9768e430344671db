//! Findings for people, laid out as rustc lays out its own.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::finding::{Cause, Finding, Report, Severity};
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
    let mut text = String::new();
    for finding in &report.found {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&groups(&report.source, finding)));
        text.push('\n');
    }
    text
}

/// Unit: bytes. The renderer scans all the text that it is given, for every finding.
const WINDOW_BYTES_MAX: usize = 8 * 1024;

fn groups<'s>(source: &'s Source, finding: &'s Finding) -> Vec<Group<'s>> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group = Group::with_title(level.primary_title(&finding.message).id(finding.code.to_string()));
    let mut marks =
        vec![Mark { kind: AnnotationKind::Primary, span: finding.primary.span, text: &finding.primary.text }];
    marks.extend(finding.related.iter().map(|label| Mark {
        kind: AnnotationKind::Context,
        span: label.span,
        text: &label.text,
    }));
    for window in windows(source, marks) {
        group = window.draw(source, group);
    }
    for note in &finding.notes {
        group = group.element(Level::NOTE.message(tame(note)));
    }
    if !finding.trace.is_empty() {
        group = group.element(Level::NOTE.message(path(source, finding)));
    }
    match (&finding.fix, &finding.help) {
        (Some(fix), help) => {
            let title = Level::HELP.secondary_title(tame(help.as_deref().unwrap_or("write it so")));
            let span = source.clamp(fix.span);
            match lines_around(source, span) {
                Some(lines) => {
                    let patch =
                        Patch::new(span.start - lines.start..span.end - lines.start, tame(&fix.replacement));
                    let snippet = Snippet::source(source.slice(lines))
                        .line_start(source.place(lines.start).line)
                        .patch(patch);
                    vec![group, Group::with_title(title).element(snippet)]
                }
                None => vec![group, Group::with_title(title)],
            }
        }
        (None, Some(help)) => vec![group.element(Level::HELP.message(tame(help)))],
        (None, None) => vec![group],
    }
}

/// Something to underline.
struct Mark<'f> {
    kind: AnnotationKind,
    span: Span,
    text: &'f str,
}

/// A stretch of whole lines with what is underlined in it; without lines if they are too long to show.
struct Window<'f> {
    lines: Option<Span>,
    marks: Vec<Mark<'f>>,
}

/// Marks near the first one share its window; the others get their own.
fn windows<'f>(source: &Source, marks: Vec<Mark<'f>>) -> Vec<Window<'f>> {
    let mut windows: Vec<Window<'f>> = Vec::new();
    for mut mark in marks {
        mark.span = first_line(source, mark.span);
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

impl<'f> Window<'f> {
    fn draw<'s: 'f>(&self, source: &'s Source, group: Group<'f>) -> Group<'f> {
        let Some(lines) = self.lines else {
            return self.marks.iter().fold(group, |group, mark| {
                let place = source.place(mark.span.start);
                let origin = Origin::path(source.name()).line(place.line).char_column(place.column);
                let group = group.element(origin);
                if mark.text.is_empty() { group } else { group.element(Level::NOTE.message(tame(mark.text))) }
            });
        };
        let annotations = self.marks.iter().map(|mark| {
            let annotation = mark.kind.span(mark.span.start - lines.start..mark.span.end - lines.start);
            if mark.text.is_empty() { annotation } else { annotation.label(tame(mark.text)) }
        });
        group.element(
            Snippet::source(source.slice(lines))
                .path(source.name())
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
    let text = source.text();
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    (end - start <= WINDOW_BYTES_MAX).then_some(Span { start, end })
}

/// The steps that lead to the fault, one line each.
fn path(source: &Source, finding: &Finding) -> String {
    let mut text = String::from("it happens so:");
    for step in &finding.trace {
        let cause = match &step.cause {
            Cause::Event(name) => name.clone(),
            Cause::Action(name) => format!("`{name}` is posted"),
        };
        let line = source.place(step.span.start).line;
        text.push_str(&format!("\n{} in `{}` (line {line})", tame(&cause), tame(&step.state)));
    }
    text
}

/// Makes control characters visible: labels reach the terminal as they are.
fn tame(text: &str) -> String {
    annotate_snippets::normalize_untrusted_str(text)
}
