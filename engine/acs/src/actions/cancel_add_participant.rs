//! cancelAddParticipant: withdraw an invitation that still rings.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// Body of cancelAddParticipant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelAddParticipantRequest {
    /// From the answer to addParticipant.
    pub invitation_id: String,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Answer to cancelAddParticipant (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelAddParticipantResponse {
    /// The invitation.
    pub invitation_id: Option<String>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
