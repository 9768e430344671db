//! The durable engine: webhooks in, records down, actions out.

mod client;
pub mod clock;
pub mod config;
pub mod engine;
mod entra;
#[cfg(test)]
mod fault;
mod files;
mod flows;
mod http;
mod issuer;
mod journal;
pub mod limits;
mod names;
mod news;
mod outbox;
mod reconcile;
mod retention;
pub mod retry;
mod runs;
mod serve;
pub mod store;
mod timers;
mod tokens;
pub mod translate;

pub use serve::{BindError, RunError, Running, bind, run, start};
