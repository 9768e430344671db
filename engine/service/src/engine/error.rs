//! Why the engine did not do as asked, by what the asker may do about it.

use crate::client::ClientError;
use crate::flows::FlowsError;
use crate::runs;
use crate::store::{self, RunId, embedded};
use crate::tokens::KeyError;

/// The engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] embedded::OpenError),
    /// The key of the data folder cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A flow cannot serve.
    #[error(transparent)]
    Flows(#[from] FlowsError),
    /// Nothing could be sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The process is going down.
    #[error("the start was interrupted")]
    Interrupted,
}

/// A run could not be changed or read. Nothing has happened.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// There is no such run.
    #[error("there is no run {0}")]
    UnknownRun(RunId),
    /// Too much is waiting, or the service is going down: come again.
    #[error("too much is waiting; try again in a moment")]
    Busy,
    /// A fault of ours stands in the way of this one run; the log tells which.
    #[error("run {0} cannot go on because of a fault in the service; its log says which")]
    SetAside(RunId),
    /// The store failed, or is not sure: come again.
    #[error("the store failed")]
    Store(#[from] store::Error),
}

impl From<runs::Error> for EngineError {
    fn from(error: runs::Error) -> EngineError {
        match error {
            runs::Error::Busy | runs::Error::Contended(_) => EngineError::Busy,
            runs::Error::UnknownRun(run) => EngineError::UnknownRun(run),
            runs::Error::SetAside(run) => EngineError::SetAside(run),
            runs::Error::Store(error) => EngineError::Store(error),
        }
    }
}

/// A run was not started.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StartError {
    /// No flow has this name.
    #[error("no flow is named `{flow}`{}", did_you_mean(.near.as_deref()))]
    UnknownFlow {
        /// The name.
        flow: String,
        /// A flow with a similar one.
        near: Option<String>,
    },
    /// The flow takes incoming calls only.
    #[error("flow `{flow}` cannot be started like this: it has no `start.api`")]
    NotByApi {
        /// The flow.
        flow: String,
    },
    /// Inputs are missing, unknown or of the wrong type: a sentence each.
    #[error("{}", .0.join("; "))]
    BadInput(Vec<String>),
    /// The idempotency key is empty or too long.
    #[error("an idempotency key has 1 to {} bytes", crate::limits::IDEMPOTENCY_KEY_BYTES_MAX)]
    BadKey,
    /// The key was used before, for something else.
    #[error("this idempotency key was used before, for another flow or input")]
    KeyReused,
    /// See [`EngineError`].
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A run was not given an event.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EventError {
    /// The flow declares no such event.
    #[error("flow `{flow}` declares no event `{event}`{}", did_you_mean(.near.as_deref()))]
    UnknownEvent {
        /// The event.
        event: String,
        /// The flow.
        flow: String,
        /// An event with a similar name.
        near: Option<String>,
    },
    /// Fields are missing or of the wrong type: a sentence each.
    #[error("{}", .0.join("; "))]
    BadData(Vec<String>),
    /// The run is over.
    #[error("the run is over")]
    Ended,
    /// See [`EngineError`].
    #[error(transparent)]
    Engine(#[from] EngineError),
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
