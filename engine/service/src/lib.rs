//! The durable engine: webhooks in, records down, actions out.

pub mod clock;
pub mod config;
pub mod limits;
pub mod retry;
pub mod store;
