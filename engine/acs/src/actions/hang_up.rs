//! hangUp and terminateCall: leave a call, or end it for everyone. Answered by 204.

use crate::operation::Operation;
use crate::request::Request;

/// Leaves the call, which ends a 1:1 call. Not repeatable; a second one gets 404.
pub fn leave(call_connection_id: &str) -> Request {
    Request::bare(&Operation::HangUp { call_connection_id: call_connection_id.to_owned() })
}

/// Ends the call for everyone.
pub fn terminate(call_connection_id: &str) -> Request {
    Request::bare(&Operation::TerminateCall { call_connection_id: call_connection_id.to_owned() })
}
