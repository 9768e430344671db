//! listParticipants and getParticipant: read who is in a call.

use http::Uri;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::endpoint::Endpoint;
use crate::model::CallParticipant;
use crate::request::{Method, Request};

/// Answer to listParticipants (200), one page. The answer to getParticipant is a `CallParticipant`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GetParticipantsResponse {
    /// The people on this page.
    pub value: Vec<CallParticipant>,
    /// The absolute address of the next page, signed like any request; absent on the last.
    pub next_link: Option<String>,
}

/// Reads the next page, behind the `next_link` of the last one.
///
/// `None` if the link leads to another host: a signed request goes to the service only.
pub fn next(next_link: &str, endpoint: &Endpoint) -> Option<Request> {
    let uri: Uri = next_link.parse().ok()?;
    let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
    if Endpoint::parse(&origin).ok().as_ref() != Some(endpoint) {
        return None;
    }
    let path_and_query = uri.path_and_query()?.to_string();
    Some(Request { method: Method::Get, path_and_query, body: None, repeatable: false })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn next_pages_stay_at_the_service() {
        let endpoint = Endpoint::parse("https://contoso.communication.azure.com/").unwrap();
        let path = "/calling/callConnections/id/participants?api-version=2026-03-12&skip=a%2Fb";
        for host in ["contoso.communication.azure.com", "Contoso.communication.azure.com:443"] {
            assert_eq!(next(&format!("https://{host}{path}"), &endpoint).unwrap().path_and_query, path);
        }
        for link in [
            format!("https://contoso.communication.azure.com.example.com{path}"),
            format!("https://contoso.communication.azure.com@example.com{path}"),
            format!("http://contoso.communication.azure.com{path}"),
            path.to_owned(),
            String::new(),
        ] {
            assert_eq!(next(&link, &endpoint), None, "{link}");
        }
    }
}
