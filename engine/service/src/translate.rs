//! The only way from the wire into the machine: answers, callbacks and announcements. The way out is each action's own.
//!
//! Total: every event has its arm. Pure; knows no client, no store and no clock.

mod announcement;
mod answer;
mod event;
mod incoming;
mod people;
mod roster;

pub use announcement::{Announced, announcement};
pub use answer::{ack, refusal};
pub use event::event;
pub use incoming::incoming;
pub use roster::roster;

#[cfg(test)]
mod tests;
