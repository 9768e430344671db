//! Keys that change while the service runs.
#![allow(clippy::unwrap_used)]

use acs::endpoint::ConnectionString;
use acs::token::{CALLBACK_LIFETIME, SigningKey, sign_callback_token};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;

use super::*;

const AUDIENCE: &str = "11111111-2222-4333-8444-555555555555";
const ISSUER: &str = "http://issuer.test";

fn key() -> SigningKey {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    SigningKey::from_pkcs8_der(AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref()).unwrap()
}

fn token(key: &SigningKey) -> String {
    sign_callback_token(key, ISSUER, AUDIENCE, clock::now(), CALLBACK_LIFETIME).unwrap()
}

/// Time passes: the keys may be fetched once more.
async fn later(issuer: &Issuer) {
    *issuer.fetched.lock().await = None;
}

#[tokio::test]
async fn keys_that_rotate_are_followed() {
    let (first, second) = (key(), key());
    let published = Arc::new(Mutex::new(vec![first.public_jwk().clone()]));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let configuration = json!({"issuer": ISSUER, "jwks_uri": format!("{base}/keys")}).to_string();
    let keys = published.clone();
    let router = Router::new()
        .route("/openid", get(async move || configuration.clone()))
        .route("/keys", get(async move || json!({"keys": *keys.lock()}).to_string()));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let tokens = CallbackTokens { audience: AUDIENCE.to_owned(), openid_url: format!("{base}/openid") };
    let endpoint = ConnectionString::parse(&format!("endpoint={base};accesskey=AAECAwQFBgc=")).unwrap();
    let issuer = Issuer::new(tokens, Client::open(endpoint.into()).unwrap());
    let verify = async |key: &SigningKey| issuer.verify(&token(key), clock::now()).await;
    let is_unknown =
        |verified: Result<(), Error>| matches!(verified, Err(Error::Refused(TokenError::UnknownKey { .. })));

    verify(&first).await.unwrap();
    assert!(is_unknown(verify(&second).await));
    *published.lock() = vec![second.public_jwk().clone()];
    assert!(is_unknown(verify(&second).await), "the keys were fetched a moment ago");
    later(&issuer).await;
    let back = std::mem::take(&mut *published.lock());
    for _ in 0..2 {
        // Not known to be wrong: whoever sent it shall come again.
        assert!(matches!(verify(&second).await, Err(Error::NoKeys(_))), "there are no keys to be had");
    }
    *published.lock() = back;
    later(&issuer).await;
    verify(&second).await.unwrap();
    // Made a second later than the token that is remembered.
    let expiry = clock::now() + jiff::SignedDuration::from_secs(1);
    let withdrawn = sign_callback_token(&first, ISSUER, AUDIENCE, expiry, CALLBACK_LIFETIME).unwrap();
    assert!(is_unknown(issuer.verify(&withdrawn, clock::now()).await), "what was withdrawn signs no more");
}
