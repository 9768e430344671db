//! The durable engine: webhooks in, records down, actions out.

mod client;
pub mod clock;
pub mod config;
pub mod engine;
mod files;
mod flows;
mod journal;
pub mod limits;
mod news;
mod outbox;
mod reconcile;
pub mod retry;
mod runs;
pub mod store;
mod timers;
mod tokens;
mod translate;
