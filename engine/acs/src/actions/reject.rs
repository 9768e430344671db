//! rejectCall: refuse an unanswered inbound call. Answered by 204 and no event.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::open_enum::open_enum;

open_enum! {
    /// Why a call is refused. Absent means `none`.
    pub enum CallRejectReason {
        None = "none",
        Busy = "busy",
        Forbidden = "forbidden",
    }
}

/// Body of rejectCall.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RejectCallRequest {
    /// From `IncomingCall`, as it came.
    pub incoming_call_context: String,
    /// Why.
    pub call_reject_reason: Option<CallRejectReason>,
}
