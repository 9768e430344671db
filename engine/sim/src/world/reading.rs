//! Reading requests: what is wrong with one is said by the name of its property.

use acs::endpoint::is_loopback;
use acs::model::CommunicationIdentifier;
use serde::de::DeserializeOwned;

use crate::identity::complete;
use crate::limits::TEXT_BYTES_MAX;
use crate::request::{Refusal, Request};

/// The body as JSON of a shape.
pub(super) fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    if request.body.is_empty() {
        return Err(Refusal::argument("The request has no body; this operation needs a JSON object."));
    }
    read(&request.body)
}

/// The body of an operation of which every property is optional, so that no body will do.
pub(super) fn optional_body<T: DeserializeOwned>(request: &Request) -> Result<T, Refusal> {
    read(if request.body.is_empty() { b"{}" } else { &request.body })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { String::new() } else { format!(" at `{path}`") };
        Refusal::argument(format!("The request body is not valid{at}: {}.", error.inner()))
    })?;
    deserializer.end().map_err(|_| {
        Refusal::argument("The request body is not valid: there is something behind the object.")
    })?;
    Ok(value)
}

/// A callback URI: HTTPS, or HTTP to this very machine.
pub(super) fn callback_uri(name: &str, uri: &str) -> Result<(), Refusal> {
    let wrong =
        || Refusal::argument(format!("The {name} field is invalid: it must be an absolute https:// URI."));
    if uri.len() > TEXT_BYTES_MAX {
        return Err(wrong());
    }
    let parsed: ::http::Uri = uri.parse().map_err(|_| wrong())?;
    match (parsed.scheme_str(), parsed.host()) {
        (Some("https"), Some(_)) => Ok(()),
        (Some("http"), Some(host)) if is_loopback(host) => Ok(()),
        (_, _) => Err(wrong()),
    }
}

pub(super) fn operation_callback_uri(uri: Option<&String>) -> Result<(), Refusal> {
    uri.map_or(Ok(()), |uri| callback_uri("OperationCallbackUri", uri))
}

pub(super) fn operation_context(context: Option<&String>) -> Result<(), Refusal> {
    text("operationContext", context.map_or("", String::as_str))
}

/// Context and callback of a mid-call action.
pub(super) fn answering(context: Option<&String>, callback: Option<&String>) -> Result<(), Refusal> {
    operation_context(context)?;
    operation_callback_uri(callback)
}

pub(super) fn text(name: &str, text: &str) -> Result<(), Refusal> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Refusal::argument(format!("The {name} field is longer than {TEXT_BYTES_MAX} bytes.")));
    }
    Ok(())
}

/// Somebody, in full.
pub(super) fn identifier(
    name: &str,
    given: &CommunicationIdentifier,
) -> Result<CommunicationIdentifier, Refusal> {
    complete(given).map_err(|what| Refusal::argument(format!("The {name} field is invalid: {what}.")))
}
