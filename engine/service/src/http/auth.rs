//! Who may do what: shared secrets, compared in a time that tells nothing about them.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::Response;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::Surface;
use super::error::ApiError;

/// Parameters of the query in which Event Grid may bring its key.
const KEY_PARAMETERS: [&str; 2] = ["key", "code"];
/// Headers in which it may; they are configured at the subscription.
const KEY_HEADERS: [&str; 3] = ["x-callflow-key", "aeg-sas-key", "authorization"];

/// A secret that senders share with us, kept as a hash so that comparing tells neither content nor length.
pub(crate) struct SharedSecret([u8; 32]);

impl SharedSecret {
    /// Keeps a secret.
    pub(crate) fn new(secret: &SecretString) -> SharedSecret {
        SharedSecret(Sha256::digest(secret.expose_secret().as_bytes()).into())
    }

    fn is(&self, candidate: &[u8]) -> Choice {
        let candidate: [u8; 32] = Sha256::digest(candidate).into();
        self.0.ct_eq(&candidate)
    }

    /// Whether one of the candidates is the secret; all are looked at.
    fn is_among<'c>(&self, candidates: impl Iterator<Item = &'c [u8]>) -> bool {
        candidates.fold(Choice::from(0), |found, candidate| found | self.is(candidate)).into()
    }
}

/// Lets only those through who present the API's token, where one is set.
pub(crate) async fn api(
    State(surface): State<Surface>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if let Some(token) = surface.api_token() {
        let Some(presented) = bearer(request.headers()) else {
            return Err(ApiError::unauthorized(
                "the API's token is missing; send it as `Authorization: Bearer …`",
            ));
        };
        if !bool::from(token.is(presented)) {
            return Err(ApiError::unauthorized(
                "the token is not the API's; it is what `--api-token` was set to",
            ));
        }
    }
    Ok(next.run(request).await)
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked("Bearer ".len())?;
    (scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty()).then_some(token)
}

/// What a sender has shown of Event Grid's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// The key, or none is asked for.
    Right,
    /// Something else.
    Wrong,
    /// Nothing.
    Nothing,
}

/// Looks for Event Grid's key where a subscription can put it.
pub(crate) fn event_grid(key: Option<&SharedSecret>, uri: &Uri, headers: &HeaderMap) -> Shown {
    let Some(key) = key else { return Shown::Right };
    let in_query = uri.query().unwrap_or_default().split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        KEY_PARAMETERS.contains(&name).then(|| percent_decode_str(value).collect::<Vec<u8>>())
    });
    let in_headers = KEY_HEADERS.iter().flat_map(|name| headers.get_all(*name)).flat_map(|value| {
        let bare = value.as_bytes();
        [Some(bare.to_vec()), bare.strip_prefix(b"Bearer ").map(<[u8]>::to_vec)].into_iter().flatten()
    });
    let candidates: Vec<Vec<u8>> = in_query.chain(in_headers).collect();
    if candidates.is_empty() {
        Shown::Nothing
    } else if key.is_among(candidates.iter().map(Vec::as_slice)) {
        Shown::Right
    } else {
        Shown::Wrong
    }
}
