//! redirectCall: send an unanswered inbound call elsewhere. Answered by 204 and no event.

use serde::{Deserialize, Serialize};

use crate::model::CommunicationIdentifier;

/// Body of redirectCall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedirectCallRequest {
    /// From `IncomingCall`, as it came.
    pub incoming_call_context: String,
    /// Where the call goes. A VoIP call cannot go to a phone number.
    pub target: CommunicationIdentifier,
}
