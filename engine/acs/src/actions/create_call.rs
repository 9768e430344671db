//! createCall: place an outbound call to one target or several.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{
    CallIntelligenceOptions, CommunicationIdentifier, CommunicationUserIdentifier, MediaStreamingOptions,
    MicrosoftTeamsAppIdentifier, PhoneNumberIdentifier, TranscriptionOptions,
};

/// Body of createCall. The answer is `CallConnectionProperties` (201), without a server call id.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCallRequest {
    /// One for a 1:1 call, several for a group call: all ring together.
    pub targets: Vec<CommunicationIdentifier>,
    /// The number shown; needed when any target is a phone number.
    pub source_caller_id_number: Option<PhoneNumberIdentifier>,
    /// The name shown to phone targets.
    pub source_display_name: Option<String>,
    /// The identity that the call is placed as.
    pub source: Option<CommunicationUserIdentifier>,
    /// Echoed in `CallConnected`, `CallDisconnected` and `CreateCallFailed`.
    pub operation_context: Option<String>,
    /// Where the events of this call go: absolute and HTTPS.
    pub callback_uri: String,
    /// Needed before text is spoken or speech recognised.
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    /// Configures media streaming.
    pub media_streaming_options: Option<MediaStreamingOptions>,
    /// Configures transcription.
    pub transcription_options: Option<TranscriptionOptions>,
    /// The Teams application that the call is placed as, instead of `source`.
    pub teams_app_source: Option<MicrosoftTeamsAppIdentifier>,
}
