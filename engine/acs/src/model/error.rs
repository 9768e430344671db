//! Error bodies of the REST API: the declared shape, and a reader for what really comes.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::lenient;
use crate::limits::{ERROR_DEPTH_MAX, ERROR_MESSAGE_CHARS_MAX};

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

/// An answer that is not a success, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    /// The HTTP status.
    pub status: u16,
    /// The code, as it came.
    pub code: Option<String>,
    /// For people, at most [`ERROR_MESSAGE_CHARS_MAX`] characters. Empty when there was none.
    pub message: String,
    /// The code as a number, if it is one; of the innermost cause, if only that has one.
    pub sub_code: Option<i64>,
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

/// Reads an answer that is not a success. Never fails: either casing, an empty body and no JSON at all are known.
///
/// Source: reference 2.2.
pub fn parse_error(status: u16, body: &[u8]) -> ProviderError {
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
        let message = bounded(String::from_utf8_lossy(body).trim());
        return ProviderError { status, code: None, message, sub_code: None };
    };
    // Some gateways answer with the inner object alone.
    let error = get(&object, "error").and_then(Value::as_object).unwrap_or(&object);
    let code = get(error, "code").and_then(lenient::as_text).map(|code| bounded(&code));
    let message = get(error, "message").and_then(lenient::as_text).unwrap_or_default();
    ProviderError { status, code, message: bounded(&message), sub_code: sub_code(error) }
}

fn sub_code(error: &Map<String, Value>) -> Option<i64> {
    let mut error = Some(error);
    for _ in 0..ERROR_DEPTH_MAX {
        let current = error?;
        if let Some(code) = get(current, "code").and_then(lenient::as_integer) {
            return Some(code);
        }
        error = get(current, "innererror").and_then(Value::as_object);
    }
    None
}

/// A property in any casing.
fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// Cut to the bound, and on one line: it is shown in logs and journals.
fn bounded(text: &str) -> String {
    text.chars()
        .take(ERROR_MESSAGE_CHARS_MAX)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, code: Option<&str>, sub_code: Option<i64>, message: &str) {
        let expected =
            ProviderError { status, code: code.map(str::to_owned), message: message.to_owned(), sub_code };
        assert_eq!(parse_error(status, body.as_bytes()), expected);
    }

    #[test]
    fn errors_as_seen_in_the_wild() {
        check(
            404,
            r#"{"error":{"code":"8522","message":"Call not found."}}"#,
            Some("8522"),
            Some(8522),
            "Call not found.",
        );
        check(
            401,
            r#"{"Error":{"Code":"7509","Message":"no","Target":"/calling/callConnections:answer"}}"#,
            Some("7509"),
            Some(7509),
            "no",
        );
        check(400, r#"{"code":8501,"message":null}"#, Some("8501"), Some(8501), "");
        check(
            400,
            r#"{"error":{"code":"BadRequest","message":"x","innererror":{"code":"8523"}}}"#,
            Some("BadRequest"),
            Some(8523),
            "x",
        );
        check(502, "", None, None, "");
        check(502, "<html>\r\nBad Gateway", None, None, "<html>  Bad Gateway");
        check(500, "[1]", None, None, "[1]");
        check(500, r#"{"error":"no"}"#, None, None, "");
    }

    #[test]
    fn messages_are_bounded() {
        let error = parse_error(500, "é".repeat(10_000).as_bytes());
        assert_eq!(error.message.chars().count(), ERROR_MESSAGE_CHARS_MAX);
    }
}
