//! What a step asks of the world. Values; nothing has happened yet.

use jiff::Timestamp;
use lang::Value;
use serde::{Deserialize, Serialize};

use crate::actions::Action;
use crate::ids::{OperationId, Outcome, TimerId};

/// Closed: a new kind is a decision, and the compiler asks every reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Post an action. It stays among the snapshot's operations until it is answered.
    Post {
        /// Under this number.
        operation: OperationId,
        /// This.
        action: Box<Action>,
    },
    /// Ask the provider whether the call connection still exists, and who is in the call.
    AskCall,
    /// Wake the run at this time.
    SetTimer {
        /// For this.
        timer: TimerId,
        /// Then.
        at: Timestamp,
    },
    /// Do not wake it for this any more.
    CancelTimer(TimerId),
    /// Tell somebody of a recording's file. It stays among the snapshot's notices until that is done.
    Tell(OperationId),
    /// Write a line to the log, with the author's fields.
    Log {
        /// The line.
        message: String,
        /// The fields; null if there are none.
        #[serde(default)]
        fields: Value,
    },
    /// The run is over.
    End(Outcome),
}
