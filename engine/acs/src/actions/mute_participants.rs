//! muteParticipants: silence a party. No event of its own; there is no unmute.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CommunicationIdentifier;

/// Body of muteParticipants.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteParticipantsRequest {
    /// Whom to mute: one user of the resource.
    pub target_participants: Vec<CommunicationIdentifier>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}

/// Answer to muteParticipants (200).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteParticipantsResult {
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
