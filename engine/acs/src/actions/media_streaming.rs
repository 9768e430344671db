//! startMediaStreaming and stopMediaStreaming. Answered by 202 without a body.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// Body of startMediaStreaming.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartMediaStreamingRequest {
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}

/// Body of stopMediaStreaming.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopMediaStreamingRequest {
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
