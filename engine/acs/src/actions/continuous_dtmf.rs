//! startContinuousDtmfRecognition and its stop: hear of every key that a party presses. Answered by 200.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CommunicationIdentifier;

/// Body of both.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContinuousDtmfRecognitionRequest {
    /// Whose keys.
    pub target_participant: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}
