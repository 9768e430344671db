//! `flowctl serve`, killed with SIGKILL again and again while calls are under way: nobody is left in a call, nothing that
//! was decided is done twice, and nothing is left undone, as the simulator counts it.

#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::{DEVELOPMENT_KEY, SimOptions};
use tokio::net::TcpListener;

/// Times faster than people are. A caller rings for 30 s, and must still be there when the service is back.
const SPEED: f64 = 6.0;
/// Unit: calls.
const CALLS: u64 = 96;
/// Unit: times that it is killed.
const KILLS: u32 = 6;
/// How long it runs between two kills.
const BETWEEN: Duration = Duration::from_millis(900);
/// Far more than all calls take.
const PATIENCE: Duration = Duration::from_secs(120);

struct Service(Child);

impl Service {
    fn start(address: SocketAddr, provider: SocketAddr, data: &Path) -> Service {
        let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/../../flows");
        let child = Command::new(env!("CARGO_BIN_EXE_flowctl"))
            .args(["serve", flows, "--listen", &address.to_string(), "--data", data.to_str().unwrap()])
            .env("ACS_CONNECTION_STRING", format!("endpoint=http://{provider}/;accesskey={DEVELOPMENT_KEY}"))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Service(child)
    }
}

/// As hard as it gets: `kill` sends SIGKILL.
impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn get(client: &reqwest::Client, url: &str) -> Option<Value> {
    let text = client.get(url).send().await.ok()?.text().await.ok()?;
    serde_json::from_str(&text).ok()
}

#[test]
fn nothing_is_lost_or_doubled() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        tokio::time::timeout(PATIENCE, killed_again_and_again()).await.expect("not all calls have ended");
    });
}

async fn killed_again_and_again() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = listener.local_addr().unwrap();
    let options = SimOptions {
        webhook: Some(format!("http://{address}/webhooks/eventgrid")),
        speed: SPEED,
        callback_retries: sim::limits::CALLBACK_RETRIES_MAX,
        ..SimOptions::default()
    };
    tokio::spawn(sim::serve(options, listener, std::future::pending()));
    let data = tempfile::tempdir().unwrap();
    let client = reqwest::Client::builder().build().unwrap();
    let ready = async || {
        while get(&client, &format!("http://{address}/api/v1/calls")).await.is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };

    let mut service = Service::start(address, provider, data.path());
    ready().await;
    for kill in 0..KILLS {
        for number in 0..CALLS / u64::from(KILLS) {
            let from = format!("+1425555{:04}", u64::from(kill) * 100 + number);
            let call = json!({ "from": from, "to": "+18005550100", "script": { "press": ["1"] } });
            let place = client
                .post(format!("http://{provider}/sim/calls"))
                .header("content-type", "application/json")
                .body(call.to_string());
            assert!(place.send().await.unwrap().status().is_success());
        }
        // In the middle of whatever it is at: that is the point, and no moment is better than another.
        let until = Instant::now() + BETWEEN;
        tokio::time::sleep_until(until.into()).await;
        drop(service);
        service = Service::start(address, provider, data.path());
        ready().await;
    }

    let list = format!("http://{address}/api/v1/calls?limit=100");
    let runs = loop {
        let page = get(&client, &list).await.unwrap();
        let runs = page["runs"].as_array().unwrap().clone();
        if runs.len() as u64 == CALLS && runs.iter().all(|run| run["live"] == false) {
            break runs;
        }
        assert!(runs.len() as u64 <= CALLS, "a call has two runs: {page:#}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let executed = get(&client, &format!("http://{provider}/sim/executions")).await.unwrap();
    let executed: BTreeMap<String, u64> = serde_json::from_value(executed).unwrap();
    assert_eq!(executed["answerCall"], CALLS, "{executed:?}");
    // Whose end was told before their transfer seems to have hung up; they were transferred all the same.
    let transferred =
        runs.iter().filter(|run| run["outcome"] == "transferred" || run["outcome"] == "abandoned");
    assert_eq!(executed["transferToParticipant"], transferred.count() as u64, "{executed:?} {runs:#?}");
    let calls = get(&client, &format!("http://{provider}/sim/calls")).await.unwrap();
    // Those who were transferred go on without us.
    let ours = calls["calls"].as_array().unwrap().iter().filter(|call| call["legs"] != json!([]));
    assert_eq!(ours.count(), 0, "somebody is left in a call: {calls:#}");
    drop(service);
}
