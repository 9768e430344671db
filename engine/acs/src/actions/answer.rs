//! answerCall: answer an inbound call.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{
    CallIntelligenceOptions, CommunicationUserIdentifier, MediaStreamingOptions, TranscriptionOptions,
};

/// Body of answerCall. The answer is `CallConnectionProperties` (200), with state `unknown`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnswerCallRequest {
    /// From `IncomingCall`, as it came.
    pub incoming_call_context: String,
    /// Where the events of this leg go: absolute and HTTPS.
    pub callback_uri: String,
    /// Echoed in `CallConnected`, `CallDisconnected` and `AnswerFailed`.
    pub operation_context: Option<String>,
    /// Needed before text is spoken or speech recognised; can only be set here.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// The identity to answer as.
    pub answered_by: Option<CommunicationUserIdentifier>,
    /// Configures media streaming; can only be set here.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Configures transcription; can only be set here.
    pub transcription_options: Option<TranscriptionOptions>,
}
