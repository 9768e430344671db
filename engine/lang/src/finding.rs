//! What is wrong with a text, as data. Knows no layout.

use crate::source::{Source, Span};
use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The flow must not serve callers.
    Error,
    /// It may, but somebody should look.
    Warning,
}

/// The number of a rule: `Code(201)` is written `CF201`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CF{:03}", self.0)
    }
}

/// A span with a word about it. An empty text underlines without words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// What is underlined.
    pub span: Span,
    /// What is said about it.
    pub text: String,
}

/// A replacement that is sure to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub span: Span,
    /// What stands there afterwards.
    pub replacement: String,
}

/// What made a run take a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An event, by name.
    Event(String),
    /// An action, by name.
    Action(String),
}

/// One step of the path that leads to a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub cause: Cause,
    /// The state in which the run was then.
    pub state: String,
    /// Where the flow says so.
    pub span: Span,
}

/// One thing wrong with one source.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule found it.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The headline: makes sense alone, names the thing in backticks, has no full stop.
    pub message: String,
    /// The place at fault.
    pub primary: Label,
    /// Other places that matter, in the same source.
    pub related: Vec<Label>,
    /// Why it matters, in the field's words.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// The path of events and actions that leads to the fault.
    pub trace: Vec<Step>,
    /// A certain mend.
    pub fix: Option<Fix>,
    /// Text that nobody shall be shown: it is masked wherever the source is.
    pub hidden: Option<Span>,
}

impl Finding {
    /// An error at a place.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Finding {
        Finding {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary: Label { span, text: String::new() },
            related: Vec::new(),
            notes: Vec::new(),
            help: None,
            trace: Vec::new(),
            fix: None,
            hidden: None,
        }
    }

    /// A warning at a place.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(code, span, message) }
    }

    /// What to write under the place at fault.
    pub fn label(mut self, text: impl Into<String>) -> Finding {
        self.primary.text = text.into();
        self
    }

    /// Another place that matters.
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Finding {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// Why it matters.
    pub fn note(mut self, text: impl Into<String>) -> Finding {
        self.notes.push(text.into());
        self
    }

    /// What to do.
    pub fn help(mut self, text: impl Into<String>) -> Finding {
        self.help = Some(text.into());
        self
    }

    /// Text that nobody shall be shown.
    pub fn hide(mut self, span: Span) -> Finding {
        self.hidden = Some(span);
        self
    }

    /// A certain mend.
    pub fn fix(mut self, span: Span, replacement: impl Into<String>) -> Finding {
        self.fix = Some(Fix { span, replacement: replacement.into() });
        self
    }
}

/// Unit: characters of an author's text in a headline.
const BRIEF_CHARS_MAX: usize = 60;

/// An author's text as a headline can show it: its first line, and not too much of that.
#[must_use]
pub fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(BRIEF_CHARS_MAX).collect();
    if short.len() < text.trim_end().len() { format!("{short}…") } else { short }
}

/// Findings of one source, sorted by place and then code: the order in which people read them.
pub fn sort(found: &mut [Finding]) {
    found.sort_by(|a, b| {
        (a.primary.span.start, a.code, &a.message).cmp(&(b.primary.span.start, b.code, &b.message))
    });
}

/// Findings together with the source that they are about.
#[derive(Clone, Debug)]
pub struct Report {
    /// The text.
    pub source: Source,
    /// What is wrong with it, sorted by place.
    pub found: Vec<Finding>,
}

impl Report {
    /// Whether nothing worse than a warning was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.found.iter().all(|finding| finding.severity != Severity::Error)
    }
}
