//! Callbacks that must be signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use acs::token::{CALLBACK_LIFETIME, SigningKey, sign_callback_token};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::peer::{Reply, Service, callback, serve_router, service};
use crate::clock;
use crate::config::CallbackTokens;
use crate::store::RunId;

const AUDIENCE: &str = "11111111-2222-4333-8444-555555555555";
const ISSUER: &str = "http://issuer.test";

fn key() -> SigningKey {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    SigningKey::from_pkcs8_der(AsDer::<Pkcs8V1Der<'static>>::as_der(&pair).unwrap().as_ref()).unwrap()
}

/// An issuer of one key, which counts how often it is asked, and can be out of order.
struct Issuer {
    openid_url: String,
    asked: Arc<AtomicUsize>,
    is_down: Arc<AtomicBool>,
}

async fn issuer(key: &SigningKey) -> Issuer {
    let (asked, is_down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let keys = json!({"keys": [key.public_jwk()]}).to_string();
    let keys = serve_router(Router::new().fallback(async move || keys.clone())).await;
    let configuration = json!({"issuer": ISSUER, "jwks_uri": format!("http://{keys}/keys")}).to_string();
    let (count, down) = (asked.clone(), is_down.clone());
    let answer = async move || {
        count.fetch_add(1, Ordering::SeqCst);
        let status =
            if down.load(Ordering::SeqCst) { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
        (status, configuration.clone())
    };
    let address = serve_router(Router::new().route("/openid", get(answer))).await;
    Issuer { openid_url: format!("http://{address}/openid"), asked, is_down }
}

async fn guarded(issuer: &Issuer) -> Service {
    let tokens = CallbackTokens { audience: AUDIENCE.to_owned(), openid_url: issuer.openid_url.clone() };
    service(|config| config.callback_tokens = Some(tokens)).await
}

fn token(key: &SigningKey, issuer: &str, audience: &str, now: Timestamp) -> String {
    sign_callback_token(key, issuer, audience, now, CALLBACK_LIFETIME).unwrap()
}

/// Header and claims as they should be, but for the algorithm.
fn claimed(key: &SigningKey, algorithm: &str, now: Timestamp) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let now = now.as_second();
    let header = json!({"alg": algorithm, "typ": "JWT", "kid": key.kid()});
    let claims = json!({"iss": ISSUER, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + 300});
    format!("{}.{}", part(header), part(claims))
}

fn unsigned(key: &SigningKey, now: Timestamp) -> String {
    format!("{}.", claimed(key, "none", now))
}

/// The public key used as a secret: the classic confusion.
fn confused(key: &SigningKey, now: Timestamp) -> String {
    let claimed = claimed(key, "HS256", now);
    let public = key.public_jwk().n.clone().unwrap();
    let secret = hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, claimed.as_bytes()));
    format!("{claimed}.{signature}")
}

async fn post(service: &Service, authorization: Option<&str>) -> Reply {
    let run = service.start().await;
    post_to(service, run, authorization).await
}

async fn post_to(service: &Service, run: RunId, authorization: Option<&str>) -> Reply {
    let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
    let body = json!([callback("1", "CallConnected")]).to_string();
    service.send("POST", &service.callback_path(run), &headers, body.as_bytes()).await
}

#[tokio::test]
async fn only_good_tokens_pass() {
    let (right, wrong) = (key(), key());
    let issuer = issuer(&right).await;
    let service = guarded(&issuer).await;
    let now = clock::now();
    let good = format!("Bearer {}", token(&right, ISSUER, AUDIENCE, now));
    for _ in 0..3 {
        assert_eq!(post(&service, Some(&good)).await.status, 200);
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    let (claims, signature) = good.rsplit_once('.').unwrap();
    let changed =
        format!("{claims}.{}{}", if signature.starts_with('A') { "B" } else { "A" }, &signature[1..]);
    let bearer = |issuer: &str, audience: &str, at: Timestamp, key: &SigningKey| {
        Some(format!("Bearer {}", token(key, issuer, audience, at)))
    };
    let run = service.start().await;
    let before = service.lines(run, 2).await;
    let (clock, resource, signer) = ("the clock", "`--acs-resource-id`", "`--acs-openid-url`");
    for (what, token, remedy) in [
        ("none", None, "`Authorization: Bearer …`"),
        ("another scheme", Some("Basic x".to_owned()), "`Authorization: Bearer …`"),
        ("no token", Some("Bearer x".to_owned()), signer),
        ("another audience", bearer(ISSUER, "contoso", now, &right), resource),
        ("another issuer", bearer("http://evil.test", AUDIENCE, now, &right), signer),
        ("expired", bearer(ISSUER, AUDIENCE, now - 10.minutes(), &right), clock),
        ("not yet good", bearer(ISSUER, AUDIENCE, now + 10.minutes(), &right), clock),
        ("another key", bearer(ISSUER, AUDIENCE, now, &wrong), signer),
        ("another key again", bearer(ISSUER, AUDIENCE, now, &wrong), signer),
        ("changed", Some(changed), signer),
        ("unsigned", Some(format!("Bearer {}", unsigned(&right, now))), signer),
        ("signed with the public key", Some(format!("Bearer {}", confused(&right, now))), signer),
    ] {
        let reply = post_to(&service, run, token.as_deref()).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "unauthorized"), "{what}: {reply:?}");
        assert!(reply.body.contains(remedy), "{what}: {reply:?}");
    }
    assert_eq!(service.lines(run, 1).await, before, "nothing of it has taken effect");
    // Forgers cannot make us ask again and again.
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    assert_eq!(post(&service, Some(&good)).await.status, 200);
}

#[tokio::test]
async fn without_keys_the_sender_is_asked_to_come_again() {
    let right = key();
    let issuer = issuer(&right).await;
    issuer.is_down.store(true, Ordering::SeqCst);
    let service = guarded(&issuer).await;
    let good = format!("Bearer {}", token(&right, ISSUER, AUDIENCE, clock::now()));
    let reply = post(&service, Some(&good)).await;
    assert_eq!((reply.status, reply.code().as_str(), reply.header("retry-after")), (503, "busy", Some("1")));
}
