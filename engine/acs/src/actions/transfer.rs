//! transferToParticipant: hand a party over to another endpoint, without asking it first.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CommunicationIdentifier, CustomCallingContext, PhoneNumberIdentifier};

/// Body of transferToParticipant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferToParticipantRequest {
    /// Who the call goes to.
    pub target_participant: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Who is moved: absent in a 1:1 call, needed in a group call.
    pub transferee: Option<CommunicationIdentifier>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
    /// Headers that the target sees.
    pub custom_calling_context: Option<CustomCallingContext>,
    /// The number shown to a phone target.
    pub source_caller_id_number: Option<PhoneNumberIdentifier>,
}

/// Answer to transferToParticipant (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferCallResponse {
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
}
