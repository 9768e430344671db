//! Connections, and the beginning and end of the service.

use axum::Router;
use axum::middleware;
use axum::routing::get;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::peer::{callback, read_reply, service};
use crate::config::Listen;
use crate::http::{contain, listener};
use crate::serve::{self, BindError};

#[tokio::test]
async fn a_slow_sender_holds_up_nobody() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let body = json!([callback("1", "CallConnected")]).to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        service.callback_path(run),
        body.len()
    );
    let (mut in_head, mut in_body) = (
        TcpStream::connect(service.address()).await.unwrap(),
        TcpStream::connect(service.address()).await.unwrap(),
    );
    in_head.write_all(&head.as_bytes()[..20]).await.unwrap();
    in_body.write_all(&[head.as_bytes(), &body.as_bytes()[..10]].concat()).await.unwrap();

    assert_eq!(service.get("/readyz").await.status, 200);
    service.start().await;

    in_body.write_all(&body.as_bytes()[10..]).await.unwrap();
    assert_eq!(read_reply(&mut in_body).await.status, 200);
    in_head.write_all(&[&head.as_bytes()[20..], body.as_bytes()].concat()).await.unwrap();
    assert_eq!(read_reply(&mut in_head).await.status, 200);
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let mut stream = TcpStream::connect(service.address()).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 9999\r\n\r\n[",
        service.callback_path(run)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(service.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn whatever_is_sent_nothing_fails() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let bodies: [&[u8]; 9] = [
        b"",
        b"\0\xFF\xFE",
        b"null",
        b"[null]",
        b"[{}]",
        b"{\"flow\": null}",
        b"[{\"type\": {}, \"eventType\": 7, \"data\": []}]",
        b"[{\"type\": \"Microsoft.Communication.CallConnected\", \"data\": {\"resultInformation\": [], \"participants\": {}}}]",
        b"[{\"eventType\": \"Microsoft.Communication.IncomingCall\", \"data\": {\"from\": 7, \"to\": []}}]",
    ];
    let paths = [
        service.callback_path(run),
        "/webhooks/eventgrid".to_owned(),
        "/webhooks/eventgrid?key&code=%&=".to_owned(),
        "/api/v1/calls".to_owned(),
        "/api/v1/calls?limit=99999999999999999999&cursor=%00".to_owned(),
        format!("/api/v1/calls/{run}/events"),
        format!("/api/v1/calls/{run}/journal?after=18446744073709551615&limit=0"),
        "/api/v1/flows/validate".to_owned(),
        "/%2e%2e/%2e%2e/etc/passwd".to_owned(),
    ];
    for path in &paths {
        for method in ["GET", "POST", "OPTIONS", "HEAD", "PATCH"] {
            for body in bodies {
                for kind in ["application/json", "text/plain", "\u{1}"] {
                    let reply = service.send(method, path, &[("Content-Type", kind)], body).await;
                    assert!(
                        reply.status < 500,
                        "{method} {path} {:?}: {reply:?}",
                        String::from_utf8_lossy(body)
                    );
                }
            }
        }
    }
    assert_eq!(service.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    #[expect(clippy::panic, reason = "it is what must be contained")]
    async fn fail() -> &'static str {
        panic!("on purpose")
    }
    let router = Router::new()
        .route("/fail", get(fail))
        .route("/fine", get(async || "fine"))
        .layer(middleware::from_fn(contain));
    let listener = serve::bind(&Listen::parse("127.0.0.1:0").unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (close, closed) = tokio::sync::oneshot::channel();
    let serving = tokio::spawn(listener::serve(listener, router, closed));
    // One connection for all: not even that is lost.
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /fail HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    stream.write_all(b"GET /fine HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("500 Internal Server Error") && text.contains("\"internal\""), "{text}");
    assert!(text.ends_with("fine") && !text.contains("on purpose"), "{text}");
    drop(close);
    serving.await.unwrap();
}

#[tokio::test]
async fn the_end_is_orderly() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    service.lines(run, 2).await;
    // Somebody waits for news, and must not hold up the end.
    let address = service.address();
    let mut waiting = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /api/v1/calls/{run}/journal?after=2&wait=60 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    );
    waiting.write_all(request.as_bytes()).await.unwrap();
    // An answer on another connection shows that the first one has been taken too.
    assert_eq!(service.get("/readyz").await.status, 200);
    let engine = service.engine().clone();
    tokio::join!(service.running.stop(), async {
        assert_eq!(read_reply(&mut waiting).await.json()["more"], json!(true));
    });
    assert!(!engine.readiness().is_ready());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn while_it_ends_it_is_not_ready_and_takes_no_calls() {
    let service = service(|_| ()).await;
    service.engine().drain(std::time::Duration::ZERO).await;
    let reply = service.get("/readyz").await;
    assert_eq!((reply.status, &reply.json()["draining"]), (503, &json!(true)));
    assert_eq!(service.get("/healthz").await.status, 200);
    let body = json!({"flow": "reminder", "input": {"to": "+14255550123"}});
    let reply = service.post("/api/v1/calls", &body).await;
    assert_eq!((reply.status, reply.code().as_str(), reply.header("retry-after")), (503, "busy", Some("1")));
    let announced = json!([super::peer::incoming_call("1", crate::clock::now())]);
    let reply = service.post("/webhooks/eventgrid", &announced).await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn a_port_that_is_taken() {
    let first = serve::bind(&Listen::parse("127.0.0.1:0").unwrap()).await.unwrap();
    let listen = Listen::parse(&first.local_addr().unwrap().to_string()).unwrap();
    let error = serve::bind(&listen).await.unwrap_err();
    assert!(matches!(error, BindError::Taken { .. }), "{error}");
    assert!(error.to_string().contains(&format!("sport = :{}", listen.port())), "{error}");
    let error = serve::bind(&Listen::parse("192.0.2.1:0").unwrap()).await.unwrap_err();
    assert!(matches!(error, BindError::Failed { .. }), "{error}");
}
