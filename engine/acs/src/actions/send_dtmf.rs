//! sendDtmfTones: press keys towards a phone participant.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CommunicationIdentifier, Tone};

/// Body of sendDtmfTones.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendDtmfTonesRequest {
    /// The keys, at most 18.
    pub tones: Vec<Tone>,
    /// Who hears them: a phone number.
    pub target_participant: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Answer to sendDtmfTones (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendDtmfTonesResult {
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
