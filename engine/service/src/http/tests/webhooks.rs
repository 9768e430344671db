//! What the provider and Event Grid post.

use axum::http::{HeaderMap, HeaderValue, Uri};
use jiff::ToSpan;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::peer::{Reply, callback, incoming_call, service};
use crate::clock;
use crate::http::auth::{self, SharedSecret, Shown};
use crate::limits::{CALLBACK_BYTES_MAX, EVENT_GRID_BYTES_MAX};
use crate::store::RunId;

const GRID: &str = "/webhooks/eventgrid";

#[tokio::test]
async fn callbacks_are_answered_when_they_are_in_the_journal() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let path = service.callback_path(run);
    let connected = json!([callback("1", "CallConnected")]);
    for _ in 0..2 {
        let reply = service.post(&path, &connected).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        // No waiting: it must be there by now, and once only.
        let page = service.engine().journal(run, 1, 100).await.unwrap().unwrap();
        let connected =
            page.entries.iter().filter(|entry| entry.input.name.as_deref() == Some("CallConnected"));
        assert_eq!(connected.count(), 1);
    }
    let unknown = json!([callback("2", "SomethingNew")]);
    assert_eq!(service.post(&path, &unknown).await.status, 200);
    assert_eq!(service.post(&path, &callback("3", "CallDisconnected")).await.status, 200);
    let view = service.engine().run(run).await.unwrap().unwrap();
    assert_eq!(view.outcome.as_deref(), Some("over"));
}

#[tokio::test]
async fn callbacks_that_are_refused() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let right = service.callback_path(run);
    let forged = {
        let (rest, last) = right.split_at(right.len() - 1);
        format!("{rest}{}", if last == "A" { "B" } else { "A" })
    };
    let never = service.callback_path(RunId(uuid::Uuid::from_u128(7)));
    let good = json!([callback("1", "CallConnected")]).to_string();
    let large = format!("[{}]", " ".repeat(CALLBACK_BYTES_MAX));
    for (path, body, status, code) in [
        (forged.as_str(), good.as_str(), 401, "unauthorized"),
        ("/webhooks/calls/x", &good, 401, "unauthorized"),
        ("/webhooks/calls/%FF", &good, 401, "unauthorized"),
        (&never, &good, 404, "unknownCall"),
        (&right, "", 400, "malformed"),
        (&right, "not json", 400, "malformed"),
        (&right, "7", 400, "malformed"),
        (&right, "{}", 400, "malformed"),
        (&right, "[[]]", 400, "malformed"),
        (&right, &large, 413, "tooLarge"),
    ] {
        let reply = service.send("POST", path, &[], body.as_bytes()).await;
        let shown = &body[..body.len().min(40)];
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{path} {shown}");
    }
    let reply = service.get(&right).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")), "{reply:?}");
}

#[tokio::test]
async fn a_bad_event_does_not_cost_its_neighbours() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let batch = json!([callback("1", "CallConnected"), {"id": "2"}, 3]);
    let reply = service.post(&service.callback_path(run), &batch).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "malformed"));
    let details = reply.json()["error"]["details"].to_string();
    assert!(
        details.contains("event 1 has no `type`") && details.contains("event 2 is not an object"),
        "{details}"
    );
    assert!(service.lines(run, 2).await.join("\n").contains("CallConnected"));

    let mut nobody = incoming_call("b", clock::now());
    nobody["data"]["from"] = json!({});
    let mut mute = incoming_call("c", clock::now());
    mute["data"]["incomingCallContext"].take();
    let reply = service.post(GRID, &json!([incoming_call("a", clock::now()), nobody, mute])).await;
    assert_eq!((reply.status, reply.code().as_str()), (400, "malformed"));
    assert!(reply.json()["error"]["message"].as_str().unwrap().starts_with("2 of the 3 events"), "{reply:?}");
    assert_eq!(calls(&service.get("/api/v1/calls?flow=line").await), 1);
}

fn calls(listed: &Reply) -> usize {
    listed.json()["runs"].as_array().unwrap().len()
}

#[tokio::test]
async fn incoming_calls() {
    let service = service(|_| ()).await;
    let now = clock::now();
    let grid = incoming_call("1", now);
    let cloud = json!({
        "id": "2", "source": "/subscriptions/0", "specversion": "1.0", "time": now.to_string(),
        "type": "Microsoft.Communication.IncomingCall", "data": incoming_call("2", now)["data"],
    });
    let mut elsewhere = incoming_call("3", now);
    elsewhere["data"]["to"] = json!({"rawId": "4:+18005550199"});
    let late = incoming_call("4", now - 31.seconds());
    let other = json!({"id": "5", "eventType": "Microsoft.Communication.CallStarted", "data": {}});
    let new = json!({"id": "6", "eventType": "Contoso.SomethingNew", "data": null});
    for (body, account) in [
        (json!([grid]), [1, 0, 0, 0, 0]),
        (json!([grid]), [0, 1, 0, 0, 0]),
        (cloud.clone(), [1, 0, 0, 0, 0]),
        // The last two are of no call that a run knows, and of a kind that nobody knows.
        (json!([cloud, elsewhere, late, other, new]), [0, 1, 1, 1, 2]),
    ] {
        let reply = service.post(GRID, &body).await;
        let json = reply.json();
        let counts =
            ["taken", "duplicates", "unclaimed", "stale", "ignored"].map(|name| json[name].as_u64().unwrap());
        assert_eq!((reply.status, counts), (200, account), "{body}");
    }
    assert_eq!(calls(&service.get("/api/v1/calls?flow=line").await), 2);
}

#[tokio::test]
async fn deliveries_that_are_refused() {
    let service = service(|_| ()).await;
    let large = format!("[{}]", " ".repeat(EVENT_GRID_BYTES_MAX));
    for (body, status, code) in [
        ("", 400, "malformed"),
        ("<xml/>", 400, "malformed"),
        ("\"text\"", 400, "malformed"),
        ("[{\"id\": \"1\"}]", 400, "malformed"),
        (&large, 413, "tooLarge"),
    ] {
        let reply = service.send("POST", GRID, &[], body.as_bytes()).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", &body[..body.len().min(40)]);
    }
}

#[tokio::test]
async fn handshakes() {
    let service = service(|config| config.eventgrid_key = Some("k+y/=".into())).await;
    let validation = json!([{
        "id": "1", "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": {"validationCode": "512d38b6"},
    }])
    .to_string();
    let announced = [("aeg-event-type", "SubscriptionValidation")];
    let reply =
        service.send("POST", "/webhooks/eventgrid?key=k%2By%2F%3D", &announced, validation.as_bytes()).await;
    assert_eq!((reply.status, reply.json()), (200, json!({"validationResponse": "512d38b6"})));
    let reply = service.send("POST", GRID, &announced, validation.as_bytes()).await;
    assert_eq!(reply.status, 401);

    let origin = ("WebHook-Request-Origin", "eventgrid.azure.net");
    for path in [GRID, "/webhooks/eventgrid?code=k%2By%2F%3D"] {
        let reply = service.send("OPTIONS", path, &[origin], b"").await;
        assert_eq!(
            (reply.status, reply.header("webhook-allowed-origin")),
            (200, Some("eventgrid.azure.net"))
        );
    }
    let reply = service.send("OPTIONS", GRID, &[("WebHook-Request-Origin", "evil.example.com")], b"").await;
    assert_eq!((reply.status, reply.header("webhook-allowed-origin")), (200, None));
    assert_eq!(service.send("OPTIONS", "/webhooks/eventgrid?key=x", &[origin], b"").await.status, 401);
}

#[test]
fn where_event_grid_may_show_its_key() {
    let key = SharedSecret::new(&SecretString::from("k+y/="));
    let shown = |path: &str, headers: &[(&'static str, &'static str)]| {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        auth::event_grid(Some(&key), &path.parse::<Uri>().unwrap(), &headers)
    };
    for (path, headers, expected) in [
        ("/?key=k%2By%2F%3D", &[][..], Shown::Right),
        ("/?key=k+y/=", &[], Shown::Right),
        ("/?a=b&code=k%2By/%3D", &[], Shown::Right),
        ("/?key=wrong&code=k+y/=", &[], Shown::Right),
        ("/", &[("x-callflow-key", "k+y/=")], Shown::Right),
        ("/", &[("aeg-sas-key", "k+y/=")], Shown::Right),
        ("/", &[("authorization", "k+y/=")], Shown::Right),
        ("/", &[("authorization", "Bearer k+y/=")], Shown::Right),
        ("/?key=wrong", &[("x-callflow-key", "k+y/=")], Shown::Right),
        ("/?key=", &[], Shown::Wrong),
        ("/?key=k+y/", &[], Shown::Wrong),
        ("/?key=k+y/==", &[], Shown::Wrong),
        ("/", &[("authorization", "Bearer wrong")], Shown::Wrong),
        ("/?keys=k+y/=", &[], Shown::Nothing),
        ("/", &[], Shown::Nothing),
    ] {
        assert_eq!(shown(path, headers), expected, "{path} {headers:?}");
    }
    assert_eq!(auth::event_grid(None, &Uri::from_static("/"), &HeaderMap::new()), Shown::Right);
}

#[tokio::test]
async fn event_grid_must_show_its_key() {
    let service = service(|config| config.eventgrid_key = Some("right".into())).await;
    let body = json!([incoming_call("1", clock::now())]).to_string();
    for (path, status) in
        [(GRID, 401), ("/webhooks/eventgrid?key=wrong", 401), ("/webhooks/eventgrid?key=right", 200)]
    {
        let reply = service.send("POST", path, &[], body.as_bytes()).await;
        assert_eq!(reply.status, status, "{path}");
    }
    let listed: Value = service.get("/api/v1/calls").await.json();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1);
}
