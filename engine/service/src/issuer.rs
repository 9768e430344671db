//! Who signs the callbacks: its keys, fetched when needed, and the tokens that were found good.
//!
//! Checking is [`acs::token`]'s; here is what that needs of the world. Knows no HTTP server and no run.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use acs::token::{Expiry, KeyError, KeySet, OpenIdConfiguration, TokenError, verify_callback_token};
use http::{HeaderMap, Method};
use jiff::Timestamp;
use lru::LruCache;
use parking_lot::{Mutex, RwLock};
use sha2::{Digest, Sha256};

use crate::client::{Client, Exchange, Outcome};
use crate::clock;
use crate::config::CallbackTokens;
use crate::limits::{KEYS_AGE_MAX, KEYS_FETCH_PAUSE, KEYS_FETCH_TIMEOUT, TOKENS_REMEMBERED_MAX};

/// The issuer of callbacks' tokens.
pub(crate) struct Issuer {
    tokens: CallbackTokens,
    client: Client,
    keys: RwLock<Option<Arc<Keys>>>,
    /// Held while the keys are fetched; the last try.
    fetched: tokio::sync::Mutex<Option<Tried>>,
    /// Tokens that were found good, by their hash: one comes with several events, and RSA costs.
    good: Mutex<LruCache<[u8; 32], Expiry>>,
}

#[derive(Clone, Copy)]
struct Tried {
    at: Instant,
    has_failed: bool,
}

struct Keys {
    issuer: String,
    set: KeySet,
    fetched_at: Instant,
}

/// Why a token is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not good, and will not become so.
    #[error("the token is refused")]
    Refused(#[source] TokenError),
    /// Nobody can tell now.
    #[error("the token cannot be checked")]
    NoKeys(#[source] FetchError),
}

/// Why there are no keys.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// A document did not come.
    #[error("cannot fetch {what} of the callbacks' issuer: {why}")]
    NoAnswer {
        /// Which document.
        what: &'static str,
        /// What happened instead.
        why: String,
    },
    /// A document is no such document.
    #[error("the OpenID configuration of the callbacks' issuer cannot be read")]
    Configuration,
    /// The keys cannot be used.
    #[error("the keys of the callbacks' issuer cannot be used")]
    Keys(#[from] KeyError),
    /// The last try was a moment ago.
    #[error("fetching the keys of the callbacks' issuer failed a moment ago")]
    TooSoon,
}

impl Issuer {
    /// An issuer whose keys are fetched when the first token comes.
    pub(crate) fn new(tokens: CallbackTokens, client: Client) -> Issuer {
        let room = NonZeroUsize::new(TOKENS_REMEMBERED_MAX).unwrap_or(NonZeroUsize::MIN);
        Issuer {
            tokens,
            client,
            keys: RwLock::default(),
            fetched: tokio::sync::Mutex::default(),
            good: Mutex::new(LruCache::new(room)),
        }
    }

    /// Checks a token.
    ///
    /// # Errors
    /// [`Error::Refused`]: answer 401. [`Error::NoKeys`]: answer 503, for nothing is known of the token.
    pub(crate) async fn verify(&self, token: &str, now: Timestamp) -> Result<(), Error> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        // Without the leeway that checking has, so that nothing is good for longer than it would be unremembered.
        if self.good.lock().get(&hash).is_some_and(|expiry| now < expiry.0) {
            return Ok(());
        }
        let keys = self.keys(None).await.map_err(Error::NoKeys)?;
        let expiry = match self.check(token, &keys, now) {
            Err(TokenError::UnknownKey { .. }) => {
                // New keys appear now and then. If they cannot be had, it must come again: a refusal is for good.
                let newer = self.keys(Some(&keys)).await.map_err(Error::NoKeys)?;
                self.check(token, &newer, now)
            }
            settled => settled,
        }
        .map_err(Error::Refused)?;
        self.good.lock().put(hash, expiry);
        Ok(())
    }

    fn check(&self, token: &str, keys: &Keys, now: Timestamp) -> Result<Expiry, TokenError> {
        verify_callback_token(token, &keys.set, &keys.issuer, &self.tokens.audience, now)
    }

    /// Keys that are not too old, and others than `known` unless those came a moment ago; fetched if need be, by one
    /// caller for all.
    async fn keys(&self, known: Option<&Arc<Keys>>) -> Result<Arc<Keys>, FetchError> {
        let is_news = |keys: &Arc<Keys>| known.is_none_or(|known| !Arc::ptr_eq(known, keys));
        let held = || self.keys.read().clone().filter(is_news);
        if let Some(keys) = held().filter(|keys| clock::instant() < keys.fetched_at + KEYS_AGE_MAX) {
            return Ok(keys);
        }
        let mut tried = self.fetched.lock().await;
        if let Some(keys) = held().filter(|keys| clock::instant() < keys.fetched_at + KEYS_AGE_MAX) {
            return Ok(keys);
        }
        let fetched = match tried.filter(|tried| clock::instant() < tried.at + KEYS_FETCH_PAUSE) {
            Some(Tried { has_failed: true, .. }) => Err(FetchError::TooSoon),
            Some(Tried { has_failed: false, .. }) => {
                return self.keys.read().clone().ok_or(FetchError::TooSoon);
            }
            None => {
                let fetched = self.fetch().await;
                *tried = Some(Tried { at: clock::instant(), has_failed: fetched.is_err() });
                fetched
            }
        };
        match fetched {
            Ok(keys) => {
                let keys = Arc::new(keys);
                *self.keys.write() = Some(keys.clone());
                Ok(keys)
            }
            // Old keys are better than none: that they could not be fetched again says nothing against them.
            Err(error) => held().ok_or(error),
        }
    }

    async fn fetch(&self) -> Result<Keys, FetchError> {
        let configuration = self.get(&self.tokens.openid_url, "the OpenID configuration").await?;
        let configuration: OpenIdConfiguration =
            serde_json::from_slice(&configuration).map_err(|_| FetchError::Configuration)?;
        let set = KeySet::parse(&self.get(&configuration.jwks_uri, "the keys").await?)?;
        tracing::info!(keys = ?set, "the keys that sign callbacks were fetched");
        Ok(Keys { issuer: configuration.issuer, set, fetched_at: clock::instant() })
    }

    async fn get(&self, url: &str, what: &'static str) -> Result<bytes::Bytes, FetchError> {
        let failed = |why: String| FetchError::NoAnswer { what, why };
        let exchange = Exchange::new(Method::GET, url, &[], HeaderMap::new(), None)
            .map_err(|failure| failed(failure.to_string()))?;
        match self.client.exchange(&exchange, KEYS_FETCH_TIMEOUT).await {
            Outcome::Answer(answer) if answer.status == 200 && !answer.is_cut => Ok(answer.body),
            Outcome::Answer(answer) => Err(failed(format!("answered with status {}", answer.status))),
            Outcome::NotSent(failure) | Outcome::Unknown(failure) => Err(failed(failure.to_string())),
        }
    }
}

#[cfg(test)]
mod tests;
