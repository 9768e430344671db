//! The JWT on every callback: checked by the application, made by the simulator.
//!
//! Source: reference 7. RS256 only; issuer, audience and expiry are required, since the library accepts a token
//! without them. Time is an argument. Fetching and caching keys and remembering tokens is the caller's business.

mod keys;

use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use keys::{KeyError, KeySet, KeySetDocument, OpenIdConfiguration, PublicJwk, SigningKey};

use crate::limits::TOKEN_BYTES_MAX;

/// Who signs the tokens of callbacks.
pub const ISSUER: &str = "https://acscallautomation.communication.azure.com";
/// Where its OpenID configuration is, behind the issuer.
pub const OPENID_CONFIGURATION_PATH: &str = "/calling/.well-known/acsopenidconfiguration";
/// Where its keys are, behind the issuer; the configuration's `jwks_uri` decides.
pub const KEYS_PATH: &str = "/calling/keys";
/// How long a callback's token is good. The service makes a new one for each event.
pub const CALLBACK_LIFETIME: Duration = Duration::from_secs(300);
/// How long the token of a WebSocket connection is good.
pub const STREAM_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// How far the clocks of both sides may be apart. Unit: seconds.
const LEEWAY_SECONDS: i64 = 60;

/// When an accepted token stops being good, without leeway. A caller may remember the token until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expiry(pub Timestamp);

/// Why a token is refused. Safe to show; repeats nothing of the token but its key id.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Not a JWT, or longer than any.
    #[error("the token is not a JWT")]
    Malformed,
    /// Signed in another way, or not at all.
    #[error("the token is not signed with RS256")]
    Algorithm,
    /// No key id.
    #[error("the token names no key (`kid`)")]
    NoKeyId,
    /// Signed with a key that we do not have: fetch the keys once more, not more often.
    #[error("the token is signed with a key that is not in the issuer's key set")]
    UnknownKey {
        /// Which key.
        kid: String,
    },
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim is not there, or of the wrong type.
    #[error("the token has no usable claim `{claim}`")]
    Missing {
        /// Which claim.
        claim: String,
    },
    /// Made by someone else.
    #[error("the token is from another issuer")]
    Issuer,
    /// Made for someone else.
    #[error("the token is for another audience; it must be the resource's immutable id")]
    Audience,
    /// Too old.
    #[error("the token expired {seconds} s ago")]
    Expired {
        /// How long ago.
        seconds: i64,
    },
    /// Too new.
    #[error("the token is not good for another {seconds} s")]
    NotYet {
        /// For how long.
        seconds: i64,
    },
}

#[derive(Serialize)]
struct OutgoingClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Times of a token. Whole seconds, but some issuers write fractions.
#[derive(Deserialize)]
struct Times {
    exp: f64,
    nbf: Option<f64>,
}

/// Makes the token of one callback, for the simulator.
///
/// # Errors
/// [`KeyError::Unusable`]: the key cannot sign.
pub fn sign_callback_token(
    key: &SigningKey,
    issuer: &str,
    audience: &str,
    now: Timestamp,
    lifetime: Duration,
) -> Result<String, KeyError> {
    let now = now.as_second();
    let lifetime = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    let claims =
        OutgoingClaims { iss: issuer, aud: audience, iat: now, nbf: now, exp: now.saturating_add(lifetime) };
    let header = Header { kid: Some(key.kid().to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, &claims, key.private()).map_err(|_| KeyError::Unusable)
}

/// Checks the token of a callback: what follows `Bearer ` in `Authorization`.
///
/// # Errors
/// [`TokenError`]: why it is refused; answer 401. Of `UnknownKey` the caller should fetch the keys once and try again.
pub fn verify_callback_token(
    token: &str,
    keys: &KeySet,
    issuer: &str,
    audience: &str,
    now: Timestamp,
) -> Result<Expiry, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| refused(error.kind()))?;
    if header.alg != Algorithm::RS256 {
        return Err(TokenError::Algorithm);
    }
    let kid = header.kid.ok_or(TokenError::NoKeyId)?;
    let Some(key) = keys.get(&kid) else { return Err(TokenError::UnknownKey { kid }) };

    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    // The library would read the clock; we compare with `now` ourselves.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims =
        jsonwebtoken::decode::<Times>(token, key, &validation).map_err(|error| refused(error.kind()))?.claims;
    check_times(&claims, now)
}

fn check_times(times: &Times, now: Timestamp) -> Result<Expiry, TokenError> {
    let now = now.as_second();
    // Conversion saturates, so a claim of any size is compared and never wraps.
    let expires = times.exp as i64;
    if now >= expires.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Expired { seconds: now.saturating_sub(expires) });
    }
    let not_before = times.nbf.map_or(i64::MIN, |nbf| nbf as i64);
    if now < not_before.saturating_sub(LEEWAY_SECONDS) {
        return Err(TokenError::NotYet { seconds: not_before.saturating_sub(now) });
    }
    Ok(Expiry(Timestamp::from_second(expires).unwrap_or(Timestamp::MAX)))
}

fn refused(error: &ErrorKind) -> TokenError {
    match error {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            TokenError::Algorithm
        }
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::MissingRequiredClaim(claim) | ErrorKind::InvalidClaimFormat(claim) => {
            TokenError::Missing { claim: claim.clone() }
        }
        _ => TokenError::Malformed,
    }
}

#[cfg(test)]
mod tests;
