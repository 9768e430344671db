//! Runs the formatter where it can do no harm: should it panic or never come back, one file is left as it is.

use std::sync::{Once, mpsc};
use std::thread;

use lang::Source;
use lang::format::{self, Refusal};

use crate::advice::{self, Advise};
use crate::limits::{FORMATTING_STACK_BYTES, FORMATTING_TIME_MAX};

/// The thread of the formatter, by which its panics are known.
const THREAD: &str = "formatter";

/// As [`lang::format::format`].
///
/// # Errors
/// The formatter has failed, and not the text.
pub(crate) fn format(source: &Source) -> anyhow::Result<Result<String, Refusal>> {
    within(source, format::format)
}

fn within(
    source: &Source,
    format: fn(&Source) -> Result<String, Refusal>,
) -> anyhow::Result<Result<String, Refusal>> {
    silence_panics();
    let (sender, receiver) = mpsc::channel();
    let text = source.clone();
    let thread = thread::Builder::new().name(THREAD.to_owned()).stack_size(FORMATTING_STACK_BYTES);
    thread
        // Nobody may be waiting for it any more.
        .spawn(move || drop(sender.send(format(&text))))
        .advise(|| {
            ("cannot start a thread".to_owned(), "see what the system allows this program".to_owned())
        })?;
    receiver.recv_timeout(FORMATTING_TIME_MAX).map_err(|error| {
        let how = match error {
            mpsc::RecvTimeoutError::Timeout => "takes too long over it",
            mpsc::RecvTimeoutError::Disconnected => "failed over it",
        };
        advice::error(
            format!("cannot format {}: the formatter {how}", source.name()),
            "the file is as it was; please report it, with the file",
        )
    })
}

/// A panic over a strange text is told as an error, not as a trace of our insides.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                usual(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        let source = Source::new("a.yaml", "a: b\n");
        let error = within(&source, |_| panic!("over a text")).unwrap_err();
        assert!(error.to_string().contains("cannot format a.yaml: the formatter failed"), "{error}");
    }

    #[test]
    fn the_deepest_that_can_be_read_needs_little_stack() {
        for text in [
            format!("{}a{}", "[".repeat(64), "]".repeat(64)),
            format!("{}b{}", "{a: ".repeat(64), "}".repeat(64)),
            (0..63).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>(),
            format!("{}a", "- ".repeat(64)),
        ] {
            // Whether it can be formatted is another matter; it must not end the program.
            let _ = format(&Source::new("a.yaml", text));
        }
    }
}
