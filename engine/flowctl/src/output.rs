//! What is written for people and programs: the only file that knows standard output and standard error.
//!
//! A reader that goes away (`flowctl … | head`) is no error: what follows is dropped, and the exit status stays true.

use std::io::{self, ErrorKind, IsTerminal, Write};

use crate::advice::Advise;

/// Writes a result to standard output.
///
/// # Errors
/// It cannot be written, for another reason than that nobody reads any more.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// As [`print()`], for what is no line of text.
///
/// # Errors
/// As [`print()`].
pub(crate) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).advise(|| {
            ("cannot write to standard output".to_owned(), "see whether its disk is full".to_owned())
        }),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// As [`print()`], with the end of the line.
///
/// # Errors
/// As [`print()`].
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    print(&format!("{text}\n"))
}

/// Writes a remark to standard error. Should even that fail, there is nobody left to tell.
pub(crate) fn warn(text: &str) {
    let mut stderr = io::stderr().lock();
    drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
}

/// Whether to use colours on standard output: it is a terminal, and nobody objects (`NO_COLOR`).
pub(crate) fn is_colored() -> bool {
    io::stdout().is_terminal() && colors_are_wanted()
}

/// As [`is_colored`], for standard error.
pub(crate) fn is_error_colored() -> bool {
    io::stderr().is_terminal() && colors_are_wanted()
}

fn colors_are_wanted() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A text that steps back behind others, where colours are used.
pub(crate) fn dim(text: &str) -> String {
    styled(text, "2")
}

/// A text that stands out, where colours are used.
pub(crate) fn strong(text: &str) -> String {
    styled(text, "1")
}

/// A text as an SGR code of terminals shows it.
fn styled(text: &str, code: &str) -> String {
    if is_colored() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
