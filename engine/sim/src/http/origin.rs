//! Where a client thinks it is: absolute URLs in answers begin with it.

use acs::endpoint::Scheme;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The `Host` header, as it was signed. The scheme is not.
pub(super) fn host(parts: &Parts) -> &str {
    text(&parts.headers, header::HOST.as_str())
        .or_else(|| parts.uri.authority().map(|host| host.as_str()))
        .unwrap_or_default()
}

/// The scheme and the host of a request.
pub(super) fn origin(parts: &Parts) -> String {
    format!("{}://{}", scheme(parts).as_str(), host(parts))
}

/// As the listener says, unless something stands in front that speaks HTTPS in its place.
fn scheme(parts: &Parts) -> Scheme {
    if text(&parts.headers, "x-forwarded-proto") == Some("https") {
        return Scheme::Https;
    }
    parts.extensions.get().copied().unwrap_or(Scheme::Http)
}

/// A header, if it is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
