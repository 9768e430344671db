//! Each profile of faults, between the real engine and the simulator: calls end as people wanted, what was decided is
//! done once, and nothing is left. Callbacks are signed, and the keys change on the way.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sim::faults::PROFILES;
use tokio::task::JoinSet;

use super::Lab;

/// Unit: calls of each kind.
const ROUNDS: u32 = 4;

/// A call, and what shall come of it.
#[derive(Clone)]
enum Scene {
    Placed { to: &'static str, call: Value },
    Started { flow: &'static str, input: Value },
}

/// Calls of one round, each with the flow and outcome that it shall end with. Numbers are of this round.
fn scenes(round: u32) -> Vec<(Scene, &'static str)> {
    let person = |number: u32| format!("+1425556{round:02}{number:02}");
    let mut callers = 10_u32..;
    // Whoever places a call is told of the run by who calls.
    let mut placed = |to, mut call: Value| {
        let from = person(callers.next().unwrap_or_default());
        call["from"] = call.get("from").cloned().unwrap_or_else(|| json!(from));
        Scene::Placed { to, call }
    };
    let started = |flow, input| Scene::Started { flow, input };
    let reminder = |number| json!({"patient": person(number), "when": "on Tuesday at ten"});
    let support = "+18005550100";
    vec![
        (placed(support, json!({"script": {"press": ["1"]}})), "support-line transferred"),
        (placed(support, json!({"script": {"press": ["5", "1"]}})), "support-line transferred"),
        (
            placed(support, json!({"script": {"press": ["1"]}, "people": {"+14255550123": {"busy": true}}})),
            "support-line completed",
        ),
        (placed(support, json!({"script": {"press": ["7", "8", "9"]}})), "support-line completed"),
        (placed("+18005550102", json!({"from": "+14255550150"})), "after-hours redirected"),
        (placed("+18005550102", json!({"from": "+19005550150"})), "after-hours rejected"),
        (placed("+18005550111", json!({"script": {"press": ["4711#", "1"]}})), "vip-line transferred"),
        (started("appointment-reminder", reminder(1)), "appointment-reminder confirmed"),
        (started("appointment-reminder", reminder(2)), "appointment-reminder busy"),
    ]
}

impl Lab {
    async fn play(&self, scene: Scene) -> String {
        match scene {
            Scene::Placed { to, mut call } => {
                call["to"] = json!(to);
                self.place(&call).await.0
            }
            Scene::Started { flow, input } => format!("{flow} {}", self.start(flow, input).await),
        }
    }

    /// How often each action was decided, by the provider's name of the operation. No run goes on.
    async fn decided(&self) -> BTreeMap<String, u64> {
        let mut decided = BTreeMap::new();
        let runs: Value = self.engine.get("/api/v1/calls?limit=100").await.unwrap();
        let runs = runs["runs"].as_array().unwrap();
        for run in runs {
            let id = run["id"].as_str().unwrap();
            assert_eq!(run["live"], false, "a run is left: {run}");
            let journal: Value = self.engine.get(&format!("/api/v1/calls/{id}/journal")).await.unwrap();
            for entry in journal["entries"].as_array().unwrap() {
                for effect in entry["effects"].as_array().unwrap() {
                    if let Some(operation) = operation(effect.as_str().unwrap()) {
                        *decided.entry(operation.to_owned()).or_default() += 1;
                    }
                }
            }
        }
        decided
    }
}

/// The operation that an effect asks for.
fn operation(effect: &str) -> Option<&'static str> {
    Some(match effect.split(' ').next()? {
        "answer" => "answerCall",
        "redirect" => "redirectCall",
        "reject" => "rejectCall",
        "createCall" => "createCall",
        "transfer" => "transferToParticipant",
        "play" => "play",
        "recognize" => "recognize",
        _ => return None,
    })
}

async fn copes_with(profile: &'static str) {
    let flows = concat!(env!("CARGO_MANIFEST_DIR"), "/../../flows");
    let words = ["dev", flows, "--demo", "--speed", "50", "--faults", profile, "--seed", "7"];
    let lab = Arc::new(Lab::with(&words.map(str::to_owned)).await);
    for round in 0..ROUNDS {
        lab.person(&format!("+1425556{round:02}01"), json!({"press": ["1"]})).await;
        lab.person(&format!("+1425556{round:02}02"), json!({"busy": true})).await;
    }
    for round in 0..ROUNDS {
        // Those of one round at the same time.
        let mut playing = JoinSet::new();
        for (scene, expected) in scenes(round) {
            let lab = lab.clone();
            playing.spawn(async move { (lab.play(scene).await, expected) });
        }
        while let Some(ended) = playing.join_next().await {
            let (ending, expected) = ended.unwrap();
            assert_eq!(ending, expected, "{profile}");
        }
        if round == 0 {
            let published: Value = lab.simulator.post("/sim/keys", &json!({})).await.unwrap();
            assert_eq!(published["keys"].as_array().unwrap().len(), 3);
        }
    }
    let decided = lab.decided().await;
    let executed: BTreeMap<String, u64> = lab.simulator.get("/sim/executions").await.unwrap();
    for (operation, times) in &decided {
        let executed = executed.get(operation).copied().unwrap_or_default();
        assert_eq!(executed, *times, "{profile}: {operation} was executed {executed} times");
    }
    let calls: Value = lab.simulator.get("/sim/calls").await.unwrap();
    for call in calls["calls"].as_array().unwrap() {
        assert_eq!(call["state"], "ended", "{profile}: a call is left up: {call}");
    }
    Arc::into_inner(lab).unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_end_as_people_want_whatever_goes_wrong() {
    // Who never hears of something goes on without it after minutes of real time: see the days in virtual time.
    for profile in PROFILES.iter().filter(|profile| profile.name != "lossy") {
        copes_with(profile.name).await;
    }
}
