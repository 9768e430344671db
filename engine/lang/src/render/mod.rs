//! The only files that know what a finding looks like.

pub mod github;
pub mod human;
pub mod json;
pub mod sarif;
mod words;

pub use github::github;
pub use human::{Style, human};
pub use json::json;
pub use sarif::{Tool, sarif};

#[cfg(test)]
mod tests;
