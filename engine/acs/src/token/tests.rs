//! What checking a token is held to: right ones pass, and nothing else does.
#![allow(clippy::unwrap_used)]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::limits::{KEY_SET_BYTES_MAX, KEYS_MAX};

const AUDIENCE: &str = "11111111-2222-4333-8444-555555555555";

/// PKCS#8 of the key that the issuer publishes. Made anew for each run of the tests, and only once, since it is slow.
static KEY: LazyLock<Vec<u8>> = LazyLock::new(new_key);

fn new_key() -> Vec<u8> {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref().to_vec()
}

fn key() -> SigningKey {
    SigningKey::from_pkcs8_der(&KEY).unwrap()
}

fn keys() -> KeySet {
    let document = json!({"keys": [{"kty": "EC", "kid": "ec", "x": ""}, {}, key().public_jwk()]});
    KeySet::parse(document.to_string().as_bytes()).unwrap()
}

fn now() -> Timestamp {
    "2026-03-17T10:20:30Z".parse().unwrap()
}

fn verify(token: &str) -> Result<Expiry, TokenError> {
    verify_callback_token(token, &keys(), ISSUER, AUDIENCE, now())
}

/// A token of any claims, signed by `key` under the name of the right one.
fn token(key: &SigningKey, claims: &Value) -> String {
    let header = Header { kid: Some(self::key().kid().to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, key.private()).unwrap()
}

fn claims() -> Value {
    let now = now().as_second();
    json!({"iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300})
}

#[test]
fn a_token_as_the_service_makes_it() {
    let token = sign_callback_token(&key(), ISSUER, AUDIENCE, now(), CALLBACK_LIFETIME).unwrap();
    assert_eq!(verify(&token), Ok(Expiry("2026-03-17T10:25:30Z".parse().unwrap())));
    let header = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::RS256, Some(key().kid())));
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap(), claims());
}

#[test]
fn claims_that_are_wrong() {
    let now = now().as_second();
    let missing = |claim: &str| TokenError::Missing { claim: claim.to_owned() };
    for (name, value, expected) in [
        ("iss", json!("https://example.com"), TokenError::Issuer),
        ("iss", Value::Null, missing("iss")),
        ("aud", json!("another"), TokenError::Audience),
        ("aud", json!(["another", "third"]), TokenError::Audience),
        ("aud", Value::Null, missing("aud")),
        ("exp", json!(now - 60), TokenError::Expired { seconds: 60 }),
        ("exp", json!(i64::MIN), missing("exp")),
        ("exp", json!(0), TokenError::Expired { seconds: now }),
        ("exp", Value::Null, TokenError::Malformed),
        ("exp", json!("soon"), TokenError::Malformed),
        ("nbf", json!(now + 61), TokenError::NotYet { seconds: 61 }),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(verify(&token(&key(), &claims)), Err(expected), "{name}: {value}");
    }
}

#[test]
fn claims_that_are_right_at_the_edge() {
    let now = now().as_second();
    for (name, value) in [
        ("exp", json!(now - 59)),
        ("exp", json!(now as f64 + 0.5)),
        ("nbf", json!(now + 60)),
        ("aud", json!(["another", AUDIENCE])),
    ] {
        let mut claims = claims();
        claims[name] = value.clone();
        assert!(verify(&token(&key(), &claims)).is_ok(), "{name}: {value}");
    }
}

#[test]
fn signatures_that_are_wrong() {
    let other = SigningKey::from_pkcs8_der(&new_key()).unwrap();
    assert_eq!(verify(&token(&other, &claims())), Err(TokenError::Signature));
    let unknown = sign_callback_token(&other, ISSUER, AUDIENCE, now(), CALLBACK_LIFETIME).unwrap();
    assert_eq!(verify(&unknown), Err(TokenError::UnknownKey { kid: other.kid().to_owned() }));

    let good = token(&key(), &claims());
    let (message, _) = good.rsplit_once('.').unwrap();
    assert_eq!(verify(&format!("{message}.")), Err(TokenError::Signature));
    assert_eq!(verify(&format!("{message}.AAAA")), Err(TokenError::Signature));
    for text in ["", "a.b.c", "Bearer x", &good[..40], &"x".repeat(TOKEN_BYTES_MAX + 1)] {
        assert_eq!(verify(text), Err(TokenError::Malformed), "{text}");
    }
}

#[test]
fn algorithms_that_are_not_ours() {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let kid = key().kid().to_owned();
    let none = format!("{}.{}.", part(json!({"alg": "none", "kid": kid})), part(claims()));
    assert_eq!(verify(&none), Err(TokenError::Malformed));

    // The public key used as a secret: the classic confusion.
    let secret = EncodingKey::from_secret(key().public_jwk().n.as_ref().unwrap().as_bytes());
    let header = Header { kid: Some(kid), ..Header::new(Algorithm::HS256) };
    let confused = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
    assert_eq!(verify(&confused), Err(TokenError::Algorithm));

    let anonymous = jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims(), key().private()).unwrap();
    assert_eq!(verify(&anonymous), Err(TokenError::NoKeyId));
}

#[test]
fn keys_that_are_wrong() {
    let parse = |document: Value| KeySet::parse(document.to_string().as_bytes()).map(|_| ());
    let with = |name: &str, value: Value| {
        let mut jwk = json!(key().public_jwk());
        jwk[name] = value;
        parse(json!({"keys": [jwk]}))
    };
    assert_eq!(with("x5t", json!("more")), Ok(()));
    assert_eq!(with("use", json!("enc")), Err(KeyError::NoUsableKey));
    assert_eq!(with("alg", json!("RS512")), Err(KeyError::NoUsableKey));
    assert_eq!(with("kid", Value::Null), Err(KeyError::NoUsableKey));
    assert_eq!(with("n", json!("*")), Err(KeyError::NoUsableKey));
    assert_eq!(parse(json!({"keys": []})), Err(KeyError::NoUsableKey));
    assert_eq!(parse(json!([])), Err(KeyError::NotAKeySet));
    assert_eq!(parse(json!({"keys": vec![key().public_jwk(); KEYS_MAX + 1]})), Err(KeyError::TooLarge));
    assert_eq!(KeySet::parse(&vec![b' '; KEY_SET_BYTES_MAX + 1]).map(|_| ()), Err(KeyError::TooLarge));

    for pem in ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        assert_eq!(SigningKey::from_pkcs8_pem(pem).map(|_| ()), Err(KeyError::NotRsa));
    }
    assert_eq!(SigningKey::from_pkcs8_der(b"no key").map(|_| ()), Err(KeyError::NotRsa));
    assert_eq!(format!("{:?}", key()), format!("SigningKey {{ kid: {:?}, .. }}", key().kid()));
}

proptest! {
    #[test]
    fn any_text_is_refused(text in "\\PC{0,200}") {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn any_claims_are_survived(exp: f64, nbf: f64) {
        let _ = check_times(&Times { exp, nbf: Some(nbf) }, now());
    }
}
