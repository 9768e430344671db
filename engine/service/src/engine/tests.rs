//! The engine with its real store, against a provider that the test plays.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::time::Duration;

use acs::callback;
use indexmap::IndexMap;
use lang::{Identifier, Source, Value};
use machine::input::Incoming;
use secrecy::SecretString;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use validate::Validated;

use super::*;
use crate::limits::RECORD_BYTES_MAX;
use provider::{Asked, Provider};

mod durable;
mod notices;
mod pressed;
mod provider;
mod recovered;
mod subflows;

const LINE: &str = r#"
flow: line
start:
  incoming: { to: "+18005550100" }
initial: answering
states:
  answering:
    do:
      - answer: {}
    on:
      CallConnected: greeting
      AnswerFailed: { end: failed }
  greeting:
    do:
      - play: { file: "https://media.example.com/hello.wav" }
    on:
      PlayCompleted: hangingUp
      PlayFailed: hangingUp
  hangingUp:
    do:
      - hangUp: {}
    on:
      CallDisconnected: { end: completed }
"#;

const PATIENT: &str = r#"
flow: patient
start:
  incoming: { to: "+18005550100" }
initial: answering
states:
  answering:
    do:
      - answer: {}
    on:
      CallConnected: waiting
      AnswerFailed: { end: failed }
  waiting:
    on:
      CallDisconnected: { end: abandoned }
    after:
      50ms: hangingUp
  hangingUp:
    do:
      - hangUp: {}
    on:
      CallDisconnected: { end: completed }
"#;

const ERRAND: &str = r#"
flow: errand
start:
  api: {}
input:
  number: { type: string, required: true }
config:
  base: string
events:
  done: { by: string }
vars:
  answer: ""
initial: asking
states:
  asking:
    do:
      - http:
          post: "${config.base}/tickets"
          headers: { Authorization: "Bearer ${secrets.crm}" }
          body: { number: "${input.number}" }
    on:
      HttpCompleted: { set: { answer: "${event.body.id}" }, goto: waiting }
      HttpFailed: { end: failed }
  waiting:
    on:
      done: { end: finished }
    after:
      1h: { end: late }
"#;

fn flows(texts: &[&str]) -> Vec<Validated> {
    let sources = texts.iter().enumerate().map(|(index, text)| Source::new(format!("{index}.yaml"), *text));
    let checked = validate::check(sources.collect());
    assert!(checked.is_sound(), "{:#?}", checked.reports);
    checked.flows
}

fn settings(provider: &Provider, folder: &Path) -> Settings {
    Settings {
        provider: provider.endpoint().into(),
        public_url: "https://calls.example.com".to_owned(),
        data: folder.to_owned(),
        constants: IndexMap::from([("base".to_owned(), Value::from(format!("http://{}", provider.address)))]),
        secrets: IndexMap::from([("crm".to_owned(), SecretString::from("hush"))]),
        retain: crate::config::Retain { time: Duration::from_secs(60 * 60), bytes: None },
        log_identifiers: false,
    }
}

/// An engine, and who plays the world around it.
struct World {
    engine: Engine,
    provider: Provider,
    _folder: TempDir,
}

impl World {
    async fn with(flow: &str) -> World {
        let folder = tempfile::tempdir().unwrap();
        let provider = Provider::listen().await;
        let engine = Engine::open(settings(&provider, folder.path()), flows(&[flow])).await.unwrap();
        World { engine, provider, _folder: folder }
    }

    /// A call comes in and is answered; the caller is connected.
    async fn connected(&mut self) -> RunId {
        let run = call_in(&self.engine).await;
        answer(self.provider.expect("POST /calling/callConnections:answer").await);
        tell(&self.engine, run, "1", "CallConnected", Some("callflow:1:1")).await;
        run
    }
}

async fn call_in<S: Store>(engine: &Engine<S>) -> RunId {
    match engine.incoming("e1", incoming()).await.unwrap() {
        Taken::Run(run) => run,
        other => panic!("{other:?}"),
    }
}

fn incoming() -> Incoming {
    Incoming {
        from: Identifier::parse("+14255550123").unwrap(),
        to: Identifier::parse("+18005550100").unwrap(),
        server_call_id: "server-1".to_owned(),
        correlation_id: "chain-1".to_owned(),
        incoming_call_context: "context-1".to_owned(),
        caller_display_name: String::new(),
        headers: IndexMap::new(),
    }
}

fn answer(asked: Asked) {
    asked.answer(
        200,
        &json!({ "callConnectionId": "leg-1", "serverCallId": "server-1", "correlationId": "chain-1" }),
    );
}

fn told(id: &str, kind: &str, context: Option<&str>) -> Vec<Callback> {
    let mut data =
        json!({ "callConnectionId": "leg-1", "serverCallId": "server-1", "correlationId": "chain-1" });
    if let Some(context) = context {
        data["operationContext"] = json!(context);
    }
    let event = json!({
        "id": id,
        "source": "calling/callConnections/leg-1",
        "type": format!("Microsoft.Communication.{kind}"),
        "data": data,
    });
    callback::decode(event.to_string().as_bytes()).unwrap()
}

async fn tell<S: Store>(engine: &Engine<S>, run: RunId, id: &str, kind: &str, context: Option<&str>) {
    engine.callbacks(run, told(id, kind, context)).await.unwrap();
}

/// The run, once it is over.
async fn over(engine: &Engine, run: RunId) -> RunView {
    let mut after = 0;
    loop {
        let page = engine.watch(run, after, Duration::from_secs(20)).await.unwrap().unwrap();
        match page.entries.last() {
            Some(entry) if page.more => after = entry.number,
            None if page.more => panic!("stuck:\n{}", lines(engine, run).await),
            Some(_) | None => return engine.run(run).await.unwrap().unwrap(),
        }
    }
}

/// The run, once it is in a state.
async fn reaches(engine: &Engine, run: RunId, state: &str) -> RunView {
    loop {
        let view = engine.run(run).await.unwrap().unwrap();
        if view.state == state {
            return view;
        }
        let page = engine.watch(run, view.entries, Duration::from_secs(20)).await.unwrap().unwrap();
        assert!(!page.entries.is_empty(), "stuck in {}", view.state);
    }
}

async fn lines<S: Store>(engine: &Engine<S>, run: RunId) -> String {
    let page = engine.journal(run, 1, 100).await.unwrap().unwrap();
    page.entries.into_iter().map(|entry| entry.line + "\n").collect()
}

#[tokio::test]
async fn an_incoming_call_is_steered_to_its_end() {
    let mut world = World::with(LINE).await;
    let run = call_in(&world.engine).await;

    let asked = world.provider.expect("POST /calling/callConnections:answer").await;
    let token = world.engine.token(run);
    assert_eq!(
        asked.body,
        json!({
            "incomingCallContext": "context-1",
            "callbackUri": format!("https://calls.example.com/webhooks/calls/{token}"),
            "operationContext": "callflow:1:1",
        })
    );
    assert_eq!(world.engine.run_of(&token), Some(run));
    answer(asked);

    tell(&world.engine, run, "1", "CallConnected", Some("callflow:1:1")).await;
    let asked = world.provider.expect("POST /calling/callConnections/leg-1:play").await;
    assert_eq!(asked.body["playSources"][0]["file"]["uri"], "https://media.example.com/hello.wav");
    assert_eq!(asked.header("repeatability-request-id"), "", "play does not take it");
    asked.accept(202);

    tell(&world.engine, run, "2", "PlayCompleted", Some("callflow:2:2")).await;
    world.provider.expect("DELETE /calling/callConnections/leg-1").await.accept(204);
    tell(&world.engine, run, "3", "CallDisconnected", Some("callflow:1:1")).await;

    let view = over(&world.engine, run).await;
    assert_eq!((view.outcome.as_deref(), view.live), (Some("completed"), false));
    assert!(view.ended_at.is_some());
    let list = world.engine.runs(RunFilter { live: Some(false), ..RunFilter::default() }).await.unwrap();
    assert_eq!(list.runs.iter().map(|run| run.id).collect::<Vec<_>>(), [run]);
}

#[tokio::test]
async fn what_comes_twice_counts_once() {
    let mut world = World::with(LINE).await;
    let run = world.connected().await;
    world.provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
    tell(&world.engine, run, "2", "PlayCompleted", Some("callflow:2:2")).await;
    let hang_up = world.provider.expect("DELETE /calling/callConnections/leg-1").await;

    tell(&world.engine, run, "1", "CallConnected", Some("callflow:1:1")).await;
    tell(&world.engine, run, "2", "PlayCompleted", Some("callflow:2:2")).await;
    assert_eq!(world.engine.incoming("e1", incoming()).await.unwrap(), Taken::Duplicate);
    hang_up.accept(204);
    tell(&world.engine, run, "3", "CallDisconnected", None).await;
    over(&world.engine, run).await;
    let lines = lines(&world.engine, run).await;
    for name in ["IncomingCall", "CallConnected", "PlayCompleted"] {
        assert_eq!(lines.matches(name).count(), 1, "{name} in\n{lines}");
    }
}

#[tokio::test]
async fn an_event_may_come_before_the_answer() {
    let mut world = World::with(LINE).await;
    let run = world.connected().await;
    let play = world.provider.expect("POST /calling/callConnections/leg-1:play").await;
    tell(&world.engine, run, "2", "PlayCompleted", Some("callflow:2:2")).await;
    world.provider.expect("DELETE /calling/callConnections/leg-1").await.accept(204);
    play.accept(202);
    tell(&world.engine, run, "3", "CallDisconnected", None).await;
    assert_eq!(over(&world.engine, run).await.outcome.as_deref(), Some("completed"));
}

#[tokio::test]
async fn a_retry_is_the_same_request() {
    let mut world = World::with(LINE).await;
    let run = call_in(&world.engine).await;
    let first = world.provider.expect("POST /calling/callConnections:answer").await;
    let names = ["repeatability-request-id", "repeatability-first-sent"];
    let sent = names.map(|name| first.header(name).to_owned());
    assert_eq!(sent[0].as_bytes().get(14), Some(&b'4'), "{} is of version 4", sent[0]);
    assert!(sent[1].ends_with(" GMT"), "{}", sent[1]);
    first.answer_with(429, &[("retry-after", "0")], "");
    // Not answered at all: its fate is unknown, and the provider would recognise it.
    drop(world.provider.expect("POST /calling/callConnections:answer").await);

    let third = world.provider.expect("POST /calling/callConnections:answer").await;
    assert_eq!(names.map(|name| third.header(name).to_owned()), sent);
    answer(third);
    tell(&world.engine, run, "1", "CallConnected", None).await;
    world.provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
}

#[tokio::test]
async fn a_refusal_is_the_actions_failure() {
    let mut world = World::with(LINE).await;
    let run = call_in(&world.engine).await;
    let asked = world.provider.expect("POST /calling/callConnections:answer").await;
    asked.answer(403, &json!({ "error": { "code": "8523", "message": "no" } }));
    assert_eq!(over(&world.engine, run).await.outcome.as_deref(), Some("failed"));
}

#[tokio::test]
async fn a_play_of_unknown_fate_is_not_heard_twice() {
    let mut world = World::with(LINE).await;
    let run = world.connected().await;
    let context = |asked: &Asked| asked.body["operationContext"].as_str().unwrap_or_default().to_owned();
    let first = world.provider.expect("POST /calling/callConnections/leg-1:play").await;
    assert_eq!(context(&first), "callflow:2:2");
    drop(first);
    // No sign of it: what plays is cancelled first, and that cancellation is not the end of the action.
    world.provider.expect("POST /calling/callConnections/leg-1:cancelAllMediaOperations").await.accept(202);
    let second = world.provider.expect("POST /calling/callConnections/leg-1:play").await;
    let again = context(&second);
    assert!(again.starts_with("callflow:2:2."), "{again} is another attempt");
    tell(&world.engine, run, "2", "PlayCanceled", Some("callflow:2:2")).await;
    drop(second);
    // A sign of it: it was taken.
    tell(&world.engine, run, "3", "PlayStarted", Some(&again)).await;
    tell(&world.engine, run, "4", "PlayCompleted", Some(&again)).await;
    world.provider.expect("DELETE /calling/callConnections/leg-1").await.accept(204);
}

#[tokio::test]
async fn what_was_given_up_does_not_end_what_came_after_it() {
    let mut world = World::with(LINE).await;
    let run = world.connected().await;
    drop(world.provider.expect("POST /calling/callConnections/leg-1:play").await);
    world.provider.expect("POST /calling/callConnections/leg-1:cancelAllMediaOperations").await.accept(202);
    world.provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
    while !lines(&world.engine, run).await.contains("accepted #2") {
        world
            .engine
            .watch(run, world.engine.run(run).await.unwrap().unwrap().entries, Duration::from_secs(20))
            .await
            .unwrap();
    }
    tell(&world.engine, run, "2", "PlayCanceled", Some("callflow:2:2")).await;
    let lines = lines(&world.engine, run).await;
    assert!(lines.ends_with("ignored: `PlayCanceled` of an attempt that was given up\n"), "{lines}");
}

#[tokio::test]
async fn errands_are_run_once_for_each_key() {
    let mut world = World::with(ERRAND).await;
    let engine = world.engine.clone();
    let input = |number: &str| IndexMap::from([("number".to_owned(), Value::from(number))]);
    let Started { run, replayed } = engine.start("errand", input("1"), Some("key")).await.unwrap();
    assert!(!replayed);
    let asked = world.provider.expect("POST /tickets").await;
    assert_eq!((asked.header("authorization"), &asked.body), ("Bearer hush", &json!({ "number": "1" })));
    asked.answer(201, &json!({ "id": "T-7" }));

    let again = engine.start("errand", input("1"), Some("key")).await.unwrap();
    assert_eq!(again, Started { run, replayed: true });
    let other = engine.start("errand", input("2"), Some("key")).await;
    assert!(matches!(other, Err(StartError::KeyReused)), "{other:?}");
    let wrong = engine.start("erand", input("1"), None).await.unwrap_err();
    assert_eq!(wrong.to_string(), "no flow is named `erand`; did you mean `errand`?");
    let wrong = engine.start("errand", IndexMap::new(), None).await;
    assert!(matches!(wrong, Err(StartError::BadInput(_))), "{wrong:?}");

    assert_eq!(reaches(&engine, run, "waiting").await.vars["answer"], "T-7");
    let wrong = engine.event(run, "done", Value::from(json!({ "by": 1 }))).await;
    assert!(matches!(wrong, Err(EventError::BadData(_))), "{wrong:?}");
    engine.event(run, "done", Value::from(json!({ "by": "Ada" }))).await.unwrap();
    assert_eq!(over(&engine, run).await.outcome.as_deref(), Some("finished"));
    assert!(matches!(engine.event(run, "done", Value::Null).await, Err(EventError::Ended)));
    assert!(!lines(&engine, run).await.contains("hush"));
}

#[tokio::test]
async fn a_run_that_grows_too_large_is_ended() {
    let mut world = World::with(ERRAND).await;
    let input = IndexMap::from([("number".to_owned(), Value::from("1"))]);
    let run = world.engine.start("errand", input, None).await.unwrap().run;
    world.provider.expect("POST /tickets").await.answer(201, &json!({ "id": "T-7" }));
    reaches(&world.engine, run, "waiting").await;
    let too_much = "x".repeat(RECORD_BYTES_MAX);
    world.engine.event(run, "done", Value::from(json!({ "by": too_much }))).await.unwrap();
    assert_eq!(over(&world.engine, run).await.outcome.as_deref(), Some("canceled"));
}

#[tokio::test]
async fn unknown_runs_and_calls_are_told_apart() {
    let world = World::with(LINE).await;
    let nobody = RunId(Uuid::from_u128(1));
    let event = br#"{"id":"1","type":"Microsoft.Communication.CallConnected"}"#;
    let told = world.engine.callbacks(nobody, callback::decode(event).unwrap()).await;
    assert!(matches!(told, Err(EngineError::UnknownRun(run)) if run == nobody), "{told:?}");
    let elsewhere = Incoming { to: Identifier::parse("+18005550199").unwrap(), ..incoming() };
    assert_eq!(world.engine.incoming("e1", elsewhere).await.unwrap(), Taken::NoFlow);
    world.engine.drain(Duration::from_secs(20)).await;
    assert!(matches!(world.engine.incoming("e1", incoming()).await, Err(EngineError::Busy)));
    assert!(!world.engine.readiness().is_ready());
}

/// Another process: ends as if it were killed when it is dropped.
struct Process {
    runtime: Runtime,
    engine: Engine,
}

impl Process {
    fn start(settings: &Settings, flow: &str) -> Process {
        Process::start_all(settings, &[flow])
    }

    fn start_all(settings: &Settings, texts: &[&str]) -> Process {
        let runtime = Runtime::new().unwrap();
        let flows = flows(texts);
        let engine = loop {
            match runtime.block_on(Engine::open(settings.clone(), flows.clone())) {
                Ok(engine) => break engine,
                // The process before still lets go of its files.
                Err(OpenError::Store(_)) => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        Process { runtime, engine }
    }

    fn kill(self) {
        self.runtime.shutdown_background();
    }
}

#[test]
fn a_crash_is_gone_on_after() {
    let folder = tempfile::tempdir().unwrap();
    let world = Runtime::new().unwrap();
    let mut provider = world.block_on(Provider::listen());
    let settings = settings(&provider, folder.path());

    let process = Process::start(&settings, PATIENT);
    let run = process.runtime.block_on(call_in(&process.engine));
    let asked = world.block_on(provider.expect("POST /calling/callConnections:answer"));
    let sent = asked.header("repeatability-request-id").to_owned();
    process.kill();
    drop(asked);

    // The flow has changed meanwhile: the run ends on the version with which it began.
    let process = Process::start(&settings, LINE);
    let asked = world.block_on(provider.expect("POST /calling/callConnections:answer"));
    assert_eq!(asked.header("repeatability-request-id"), sent);
    answer(asked);
    process.runtime.block_on(tell(&process.engine, run, "1", "CallConnected", None));
    process.kill();

    let process = Process::start(&settings, LINE);
    let mut lines = Vec::new();
    for _ in 0..3 {
        let asked = world.block_on(provider.next());
        lines.push(asked.line.clone());
        let status = if asked.line.starts_with("GET") { 200 } else { 204 };
        asked.answer(status, &json!({ "callConnectionId": "leg-1", "callConnectionState": "connected" }));
    }
    lines.sort();
    let leg = "/calling/callConnections/leg-1";
    assert_eq!(lines, [format!("DELETE {leg}"), format!("GET {leg}"), format!("GET {leg}/participants")]);
    process.runtime.block_on(tell(&process.engine, run, "2", "CallDisconnected", None));
    let view = process.runtime.block_on(over(&process.engine, run));
    assert_eq!(view.outcome.as_deref(), Some("completed"));
    assert_eq!(view.flow, "patient");
}
