//! removeParticipant: put a party out of the call.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CommunicationIdentifier;

/// Body of removeParticipant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipantRequest {
    /// Whom to remove.
    pub participant_to_remove: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Answer to removeParticipant (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipantResponse {
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
