//! A million calls that wait: what a process takes for them, and how soon it answers after a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use service::config::Config;
use service::engine::{Engine, Settings};

use crate::process::Process;
use crate::provider::{Went, World};

/// A run that waits for months.
pub(crate) const FLOW: &str = r#"
flow: waiting
start: { api: {} }
initial: waiting
states:
  waiting:
    after: { 90d: { end: late } }
"#;

/// Unit: runs.
const RUNS: usize = 1_000_000;
/// Unit: runs that are begun at once.
const AT_ONCE: usize = 512;
/// How long little must happen until all that follows a restart is done.
const SETTLED: Duration = Duration::from_secs(1);
/// How long it is watched while nothing happens.
const WATCHED: Duration = Duration::from_secs(10);

/// Begins so many runs.
pub(crate) async fn fill(data: &Path, runs: usize) {
    let checked = validate::check(vec![lang::Source::new("waiting.yaml", FLOW)]);
    let config =
        Config { acs_connection_string: Some(crate::connection("127.0.0.1:1").into()), ..Config::default() };
    let config = config.check().unwrap();
    let settings = Settings {
        provider: config.acs,
        retain: config.retain,
        public_url: "http://127.0.0.1:1".to_owned(),
        data: data.to_owned(),
        constants: IndexMap::new(),
        secrets: IndexMap::new(),
        log_identifiers: false,
    };
    let engine = Engine::open(settings, checked.flows).await.unwrap();
    let began = Instant::now();
    let tasks = (0..AT_ONCE).map(|_| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for _ in 0..runs / AT_ONCE {
                engine.start("waiting", IndexMap::new(), None).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let took = began.elapsed().as_secs_f64();
    engine.drain(Duration::from_secs(60)).await;
    println!("{:.0}", runs as f64 / took);
}

pub(crate) async fn measure() {
    let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = data.path().to_str().unwrap();
    println!("\n{RUNS} live runs that wait");
    let filled = Process::start(&["fill", folder, &RUNS.to_string()]);
    println!("begun at {} a second, each durable before the next of its kind", filled.url);
    drop(filled);
    let world = World::open().await;
    let began = Instant::now();
    let engine = Process::start(&["engine", &world.address.to_string(), folder]);
    let went = Arc::clone(&world).call(&engine.url).await;
    assert!(went == Went::Through, "a call was lost");
    println!(
        "restart: {:.2} s to the end of the first call (wanted: the first webhook within 10 s)",
        began.elapsed().as_secs_f64()
    );
    let listed = reqwest::Client::builder()
        .build()
        .unwrap()
        .get(format!("{}/api/v1/calls?flow=waiting&live=true", engine.url));
    let listed: serde_json::Value =
        serde_json::from_str(&listed.send().await.unwrap().text().await.unwrap()).unwrap();
    assert!(listed["runs"].as_array().is_some_and(|runs| !runs.is_empty()), "they are not there: {listed}");
    println!("memory: {} MiB resident (wanted: 512)", engine.resident() >> 20);
    // After a restart it looks once at every run, whether there is a call to be asked about.
    let begun = engine.used();
    loop {
        let before = engine.used();
        tokio::time::sleep(SETTLED).await;
        if engine.used().cpu - before.cpu < SETTLED / 20 {
            break;
        }
    }
    let looked = engine.used().cpu - begun.cpu;
    println!("after the restart they are looked at once, which takes {looked:?} of CPU");
    let before = engine.used();
    tokio::time::sleep(WATCHED).await;
    let used = engine.used().cpu - before.cpu;
    println!("timers: {RUNS} pending take {used:?} of CPU in {WATCHED:?}");
}
