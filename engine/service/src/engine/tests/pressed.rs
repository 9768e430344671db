//! A slow system holds up its own runs only, and whoever ends the engine waits for what is under way.

use super::*;
use crate::limits::HTTP_PER_HOST_MAX;

/// Asks a host of its own.
const ASKS: &str = r#"
flow: asks
start: { api: {} }
input:
  base: { type: string, required: true }
initial: asking
states:
  asking:
    do:
      - http: { post: "${input.base}/tickets", timeout: 60s }
    on:
      HttpCompleted: { end: done }
      HttpFailed: { end: failed }
"#;

#[tokio::test]
async fn a_slow_host_holds_up_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let (mut provider, mut slow) = (Provider::listen().await, Provider::listen().await);
    let engine = Engine::open(settings(&provider, folder.path()), flows(&[ASKS, LINE])).await.unwrap();
    let ask = async |host: &Provider| {
        let base = Value::from(format!("http://localhost:{}", host.address.port()));
        engine.start("asks", IndexMap::from([("base".to_owned(), base)]), None).await.unwrap().run
    };
    let mut waiting = Vec::new();
    for _ in 0..=HTTP_PER_HOST_MAX {
        ask(&slow).await;
    }
    for _ in 0..HTTP_PER_HOST_MAX {
        waiting.push(slow.expect("POST /tickets").await);
    }
    let run = ask(&provider).await;
    provider.expect("POST /tickets").await.accept(200);
    assert_eq!(over(&engine, run).await.outcome.as_deref(), Some("done"));
    call_in(&engine).await;
    answer(provider.expect("POST /calling/callConnections:answer").await);

    assert!(!slow.is_asked(), "one more than may ask it at once");
    waiting.swap_remove(0).accept(200);
    slow.expect("POST /tickets").await.accept(200);
}

#[tokio::test]
async fn what_is_under_way_is_finished_and_recorded_before_the_end() {
    let mut world = World::with(LINE).await;
    let run = call_in(&world.engine).await;
    let asked = world.provider.expect("POST /calling/callConnections:answer").await;
    let engine = world.engine.clone();
    let draining = tokio::spawn(async move { engine.drain(Duration::from_secs(60)).await });
    while !matches!(world.engine.incoming("e2", incoming()).await, Err(EngineError::Busy)) {
        tokio::task::yield_now().await;
    }
    // The calls that are there go on meanwhile.
    tell(&world.engine, run, "1", "CallConnected", Some("callflow:1:1")).await;
    world.provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
    assert!(!draining.is_finished(), "an action is under way");
    answer(asked);
    draining.await.unwrap();

    // Read, not asked: the provider has not heard of anything since.
    let World { engine, provider, _folder: folder } = world;
    drop(engine);
    let engine = Engine::open(settings(&provider, folder.path()), flows(&[LINE])).await.unwrap();
    let lines = lines(&engine, run).await;
    assert!(lines.contains("accepted #1") && lines.contains("accepted #2"), "{lines}");
}
