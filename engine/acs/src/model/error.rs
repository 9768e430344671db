//! Error bodies of the REST API.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommunicationErrorResponse {
    /// What is wrong.
    pub error: CommunicationError,
}

/// What is wrong. In practice the code is a numeric sub-code as text (reference 2.2).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommunicationError {
    /// The code.
    pub code: String,
    /// For people.
    pub message: String,
    /// What the error is about.
    pub target: Option<String>,
    /// More of them.
    pub details: Option<Vec<CommunicationError>>,
    /// The cause.
    pub innererror: Option<Box<CommunicationError>>,
}
