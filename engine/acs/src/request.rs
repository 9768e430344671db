//! A request on its way to the service: everything but the host, the date and the signature.

use serde::Serialize;

/// The version of the API that every request names.
pub const API_VERSION: &str = "2026-03-12";

/// The HTTP methods that the API uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Acts.
    Post,
    /// Leaves a call, or stops a recording.
    Delete,
}

impl Method {
    /// As it is written in a request line and in the string to sign.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// A request, made from a row of the table of [operations](crate::operation).
///
/// To be sent as it is: the path is signed as transmitted. Its body may hold phone numbers and contexts, so it is
/// not for logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, percent-encoded, with the version of the API.
    pub path_and_query: String,
    /// The JSON body; `None` for operations without one, which are signed as empty.
    pub body: Option<Vec<u8>>,
    /// Whether the repeatability headers may be sent (reference 2.2).
    pub repeatable: bool,
}

impl Request {
    /// The same with a JSON body.
    #[must_use]
    pub fn with_body(self, body: &impl Serialize) -> Request {
        let body = serde_json::to_vec(body).expect("wire types have text keys and no failing serializer");
        Request { body: Some(body), ..self }
    }
}
