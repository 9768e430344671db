//! getCall: read where a call connection stands. The answer is `CallConnectionProperties` (200).

use crate::operation::Operation;
use crate::request::Request;

/// Reads the call connection. 404 with sub-code 8522 when it is gone.
pub fn request(call_connection_id: &str) -> Request {
    Request::bare(&Operation::GetCall { call_connection_id: call_connection_id.to_owned() })
}
