//! Tokens of callbacks, and the documents by which applications check them.
//!
//! Source: reference 7.

use std::sync::Arc;

use acs::token::{
    CALLBACK_LIFETIME, KEYS_PATH, KeySetDocument, OpenIdConfiguration, SigningKey, sign_callback_token,
};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use jiff::Timestamp;
use parking_lot::Mutex;

use super::origin::origin;
use super::{Error, Shared};

/// Who signs.
pub(super) struct Issuer {
    key: SigningKey,
    issuer: String,
    audience: String,
    /// The last token, by its second: claims count whole seconds, so it is the very token that would be made anew.
    last: Mutex<(i64, Arc<str>)>,
}

impl Issuer {
    pub(super) fn new(issuer: &str, audience: &str) -> Result<Issuer, Error> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Key)?;
        let document = AsDer::as_der(&pair).map_err(|_| Error::Key)?;
        let key = SigningKey::from_pkcs8_der(document.as_ref()).map_err(|_| Error::Key)?;
        let (issuer, audience) = (issuer.to_owned(), audience.to_owned());
        Ok(Issuer { key, issuer, audience, last: Mutex::new((i64::MIN, Arc::from(""))) })
    }

    /// The token of a callback that is posted now.
    pub(super) fn token(&self, now: Timestamp) -> Option<Arc<str>> {
        let mut last = self.last.lock();
        if last.0 != now.as_second() {
            let token = sign_callback_token(&self.key, &self.issuer, &self.audience, now, CALLBACK_LIFETIME);
            *last = (now.as_second(), Arc::from(token.ok()?));
        }
        Some(last.1.clone())
    }
}

pub(super) async fn configuration(
    State(shared): State<Arc<Shared>>,
    request: Parts,
) -> Json<OpenIdConfiguration> {
    Json(OpenIdConfiguration {
        issuer: shared.issuer.issuer.clone(),
        jwks_uri: format!("{}{KEYS_PATH}", origin(&request)),
        id_token_signing_alg_values_supported: vec!["RS256".to_owned()],
    })
}

pub(super) async fn keys(State(shared): State<Arc<Shared>>) -> Json<KeySetDocument> {
    Json(KeySetDocument { keys: vec![shared.issuer.key.public_jwk().clone()] })
}
