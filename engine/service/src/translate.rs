//! The only bridge between the wire and the machine: actions out, answers and callbacks in.
//!
//! Total: every action and every event has its arm. Pure; knows no client, no store and no clock.

mod announcement;
mod answer;
mod event;
mod incoming;
mod people;
mod request;
mod roster;

pub use announcement::{Announced, announcement};
pub use answer::{ack, refusal};
pub use event::event;
pub use incoming::incoming;
pub use request::{Untranslatable, request};
pub use roster::roster;

#[cfg(test)]
mod tests;
