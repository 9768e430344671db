//! What is wrong, in the words of an editor; and what mends it for certain.
//!
//! What is wrong is said by `validate` alone: here it is only put into words.

use lang::finding::{Cause, Fix};
use lang::{Finding, Severity, Source, Span};

/// A finding as an editor shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code, such as `CF402`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is underlined.
    pub span: Span,
    /// The headline, why it matters, and what to do.
    pub message: String,
    /// Other places that matter, and the path of events that leads there, each with a word.
    pub related: Vec<(Span, String)>,
}

/// A certain mend, to be offered where its finding stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickFix {
    /// What it does.
    pub title: String,
    /// What it mends.
    pub diagnostic: Diagnostic,
    /// How.
    pub fix: Fix,
}

impl Diagnostic {
    /// Of a finding.
    #[must_use]
    pub fn of(source: &Source, finding: &Finding) -> Diagnostic {
        let mut message = finding.message.clone();
        for note in &finding.notes {
            message.push_str(&format!("\nnote: {note}"));
        }
        if let Some(help) = &finding.help {
            message.push_str(&format!("\nhelp: {help}"));
        }
        let labels = finding.related.iter().map(|label| (source.clamp(label.span), label.text.clone()));
        let trace = finding.trace.iter().enumerate().map(|(at, step)| {
            let cause = match &step.cause {
                Cause::Event(name) => name.clone(),
                Cause::Action(name) => format!("`{name}` is posted"),
            };
            (source.clamp(step.span), format!("step {}: {cause} in `{}`", at + 1, step.state))
        });
        Diagnostic {
            code: finding.code.to_string(),
            severity: finding.severity,
            span: source.clamp(finding.primary.span),
            message,
            related: labels.chain(trace).collect(),
        }
    }
}

/// The mends of the findings that touch a part of the text.
#[must_use]
pub fn quick_fixes(source: &Source, found: &[Finding], within: Span) -> Vec<QuickFix> {
    let touches = |span: Span| span.start <= within.end && within.start <= span.end;
    let fixes = found.iter().filter_map(|finding| Some((finding, finding.fix.as_ref()?)));
    fixes
        .filter(|(finding, fix)| {
            touches(source.clamp(finding.primary.span)) || touches(source.clamp(fix.span))
        })
        .map(|(finding, fix)| {
            let span = source.clamp(fix.span);
            let [before, after] = [source.slice(span), fix.replacement.as_str()];
            let title = match (before, after) {
                ("", after) => format!("Insert `{}`", lang::finding::brief(after.trim())),
                (before, "") => format!("Remove `{}`", lang::finding::brief(before.trim())),
                (before, after) => {
                    let [before, after] = [before, after].map(lang::finding::brief);
                    format!("Replace `{before}` with `{after}`")
                }
            };
            let fix = Fix { span, replacement: fix.replacement.clone() };
            QuickFix { title, diagnostic: Diagnostic::of(source, finding), fix }
        })
        .collect()
}
