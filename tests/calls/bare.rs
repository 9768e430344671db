//! The same call, hard-coded: what one would write by hand, without a store, a retry, or a thought for crashes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acs::endpoint::{AccessKey, ConnectionString};
use acs::signature::{CONTENT_HASH_HEADER, DATE_HEADER, http_date, sign};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;

struct App {
    client: reqwest::Client,
    base: String,
    authority: String,
    key: AccessKey,
    own: String,
    calls: AtomicUsize,
}

impl App {
    async fn ask(&self, path: &str, body: Value) {
        let body = body.to_string();
        let path = format!("{path}?api-version={}", acs::request::API_VERSION);
        let date = http_date(service::clock::now());
        let signed = sign(&self.key, "POST", &path, &self.authority, &date, body.as_bytes());
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .header(DATE_HEADER, date)
            .header(CONTENT_HASH_HEADER, signed.content_hash)
            .header("authorization", signed.authorization)
            .body(body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success());
        drop(response.bytes().await);
    }
}

/// Serves until the process is killed.
pub(crate) async fn serve(listener: TcpListener, connection: &str) {
    let connection = ConnectionString::parse(connection).unwrap();
    let app = Arc::new(App {
        client: reqwest::Client::builder().pool_max_idle_per_host(256).build().unwrap(),
        base: format!("http://{}", connection.endpoint.authority),
        authority: connection.endpoint.authority.clone(),
        key: connection.key,
        own: format!("http://{}", listener.local_addr().unwrap()),
        calls: AtomicUsize::new(0),
    });
    let router = Router::new()
        .route("/webhooks/eventgrid", post(incoming))
        .route("/calls/{number}", post(callback))
        .with_state(app);
    axum::serve(listener, router).await.unwrap();
}

async fn incoming(State(app): State<Arc<App>>, body: String) -> StatusCode {
    let events: Value = serde_json::from_str(&body).unwrap();
    let context = events[0]["data"]["incomingCallContext"].as_str().unwrap().to_owned();
    let number = app.calls.fetch_add(1, Ordering::Relaxed);
    tokio::spawn(async move {
        let body = json!({
            "incomingCallContext": context,
            "callbackUri": format!("{}/calls/{number}", app.own),
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://contoso-speech.cognitiveservices.azure.com/" },
        });
        app.ask("/calling/callConnections:answer", body).await;
    });
    StatusCode::OK
}

async fn callback(State(app): State<Arc<App>>, Path(_number): Path<usize>, body: String) -> StatusCode {
    let events: Value = serde_json::from_str(&body).unwrap();
    let event = &events[0];
    let leg = event["data"]["callConnectionId"].as_str().unwrap().to_owned();
    match event["type"].as_str().unwrap() {
        "Microsoft.Communication.CallConnected" => {
            let body = json!({
                "recognizeInputType": "dtmf",
                "playPrompt": { "kind": "text", "text": { "text": "Press 1 for sales.", "voiceName": "en-US-JennyNeural" } },
                "recognizeOptions": {
                    "targetParticipant": { "kind": "phoneNumber", "phoneNumber": { "value": "+14255550199" } },
                    "initialSilenceTimeoutInSeconds": 5,
                    "dtmfOptions": { "maxTonesToCollect": 1 },
                },
                "operationContext": "menu",
            });
            tokio::spawn(
                async move { app.ask(&format!("/calling/callConnections/{leg}:recognize"), body).await },
            );
        }
        "Microsoft.Communication.RecognizeCompleted" if event["data"]["dtmfResult"]["tones"][0] == "one" => {
            let body = json!({
                "targetParticipant": { "kind": "phoneNumber", "phoneNumber": { "value": "+14255550123" } },
                "sourceCallerIdNumber": { "value": "+18005550100" },
                "operationContext": "sales",
            });
            tokio::spawn(async move {
                app.ask(&format!("/calling/callConnections/{leg}:transferToParticipant"), body).await;
            });
        }
        _ => {}
    }
    StatusCode::OK
}
