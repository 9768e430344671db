//! From tree to flow to step: the pure state machine of one call.
//!
//! A [`Draft`](draft::Draft) is a flow as written, with holes where something is wrong; a [`Flow`] has every
//! name resolved, so that [`step`](step::step) can run it. A run is one flow version, one [`Snapshot`] and a
//! journal of [`Input`]s. Knows no YAML text, no HTTP, no clock.

pub mod actions;
pub mod announcement;
pub mod argument;
pub mod context;
pub mod draft;
pub mod effect;
pub mod event;
pub mod explore;
pub mod flow;
pub mod ids;
pub mod input;
pub mod limits;
pub mod link;
pub mod notice;
pub mod protocol;
pub mod resolve;
pub mod roots;
pub mod scope;
pub mod shape;
pub mod snapshot;
pub mod starts;
pub mod step;
pub mod trace;
pub mod wanted;

pub use announcement::Announcement;
pub use effect::Effect;
pub use event::{Event, EventKind};
pub use flow::Flow;
pub use input::{Input, What};
pub use link::{Library, link};
pub use resolve::resolve;
pub use snapshot::Snapshot;
pub use step::{Step, begin, step};
