//! The commands, one file each: its arguments, and what it does.

pub(crate) mod validate;

/// How a command that could run ended. One that could not gives an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As hoped.
    Well,
    /// With findings, or with a call that ended badly.
    Badly,
}
