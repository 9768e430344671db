//! A call connection as the service shows it, and the people in it.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{
    CommunicationIdentifier, CommunicationUserIdentifier, MediaStreamingSubscription, PhoneNumberIdentifier,
    TranscriptionSubscription,
};
use crate::open_enum::open_enum;

open_enum! {
    /// Where a call connection stands. Not to be relied on before `CallConnected`: answer says `unknown`.
    #[derive(Default)]
    pub enum CallConnectionState {
        #[default]
        Unknown = "unknown",
        Connecting = "connecting",
        Connected = "connected",
        Transferring = "transferring",
        TransferAccepted = "transferAccepted",
        Disconnecting = "disconnecting",
        Disconnected = "disconnected",
    }
}

/// The answer to create, answer, connect and get.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallConnectionProperties {
    /// The id of the application's leg.
    pub call_connection_id: Option<String>,
    /// The id of the call itself. Absent from the answer to create (reference 2.3).
    pub server_call_id: Option<String>,
    /// Whom the call was placed to.
    pub targets: Option<Vec<CommunicationIdentifier>>,
    /// Where the connection stands.
    pub call_connection_state: Option<CallConnectionState>,
    /// Where the events of this leg go.
    pub callback_uri: Option<String>,
    /// The number shown to phone targets.
    pub source_caller_id_number: Option<PhoneNumberIdentifier>,
    /// The name shown to phone targets.
    pub source_display_name: Option<String>,
    /// Who placed the call.
    pub source: Option<CommunicationIdentifier>,
    /// The id of the whole chain of calls.
    pub correlation_id: Option<String>,
    /// The identity that answered.
    pub answered_by: Option<CommunicationUserIdentifier>,
    /// State of media streaming, if it was configured.
    pub media_streaming_subscription: Option<MediaStreamingSubscription>,
    /// State of transcription, if it was configured.
    pub transcription_subscription: Option<TranscriptionSubscription>,
    /// The number that was called on behalf of someone.
    pub answered_for: Option<PhoneNumberIdentifier>,
}

/// Someone in a call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallParticipant {
    /// Who it is.
    pub identifier: Option<CommunicationIdentifier>,
    /// Whether nobody hears them.
    pub is_muted: Option<bool>,
    /// Whether they are on hold.
    pub is_on_hold: Option<bool>,
}

/// The AI services behind speech; needed before any text is spoken or speech recognised.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallIntelligenceOptions {
    /// Endpoint of the AI services resource.
    pub cognitive_services_endpoint: Option<String>,
}
