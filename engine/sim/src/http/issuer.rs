//! Tokens of callbacks, and the documents by which applications check them.
//!
//! The next key is published before it signs anything, and the last one for as long as its tokens are good: so keys
//! can rotate without an application that refuses a token. Source: reference 7; how the service does it is not known.

use std::collections::VecDeque;
use std::sync::Arc;

use acs::token::{
    CALLBACK_LIFETIME, KEYS_PATH, KeySetDocument, OpenIdConfiguration, PublicJwk, SigningKey,
    sign_callback_token,
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
use crate::limits::OLD_KEYS_MAX;

/// Who signs.
pub(super) struct Issuer {
    keys: Mutex<Keys>,
    issuer: String,
    audience: String,
}

struct Keys {
    current: SigningKey,
    next: SigningKey,
    /// Published still, newest first.
    old: VecDeque<PublicJwk>,
    /// The last token, by its second: claims count whole seconds, so it is the very token that would be made anew.
    last: Option<(i64, Arc<str>)>,
}

impl Issuer {
    pub(super) fn new(issuer: &str, audience: &str) -> Result<Issuer, Error> {
        let keys = Keys { current: new_key()?, next: new_key()?, old: VecDeque::new(), last: None };
        Ok(Issuer { keys: Mutex::new(keys), issuer: issuer.to_owned(), audience: audience.to_owned() })
    }

    /// The token of a callback that is posted now.
    pub(super) fn token(&self, now: Timestamp) -> Option<Arc<str>> {
        let mut keys = self.keys.lock();
        let second = now.as_second();
        if let Some((_, token)) = keys.last.as_ref().filter(|(at, _)| *at == second) {
            return Some(token.clone());
        }
        let token =
            sign_callback_token(&keys.current, &self.issuer, &self.audience, now, CALLBACK_LIFETIME).ok()?;
        let token: Arc<str> = Arc::from(token);
        keys.last = Some((second, token.clone()));
        Some(token)
    }

    /// Signs with the next key from now on.
    pub(super) fn rotate(&self) -> Result<(), Error> {
        // Made before the lock is taken: that takes a while.
        let new = new_key()?;
        let mut keys = self.keys.lock();
        let next = std::mem::replace(&mut keys.next, new);
        let current = std::mem::replace(&mut keys.current, next);
        keys.old.push_front(current.public_jwk().clone());
        keys.old.truncate(OLD_KEYS_MAX);
        keys.last = None;
        Ok(())
    }

    pub(super) fn published(&self) -> Vec<PublicJwk> {
        let keys = self.keys.lock();
        let signing = [&keys.current, &keys.next].map(|key| key.public_jwk().clone());
        signing.into_iter().chain(keys.old.iter().cloned()).collect()
    }
}

fn new_key() -> Result<SigningKey, Error> {
    let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| Error::Key)?;
    let document = AsDer::as_der(&pair).map_err(|_| Error::Key)?;
    SigningKey::from_pkcs8_der(document.as_ref()).map_err(|_| Error::Key)
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
    Json(KeySetDocument { keys: shared.issuer.published() })
}
