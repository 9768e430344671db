//! Every flow of the repository, from end to end: engine and simulator behind their sockets, people much faster.

#![allow(clippy::unwrap_used)]

use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::commands::CALLER;
use crate::placed_call::Ending;

mod faults;
mod starters;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

/// Both servers with every flow, on any ports.
struct Lab {
    up: Up,
    simulator: Client,
    engine: Client,
}

impl Lab {
    async fn open() -> Lab {
        let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/../../flows");
        Lab::with(&["dev", flows, "--demo", "--speed", "50"].map(str::to_owned)).await
    }

    async fn with(words: &[String]) -> Lab {
        let line = Line::parse_from(words);
        let sound = flow_files::sound(&line.arguments.flows).unwrap().unwrap();
        let up = Up::start(&line.arguments, sound).await.unwrap();
        let simulator = Client::new(&up.simulator_url, "the simulator").unwrap();
        let engine = Client::new(&up.engine_url(), "the engine").unwrap();
        Lab { up, simulator, engine }
    }

    /// How somebody takes calls.
    async fn person(&self, number: &str, person: Value) {
        self.simulator.put(&format!("/sim/people/{number}"), &person).await.unwrap();
    }

    /// Places a call: the flow and outcome that it led to, and what was told of it.
    async fn call(&self, from: &str, to: &str, script: Value) -> (String, String) {
        self.place(&json!({"from": from, "to": to, "script": script})).await
    }

    /// The same, for a call in the JSON of the control API.
    async fn place(&self, call: &Value) -> (String, String) {
        let mut lines = Vec::new();
        let mut keep = |line: &str| {
            lines.push(line.to_owned());
            Ok(())
        };
        let ending = placed_call::place(&self.simulator, &self.engine, call, &mut keep).await.unwrap();
        let Ending::Run { flow, outcome } = ending else { panic!("no run took the call: {lines:#?}") };
        (format!("{flow} {outcome}"), lines.join("\n"))
    }

    /// Starts a run and waits for its outcome.
    async fn start(&self, flow: &str, input: Value) -> String {
        let started: Value =
            self.engine.post("/api/v1/calls", &json!({"flow": flow, "input": input})).await.unwrap();
        let id = started["id"].as_str().unwrap();
        let mut after = 0;
        loop {
            let journal: Value =
                self.engine.wait(&format!("/api/v1/calls/{id}/journal?after={after}")).await.unwrap();
            after += journal["entries"].as_array().unwrap().len();
            if journal["more"] == json!(false) {
                let run: Value = self.engine.get(&format!("/api/v1/calls/{id}")).await.unwrap();
                return run["outcome"].as_str().unwrap().to_owned();
            }
        }
    }

    async fn close(self) {
        self.up.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_that_come_in_end_as_their_flows_say() {
    let lab = Lab::open().await;
    let (ending, told) = lab.call(CALLER, "+18005550100", json!({"press": ["5", "1"]})).await;
    assert_eq!(ending, "support-line transferred");
    let told: Vec<_> = [
        "IncomingCall",
        "\"Press 1 for sales.\"",
        "presses 5",
        "RecognizeCompleted 5",
        "presses 1",
        "CallTransferAccepted",
    ]
    .iter()
    .map(|part| told.find(part).unwrap_or_else(|| panic!("`{part}` is missing: {told}")))
    .collect();
    assert!(told.is_sorted(), "the lines are out of order");

    lab.person("+14255550123", json!({"busy": true})).await;
    let (ending, told) = lab.call(CALLER, "+18005550100", json!({"press": ["1"]})).await;
    assert_eq!(ending, "support-line completed");
    assert!(told.contains("Sorry, nobody can take your call"), "{told}");

    let (ending, _) = lab.call(CALLER, "+18005550100", json!({"hangupAfter": "100ms"})).await;
    assert_eq!(ending, "support-line abandoned");
    let (ending, _) = lab.call("+14255550150", "+18005550102", json!({})).await;
    assert_eq!(ending, "after-hours redirected");
    let (ending, _) = lab.call("+19005550150", "+18005550102", json!({})).await;
    assert_eq!(ending, "after-hours rejected");
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reminders_end_as_the_patient_decides() {
    let lab = Lab::open().await;
    for (patient, person, outcome) in [
        ("+14255550201", json!({"press": ["1"]}), "confirmed"),
        ("+14255550202", json!({"press": ["7", null, "2"]}), "rebook"),
        ("+14255550203", json!({"press": ["7", "8", "9"]}), "noReply"),
        ("+14255550204", json!({"busy": true}), "busy"),
        ("+14255550205", json!({"noAnswer": true, "after": "1s"}), "noAnswer"),
        ("+14255550206", json!({"unknown": true}), "failed"),
    ] {
        lab.person(patient, person.clone()).await;
        let ended =
            lab.start("appointment-reminder", json!({"patient": patient, "when": "on Tuesday at ten"})).await;
        assert_eq!(ended, outcome, "{person}");
    }
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conferences_end_as_the_host_decides() {
    let lab = Lab::open().await;
    lab.person("+14255550110", json!({"press": ["3", "1", "1", "9"]})).await;
    lab.person("+14255550111", json!({"busy": true})).await;
    for (host, guests, outcome) in [
        ("+14255550110", json!(["+14255550111", "+14255550112", "nobody", "+14255550113"]), "completed"),
        ("+14255550114", json!(["+14255550111"]), "nobodyCame"),
        ("+14255550114", json!([]), "nobodyCame"),
        ("+14255550111", json!(["+14255550112"]), "hostNotReached"),
    ] {
        let ended = lab.start("conference", json!({"host": host, "guests": guests})).await;
        assert_eq!(ended, outcome, "{host} with {guests}");
    }
    lab.close().await;
}
