//! A provider that does nothing by itself: the test takes each request and answers it.

use std::net::SocketAddr;
use std::time::Duration;

use acs::endpoint::ConnectionString;
use acs::signature;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::clock;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// A test that waits longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// The provider, and any other host that a flow asks.
pub(super) struct Provider {
    pub(super) address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Asked>,
}

/// A request that waits for its answer. Dropping it breaks the connection.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) line: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
    reply: oneshot::Sender<Response<Full<Bytes>>>,
}

impl Provider {
    pub(super) async fn listen() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                let service = service_fn(move |request| take(request, sender.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Provider { address, requests }
    }

    pub(super) fn endpoint(&self) -> ConnectionString {
        ConnectionString::parse(&format!("endpoint=http://{};accesskey={KEY}", self.address)).unwrap()
    }

    /// The next request.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::time::timeout(PATIENCE, self.requests.recv()).await.expect("nobody asked").unwrap()
    }

    /// Whether somebody has asked, and was not heard yet.
    pub(super) fn is_asked(&self) -> bool {
        !self.requests.is_empty()
    }

    /// The next request, which must be this one.
    pub(super) async fn expect(&mut self, line: &str) -> Asked {
        let asked = self.next().await;
        assert_eq!(asked.line, line, "{}", asked.body);
        asked
    }
}

/// `Err`: the test has dropped the request, and so the connection breaks.
async fn take(
    request: Request<Incoming>,
    sender: mpsc::UnboundedSender<Asked>,
) -> Result<Response<Full<Bytes>>, oneshot::error::RecvError> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let path_and_query = head.uri.path_and_query().unwrap().as_str();
    let path = head.uri.path();
    if path.starts_with("/calling") {
        check_signature(&head.method, path_and_query, &head.headers, &body);
    }
    let (reply, answer) = oneshot::channel();
    let line = format!("{} {path}", head.method);
    let body = serde_json::from_slice(&body).unwrap_or_default();
    // The test may be over.
    drop(sender.send(Asked { line, headers: head.headers, body, reply }));
    answer.await
}

fn check_signature(method: &http::Method, path_and_query: &str, headers: &HeaderMap, body: &[u8]) {
    let key = acs::endpoint::AccessKey::parse(KEY).unwrap();
    let host = headers["host"].to_str().unwrap();
    let minute = Duration::from_secs(60);
    signature::verify(&key, method.as_str(), path_and_query, host, headers, body, clock::now(), minute)
        .unwrap();
    assert!(path_and_query.ends_with("?api-version=2026-03-12"), "{path_and_query}");
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The answer that nothing more need be said about.
    pub(super) fn accept(self, status: u16) {
        self.answer(status, &json!({}));
    }

    pub(super) fn answer(self, status: u16, body: &Value) {
        self.answer_with(status, &[("content-type", "application/json")], &body.to_string());
    }

    pub(super) fn answer_with(self, status: u16, headers: &[(&str, &str)], body: &str) {
        let builder = headers
            .iter()
            .fold(Response::builder().status(status), |builder, (name, value)| builder.header(*name, *value));
        let body = if status == 204 { Bytes::new() } else { Bytes::from(body.to_owned()) };
        // The engine may have lost patience.
        drop(self.reply.send(builder.body(Full::new(body)).unwrap()));
    }
}
