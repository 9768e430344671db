//! The only files that know what a finding looks like.

pub mod human;
pub mod json;

pub use human::{Style, human};
pub use json::json;

/// A way to show findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the text underlined, why, and what to do.
    Human,
    /// For programs: one JSON object per finding, one line each.
    Json,
}

#[cfg(test)]
mod tests;
