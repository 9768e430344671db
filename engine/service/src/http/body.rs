//! Bodies: bounded in size and time, and read as JSON only where they say that they are.

use std::error::Error;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use bytes::BytesMut;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::time::timeout;

use super::error::ApiError;
use crate::limits::{BODY_DISCARD_BYTES_MAX, BODY_WAIT_MAX};

/// The whole body.
///
/// # Errors
/// 413: it is larger than `max` bytes. 408: it did not come in time. 400: it broke off.
pub(crate) async fn read(body: Body, max: usize) -> Result<Bytes, ApiError> {
    timeout(BODY_WAIT_MAX, collect(body, max)).await.unwrap_or_else(|_| {
        let seconds = BODY_WAIT_MAX.as_secs();
        Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "tooSlow",
            format!("the body did not come within {seconds} s"),
        ))
    })
}

async fn collect(mut body: Body, max: usize) -> Result<Bytes, ApiError> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        // What else there could be, trailers, nobody reads.
        let Ok(bytes) = frame.into_data() else { continue };
        if bytes.len() > max - collected.len() {
            discard(body).await;
            return Err(ApiError::too_large(max));
        }
        collected.extend_from_slice(&bytes);
    }
    Ok(collected.freeze())
}

/// Reads past the rest: many a client looks at the answer only after it has sent everything, and would find the
/// connection gone. Of a rest that is too long for that, nothing is read.
async fn discard(mut rest: Body) {
    let mut left = BODY_DISCARD_BYTES_MAX;
    if rest.size_hint().lower() > left as u64 {
        return;
    }
    while let Some(Ok(frame)) = rest.frame().await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(less) => left = less,
            None => return,
        }
    }
}

fn broken(error: &(dyn Error + 'static)) -> ApiError {
    tracing::debug!(%error, "a body broke off");
    ApiError::malformed("the body broke off before its end")
}

/// A JSON body of the API.
///
/// # Errors
/// 415: it does not say that it is JSON. 400: it is none. And those of [`read`].
pub(crate) async fn json(headers: &HeaderMap, body: Body, max: usize) -> Result<Value, ApiError> {
    // Browsers send no JSON to a foreign site unasked, so no page can place calls through a loopback service.
    if !is_json(headers) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "notJson",
            "the body must be JSON and say so; send `Content-Type: application/json`",
        ));
    }
    let bytes = read(body, max).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        ApiError::malformed(format!(
            "the body is not JSON: {} at line {}, column {}",
            match error.classify() {
                serde_json::error::Category::Eof => "it ends too early",
                serde_json::error::Category::Syntax
                | serde_json::error::Category::Data
                | serde_json::error::Category::Io => "it is broken",
            },
            error.line(),
            error.column()
        ))
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
        || (essence.len() > 5
            && essence.is_char_boundary(essence.len() - 5)
            && essence[essence.len() - 5..].eq_ignore_ascii_case("+json"))
}

/// An object of the API being read: what is wrong with it is collected, so that the sender learns all at once.
pub(crate) struct Fields {
    object: serde_json::Map<String, Value>,
    wrong: Vec<String>,
}

impl Fields {
    /// The fields of an object.
    ///
    /// # Errors
    /// 400: it is something else.
    pub(crate) fn of(body: Value) -> Result<Fields, ApiError> {
        match body {
            Value::Object(object) => Ok(Fields { object, wrong: Vec::new() }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(ApiError::malformed("the body must be a JSON object"))
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match self.object.shift_remove(name) {
            Some(Value::String(text)) if !text.is_empty() => text,
            Some(_) => self.complain(format!("`{name}` must be a text, and not empty")),
            None => self.complain(format!("`{name}` is missing")),
        }
    }

    /// An object that may be left out.
    pub(crate) fn object(&mut self, name: &str) -> serde_json::Map<String, Value> {
        match self.object.shift_remove(name) {
            Some(Value::Object(object)) => object,
            None | Some(Value::Null) => serde_json::Map::new(),
            Some(_) => self.complain(format!("`{name}` must be an object")),
        }
    }

    /// A list that must be there.
    pub(crate) fn list(&mut self, name: &str) -> Vec<Value> {
        match self.object.shift_remove(name) {
            Some(Value::Array(items)) => items,
            Some(_) => self.complain(format!("`{name}` must be a list")),
            None => self.complain(format!("`{name}` is missing")),
        }
    }

    fn complain<T: Default>(&mut self, what: String) -> T {
        self.wrong.push(what);
        T::default()
    }

    /// Ends the reading; fields that nobody asked for are wrong too.
    ///
    /// # Errors
    /// 400 with everything that is wrong.
    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        let unknown =
            self.object.keys().map(|name| format!("`{}` is no field of this request", name.escape_debug()));
        self.wrong.extend(unknown);
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(ApiError::malformed("the body is not what this request needs").details(self.wrong))
        }
    }
}
