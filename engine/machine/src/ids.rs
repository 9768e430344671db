//! The names and numbers by which one thing is told from another. Each is a type of its own.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A state of one flow version: its place in the flow's list of states, which is in file order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateId(pub u32);

/// What has variables and inputs of its own: the flow itself, or a sub-flow at one of the places where it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeId(pub u32);

impl ScopeId {
    /// The flow itself.
    pub const FLOW: ScopeId = ScopeId(0);

    /// Whether it is the flow itself.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        *self == ScopeId::FLOW
    }
}

/// One stay in a state, numbered through the run. Results of an action belong to the visit that posted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Visit(pub u32);

impl Visit {
    /// The visit that lasts as long as the run: what flow-wide handlers post belongs to it.
    pub const RUN: Visit = Visit(0);
}

/// An action of a run that was decided, numbered through the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub u32);

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a timer of a run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TimerId {
    /// The `after` with this index, of this visit ([`Visit::RUN`]: the flow's own).
    After(Visit, u32),
    /// The wait for the other half of a pair of events.
    Held,
    /// The wait for a `CallDisconnected` that must come, before the provider is asked.
    Gone,
    /// The pause before a refused `hangUp` is repeated.
    HangUp,
    /// The end of an incoming call's ringing.
    Ringing,
    /// The longest that a call may take to come up: the author's `ringFor`, or the engine's own limit.
    Connecting,
    /// The pause before somebody is told again of a recording's file: the notice of this number.
    Tell(OperationId),
    /// The longest that the result of an operation may take: if it was lost, nothing else would tell.
    Overdue(OperationId),
    /// The longest that nothing may be heard of a call that is up: its end may have been lost.
    Quiet,
}

impl TimerId {
    /// Whether it matters only if something that was told is lost on its way.
    #[must_use]
    pub fn is_for_losses(self) -> bool {
        match self {
            TimerId::Overdue(_) | TimerId::Quiet => true,
            TimerId::After(..)
            | TimerId::Held
            | TimerId::Gone
            | TimerId::HangUp
            | TimerId::Ringing
            | TimerId::Connecting
            | TimerId::Tell(_) => false,
        }
    }
}

/// The version of a flow: a hash of its canonical form. Written as hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlowHash(Arc<str>);

impl FlowHash {
    /// The first half of a SHA-256 digest.
    pub(crate) fn of(digest: sha2::Sha256) -> FlowHash {
        use sha2::Digest;
        let digits: String = digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        FlowHash(digits.into())
    }

    /// A hash that was written by [`fmt::Display`].
    #[must_use]
    pub fn from_text(text: &str) -> FlowHash {
        FlowHash(text.into())
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FlowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a run ended: a name of the author's, or one of the two that the engine gives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Outcome(Arc<str>);

impl Outcome {
    /// What nothing handled was a failure.
    pub const ERROR: &str = "error";
    /// What nothing handled was the end of the call.
    pub const DISCONNECTED: &str = "disconnected";
    /// Somebody ended the run through the engine's API.
    pub const CANCELED: &str = "canceled";

    /// An outcome by its name.
    #[must_use]
    pub fn new(name: &str) -> Outcome {
        Outcome(name.into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether authors must not use the name.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        matches!(name, Outcome::ERROR | Outcome::DISCONNECTED | Outcome::CANCELED)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
