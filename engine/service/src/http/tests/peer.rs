//! What the tests stand on: a service on a free port, a provider that takes everything, and a plain client.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use validate::Validated;

use crate::config::{Checked, Config};
use crate::engine::Engine;
use crate::serve::{self, Running};
use crate::store::RunId;

/// One flow that takes calls, and one that places them.
pub(super) const FLOWS: [&str; 2] = [
    r#"
flow: line
start:
  incoming: { to: "+18005550100" }
initial: answering
on:
  CallDisconnected: { end: over }
states:
  answering:
    do:
      - answer: {}
    on:
      CallConnected: leaving
      AnswerFailed: { end: failed }
  leaving:
    do:
      - hangUp: {}
    on:
      CallDisconnected: { end: over }
"#,
    r#"
flow: reminder
start:
  api: {}
input:
  to: { type: identifier, required: true }
  times: { type: number, default: 1 }
defaults:
  callerId: "+18005550101"
events:
  nudge: { agent: string }
initial: calling
on:
  CallDisconnected: { end: over }
states:
  calling:
    do:
      - createCall: { to: "${input.to}", ringFor: 40s }
    on:
      CallConnected: talking
      CreateCallFailed: { end: failed }
  talking:
    on:
      nudge: leaving
    after:
      60s: leaving
  leaving:
    do:
      - hangUp: {}
    on:
      CallDisconnected: { end: over }
"#,
];

pub(super) const LEG: &str = "401f0b00-1bb7-44d5-91f3-2cc16362ae7d";

/// A service that runs for one test.
pub(super) struct Service {
    pub(super) running: Running,
    config: Checked,
    data: TempDir,
}

/// A service with settings of the test's own.
pub(super) async fn service(change: impl FnOnce(&mut Checked)) -> Service {
    let provider = provider().await;
    let data = tempfile::tempdir().unwrap();
    let config = Config {
        listen: Some("127.0.0.1:0".to_owned()),
        acs_connection_string: Some(format!("endpoint=http://{provider};accesskey=AAECAwQFBgc=").into()),
        data: Some(data.path().to_owned()),
        ..Config::default()
    };
    let mut config = config.check().unwrap();
    change(&mut config);
    let running = start(config.clone(), &FLOWS.map(str::to_owned)).await;
    Service { running, config, data }
}

async fn start(config: Checked, texts: &[String]) -> Running {
    let listener = serve::bind(&config.listen).await.unwrap();
    serve::start(config, validated(texts), listener).await.unwrap()
}

/// Flows as they are loaded from files.
pub(super) fn validated(texts: &[String]) -> Vec<Validated> {
    let sources = texts.iter().map(|text| lang::Source::new("flow.yaml", text.as_str())).collect();
    let checked = validate::check(sources);
    let found: String = checked.reports.iter().map(lang::render::json).collect();
    assert!(checked.is_sound(), "{found}");
    checked.flows
}

/// Takes every request, as the real one does.
async fn provider() -> SocketAddr {
    serve_router(Router::new().fallback(|| async {
        let body =
            json!({"callConnectionId": LEG, "serverCallId": "c2VydmVy", "callConnectionState": "connecting"});
        (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body.to_string())
    }))
    .await
}

/// Serves on a free port until the test ends.
pub(super) async fn serve_router(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of a refusal, which must have the shape that all have.
    pub(super) fn code(&self) -> String {
        let json = self.json();
        let error = &json["error"];
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()), "{self:?}");
        assert!(error["details"].is_array(), "{self:?}");
        error["code"].as_str().unwrap().to_owned()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Service {
    /// Another process on the same data.
    pub(super) async fn restart(self) -> Service {
        self.restart_with(&FLOWS.map(str::to_owned)).await
    }

    /// Another process on the same data, with these files.
    pub(super) async fn restart_with(self, texts: &[String]) -> Service {
        let Service { running, config, data } = self;
        running.stop().await;
        Service { running: start(config.clone(), texts).await, config, data }
    }

    /// Other settings from the next restart on.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Checked)) {
        change(&mut self.config);
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.running.address
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.running.engine
    }

    /// Sends a request; a header of its own replaces the usual one.
    pub(super) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            head.push_str("Content-Type: application/json\r\n");
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
        read_reply(&mut stream).await
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[], body.to_string().as_bytes()).await
    }

    /// Starts a run over the API.
    pub(super) async fn start(&self) -> RunId {
        let body = json!({"flow": "reminder", "input": {"to": "+14255550123"}});
        let reply = self.post("/api/v1/calls", &body).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// Where the provider reports about a run.
    pub(super) fn callback_path(&self, run: RunId) -> String {
        format!("/webhooks/calls/{}", self.engine().token(run))
    }

    /// The lines of a run's journal, once it has at least so many.
    pub(super) async fn lines(&self, run: RunId, count: usize) -> Vec<String> {
        loop {
            let page = self.engine().journal(run, 1, 100).await.unwrap().unwrap();
            if page.entries.len() >= count {
                return page.entries.into_iter().map(|entry| entry.line).collect();
            }
            let after = page.entries.last().map_or(0, |entry| entry.number);
            drop(self.engine().watch(run, after, std::time::Duration::from_secs(30)).await.unwrap());
        }
    }
}

/// Reads to the end of the connection.
pub(super) async fn read_reply(stream: &mut TcpStream) -> Reply {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, head: head.to_owned(), body: body.to_owned() }
}

/// A callback as the provider posts it.
pub(super) fn callback(id: &str, kind: &str) -> Value {
    json!({
        "id": id,
        "source": format!("calling/callConnections/{LEG}"),
        "type": format!("Microsoft.Communication.{kind}"),
        "specversion": "1.0",
        "time": "2026-03-17T10:20:30.0000000+00:00",
        "data": {"callConnectionId": LEG, "serverCallId": "c2VydmVy", "correlationId": "c"},
    })
}

/// A call that is announced in Event Grid's own schema.
pub(super) fn incoming_call(id: &str, at: jiff::Timestamp) -> Value {
    json!({
        "id": id,
        "topic": "/subscriptions/0",
        "subject": "/caller/4:+14255550123/recipient/4:+18005550100",
        "eventType": "Microsoft.Communication.IncomingCall",
        "eventTime": at.to_string(),
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {
            "to": {"rawId": "4:+18005550100", "kind": "phoneNumber", "phoneNumber": {"value": "+18005550100"}},
            "from": {"rawId": "4:+14255550123", "kind": "phoneNumber", "phoneNumber": {"value": "+14255550123"}},
            "serverCallId": format!("server-{id}"),
            "correlationId": format!("correlation-{id}"),
            "callerDisplayName": "",
            "incomingCallContext": "eyJhbGciOiJub25lIn0.e30.",
        },
    })
}
