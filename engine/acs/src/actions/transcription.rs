//! startTranscription, updateTranscription, stopTranscription. Answered by 202 without a body.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// Body of startTranscription.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartTranscriptionRequest {
    /// The language, such as `en-US`.
    pub locale: Option<String>,
    /// Endpoint of a custom speech model.
    pub speech_model_endpoint_id: Option<String>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Body of updateTranscription.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTranscriptionRequest {
    /// The language, such as `en-US`.
    pub locale: Option<String>,
    /// Endpoint of a custom speech model.
    pub speech_model_endpoint_id: Option<String>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Body of stopTranscription.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StopTranscriptionRequest {
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}
