//! Call Automation's wire: its shapes, its paths, its signatures, its events. Nothing of ours.
//!
//! Pure: values in, values out. Knows no flow, no clock, no socket, no chance; time is an argument.
//! In reading order:
//!
//! - [`model`]: shapes that several operations and events share; [`actions`]: one file per action, with the bodies
//!   of its request and its answer, for whoever sends and whoever serves.
//! - [`request`] and [`operation`]: a request on its way out, and the same read by a server.
//! - [`endpoint`] and [`signature`]: the connection string and the signing of requests; [`token`]: of callbacks.
//! - [`callback`] and [`event_grid`]: what the service posts to the application, both ways.
//! - [`quirks`]: what the types cannot say, each fact with its source.
//!
//! "Reference" in a comment is the protocol reference of this project, by section.

pub mod actions;
pub mod callback;
#[cfg(test)]
mod conformance;
mod decode;
pub mod endpoint;
pub mod event_grid;
mod lenient;
pub mod limits;
pub mod model;
mod open_enum;
pub mod operation;
pub mod quirks;
pub mod request;
#[cfg(test)]
mod samples;
pub mod signature;
pub mod token;
#[cfg(test)]
mod tolerance;

pub use callback::{Callback, CallbackKind};
pub use operation::{Operation, route};
pub use request::{API_VERSION, Method, Request};
