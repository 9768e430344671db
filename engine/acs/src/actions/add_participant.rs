//! addParticipant: invite one more party.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CallParticipant, CommunicationIdentifier, CustomCallingContext, PhoneNumberIdentifier};

/// Body of addParticipant.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddParticipantRequest {
    /// The number shown; needed for a phone number.
    pub source_caller_id_number: Option<PhoneNumberIdentifier>,
    /// The name shown to a phone number.
    pub source_display_name: Option<String>,
    /// Whom to invite.
    pub participant_to_add: CommunicationIdentifier,
    /// How long it rings. Unit: seconds, 0 to 180.
    pub invitation_timeout_in_seconds: Option<i32>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
    /// Headers that the invited party sees.
    pub custom_calling_context: Option<CustomCallingContext>,
}

/// Answer to addParticipant (202).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddParticipantResponse {
    /// Who was invited.
    pub participant: Option<CallParticipant>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// What cancelAddParticipant needs.
    pub invitation_id: Option<String>,
}
