//! Findings for programs: one JSON object each, one line each.

use serde::Serialize;

use crate::finding::{Cause, Finding, Report, Severity};
use crate::source::Source;

/// One object per finding, one line each. Lines and columns count from 1; columns are characters,
/// and `endColumn` is the first one behind the place.
#[must_use]
pub fn json(report: &Report) -> String {
    let mut text = String::new();
    for finding in &report.found {
        let line = serde_json::to_string(&Line::of(&report.source, finding))
            .expect("texts and numbers always serialise");
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'f> {
    file: &'f str,
    code: String,
    severity: Severity,
    message: &'f str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    help: Option<&'f str>,
    trace: Vec<Step<'f>>,
    related: Vec<Related<'f>>,
}

#[derive(Serialize)]
struct Step<'f> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'f str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'f str>,
    state: &'f str,
    line: usize,
}

#[derive(Serialize)]
struct Related<'f> {
    file: &'f str,
    line: usize,
    column: usize,
    message: &'f str,
}

impl<'f> Line<'f> {
    fn of(source: &'f Source, finding: &'f Finding) -> Line<'f> {
        let span = source.clamp(finding.primary.span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        let trace = finding.trace.iter().map(|step| {
            let (event, action) = match &step.cause {
                Cause::Event(name) => (Some(name.as_str()), None),
                Cause::Action(name) => (None, Some(name.as_str())),
            };
            Step { event, action, state: &step.state, line: source.place(step.span.start).line }
        });
        let related = finding.related.iter().map(|label| {
            let place = source.place(label.span.start);
            Related { file: source.name(), line: place.line, column: place.column, message: &label.text }
        });
        Line {
            file: source.name(),
            code: finding.code.to_string(),
            severity: finding.severity,
            message: &finding.message,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            help: finding.help.as_deref(),
            trace: trace.collect(),
            related: related.collect(),
        }
    }
}
