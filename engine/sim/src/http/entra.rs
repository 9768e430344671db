//! Tokens of Microsoft Entra ID, given to whoever presents the secret, as such or as an assertion, and taken in place
//! of signatures.
//!
//! Source: reference 1.4; RFC 6749, section 4.4. Any tenant and any application are known. The tokens are no JWTs: to
//! clients they are opaque.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{Shared, now};
use crate::limits::BEARER_TOKENS_MAX;

/// What tokens are asked for. Source: reference 1.4.
const SCOPE: &str = "https://communication.azure.com//.default";
/// How long a token is good, as the service has it.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Who gives tokens, if there is a secret to give them for.
pub(super) struct Authority {
    secret: Option<SecretString>,
    /// The latest, with their ends.
    given: Mutex<VecDeque<(String, Timestamp)>>,
}

/// A request for a token.
#[derive(Deserialize)]
pub(super) struct Asked {
    grant_type: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    #[serde(default)]
    client_assertion: String,
    #[serde(default)]
    scope: String,
}

impl Authority {
    pub(super) fn new(secret: Option<SecretString>) -> Authority {
        Authority { secret, given: Mutex::new(VecDeque::new()) }
    }

    /// Whether this token was given, and is still good.
    pub(super) fn takes(&self, token: &str, now: Timestamp) -> bool {
        self.given.lock().iter().any(|(given, until)| given == token && now < *until)
    }

    fn give(&self, now: Timestamp) -> String {
        let token = format!("simulated.{}", Uuid::new_v4());
        let mut given = self.given.lock();
        if given.len() >= BEARER_TOKENS_MAX {
            given.pop_front();
        }
        given.push_back((token.clone(), now + LIFETIME));
        token
    }
}

/// `POST …/{tenant}/oauth2/v2.0/token`.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    asked: Result<Form<Asked>, FormRejection>,
) -> Response {
    let refused = |status, error: &str, description: &str| {
        (status, Json(json!({ "error": error, "error_description": description }))).into_response()
    };
    let Ok(Form(asked)) = asked else {
        let text = "AADSTS900144: The request body must contain the parameter 'grant_type'.";
        return refused(StatusCode::BAD_REQUEST, "invalid_request", text);
    };
    if asked.grant_type != "client_credentials" || asked.client_id.is_empty() {
        let text = "AADSTS70003: Only an application's own credentials are known here.";
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", text);
    }
    if asked.scope != SCOPE {
        return refused(
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "AADSTS70011: The provided value for 'scope' is not valid.",
        );
    }
    let is_right = shared.authority.secret.as_ref().is_some_and(|secret| {
        let secret = secret.expose_secret();
        secret == asked.client_secret || secret == asked.client_assertion
    });
    if !is_right {
        let text = "AADSTS7000215: Invalid client secret provided.";
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", text);
    }
    let token = shared.authority.give(now());
    Json(json!({ "token_type": "Bearer", "expires_in": LIFETIME.as_secs(), "access_token": token }))
        .into_response()
}
