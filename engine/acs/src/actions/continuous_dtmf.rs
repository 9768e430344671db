//! startContinuousDtmfRecognition and its stop: hear of every key that a party presses. Answered by 200.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CommunicationIdentifier;
use crate::operation::Operation;
use crate::request::Request;

/// Body of both.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContinuousDtmfRecognitionRequest {
    /// Whose keys.
    pub target_participant: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// Starts; there is no event for that.
pub fn start(call_connection_id: &str, body: &ContinuousDtmfRecognitionRequest) -> Request {
    Request::with_body(
        &Operation::StartContinuousDtmfRecognition { call_connection_id: call_connection_id.to_owned() },
        body,
    )
}

/// Stops.
pub fn stop(call_connection_id: &str, body: &ContinuousDtmfRecognitionRequest) -> Request {
    Request::with_body(
        &Operation::StopContinuousDtmfRecognition { call_connection_id: call_connection_id.to_owned() },
        body,
    )
}
