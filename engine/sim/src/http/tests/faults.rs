//! What goes wrong on purpose, as clients and applications meet it on the wire.

use acs::callback::decode;
use serde_json::{Value, json};

use super::{Bench, json_of};
use crate::http::{DEVELOPMENT_KEY, SimOptions, now};

const CALLS: &str = "/calling/callConnections";

impl Bench {
    async fn disturb(&self, faults: Value) {
        let (status, answer) = self.control("PUT", "/faults", &faults).await;
        assert_eq!(status, 204, "{answer}");
    }

    fn callee(&self, path: &str) -> Value {
        json!({"targets": [{"rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}}],
            "callbackUri": format!("{}{path}", self.app)})
    }

    fn create(&self) -> reqwest::RequestBuilder {
        self.request("POST", CALLS, CALLS, &self.callee("/cb").to_string(), DEVELOPMENT_KEY)
    }

    async fn executions(&self) -> Value {
        self.control("GET", "/executions", &json!(null)).await.1
    }
}

#[tokio::test]
async fn connections_break_before_and_after_the_request_is_executed() {
    let bench = Bench::start(SimOptions::default()).await;
    for (fault, executed) in [("drops", json!({})), ("lateDrops", json!({"createCall": 1}))] {
        bench.disturb(json!({"chances": {fault: 1}})).await;
        let error = bench.create().send().await.unwrap_err();
        assert!(!error.is_connect() && !error.is_timeout(), "{fault}: {error:?}");
        assert_eq!(bench.executions().await, executed, "{fault}");
    }
    bench.disturb(json!({"profile": "none"})).await;
    assert_eq!(bench.create().send().await.unwrap().status(), 201);
    bench.stop().await;
}

#[tokio::test]
async fn a_throttled_client_is_told_when_to_come_again() {
    let bench = Bench::start(SimOptions::default()).await;
    bench.disturb(json!({"profile": "flaky", "chances": {"throttling": 1}})).await;
    let response = bench.create().send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(json_of(response).await["error"]["code"], "TooManyRequests");
    bench.stop().await;
}

#[tokio::test]
async fn an_event_comes_before_the_answer() {
    let mut bench = Bench::start(SimOptions::default()).await;
    bench.disturb(json!({"chances": {"early": 1}})).await;
    assert_eq!(bench.post(CALLS, &bench.callee("/cb")).await.0, 201);
    let (path, _, _) = bench.posted.try_recv().unwrap();
    assert_eq!(path, "/cb");
    bench.stop().await;
}

#[tokio::test]
async fn a_slow_answer_comes() {
    let bench = Bench::start(SimOptions::default()).await;
    bench.disturb(json!({"chances": {"slow": 1}})).await;
    assert_eq!(bench.post(CALLS, &bench.callee("/cb")).await.0, 201);
    assert_eq!(bench.executions().await, json!({"createCall": 1}));
    bench.stop().await;
}

#[tokio::test]
async fn a_callback_that_is_not_taken_is_posted_again_where_that_is_wanted() {
    let mut bench = Bench::start(SimOptions { callback_retries: 2, ..SimOptions::default() }).await;
    assert_eq!(bench.post(CALLS, &bench.callee("/down")).await.0, 201);
    let mut times = std::collections::BTreeMap::new();
    loop {
        let (path, _, body) = bench.next().await;
        // Event Grid tells of the call, too.
        if path != "/down" {
            continue;
        }
        let callback = decode(&body).unwrap().remove(0);
        let posted = times.entry(callback.id.clone()).or_insert(0);
        *posted += 1;
        if *posted == 3 {
            break;
        }
    }
    bench.stop().await;
}

#[tokio::test]
async fn what_shall_go_wrong_is_checked_and_shown() {
    let bench = Bench::start(SimOptions::default()).await;
    for (faults, expected) in [
        (json!({"profile": "mild"}), "`mild` is no profile of faults; there are none, flaky"),
        (json!({"chances": {"loss": 2}}), "a chance is a number from 0"),
        (json!({"chances": {"twice": 1}}), "unknown variant `twice`"),
        (json!({"loss": 1}), "unknown field `loss`"),
    ] {
        let (status, answer) = bench.control("PUT", "/faults", &faults).await;
        let message = answer["error"]["message"].as_str().unwrap();
        assert_eq!(status, 400, "{faults}");
        assert!(message.contains(expected), "{faults}: {message}");
    }
    bench.disturb(json!({"profile": "lossy", "chances": {"loss": 0.5, "delay": 0.25}})).await;
    let (_, shown) = bench.control("GET", "/faults", &json!(null)).await;
    assert_eq!(shown, json!({"chances": {"loss": 0.5, "delay": 0.25}}));
    bench.stop().await;
}

#[tokio::test]
async fn keys_rotate_and_the_next_is_known_before_it_signs() {
    use acs::token::{KEYS_PATH, KeySet, verify_callback_token};
    let bench = Bench::start(SimOptions::default()).await;
    let url = format!("http://{}{KEYS_PATH}", bench.sim);
    let fetch = || async {
        let keys = bench.client.get(&url).send().await.unwrap().bytes().await.unwrap();
        KeySet::parse(&keys).unwrap()
    };
    let issuer = super::super::Issuer::new("http://issuer.test", "mine").unwrap();
    let known = KeySet::from_keys(&issuer.published()).unwrap();
    let first = issuer.token(now()).unwrap();
    issuer.rotate().unwrap();
    let second = issuer.token(now()).unwrap();
    assert_ne!(first, second);
    let check =
        |token: &str, keys: &KeySet| verify_callback_token(token, keys, "http://issuer.test", "mine", now());
    check(&first, &known).unwrap();
    check(&second, &known).unwrap();
    issuer.rotate().unwrap();
    let third = issuer.token(now()).unwrap();
    check(&third, &known).unwrap_err();
    let newer = KeySet::from_keys(&issuer.published()).unwrap();
    for token in [&first, &second, &third] {
        check(token, &newer).unwrap();
    }

    let before: Vec<String> = fetch().await.kids().map(str::to_owned).collect();
    assert_eq!(bench.control("POST", "/keys", &json!(null)).await.0, 201);
    let after: Vec<String> = fetch().await.kids().map(str::to_owned).collect();
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|kid| after.contains(kid)));
    bench.stop().await;
}
