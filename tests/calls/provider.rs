//! The other end of the calls: a provider that takes every action at once and tells at once what came of it, and people
//! who call. It decides nothing, so that what is measured is whoever steers the calls.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long a callback that is refused for want of room is offered again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause before it is.
const PAUSE: Duration = Duration::from_millis(100);

/// Who is called, as the flow wants it.
pub(crate) const LINE: &str = "+18005550100";

/// The provider.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    calls: Mutex<Vec<Option<Call>>>,
    /// From a webhook's being sent to the next action's arriving.
    latencies: Mutex<Vec<Duration>>,
    /// Calls that nobody had room for.
    pub(crate) shed: AtomicUsize,
    /// Callbacks that had to be offered again.
    pub(crate) repeated: AtomicUsize,
    /// Whether callers say nothing when they are asked, and how many were asked.
    pub(crate) are_silent: AtomicBool,
    pub(crate) asked: AtomicUsize,
}

struct Call {
    callback: String,
    sent: Instant,
    over: Option<oneshot::Sender<()>>,
}

/// How a call went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    Through,
    Shed,
    Lost,
}

impl World {
    pub(crate) async fn open() -> Arc<World> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let world = Arc::new(World {
            address: listener.local_addr().unwrap(),
            client: reqwest::Client::builder().pool_max_idle_per_host(256).build().unwrap(),
            calls: Mutex::default(),
            latencies: Mutex::default(),
            shed: AtomicUsize::new(0),
            repeated: AtomicUsize::new(0),
            are_silent: AtomicBool::new(false),
            asked: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/calling/{action}", axum::routing::post(answer))
            .route("/calling/callConnections/{action}", axum::routing::post(act))
            .with_state(world.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        world
    }

    /// What was measured since somebody took it.
    pub(crate) fn take_latencies(&self) -> Vec<Duration> {
        std::mem::take(&mut self.latencies.lock().unwrap())
    }

    /// Somebody calls. Returns when the call is over.
    pub(crate) async fn call(self: &Arc<World>, app: &str) -> Went {
        let (over, is_over) = oneshot::channel();
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(Some(Call { callback: String::new(), sent: Instant::now(), over: Some(over) }));
            calls.len() - 1
        };
        let event = json!([{
            "id": format!("incoming-{number}"),
            "topic": "/subscriptions/0/resourcegroups/g/providers/microsoft.communication/communicationservices/acs",
            "subject": format!("/caller/4:+14255550199/recipient/4:{LINE}"),
            "eventType": "Microsoft.Communication.IncomingCall",
            "eventTime": service::clock::now().to_string(),
            "dataVersion": "1.0",
            "metadataVersion": "1",
            "data": {
                "to": { "kind": "phoneNumber", "rawId": format!("4:{LINE}"), "phoneNumber": { "value": LINE } },
                "from": { "kind": "phoneNumber", "rawId": "4:+14255550199", "phoneNumber": { "value": "+14255550199" } },
                "serverCallId": format!("aHR0cHM6Ly9jb252LnNreXBlLmNvbS9jb252L{number:08}"),
                "callerDisplayName": "",
                "incomingCallContext": format!("{number}:{}", "x".repeat(2_000)),
                "correlationId": format!("8e1f0a57-5bd1-4a4a-9a3d-{number:012}"),
            },
        }]);
        let url = format!("{app}/webhooks/eventgrid");
        let posted = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .header("aeg-event-type", "Notification")
            .body(event.to_string());
        match posted.send().await {
            Ok(response) if response.status().is_success() => {}
            Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
                self.shed.fetch_add(1, Ordering::Relaxed);
                self.calls.lock().unwrap()[number] = None;
                return Went::Shed;
            }
            _ => return Went::Lost,
        }
        match tokio::time::timeout(PATIENCE, is_over).await {
            Ok(Ok(())) => Went::Through,
            Ok(Err(_)) | Err(_) => Went::Lost,
        }
    }

    /// An action has come; where the next callbacks go, or nothing if the call is unknown.
    fn arrived(&self, number: usize, callback: Option<String>) -> Option<String> {
        let now = Instant::now();
        let mut calls = self.calls.lock().unwrap();
        let call = calls.get_mut(number)?.as_mut()?;
        if let Some(callback) = callback {
            call.callback = callback;
        }
        let (sent, callback) = (call.sent, call.callback.clone());
        drop(calls);
        self.latencies.lock().unwrap().push(now - sent);
        Some(callback)
    }

    /// Tells what happened, and again if there was no room for it.
    async fn tell(&self, number: usize, callback: &str, kind: &str, data: Value) {
        let mut all = json!({
            "callConnectionId": format!("leg-{number}"),
            "serverCallId": format!("aHR0cHM6Ly9jb252LnNreXBlLmNvbS9jb252L{number:08}"),
            "correlationId": format!("8e1f0a57-5bd1-4a4a-9a3d-{number:012}"),
        });
        if let (Value::Object(all), Value::Object(data)) = (&mut all, data) {
            all.extend(data);
        }
        let body = json!([{
            "id": format!("{kind}-{number}"),
            "source": format!("calling/callConnections/leg-{number}"),
            "specversion": "1.0",
            "type": format!("Microsoft.Communication.{kind}"),
            "datacontenttype": "application/json",
            "time": service::clock::now().to_string(),
            "subject": format!("calling/callConnections/leg-{number}"),
            "data": all,
        }])
        .to_string();
        let began = Instant::now();
        if let Some(call) = &mut self.calls.lock().unwrap()[number] {
            call.sent = began;
        }
        while began.elapsed() < PATIENCE {
            let post = self
                .client
                .post(callback)
                .header("content-type", "application/cloudevents+json")
                .body(body.clone());
            match post.send().await {
                Ok(response) if response.status().is_success() => return,
                _ => {
                    self.repeated.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

async fn answer(
    State(world): State<Arc<World>>,
    Path(action): Path<String>,
    body: String,
) -> impl IntoResponse {
    assert_eq!(action, "callConnections:answer");
    let body: Value = serde_json::from_str(&body).unwrap();
    let context = body["incomingCallContext"].as_str().unwrap();
    let number: usize = context.split(':').next().unwrap().parse().unwrap();
    let callback = body["callbackUri"].as_str().unwrap().to_owned();
    let known = world.arrived(number, Some(callback));
    let own = body["operationContext"].clone();
    if let Some(callback) = known {
        tokio::spawn(async move {
            world.tell(number, &callback, "CallConnected", json!({ "operationContext": own })).await;
        });
    }
    let answer = json!({
        "callConnectionId": format!("leg-{number}"),
        "serverCallId": format!("aHR0cHM6Ly9jb252LnNreXBlLmNvbS9jb252L{number:08}"),
        "correlationId": format!("8e1f0a57-5bd1-4a4a-9a3d-{number:012}"),
        "callConnectionState": "unknown",
        "callbackUri": body["callbackUri"],
    });
    (StatusCode::OK, [("content-type", "application/json")], answer.to_string())
}

async fn act(State(world): State<Arc<World>>, Path(action): Path<String>, body: String) -> impl IntoResponse {
    let (leg, action) = action.split_once(':').unwrap();
    let number: usize = leg.strip_prefix("leg-").unwrap().parse().unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    let own = json!({ "operationContext": body["operationContext"] });
    let Some(callback) = world.arrived(number, None) else { return (StatusCode::NOT_FOUND, String::new()) };
    let mut result = own.clone();
    match action {
        "recognize" => {
            world.asked.fetch_add(1, Ordering::Relaxed);
            if world.are_silent.load(Ordering::Relaxed) {
                return (StatusCode::ACCEPTED, own.to_string());
            }
            result["resultInformation"] =
                json!({ "code": 200, "subCode": 8533, "message": "Action completed." });
            result["recognitionType"] = json!("dtmf");
            result["dtmfResult"] = json!({ "tones": ["one"] });
            tokio::spawn(async move { world.tell(number, &callback, "RecognizeCompleted", result).await });
        }
        "transferToParticipant" => {
            result["resultInformation"] = json!({ "code": 200, "subCode": 0, "message": "Accepted." });
            tokio::spawn(async move {
                world.tell(number, &callback, "CallTransferAccepted", result).await;
                world.tell(number, &callback, "CallDisconnected", json!({})).await;
                let call = world.calls.lock().unwrap()[number].take();
                if let Some(over) = call.and_then(|mut call| call.over.take()) {
                    let _caller_left = over.send(());
                }
            });
        }
        other => panic!("nobody should ask for {other}"),
    }
    (StatusCode::ACCEPTED, own.to_string())
}
