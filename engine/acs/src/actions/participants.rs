//! listParticipants and getParticipant: read who is in a call.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CallParticipant;
use crate::operation::Operation;
use crate::request::Request;

/// Answer to listParticipants (200), one page. The answer to getParticipant is a `CallParticipant`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetParticipantsResponse {
    /// The people on this page.
    pub value: Vec<CallParticipant>,
    /// The absolute address of the next page, signed like any request; absent on the last.
    pub next_link: Option<String>,
}

/// Reads who is in the call.
pub fn list(call_connection_id: &str) -> Request {
    Request::bare(&Operation::ListParticipants { call_connection_id: call_connection_id.to_owned() })
}

/// Reads one participant.
pub fn get(call_connection_id: &str, participant_raw_id: &str) -> Request {
    Request::bare(&Operation::GetParticipant {
        call_connection_id: call_connection_id.to_owned(),
        participant_raw_id: participant_raw_id.to_owned(),
    })
}
