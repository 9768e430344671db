//! Callbacks that must be signed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use acs::token::{CALLBACK_LIFETIME, SigningKey, sign_callback_token};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::peer::{Reply, Service, callback, serve_router, service};
use crate::clock;
use crate::config::CallbackTokens;

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

async fn post(service: &Service, authorization: Option<&str>) -> Reply {
    let run = service.start().await;
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
    for (what, token) in [
        ("none", None),
        ("another scheme", Some("Basic x".to_owned())),
        ("no token", Some("Bearer x".to_owned())),
        ("another audience", Some(format!("Bearer {}", token(&right, ISSUER, "contoso", now)))),
        ("another issuer", Some(format!("Bearer {}", token(&right, "http://evil.test", AUDIENCE, now)))),
        ("expired", Some(format!("Bearer {}", token(&right, ISSUER, AUDIENCE, now - 10.minutes())))),
        ("another key", Some(format!("Bearer {}", token(&wrong, ISSUER, AUDIENCE, now)))),
        ("another key again", Some(format!("Bearer {}", token(&wrong, ISSUER, AUDIENCE, now)))),
        ("changed", Some(changed)),
    ] {
        let reply = post(&service, token.as_deref()).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, "unauthorized"), "{what}: {reply:?}");
    }
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
