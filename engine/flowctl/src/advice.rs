//! Errors with what to do next.

use std::fmt;

/// What went wrong, and what to do about it.
#[derive(Debug)]
struct Advised {
    what: String,
    next: String,
    source: Option<anyhow::Error>,
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Advised {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(AsRef::as_ref)
    }
}

/// An error of our own.
pub(crate) fn error(what: impl Into<String>, next: impl Into<String>) -> anyhow::Error {
    Advised { what: what.into(), next: next.into(), source: None }.into()
}

/// Says what was being done when another error came, and what to do about it.
pub(crate) trait Advise<T> {
    /// Both are made only if there is an error.
    fn advise(self, advice: impl FnOnce() -> (String, String)) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Advise<T> for Result<T, E> {
    fn advise(self, advice: impl FnOnce() -> (String, String)) -> anyhow::Result<T> {
        self.map_err(|source| {
            let (what, next) = advice();
            Advised { what, next, source: Some(source.into()) }.into()
        })
    }
}

/// The error with its causes, and what to do next on lines of their own.
pub(crate) fn explain(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error:#}\n");
    for cause in error.chain() {
        if let Some(advised) = cause.downcast_ref::<Advised>() {
            text.push_str(&format!("  help: {}\n", advised.next));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_and_the_advice_are_both_told() {
        let inner: Result<(), _> = Err(error("no such file", "create it"));
        let outer = inner.advise(|| ("cannot read flows".to_owned(), "give another folder".to_owned()));
        let text = explain(&outer.expect_err("it is an error"));
        assert_eq!(
            text,
            "error: cannot read flows: no such file\n  help: give another folder\n  help: create it\n"
        );
    }
}
