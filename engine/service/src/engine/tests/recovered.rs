//! The engine was away: what it asks the provider when it is back, and what it makes of the answers.

use super::*;

/// Asks for a key, and says sorry if it may have missed it.
const SORRY: &str = r#"
flow: sorry
start:
  incoming: { to: "+18005550100" }
initial: answering
on:
  CallDisconnected: { end: over }
states:
  answering:
    do:
      - answer: {}
    on:
      CallConnected: asking
      AnswerFailed: { end: failed }
  asking:
    do:
      - recognize: { dtmf: { maxTones: 1 } }
    on:
      RecognizeCompleted: leaving
      RecognizeFailed: again
      Recovered: again
  again:
    do:
      - play: { file: "https://media.example.com/sorry.wav", interrupt: true }
    on:
      PlayCompleted: leaving
      PlayFailed: leaving
  leaving:
    do:
      - hangUp: {}
    on:
      CallDisconnected: { end: told }
"#;

const LEG: &str = "GET /calling/callConnections/leg-1";
const PEOPLE: &str = "GET /calling/callConnections/leg-1/participants";

/// The engine dies while a call of the flow is up, and is started again.
fn restarted(settings: &Settings, world: &Runtime, provider: &mut Provider, flow: &str) -> (Process, RunId) {
    let process = Process::start(settings, flow);
    let run = process.runtime.block_on(call_in(&process.engine));
    answer(world.block_on(provider.expect("POST /calling/callConnections:answer")));
    process.runtime.block_on(tell(&process.engine, run, "1", "CallConnected", Some("callflow:1:1")));
    world.block_on(provider.next()).accept(202);
    process.runtime.block_on(has(&process.engine, run, "accepted #2"));
    process.kill();
    (Process::start(settings, flow), run)
}

/// Until the journal of a run holds a text.
async fn has(engine: &Engine, run: RunId, text: &str) {
    loop {
        let seen = engine.run(run).await.unwrap().unwrap().entries;
        if lines(engine, run).await.contains(text) {
            return;
        }
        let page = engine.watch(run, seen, Duration::from_secs(20)).await.unwrap().unwrap();
        assert!(!page.entries.is_empty(), "`{text}` never comes");
    }
}

fn is_up(asked: Asked) {
    asked.answer(200, &json!({ "callConnectionId": "leg-1", "callConnectionState": "connected" }));
}

#[test]
fn a_flow_reacts_when_the_engine_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());
    let (process, run) = restarted(&settings, &world, &mut provider, SORRY);

    is_up(world.block_on(provider.expect(LEG)));
    let caller = json!({ "identifier": { "rawId": "4:+14255550123", "kind": "phoneNumber" } });
    world.block_on(provider.expect(PEOPLE)).answer(200, &json!({ "value": [caller] }));
    let asked = world.block_on(provider.expect("POST /calling/callConnections/leg-1:play"));
    assert_eq!(asked.body["playSources"][0]["file"]["uri"], "https://media.example.com/sorry.wav");
    asked.accept(202);
    let lines = process.runtime.block_on(lines(&process.engine, run));
    assert!(lines.contains("Recovered (1)                          asking -> again"), "{lines}");
}

#[test]
fn a_call_that_has_ended_meanwhile_ends_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());
    let (process, run) = restarted(&settings, &world, &mut provider, SORRY);

    let gone = json!({ "error": { "code": "8522", "message": "Call not found." } });
    world.block_on(provider.expect(LEG)).answer(404, &gone);
    let view = process.runtime.block_on(over(&process.engine, run));
    assert_eq!(view.outcome.as_deref(), Some("over"));
}

#[test]
fn no_record_is_written_where_nothing_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());
    let flow = SORRY.replace("      Recovered: again\n", "");
    let (process, run) = restarted(&settings, &world, &mut provider, &flow);

    is_up(world.block_on(provider.expect(LEG)));
    // Who is in the call cannot be read: that it is up is known.
    world.block_on(provider.expect(PEOPLE)).answer(403, &json!({}));
    process.runtime.block_on(tell(&process.engine, run, "2", "CallDisconnected", None));
    process.runtime.block_on(over(&process.engine, run));
    let lines = process.runtime.block_on(lines(&process.engine, run));
    assert!(!lines.contains("found out") && !lines.contains("Recovered"), "{lines}");
}
