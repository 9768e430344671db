//! A run inside a sub-flow ends on the versions of both with which it began.

use super::*;

const DESK: &str = r#"
flow: desk
start:
  incoming: { to: "+18005550100" }
vars: { said: "" }
initial: answering
states:
  answering:
    do:
      - answer: {}
    on:
      CallConnected: greeting
      AnswerFailed: { end: failed }
  greeting:
    run: welcome
    with: { file: hello }
    outcomes:
      welcomed: { set: { said: "${output.said}" }, goto: hangingUp }
  hangingUp:
    do:
      - log: { message: "said ${vars.said}" }
      - hangUp: {}
    on:
      CallDisconnected: { end: completed }
"#;

const WELCOME: &str = r#"
flow: welcome
start: { subflow: {} }
input: { file: { type: string, required: true } }
output: { said: string }
initial: playing
states:
  playing:
    do:
      - play: { file: "https://media.example.com/${input.file}.wav" }
    on:
      PlayCompleted: { end: { outcome: welcomed, output: { said: "${input.file}" } } }
      PlayFailed: { end: { outcome: welcomed, output: { said: nothing } } }
"#;

#[test]
fn a_crash_inside_a_subflow_is_gone_on_after() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());

    let process = Process::start_all(&settings, &[DESK, WELCOME]);
    let run = process.runtime.block_on(call_in(&process.engine));
    answer(world.block_on(provider.expect("POST /calling/callConnections:answer")));
    process.runtime.block_on(tell(&process.engine, run, "1", "CallConnected", Some("callflow:1:1")));
    let asked = world.block_on(provider.expect("POST /calling/callConnections/leg-1:play"));
    assert_eq!(asked.body["playSources"][0]["file"]["uri"], "https://media.example.com/hello.wav");
    let context = asked.body["operationContext"].as_str().unwrap().to_owned();
    asked.accept(202);
    let view = process.runtime.block_on(reaches(&process.engine, run, "greeting/playing"));
    assert_eq!(view.subflows.len(), 1);
    assert_eq!(
        (view.subflows[0].flow.as_str(), &view.subflows[0].input["file"]),
        ("welcome", &json!("hello"))
    );
    process.kill();

    // Neither flow is served any more.
    let process = Process::start_all(&settings, &[LINE]);
    world
        .block_on(provider.expect("GET /calling/callConnections/leg-1"))
        .answer(200, &json!({ "callConnectionId": "leg-1", "callConnectionState": "connected" }));
    let people = world.block_on(provider.expect("GET /calling/callConnections/leg-1/participants"));
    people.answer(200, &json!({ "value": [] }));
    process.runtime.block_on(tell(&process.engine, run, "2", "PlayCompleted", Some(&context)));
    world.block_on(provider.expect("DELETE /calling/callConnections/leg-1")).accept(204);
    process.runtime.block_on(tell(&process.engine, run, "3", "CallDisconnected", None));
    let view = process.runtime.block_on(over(&process.engine, run));
    assert_eq!((view.outcome.as_deref(), &view.vars["said"]), (Some("completed"), &json!("hello")));
    assert!(view.subflows.is_empty());
}
