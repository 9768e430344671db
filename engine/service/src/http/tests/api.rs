//! The API.

use std::time::Duration;

use serde_json::{Value, json};

use super::peer::{callback, service};
use crate::config::Retain;
use crate::limits::API_BYTES_MAX;

const CALLS: &str = "/api/v1/calls";

#[tokio::test]
async fn a_call_from_start_to_end() {
    let service = service(|_| ()).await;
    let reply =
        service.post(CALLS, &json!({"flow": "reminder", "input": {"to": "+14255550123", "times": 2}})).await;
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{CALLS}/{id}");
    assert_eq!((reply.status, reply.header("location")), (201, Some(path.as_str())));

    let run = id.parse().unwrap();
    assert_eq!(
        service.post(&service.callback_path(run), &json!([callback("1", "CallConnected")])).await.status,
        200
    );
    let view = service.get(&path).await.json();
    assert_eq!(
        (&view["state"], &view["live"], &view["flow"]),
        (&json!("talking"), &json!(true), &json!("reminder"))
    );

    let events = format!("{path}/events");
    for (body, status, code) in [
        (json!({"name": "nudge", "data": {}}), 422, "badData"),
        (json!({"name": "nudges"}), 422, "unknownEvent"),
        (json!({"data": 7, "nmae": "nudge"}), 400, "malformed"),
    ] {
        let reply = service.post(&events, &body).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{body}");
    }
    assert_eq!(service.post(&events, &json!({"name": "nudge", "data": {"agent": "Ann"}})).await.status, 202);

    assert_eq!(service.send("DELETE", &path, &[], b"").await.status, 202);
    assert_eq!(
        service.post(&service.callback_path(run), &json!([callback("2", "CallDisconnected")])).await.status,
        200
    );
    assert_eq!(service.get(&path).await.json()["live"], json!(false));
    let reply = service.post(&events, &json!({"name": "nudge", "data": {"agent": "Ann"}})).await;
    assert_eq!((reply.status, reply.code().as_str()), (409, "callOver"));
    assert_eq!(service.send("DELETE", &path, &[], b"").await.status, 202);
}

#[tokio::test]
async fn journals_are_read_in_parts_and_waited_for() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    service.lines(run, 2).await;
    let path = format!("{CALLS}/{run}/journal");
    let whole = service.get(&path).await.json();
    let numbers: Vec<u64> =
        whole["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [1, 2], "{whole}");
    let part = service.get(&format!("{path}?after=1&limit=1")).await.json();
    assert_eq!((&part["entries"][0]["number"], &part["more"]), (&json!(2), &json!(true)));

    let awaited = format!("{path}?after=2&wait=30");
    let connected = json!([callback("1", "CallConnected")]);
    let callback_path = service.callback_path(run);
    let (awaited, _) = tokio::join!(service.get(&awaited), service.post(&callback_path, &connected));
    assert_eq!(awaited.json()["entries"][0]["input"]["name"], json!("CallConnected"));
}

#[tokio::test]
async fn starts_that_are_refused() {
    let service = service(|_| ()).await;
    let large = json!({"flow": "reminder", "input": {"to": "x".repeat(API_BYTES_MAX)}}).to_string();
    let deep =
        format!("{{\"flow\": \"reminder\", \"input\": {{\"to\": {}{}}}}}", "[".repeat(100), "]".repeat(100));
    let deeper = "[".repeat(100_000);
    for (body, status, code, detail) in [
        ("", 400, "malformed", ""),
        ("{", 400, "malformed", ""),
        ("[]", 400, "malformed", ""),
        ("{\"input\": 7, \"flwo\": 1}", 400, "malformed", "`flow` is missing"),
        ("{\"input\": 7, \"flwo\": 1}", 400, "malformed", "`input` must be an object"),
        ("{\"input\": 7, \"flwo\": 1}", 400, "malformed", "`flwo`"),
        ("{\"flow\": \"remainder\"}", 404, "unknownFlow", ""),
        ("{\"flow\": \"line\"}", 422, "notByApi", ""),
        ("{\"flow\": \"reminder\", \"input\": {\"times\": \"x\", \"who\": 1}}", 422, "badInput", "`to`"),
        ("{\"flow\": \"reminder\", \"input\": {\"times\": \"x\", \"who\": 1}}", 422, "badInput", "`times`"),
        ("{\"flow\": \"reminder\", \"input\": {\"times\": \"x\", \"who\": 1}}", 422, "badInput", "`who`"),
        (&large, 413, "tooLarge", ""),
        (&deep, 400, "malformed", "`to`"),
        (&deeper, 400, "malformed", ""),
    ] {
        let reply = service.send("POST", CALLS, &[], body.as_bytes()).await;
        let shown = &body[..body.len().min(60)];
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{shown}");
        assert!(reply.json()["error"]["details"].to_string().contains(detail), "{shown} {reply:?}");
    }
    let reply = service.send("POST", CALLS, &[("Content-Type", "text/plain")], b"{}").await;
    assert_eq!((reply.status, reply.code().as_str()), (415, "notJson"));
    assert_eq!(service.get(CALLS).await.json()["runs"], json!([]));
}

#[tokio::test]
async fn one_key_starts_one_call() {
    let service = service(|_| ()).await;
    let start = async |key: &str, to: &str| {
        let body = json!({"flow": "reminder", "input": {"to": to}}).to_string();
        service.send("POST", CALLS, &[("Idempotency-Key", key)], body.as_bytes()).await
    };
    let first = start("a", "+14255550123").await;
    let again = start("a", "+14255550123").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    let replayed = [&first, &again].map(|reply| reply.header("idempotency-replayed"));
    assert_eq!(replayed, [None, Some("true")]);
    let other = start("a", "+14255550124").await;
    assert_eq!((other.status, other.code().as_str()), (409, "keyReused"));
    assert_eq!(start("b", "+14255550123").await.status, 201);
    assert_eq!(start(&"k".repeat(1_000), "+14255550123").await.status, 400);
    assert_eq!(service.get(CALLS).await.json()["runs"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let service = service(|_| ()).await;
    for _ in 0..3 {
        service.start().await;
    }
    let count = async |query: &str| -> usize {
        service.get(&format!("{CALLS}?{query}")).await.json()["runs"].as_array().unwrap().len()
    };
    assert_eq!(count("flow=reminder&live=true").await, 3);
    assert_eq!(count("flow=line").await, 0);
    assert_eq!(count("live=false").await, 0);
    let first = service.get(&format!("{CALLS}?limit=2")).await.json();
    let next = first["next"].as_str().unwrap();
    let second = service.get(&format!("{CALLS}?limit=2&cursor={next}")).await.json();
    assert_eq!((first["runs"].as_array().unwrap().len(), second["runs"].as_array().unwrap().len()), (2, 1));
    assert_eq!(second.get("next"), None);
    for query in ["limit=many", "live=perhaps", "cursor=x", "page=2"] {
        let reply = service.get(&format!("{CALLS}?{query}")).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "malformed"), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let service = service(|_| ()).await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (method, path, status, code) in [
        ("GET", "/nothing".to_owned(), 404, "unknownPath"),
        ("GET", "/api/v1/nothing".to_owned(), 404, "unknownPath"),
        ("GET", "/api/v2/calls".to_owned(), 404, "unknownPath"),
        ("PUT", CALLS.to_owned(), 405, "wrongMethod"),
        ("POST", "/healthz".to_owned(), 405, "wrongMethod"),
        ("GET", format!("{CALLS}/{unknown}"), 404, "unknownCall"),
        ("GET", format!("{CALLS}/x"), 404, "unknownCall"),
        ("GET", format!("{CALLS}/%FF"), 404, "unknownCall"),
        ("GET", format!("{CALLS}/{unknown}/journal"), 404, "unknownCall"),
        ("GET", format!("{CALLS}/{unknown}/journal?after=x"), 400, "malformed"),
        ("GET", format!("{CALLS}/{unknown}/journal?wait=-1"), 400, "malformed"),
        ("DELETE", format!("{CALLS}/{unknown}"), 404, "unknownCall"),
    ] {
        let reply = service.send(method, &path, &[], b"").await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{method} {path}");
    }
    let reply = service.post(&format!("{CALLS}/{unknown}/events"), &json!({"name": "nudge"})).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "unknownCall"));
}

#[tokio::test]
async fn the_token_is_asked_for_below_api_only() {
    let service = service(|config| config.api_token = Some("right".into())).await;
    for (header, status) in [
        (None, 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer "), 401),
        (Some("right"), 401),
        (Some("Basic right"), 401),
        (Some("Bearer right"), 200),
        (Some("bearer right"), 200),
    ] {
        let headers: Vec<_> = header.map(|value| ("Authorization", value)).into_iter().collect();
        for path in [CALLS, "/api/v1/flows"] {
            let reply = service.send("GET", path, &headers, b"").await;
            assert_eq!(reply.status, status, "{path} {header:?}");
            if status == 401 {
                assert_eq!(
                    (reply.code().as_str(), reply.header("www-authenticate")),
                    ("unauthorized", Some("Bearer"))
                );
            }
        }
    }
    assert_eq!(service.get("/healthz").await.status, 200);
    assert_eq!(service.get("/readyz").await.status, 200);
    assert_eq!(service.post("/webhooks/calls/x", &json!([])).await.code(), "unauthorized");
}

#[tokio::test]
async fn flows_are_shown_and_validated() {
    let service = service(|_| ()).await;
    let flows = service.get("/api/v1/flows").await.json();
    let names: Vec<&Value> = flows["flows"].as_array().unwrap().iter().map(|flow| &flow["name"]).collect();
    assert_eq!(names, ["line", "reminder"]);
    let validate = async |body: &[u8]| {
        let reply = service
            .send("POST", "/api/v1/flows/validate", &[("Content-Type", "application/yaml")], body)
            .await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        reply.json()
    };
    let found = validate(b"flow: x\nstart: { api: {} }\ninitial: nowhere\nstates: {}\n").await;
    let found = found.as_array().unwrap();
    assert!(found.iter().any(|finding| finding["code"] == "CF201" && finding["line"] == 3), "{found:?}");
    assert_eq!(validate(b"flow: \xFF").await[0]["code"], "CF001");
    let large = vec![b' '; lang::limits::SOURCE_BYTES_MAX + 1];
    let reply = service.send("POST", "/api/v1/flows/validate", &[], &large).await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "tooLarge"));
}

#[tokio::test]
async fn what_is_over_goes_when_there_is_no_room() {
    what_is_over_goes(|retain| retain.bytes = Some(0)).await;
}

#[tokio::test]
async fn what_is_over_goes_when_it_was_kept_long_enough() {
    what_is_over_goes(|retain| retain.time = Duration::ZERO).await;
}

/// And who is live stays, and what is over stays as long as it may.
async fn what_is_over_goes(change: impl FnOnce(&mut Retain)) {
    let service = service(|_| ()).await;
    let (over, live) = (service.start().await, service.start().await);
    service.send("DELETE", &format!("{CALLS}/{over}"), &[], b"").await;
    for (id, kind) in [("1", "CallConnected"), ("2", "CallDisconnected")] {
        let path = service.callback_path(over);
        assert_eq!(service.post(&path, &json!([callback(id, kind)])).await.status, 200);
    }
    let path = format!("{CALLS}/{over}");
    assert_eq!(service.get(&path).await.json()["live"], json!(false));
    // It looks at its start, and then every minute.
    let mut service = service.restart().await;
    assert_eq!(service.get(&path).await.status, 200);
    service.change(|config| change(&mut config.retain));
    let service = service.restart().await;
    let gone = async {
        while service.get(&path).await.status != 404 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it stays for good");
    assert_eq!(service.get(&format!("{CALLS}/{live}")).await.json()["live"], json!(true));
    let listed = service.get(&format!("{CALLS}?live=false")).await.json();
    assert_eq!(listed["runs"][0]["id"], json!(over), "its line stays for two days");
}
