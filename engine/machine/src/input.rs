//! What can reach a run. The only way in, and the only time that `step` knows.

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Identifier, Value};
use serde::{Deserialize, Serialize};

use crate::announcement::Announcement;
use crate::event::{Event, Participant};
use crate::ids::{OperationId, TimerId};
use crate::notice::Told;

/// What reached a run, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// When it was accepted.
    pub at: Timestamp,
    /// What it is.
    pub what: What,
}

/// Closed: a new kind is a decision, and the compiler asks every reader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// The run begins. Always the first input, and only the first.
    Start(Box<Beginning>),
    /// Something happened to the call.
    Event(Box<Event>),
    /// A timer is due.
    Timer(TimerId),
    /// The provider took an action.
    Acknowledged {
        /// Which.
        operation: OperationId,
        /// What it answered.
        ack: Box<Ack>,
    },
    /// The provider refused an action, finally.
    Refused {
        /// Which.
        operation: OperationId,
        /// How.
        refusal: Refusal,
    },
    /// The provider was asked, and this is so.
    Learned(Fact),
    /// The provider announced something about the call, perhaps long after its end.
    Announced(Announcement),
    /// What became of telling somebody of a recording's file.
    Told {
        /// The notice.
        notice: OperationId,
        /// This.
        told: Told,
    },
    /// Somebody wants the run ended, through the engine's API.
    Cancel,
}

/// All that is fixed when a run begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Beginning {
    /// The run's id: `call.id` in expressions.
    pub run: String,
    /// The operator's constants that the flow declares. The run keeps them as they are now.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub config: IndexMap<String, Value>,
    /// How it begins.
    pub start: Start,
}

/// How a run begins.
#[expect(clippy::large_enum_variant, reason = "there is one for each run, and it is boxed where it travels")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Start {
    /// A call came in.
    Incoming(Incoming),
    /// The engine's API asked for it.
    Api {
        /// The values for the flow's `input`, by name.
        input: IndexMap<String, Value>,
    },
}

/// A call that is ringing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incoming {
    /// Who calls.
    pub from: Identifier,
    /// Who is called.
    pub to: Identifier,
    /// The provider's name of the call.
    pub server_call_id: String,
    /// The chain of calls that it belongs to.
    pub correlation_id: String,
    /// The key for answering, redirecting and rejecting; some kilobytes, opaque.
    pub incoming_call_context: String,
    /// Often empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caller_display_name: String,
    /// SIP and VoIP headers of the invitation, as received.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub headers: IndexMap<String, String>,
}

/// What the provider answered to an action that it took. Absent: the answer had no such field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Ack {
    /// Which attempt it was: 0, unless it was cancelled and posted again.
    #[serde(skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// The application's leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// The call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    /// The chain of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The invitation that may be withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_id: Option<String>,
    /// The recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// The whole answer, for `as`; null where it had no body.
    pub body: Value,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A final no of the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// The HTTP status; 0 if there was no answer at all within the deadline.
    pub status: u16,
    /// The numeric reason, where the answer had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_code: Option<i64>,
    /// Text for people.
    pub message: String,
}

impl Refusal {
    /// Whether it says that the call is over. Source: reference 2.7 and 9.1, clarification 3.
    #[must_use]
    pub fn says_gone(&self) -> bool {
        matches!((self.status, self.sub_code), (404, Some(8522) | None) | (400, Some(8528)))
    }
}

/// Something found out by asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Fact {
    /// The provider knows the call connection; whether it is up it does not say.
    CallLives,
    /// The call is up; who is in it could not be found out.
    CallUp,
    /// The call is up.
    InCall {
        /// Everybody in it.
        participants: Vec<Participant>,
        /// The engine was away, and so asked by itself: what was told meanwhile is lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        recovered: bool,
    },
    /// The provider does not know the call connection any more.
    CallGone,
}
