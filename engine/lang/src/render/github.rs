//! Findings for GitHub Actions: workflow commands, which it shows beside the lines of a pull request.

use super::words;
use crate::finding::{Report, Severity};

/// One command for each finding, one line each.
/// Source: GitHub documentation, Workflow commands, read 2026-11-22; the escapes are those of its toolkit.
#[must_use]
pub fn github(report: &Report) -> String {
    let source = &report.source;
    let mut text = String::new();
    for finding in &report.found {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let span = source.clamp(finding.primary.span);
        let (start, end) = (source.place(span.start), source.place(span.end));
        let file = property(source.name());
        text.push_str(&format!("::{command} file={file},line={},endLine={}", start.line, end.line));
        // Columns of a place that spans lines are refused.
        if start.line == end.line {
            text.push_str(&format!(",col={},endColumn={}", start.column, end.column));
        }
        let words = words::lines(finding, words::path(source, finding)).join("\n");
        text.push_str(&format!(",title={}::{}\n", finding.code, message(&words)));
    }
    text
}

/// A `%` comes first, so that what is put in afterwards stays.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
