//! A local Call Automation, and the people in its calls.
//!
//! - [`World`]: the service and the people as a pure value, for tests in virtual time.
//! - [`script`]: what people do, in the JSON of the control API and in YAML files.
//! - [`faults`]: what goes wrong, by chance that repeats.
//! - [`serve`]: the same world behind a socket, with its control API under `/sim`.
//!
//! "Reference" in a comment is the protocol reference of this project, by section.

mod agenda;
mod call;
pub mod faults;
mod http;
mod identity;
mod ids;
mod leg;
pub mod limits;
mod media;
mod request;
mod results;
pub mod script;
mod ssml;
mod story;
pub mod world;

pub use acs::event_grid::Schema;

pub use self::http::{
    AUTHORITY_PATH, Certificate, CertificateError, DEVELOPMENT_KEY, DEVELOPMENT_RESOURCE, Error, SimOptions,
    serve,
};
pub use call::{CallId, CallState};
pub use identity::Address;
pub use request::{Channel, Delivery, Request, Response, Way};
pub use story::{Happened, Line};
pub use world::{CallView, ControlError, LegView, ParticipantView, World, WorldOptions};
