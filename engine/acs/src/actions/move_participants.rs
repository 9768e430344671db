//! moveParticipants: bring parties over from another call.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CallParticipant, CommunicationIdentifier};

/// Body of moveParticipants.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveParticipantsRequest {
    /// Whom to move here.
    pub target_participants: Vec<CommunicationIdentifier>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
    /// The call connection that they leave.
    pub from_call: String,
}

/// Answer to moveParticipants (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveParticipantsResponse {
    /// Who is moved.
    pub participants: Option<Vec<CallParticipant>>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// The call connection that they leave.
    pub from_call: Option<String>,
}
