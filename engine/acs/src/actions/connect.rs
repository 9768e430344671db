//! connect: join a running call or room.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CallIntelligenceOptions, CallLocator, MediaStreamingOptions, TranscriptionOptions};

/// Body of connect. The answer is `CallConnectionProperties` (200).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectRequest {
    /// Which call to join.
    pub call_locator: CallLocator,
    /// Where the events of this leg go: absolute and HTTPS.
    pub callback_uri: String,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Needed before text is spoken or speech recognised.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// Configures media streaming.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Configures transcription.
    pub transcription_options: Option<TranscriptionOptions>,
}
