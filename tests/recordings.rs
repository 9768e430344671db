//! Recorded traffic of the real service, posted at the engine in its order, with everything doubled, and in every order
//! that keeps what causes what: every run comes to the same, right end.
//!
//! The recordings lie beside the repository; where they do not, that trial is ignored. A few of their shape, made up, are
//! beside this file. Each leg is driven as a call that came in and as one that went out, with the recording's own ids
//! and contexts, which are not those that the engine gave: what counts is the callback URI.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Json, Router};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{files, root, shown};

mod orders;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Waits for whatever is recorded; ends with the call.
const FLOWS: [&str; 2] = [
    r#"
flow: caller
start: { api: {} }
initial: calling
states:
  calling:
    do: [ { createCall: { to: "8:acs:1_2" } } ]
    on: { CallConnected: talking, CreateCallFailed: { end: failed } }
  talking:
    on: { CallDisconnected: { end: completed } }
    after: { 1h: leaving }
  leaving:
    do: [ { hangUp: {} } ]
    on: { CallDisconnected: { end: completed } }
"#,
    r#"
flow: answerer
start: { incoming: {} }
initial: answering
states:
  answering:
    do: [ { answer: {} } ]
    on: { CallConnected: talking, AnswerFailed: { end: failed } }
  talking:
    on: { CallDisconnected: { end: completed } }
    after: { 1h: leaving }
  leaving:
    do: [ { hangUp: {} } ]
    on: { CallDisconnected: { end: completed } }
"#,
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |path: std::path::PathBuf| {
        Trial::test(format!("recordings: {}", shown(&path)), move || {
            let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
            runtime.block_on(replay(&path))
        })
    };
    let own = files(&root().join("tests/recordings"), ".json");
    let recorded = files(&root().join("../shared/reference/recordings"), ".json");
    let absent = recorded.is_empty().then(|| {
        let name = "recordings: ../shared/reference/recordings is not here, and is not replayed";
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    });
    own.into_iter().chain(recorded).map(trial).chain(absent).collect()
}

/// One leg: its events in their order.
type Legs = BTreeMap<String, Vec<Value>>;

fn legs(path: &Path) -> Result<Legs, Failed> {
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut legs = Legs::new();
    let events = || recorded.iter().filter_map(Value::as_array).flatten();
    for event in events().filter(|event| !is_of_recording(event)) {
        legs.entry(leg_of(event)).or_default();
    }
    // What is told of a recording bears the id of nobody's leg, and comes to whoever records.
    for event in events() {
        for (leg, of_leg) in &mut legs {
            if *leg == leg_of(event) || is_of_recording(event) {
                of_leg.push(event.clone());
            }
        }
    }
    Ok(legs)
}

fn leg_of(event: &Value) -> String {
    event["data"]["callConnectionId"].as_str().unwrap_or_default().to_owned()
}

fn is_of_recording(event: &Value) -> bool {
    event["source"].as_str().is_some_and(|source| source.starts_with("calling/recordings"))
}

/// The ways in which the events of a leg may be delivered, each with its name.
fn deliveries(events: &[Value]) -> Vec<(String, Vec<Value>)> {
    let doubled = events.iter().flat_map(|event| [event.clone(), event.clone()]).collect();
    let repeated = events.iter().chain(events).cloned().collect();
    let ordered = orders::orders(events).into_iter().map(|order| {
        let events = order.iter().map(|place| events[*place].clone()).collect();
        (format!("in the order {order:?}"), events)
    });
    [("each doubled".to_owned(), doubled), ("all repeated".to_owned(), repeated)]
        .into_iter()
        .chain(ordered)
        .collect()
}

async fn replay(path: &Path) -> Result<(), Failed> {
    let provider = Provider::start().await?;
    let data = tempfile::tempdir()?;
    let config = service::config::Config {
        listen: Some("127.0.0.1:0".to_owned()),
        acs_connection_string: Some(format!("endpoint=http://{}/;accesskey={KEY}", provider.address).into()),
        data: Some(data.path().to_owned()),
        ..service::config::Config::default()
    };
    let config = config.check().map_err(|wrong| format!("{wrong:?}"))?;
    let sources = FLOWS.iter().map(|text| lang::Source::new("flow", *text)).collect();
    let checked = validate::check(sources);
    if !checked.is_sound() {
        return Err(format!("the flows are not sound: {:#?}", checked.reports).into());
    }
    let listener = service::bind(&config.listen).await.map_err(|error| error.to_string())?;
    let running = service::start(config, checked.flows, listener).await.map_err(|error| error.to_string())?;
    let engine = Engine {
        base: format!("http://{}", running.address),
        client: reqwest::Client::builder().build()?,
        provider,
    };
    for (connection, events) in legs(path)? {
        for outbound in [true, false] {
            let is_failed = events.iter().any(|event| kind(event) == "CreateCallFailed");
            if is_failed && !outbound {
                continue;
            }
            let expected = expected(&events);
            for (how, delivered) in deliveries(&events) {
                let outcome = engine.drive(&delivered, outbound).await?;
                if outcome != expected {
                    let leg = &connection[..connection.len().min(13)];
                    let way = if outbound { "outbound" } else { "inbound" };
                    return Err(format!("{way} leg {leg}, {how}: {outcome:?}, not {expected:?}").into());
                }
            }
        }
    }
    running.stop().await;
    Ok(())
}

fn kind(event: &Value) -> &str {
    event["type"].as_str().unwrap_or_default().trim_start_matches("Microsoft.Communication.")
}

/// How a run on these events must stand in the end: its outcome, or the state that it waits in.
fn expected(events: &[Value]) -> &'static str {
    let has = |name: &str| events.iter().any(|event| kind(event) == name);
    match (has("CreateCallFailed"), has("CallDisconnected"), has("CallConnected")) {
        (true, _, _) => "failed",
        (false, true, _) => "completed",
        (false, false, true) => "talking",
        (false, false, false) => "coming up",
    }
}

struct Engine {
    base: String,
    client: reqwest::Client,
    provider: Provider,
}

impl Engine {
    async fn post(&self, url: &str, body: &Value) -> Result<Value, Failed> {
        let request = self.client.post(url).header("content-type", "application/json").body(body.to_string());
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            return Err(format!("{url} answered {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Begins a run, posts the events to the callback URI that it gave, and says how it stands.
    async fn drive(&self, events: &[Value], outbound: bool) -> Result<String, Failed> {
        let id = if outbound {
            let started =
                self.post(&format!("{}/api/v1/calls", self.base), &json!({"flow": "caller"})).await?;
            started["id"].as_str().map(str::to_owned)
        } else {
            self.post(&format!("{}/webhooks/eventgrid", self.base), &incoming_call()).await?;
            None
        };
        let callback = self.provider.next_callback().await?;
        for event in events {
            self.post(&callback, &json!([event])).await?;
        }
        let id = match id {
            Some(id) => id,
            None => self.newest().await?,
        };
        let run = self.get(&format!("{}/api/v1/calls/{id}", self.base)).await?;
        let state = run["outcome"].as_str().or(run["state"].as_str()).unwrap_or_default();
        Ok(if matches!(state, "calling" | "answering") { "coming up" } else { state }.to_owned())
    }

    async fn newest(&self) -> Result<String, Failed> {
        let page = self.get(&format!("{}/api/v1/calls?flow=answerer&limit=1", self.base)).await?;
        Ok(page["runs"][0]["id"].as_str().unwrap_or_default().to_owned())
    }

    async fn get(&self, url: &str) -> Result<Value, Failed> {
        Ok(serde_json::from_str(&self.client.get(url).send().await?.text().await?)?)
    }
}

fn incoming_call() -> Value {
    let unique = uuid::Uuid::new_v4().to_string();
    let user = |id: &str| json!({"kind": "communicationUser", "rawId": id, "communicationUser": {"id": id}});
    json!([{
        "id": unique, "topic": "/acs", "subject": "/caller/recipient", "dataVersion": "1.0", "metadataVersion": "1",
        "eventType": "Microsoft.Communication.IncomingCall", "eventTime": service::clock::now().to_string(),
        "data": {
            "to": user("8:acs:1_2"), "from": user("sanitized"), "serverCallId": unique, "callerDisplayName": "",
            "incomingCallContext": "context", "correlationId": unique,
        },
    }])
}

/// Takes every request, and keeps the callback URIs.
struct Provider {
    address: std::net::SocketAddr,
    callbacks: Arc<Mutex<Vec<String>>>,
    arrived: Arc<tokio::sync::Notify>,
}

type Shared = (Arc<Mutex<Vec<String>>>, Arc<tokio::sync::Notify>);

impl Provider {
    async fn start() -> Result<Provider, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (callbacks, arrived) = Shared::default();
        let app = Router::new().fallback(answer).with_state((callbacks.clone(), arrived.clone()));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Provider { address, callbacks, arrived })
    }

    async fn next_callback(&self) -> Result<String, Failed> {
        loop {
            if let Some(callback) = self.callbacks.lock().unwrap().pop() {
                return Ok(callback);
            }
            let arrival = self.arrived.notified();
            tokio::time::timeout(std::time::Duration::from_secs(20), arrival)
                .await
                .map_err(|_| "the engine posted nothing")?;
        }
    }
}

/// As recorded: 201 for a call that is created, without a server call id; 200 for one that is answered.
async fn answer(
    State((callbacks, arrived)): State<Shared>,
    request: axum::extract::Request,
) -> (StatusCode, Json<Value>) {
    let path = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(callback) = body["callbackUri"].as_str() {
        callbacks.lock().unwrap().push(callback.to_owned());
        arrived.notify_one();
    }
    let connection = uuid::Uuid::new_v4().to_string();
    match path.as_str() {
        "/calling/callConnections" => (
            StatusCode::CREATED,
            Json(
                json!({"callConnectionId": connection, "callConnectionState": "connecting", "correlationId": "c"}),
            ),
        ),
        "/calling/callConnections:answer" => (
            StatusCode::OK,
            Json(
                json!({"callConnectionId": connection, "callConnectionState": "unknown", "serverCallId": "s", "correlationId": "c"}),
            ),
        ),
        _ => (StatusCode::ACCEPTED, Json(json!({}))),
    }
}
