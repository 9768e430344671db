//! The simulator behind a real socket, with an application beside it that collects what is posted to it.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use acs::callback::{Callback, decode};
use acs::endpoint::AccessKey;
use acs::event_grid::{self, GridKind};
use acs::signature::{http_date, sign};
use acs::token::{KeySet, verify_callback_token};
use acs::{Operation, route};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::IntoResponse;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

mod faults;

use super::{Certificate, DEVELOPMENT_KEY, DEVELOPMENT_RESOURCE, SimOptions, now, serve};

type Posted = (String, HeaderMap, Vec<u8>);

/// A simulator, and the application that it calls.
struct Bench {
    sim: String,
    scheme: &'static str,
    app: String,
    posted: mpsc::UnboundedReceiver<Posted>,
    client: reqwest::Client,
    end: Option<oneshot::Sender<()>>,
    served: tokio::task::JoinHandle<Result<(), super::Error>>,
}

async fn receive(
    State(posted): State<mpsc::UnboundedSender<Posted>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let answer = match event_grid::decode(&headers, &body) {
        Ok(event_grid::Delivery::Validation { code }) => event_grid::validation_response(&code).to_string(),
        Ok(event_grid::Delivery::Events(_)) | Err(_) => String::new(),
    };
    let _ = posted.send((uri.path().to_owned(), headers, body.to_vec()));
    let is_down = uri.path().starts_with("/down");
    (if is_down { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }, answer)
}

impl Bench {
    async fn start(options: SimOptions) -> Bench {
        let (sender, posted) = mpsc::unbounded_channel();
        let app = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app_url = format!("http://{}", app.local_addr().unwrap());
        let router = Router::new().fallback(receive).with_state(sender);
        tokio::spawn(async move { axum::serve(app, router).await });

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sim = listener.local_addr().unwrap().to_string();
        let (end, ended) = oneshot::channel();
        let options = SimOptions {
            webhook: options.webhook.or_else(|| Some(format!("{app_url}/grid"))),
            speed: 50.0,
            ..options
        };
        let served = tokio::spawn(serve(options, listener, async move {
            let _ = ended.await;
        }));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Bench { sim, scheme: "http", app: app_url, posted, client, end: Some(end), served }
    }

    async fn send(&self, method: &str, path: &str, body: &str, key: &str) -> (u16, Value) {
        self.send_rewritten(method, path, path, body, key).await
    }

    /// Signs one path and sends another.
    async fn send_rewritten(
        &self,
        method: &str,
        signed: &str,
        sent: &str,
        body: &str,
        key: &str,
    ) -> (u16, Value) {
        let response = self.request(method, signed, sent, body, key).send().await.unwrap();
        assert_eq!(response.headers()["x-ms-client-request-id"], "my-request");
        let status = response.status().as_u16();
        (status, json_of(response).await)
    }

    fn request(
        &self,
        method: &str,
        signed: &str,
        sent: &str,
        body: &str,
        key: &str,
    ) -> reqwest::RequestBuilder {
        let [signed, target] = [signed, sent].map(|path| format!("{path}?api-version={}", acs::API_VERSION));
        let date = http_date(now());
        let signed =
            sign(&AccessKey::parse(key).unwrap(), method, &signed, &self.sim, &date, body.as_bytes());
        self.client
            .request(method.parse().unwrap(), format!("{}://{}{target}", self.scheme, self.sim))
            .header("x-ms-date", date)
            .header("x-ms-content-sha256", signed.content_hash)
            .header("authorization", signed.authorization)
            .header("x-ms-client-request-id", "my-request")
            .body(body.to_owned())
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, &body.to_string(), DEVELOPMENT_KEY).await
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(method.parse().unwrap(), format!("http://{}/sim{path}", self.sim));
        let response = request.body(body.to_string()).send().await.unwrap();
        (response.status().as_u16(), json_of(response).await)
    }

    async fn next(&mut self) -> Posted {
        tokio::time::timeout(Duration::from_secs(20), self.posted.recv()).await.unwrap().unwrap()
    }

    /// The next callback, wherever it went.
    async fn callback(&mut self) -> (String, HeaderMap, Callback) {
        let (path, headers, body) = self.next().await;
        (path, headers, decode(&body).unwrap().remove(0))
    }

    async fn callback_named(&mut self, name: &str) -> Callback {
        loop {
            let (_, _, callback) = self.callback().await;
            if callback.kind.name() == name {
                return callback;
            }
        }
    }

    /// What its story says of a call that could not be announced.
    async fn trouble(&self) -> String {
        let placed = json!({"from": "+14255550199", "to": "+18005550100"});
        let (_, call) = self.control("POST", "/calls", &placed).await;
        let mut seen = call["story"].as_array().unwrap().len();
        loop {
            let path = format!("/calls/{}/events?after={seen}&wait=10", call["id"].as_str().unwrap());
            let (_, events) = self.control("GET", &path, &json!(null)).await;
            let lines = events["events"].as_array().unwrap();
            assert!(!lines.is_empty(), "nothing happened in time");
            if let Some(line) = lines.iter().find(|line| line["kind"] == "trouble") {
                return line.to_string();
            }
            seen += lines.len();
        }
    }

    async fn stop(mut self) {
        self.end.take().unwrap().send(()).unwrap();
        self.served.await.unwrap().unwrap();
    }
}

async fn json_of(response: reqwest::Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn a_call_from_ring_to_hang_up() {
    let mut bench = Bench::start(SimOptions::default()).await;
    let placed = json!({"from": "+14255550199", "to": "+18005550100", "script": {"press": ["1"]}});
    let (status, call) = bench.control("POST", "/calls", &placed).await;
    assert_eq!((status, &call["state"]), (201, &json!("ringing")));
    let id = call["id"].as_str().unwrap().to_owned();

    let (path, headers, _) = bench.next().await;
    assert_eq!(
        (path.as_str(), &headers["aeg-event-type"]),
        ("/grid", &"SubscriptionValidation".parse().unwrap())
    );
    let (_, headers, body) = bench.next().await;
    let event_grid::Delivery::Events(events) = event_grid::decode(&headers, &body).unwrap() else {
        panic!("a second handshake");
    };
    let GridKind::IncomingCall(incoming) = &events[0].kind else { panic!("not a call: {events:?}") };
    assert!(incoming.incoming_call_context.len() >= 7_000);

    let (status, answer) = bench
        .post(
            "/calling/callConnections:answer",
            &json!({"incomingCallContext": incoming.incoming_call_context,
                    "callbackUri": format!("{}/calls/token", bench.app), "operationContext": "mine"}),
        )
        .await;
    assert_eq!((status, &answer["callConnectionState"]), (200, &json!("unknown")));
    let connection = answer["callConnectionId"].as_str().unwrap().to_owned();

    let connected = bench.callback_named("CallConnected").await;
    assert_eq!(connected.operation_context.as_deref(), Some("mine"));
    let recognize = json!({"recognizeInputType": "dtmf", "recognizeOptions": {
        "targetParticipant": {"phoneNumber": {"value": "+14255550199"}}, "dtmfOptions": {"maxTonesToCollect": 1}}});
    let path = format!("/calling/callConnections/{connection}:recognize");
    assert_eq!(bench.post(&path, &recognize).await.0, 202);
    let recognized = bench.callback_named("RecognizeCompleted").await;
    assert_eq!(recognized.data["dtmfResult"], json!({"tones": ["one"]}));

    let path = format!("/calling/callConnections/{connection}");
    assert_eq!(bench.send("DELETE", &path, "", DEVELOPMENT_KEY).await.0, 204);
    bench.callback_named("CallDisconnected").await;
    let (status, gone) = bench.send("GET", &path, "", DEVELOPMENT_KEY).await;
    assert_eq!((status, &gone["error"]["code"]), (404, &json!("8522")));

    let (_, executions) = bench.control("GET", "/executions", &json!(null)).await;
    assert_eq!(executions, json!({"answerCall": 1, "recognize": 1, "hangUp": 1}));
    let (_, story) = bench.control("GET", &format!("/calls/{id}/events?after=0"), &json!(null)).await;
    assert_eq!(story["state"], "ended");
    let kinds: Vec<&str> =
        story["events"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.first(), Some(&"placed"));
    assert_eq!(kinds.last(), Some(&"ended"));
    bench.stop().await;
}

#[tokio::test]
async fn callbacks_carry_a_token_that_the_published_keys_verify() {
    let mut bench = Bench::start(SimOptions::default()).await;
    let target = json!({"rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}});
    let body = json!({"targets": [target], "callbackUri": format!("{}/cb", bench.app)});
    let (status, created) = bench.post("/calling/callConnections", &body).await;
    assert_eq!((status, &created["callConnectionState"]), (201, &json!("connecting")));
    assert_eq!(created.get("serverCallId"), None);

    let (_, headers, _) = bench.callback().await;
    let token = headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap();
    let configuration = format!("http://{}{}", bench.sim, acs::token::OPENID_CONFIGURATION_PATH);
    let configuration = json_of(bench.client.get(configuration).send().await.unwrap()).await;
    let keys = bench.client.get(configuration["jwks_uri"].as_str().unwrap()).send().await.unwrap();
    let keys = KeySet::parse(&keys.bytes().await.unwrap()).unwrap();
    let issuer = configuration["issuer"].as_str().unwrap();
    verify_callback_token(token, &keys, issuer, DEVELOPMENT_RESOURCE, now()).unwrap();
    assert!(verify_callback_token(token, &keys, issuer, "another", now()).is_err());
    bench.stop().await;
}

#[tokio::test]
async fn requests_that_are_refused_before_the_world_sees_them() {
    let bench = Bench::start(SimOptions::default()).await;
    let other_key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let path = "/calling/callConnections";
    let (status, error) = bench.send("POST", path, "{}", other_key).await;
    assert_eq!(status, 401);
    assert_eq!(error["error"]["code"], "7509");
    assert_eq!(error["error"]["message"], "HMAC-SHA256 validation failed");

    let long = " ".repeat(crate::limits::REQUEST_BYTES_MAX + 1);
    assert_eq!(bench.send("POST", path, &long, DEVELOPMENT_KEY).await.0, 413);

    let (status, error) = bench.send("POST", "/calling/nothing", "{}", DEVELOPMENT_KEY).await;
    assert_eq!((status, &error["error"]["code"]), (404, &json!("NotFound")));
    assert!(route("POST", "/calling/nothing").is_none());

    let (status, error) =
        bench.post(path, &json!({"targets": [{"phoneNumber": {}}], "callbackUri": "x"})).await;
    assert_eq!((status, &error["error"]["code"]), (400, &json!("8523")));
    let message = error["error"]["message"].as_str().unwrap();
    assert!(message.contains("targets[0].phoneNumber") && message.contains("value"), "{message}");

    let unsigned = bench.client.get(format!("http://{}{path}/x", bench.sim)).bearer_auth("token").send();
    assert_eq!(unsigned.await.unwrap().status(), 401);
    bench.stop().await;
}

#[tokio::test]
async fn a_path_may_be_decoded_after_it_was_signed() {
    let bench = Bench::start(SimOptions::default()).await;
    let path = |raw_id| format!("/calling/callConnections/none/participants/{raw_id}");
    let signed = path("4%3A%2B14255550123");
    for (raw_id, status) in
        [("4%3A%2B14255550123", 404), ("4:%2B14255550123", 404), ("4:%2B14255550124", 401)]
    {
        let answer = bench.send_rewritten("GET", &signed, &path(raw_id), "", DEVELOPMENT_KEY).await;
        assert_eq!(answer.0, status, "{raw_id}");
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_bearer_token_is_enough_where_that_is_wanted() {
    let bench = Bench::start(SimOptions { accepts_bearer: true, ..SimOptions::default() }).await;
    let operation = Operation::GetCall { call_connection_id: "none".to_owned() };
    let url = format!("http://{}{}?api-version=2026-03-12", bench.sim, operation.path());
    let response = bench.client.get(url.clone()).bearer_auth("token").send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(bench.client.get(url).send().await.unwrap().status(), 401);
    bench.stop().await;
}

#[tokio::test]
async fn tokens_are_given_for_the_secret_and_taken() {
    let options = SimOptions { client_secret: Some("hunter2".into()), ..SimOptions::default() };
    let bench = Bench::start(options).await;
    let asked = |secret: &str, scope: &str| {
        let body =
            format!("grant_type=client_credentials&client_id=app&client_secret={secret}&scope={scope}");
        let url = format!("http://{}{}/contoso/oauth2/v2.0/token", bench.sim, crate::AUTHORITY_PATH);
        let request = bench.client.post(url).header("content-type", "application/x-www-form-urlencoded");
        async move {
            let answer = request.body(body).send().await.unwrap();
            let status = answer.status().as_u16();
            (status, serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap())
        }
    };
    const SCOPE: &str = "https%3A%2F%2Fcommunication.azure.com%2F%2F.default";
    assert_eq!(asked("wrong", SCOPE).await.0, 401);
    assert_eq!(asked("hunter2", "openid").await.1["error"], "invalid_scope");
    let (status, answer) = asked("hunter2", SCOPE).await;
    assert_eq!((status, &answer["token_type"], &answer["expires_in"]), (200, &json!("Bearer"), &json!(3600)));
    let operation = Operation::GetCall { call_connection_id: "none".to_owned() };
    let url = format!("http://{}{}?api-version=2026-03-12", bench.sim, operation.path());
    for (token, expected) in [(answer["access_token"].as_str().unwrap(), 404), ("another", 401)] {
        let response = bench.client.get(&url).bearer_auth(token).send().await.unwrap();
        assert_eq!(response.status(), expected);
    }
    bench.stop().await;
}

#[tokio::test]
async fn the_control_api_says_what_is_wrong() {
    let bench = Bench::start(SimOptions::default()).await;
    for (method, path, body, expected) in [
        ("POST", "/calls", json!({"from": "+14255550199"}), (400, "exactly one of `to`")),
        ("POST", "/calls", json!({"from": "14", "to": "+1425"}), (400, "`from`")),
        (
            "POST",
            "/calls",
            json!({"from": "+14255550199", "to": "+1800", "script": {"press": ["x"]}}),
            (400, "`x` is no key"),
        ),
        ("GET", "/calls/call-99", json!(null), (404, "no call `call-99`")),
        ("GET", "/calls/x/events", json!(null), (404, "no call `x`")),
        ("POST", "/calls/call-99/hangup", json!({}), (404, "no call")),
        ("PUT", "/people/nobody", json!({}), (400, "neither a phone number")),
        ("PUT", "/people/+14255550123", json!({"busy": true, "decline": true}), (400, "in one way")),
        ("GET", "/nothing", json!(null), (404, "no such path")),
    ] {
        let (status, answer) = bench.control(method, path, &body).await;
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, expected.0, "{method} {path}: {answer}");
        assert!(message.contains(expected.1), "{method} {path}: {message}");
    }
    assert_eq!(bench.control("PUT", "/people/4:%2B14255550123", &json!({"busy": true})).await.0, 204);

    let foreign =
        bench.client.get(format!("http://{}/sim/calls", bench.sim)).header("origin", "https://example.com");
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    bench.stop().await;
}

#[tokio::test]
async fn one_port_speaks_http_and_https() {
    let certificate = Certificate::new().unwrap();
    let options = SimOptions { certificate: Some(certificate.clone()), ..SimOptions::default() };
    let mut bench = Bench::start(options).await;
    let stranger = bench.client.get(format!("https://{}/sim/healthz", bench.sim)).send().await;
    assert!(stranger.unwrap_err().is_connect());

    let trusted = reqwest::Certificate::from_pem(certificate.pem().as_bytes()).unwrap();
    bench.client = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
    let port = bench.sim.rsplit_once(':').unwrap().1.to_owned();
    for (scheme, name) in [("https", "127.0.0.1"), ("http", "127.0.0.1"), ("https", "localhost")] {
        bench.scheme = scheme;
        bench.sim = format!("{name}:{port}");
        let (status, error) = bench.send("GET", "/calling/callConnections/none", "", DEVELOPMENT_KEY).await;
        assert_eq!((status, &error["error"]["code"]), (404, &json!("8522")), "{scheme}: {error}");

        let at = format!("{scheme}://{}", bench.sim);
        let configuration = format!("{at}{}", acs::token::OPENID_CONFIGURATION_PATH);
        let configuration = json_of(bench.client.get(configuration).send().await.unwrap()).await;
        assert_eq!(configuration["jwks_uri"], format!("{at}{}", acs::token::KEYS_PATH));
    }
    bench.stop().await;
}

#[tokio::test]
async fn a_webhook_on_this_machine_may_have_any_certificate() {
    // Anything that speaks TLS would do; that it has no such path shows that it was reached.
    let other = Bench::start(SimOptions::default()).await;
    let webhook = Some(format!("https://{}/sim/nothing", other.sim));
    let bench = Bench::start(SimOptions { webhook, ..SimOptions::default() }).await;
    let trouble = bench.trouble().await;
    assert!(trouble.contains("was answered with 404"), "{trouble}");
    bench.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_webhook_that_nobody_listens_to_is_told_in_the_story() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let webhook = Some(format!("http://{nobody}/"));
    let bench = Bench::start(SimOptions { webhook, ..SimOptions::default() }).await;
    let trouble = bench.trouble().await;
    assert!(trouble.contains("cannot be reached"), "{trouble}");
    bench.stop().await;
}
