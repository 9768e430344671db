//! Keys that sign and check tokens, and the documents in which an issuer publishes them.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use thiserror::Error;

use crate::limits::{KEY_SET_BYTES_MAX, KEYS_MAX};

/// What is wrong with a key or a set of keys. Shows nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// Not an RSA private key in PKCS#8.
    #[error("the signing key is not an RSA private key in PKCS#8 form")]
    NotRsa,
    /// Read, but of no use.
    #[error("the signing key cannot sign with RS256")]
    Unusable,
    /// Not a key set.
    #[error("the key set is not a JSON object with `keys`")]
    NotAKeySet,
    /// Larger than any key set.
    #[error("the key set has more than {KEY_SET_BYTES_MAX} bytes or {KEYS_MAX} keys")]
    TooLarge,
    /// No key in it that could check an RS256 signature.
    #[error("the key set has no RSA key with a `kid` for RS256 signatures")]
    NoUsableKey,
}

/// A private key, which makes tokens. Its `Debug` is masked.
#[derive(Clone)]
pub struct SigningKey {
    private: EncodingKey,
    public: PublicJwk,
}

impl SigningKey {
    /// Reads an RSA private key from PEM (`-----BEGIN PRIVATE KEY-----`).
    ///
    /// # Errors
    /// [`KeyError::NotRsa`]: it is something else. [`KeyError::Unusable`]: it is, but cannot sign.
    pub fn from_pkcs8_pem(pem: &str) -> Result<SigningKey, KeyError> {
        let private = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::NotRsa)?;
        let jwk = Jwk::from_encoding_key(&private, Algorithm::RS256).map_err(|_| KeyError::Unusable)?;
        // Named by its thumbprint (RFC 7638), so that the same key has the same name everywhere.
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| KeyError::Unusable)?;
        let AlgorithmParameters::RSA(parameters) = jwk.algorithm else { return Err(KeyError::NotRsa) };
        let public = PublicJwk {
            kty: "RSA".to_owned(),
            r#use: Some("sig".to_owned()),
            alg: Some("RS256".to_owned()),
            kid: Some(kid),
            n: Some(parameters.n),
            e: Some(parameters.e),
        };
        Ok(SigningKey { private, public })
    }

    /// Reads an RSA private key from the bytes of a PKCS#8 document.
    ///
    /// # Errors
    /// As [`SigningKey::from_pkcs8_pem`].
    pub fn from_pkcs8_der(der: &[u8]) -> Result<SigningKey, KeyError> {
        let text = STANDARD.encode(der);
        SigningKey::from_pkcs8_pem(&format!(
            "-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"
        ))
    }

    /// The public half, for the issuer's key set.
    pub fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    /// The name under which the public half is published.
    pub fn kid(&self) -> &str {
        self.public.kid.as_deref().unwrap_or_default()
    }

    pub(super) fn private(&self) -> &EncodingKey {
        &self.private
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid()).finish_non_exhaustive()
    }
}

/// A public key as an issuer publishes it. Keys of other kinds have other members, which are not read.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// The kind of key; `RSA` is of use to us. Empty if absent, so that one odd key does not spoil the set.
    #[serde(default)]
    pub kty: String,
    /// What it is for: `sig` or `enc`.
    pub r#use: Option<String>,
    /// For which algorithm.
    pub alg: Option<String>,
    /// Its name.
    pub kid: Option<String>,
    /// The modulus, base64url.
    pub n: Option<String>,
    /// The exponent, base64url.
    pub e: Option<String>,
}

/// The document behind `jwks_uri`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySetDocument {
    /// The issuer's keys.
    pub keys: Vec<PublicJwk>,
}

/// The issuer's OpenID configuration, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdConfiguration {
    /// Who it is about.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// How it signs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub id_token_signing_alg_values_supported: Vec<String>,
}

/// The keys of an issuer, ready for checking. Never empty.
#[derive(Clone)]
pub struct KeySet(BTreeMap<String, DecodingKey>);

impl KeySet {
    /// Reads the document behind `jwks_uri`. Keys of other kinds and for other purposes are passed over.
    ///
    /// # Errors
    /// [`KeyError`]: not a key set, too large, or none of its keys is of use.
    pub fn parse(document: &[u8]) -> Result<KeySet, KeyError> {
        if document.len() > KEY_SET_BYTES_MAX {
            return Err(KeyError::TooLarge);
        }
        let document: KeySetDocument = serde_json::from_slice(document).map_err(|_| KeyError::NotAKeySet)?;
        KeySet::from_keys(&document.keys)
    }

    /// A set of these keys.
    ///
    /// # Errors
    /// [`KeyError`]: too many, or none of them is of use.
    pub fn from_keys(keys: &[PublicJwk]) -> Result<KeySet, KeyError> {
        if keys.len() > KEYS_MAX {
            return Err(KeyError::TooLarge);
        }
        let keys: BTreeMap<_, _> = keys.iter().filter_map(usable).collect();
        if keys.is_empty() { Err(KeyError::NoUsableKey) } else { Ok(KeySet(keys)) }
    }

    /// The names of the keys.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn get(&self, kid: &str) -> Option<&DecodingKey> {
        self.0.get(kid)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn usable(key: &PublicJwk) -> Option<(String, DecodingKey)> {
    let fits = |member: &Option<String>, wanted| member.as_deref().is_none_or(|value| value == wanted);
    if key.kty != "RSA" || !fits(&key.r#use, "sig") || !fits(&key.alg, "RS256") {
        return None;
    }
    let (kid, n, e) = (key.kid.as_ref()?, key.n.as_ref()?, key.e.as_ref()?);
    Some((kid.clone(), DecodingKey::from_rsa_components(n, e).ok()?))
}
