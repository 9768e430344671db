//! cancelAllMediaOperations: stop what is playing and listening. Answered by 202.

use crate::operation::Operation;
use crate::request::Request;

/// Cancels. One `PlayCanceled` or `RecognizeCanceled` follows per operation in progress.
pub fn request(call_connection_id: &str) -> Request {
    Request::bare(&Operation::CancelAllMediaOperations { call_connection_id: call_connection_id.to_owned() })
}
