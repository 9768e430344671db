//! The words of a finding, line by line and safe to print: what all formats for people share.

use crate::finding::{Cause, Finding, Step};
use crate::source::Source;

/// Everything that is said about a finding, with the path that leads to it if that is wanted.
pub(super) fn lines(finding: &Finding, path: Option<String>) -> Vec<String> {
    let mut lines = vec![line(&finding.message)];
    lines.extend(Some(&finding.primary.text).filter(|text| !text.is_empty()).map(|text| line(text)));
    lines.extend(finding.notes.iter().map(|note| format!("note: {}", line(note))));
    lines.extend(path.map(|path| format!("note: {path}")));
    lines.extend(finding.help.iter().map(|help| format!("help: {}", line(help))));
    lines
}

/// The steps that lead to the fault, if any are known.
pub(super) fn path(source: &Source, finding: &Finding) -> Option<String> {
    if finding.trace.is_empty() {
        return None;
    }
    let mut text = String::from("it happens so:");
    for step in &finding.trace {
        let place = source.place(step.span.start).line;
        text.push_str(&format!("\n{} (line {place})", happening(step)));
    }
    Some(text)
}

/// What happens in a step, and where the run stands then.
pub(super) fn happening(step: &Step) -> String {
    let cause = match &step.cause {
        Cause::Event(name) => name.clone(),
        Cause::Action(name) => format!("`{name}` is posted"),
    };
    format!("{} in `{}`", line(&cause), line(&step.state))
}

/// One line without control characters: our texts quote an author's, and reach the terminal as they are.
pub(super) fn line(text: &str) -> String {
    annotate_snippets::normalize_untrusted_str(text)
        .replace('\n', "\u{240a}")
        .replace(is_second_control, "\u{b7}")
}

/// U+009B alone begins an escape sequence on some terminals.
pub(super) fn is_second_control(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}
