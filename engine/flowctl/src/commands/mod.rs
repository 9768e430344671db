//! The commands, one file each: its arguments, and what it does.

use tokio::runtime::{Builder, Runtime};

use crate::advice::Advise;

pub(crate) mod call;
pub(crate) mod calls;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod explain;
mod faults;
pub(crate) mod fmt;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod schema;
pub(crate) mod serve;
mod service;
pub(crate) mod sim;
pub(crate) mod validate;

pub(crate) use call::CALLER;

/// How a command that could run ended. One that could not gives an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As hoped.
    Well,
    /// With findings, or with a call that ended badly.
    Badly,
}

/// What commands that listen or ask run on.
fn runtime() -> anyhow::Result<Runtime> {
    let built = Builder::new_multi_thread().enable_all().build();
    built.advise(|| ("cannot start threads".to_owned(), "see what the system allows this program".to_owned()))
}

/// How this program is called by who reads our advice.
pub(crate) fn ourselves() -> &'static str {
    match (std::env::var_os("CARGO").is_some(), cfg!(debug_assertions)) {
        (true, true) => "cargo run --",
        (true, false) => "cargo run --release --",
        (false, _) => "flowctl",
    }
}
