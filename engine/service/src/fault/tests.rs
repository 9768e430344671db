//! The engine dies at every point at which it may, in scenes of the flows in `flows/`, and goes on. The provider is the
//! simulator, over HTTP: it counts what it has carried out, and tells again what nobody took.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::TcpListener as Listener;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::SimOptions;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use validate::Validated;

use crate::config::Config;
use crate::engine::{OpenError, RunFilter};
use crate::fault::Point;
use crate::serve::{self, RunError, Running};

/// Times faster than people are. A caller rings for 30 s, and must still be there when the engine is back.
const SPEED: f64 = 8.0;
/// Far more than a call takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Unit: scenes that are played at once. They wait most of the time.
const AT_ONCE: usize = 12;
/// The passages of one point at which a scene dies: each in its turn.
const PASSAGES: [usize; 6] = [1, 2, 3, 4, 6, 9];

/// Who calls, or is called.
struct Scene {
    name: &'static str,
    /// What somebody places.
    call: Option<Value>,
    /// What other software starts.
    start: Option<(&'static str, Value)>,
    /// Who is behind a number.
    people: Value,
    /// It ends with a transfer: whether the provider tells again of the transfer or of the call's end first is chance, and
    /// after the end that was told first, and held back for a while, the flow takes the caller for gone.
    may_seem_abandoned: bool,
}

fn scenes() -> Vec<Scene> {
    let placed = |name, call| Scene {
        name,
        call: Some(call),
        start: None,
        people: json!({}),
        may_seem_abandoned: false,
    };
    let transferred = |name, call| Scene { may_seem_abandoned: true, ..placed(name, call) };
    let started = |name, flow, input, people| Scene {
        name,
        call: None,
        start: Some((flow, input)),
        people,
        may_seem_abandoned: false,
    };
    vec![
        transferred(
            "the right key",
            json!({ "from": "+14255550199", "to": "+18005550100", "script": { "press": ["1"] } }),
        ),
        placed("no key at all", json!({ "from": "+14255550199", "to": "+18005550100" })),
        placed("sent on", json!({ "from": "+14255550199", "to": "+18005550102" })),
        placed("turned away", json!({ "from": "+19005550150", "to": "+18005550102" })),
        transferred(
            "a customer",
            json!({ "from": "+14255550199", "to": "+18005550111", "script": { "press": ["4711#", "1"] } }),
        ),
        started(
            "a reminder",
            "appointment-reminder",
            json!({ "patient": "+14255550199", "when": "on Tuesday at ten" }),
            json!({ "+14255550199": { "press": ["1"] } }),
        ),
        started(
            "a conference",
            "conference",
            json!({ "host": "+14255550199", "guests": ["+14255550198"] }),
            json!({ "+14255550199": { "press": ["9"] } }),
        ),
    ]
}

fn flows() -> Vec<Validated> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../flows");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    let source = |path: std::path::PathBuf| {
        lang::Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap())
    };
    validate::check(paths.into_iter().map(source).collect()).flows
}

/// What came of a scene.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    /// How each run ended: its flow and outcome.
    runs: Vec<String>,
    /// How often the provider has carried out each operation.
    executed: BTreeMap<String, u64>,
}

impl Outcome {
    /// Whether it is what was wanted.
    fn fits(&self, wanted: &Outcome, scene: &Scene) -> bool {
        let abandoned = || {
            let runs = wanted.runs.iter().map(|run| run.replace("transferred", "abandoned"));
            scene.may_seem_abandoned && runs.eq(self.runs.iter().cloned())
        };
        (self.runs == wanted.runs || abandoned()) && self.once_only() == wanted.once_only()
    }

    /// Without what may be asked or heard a second time when nobody knows whether it was the first time: for such a
    /// prompt the engine silences the call first.
    fn once_only(&self) -> BTreeMap<&str, u64> {
        const MAY_COME_AGAIN: [&str; 5] =
            ["play", "recognize", "cancelAllMediaOperations", "getCall", "listParticipants"];
        let executed = self.executed.iter().map(|(name, times)| (name.as_str(), *times));
        executed.filter(|(name, _)| !MAY_COME_AGAIN.contains(name)).collect()
    }
}

/// An engine's process, in this one: it ends as if it were killed when it is dropped.
struct Process {
    runtime: Option<Runtime>,
    running: Running,
}

impl Process {
    fn start(stage: &Stage, flows: &[Validated]) -> Process {
        let runtime = runtime();
        let began = Instant::now();
        let running = loop {
            let listener = stage.engine.try_clone().unwrap();
            let config = Config {
                acs_connection_string: Some(stage.connection.clone().into()),
                data: Some(stage.data.path().to_owned()),
                ..Config::default()
            };
            let opened = runtime.block_on(async {
                serve::start(
                    config.check().unwrap(),
                    flows.to_vec(),
                    TcpListener::from_std(listener).unwrap(),
                )
                .await
            });
            match opened {
                Ok(running) => break running,
                // The process before still lets go of its files.
                Err(RunError::Open(OpenError::Store(_))) if began.elapsed() < PATIENCE => {
                    std::thread::yield_now();
                }
                Err(error) => panic!("{error}"),
            }
        };
        Process { runtime: Some(runtime), running }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// What outlives the engine: the provider, the people, the data, and the socket, in which callers wait.
struct Stage {
    world: Runtime,
    client: reqwest::Client,
    simulator: String,
    connection: String,
    engine: Listener,
    data: TempDir,
}

impl Stage {
    fn open() -> Stage {
        let engine = Listener::bind("127.0.0.1:0").unwrap();
        engine.set_nonblocking(true).unwrap();
        let world = runtime();
        let options = SimOptions {
            webhook: Some(format!("http://{}/webhooks/eventgrid", engine.local_addr().unwrap())),
            speed: SPEED,
            callback_retries: sim::limits::CALLBACK_RETRIES_MAX,
            ..SimOptions::default()
        };
        let connection = |address| format!("endpoint=http://{address}/;accesskey={}", sim::DEVELOPMENT_KEY);
        let (simulator, connection) = world.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(sim::serve(options, listener, std::future::pending()));
            (format!("http://{address}/sim"), connection(address))
        });
        let client = reqwest::Client::builder().build().unwrap();
        Stage { world, client, simulator, connection, engine, data: tempfile::tempdir().unwrap() }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let method = method.parse().unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.simulator));
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.world.block_on(async {
            let response = request.send().await.unwrap();
            let (status, text) = (response.status(), response.text().await.unwrap());
            assert!(status.is_success(), "{status}: {text}");
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
        })
    }
}

/// Plays a scene, and lets the engine die once, if it comes to that point so often. What came of it, and whether it died.
fn play(scene: &Scene, flows: &[Validated], death: Option<(Point, usize)>) -> (Outcome, bool) {
    let stage = Stage::open();
    let mut process = Process::start(&stage, flows);
    if let Some((point, nth)) = death {
        process.running.engine.parts().faults.arm(point, nth);
    }
    for (number, person) in scene.people.as_object().unwrap() {
        stage.ask("PUT", &format!("/people/{}", number.replace('+', "%2B")), Some(person));
    }
    if let Some(call) = &scene.call {
        stage.ask("POST", "/calls", Some(call));
    }
    if let Some((flow, input)) = &scene.start {
        let url = format!("http://{}/api/v1/calls", process.running.address);
        let body = json!({ "flow": flow, "input": input }).to_string();
        let client = stage.client.clone();
        // Whoever starts it tries again under the same key, as they should.
        stage.world.spawn(async move {
            loop {
                let post = client
                    .post(&url)
                    .header("content-type", "application/json")
                    .header("idempotency-key", "once")
                    .timeout(Duration::from_secs(2))
                    .body(body.clone());
                if post.send().await.is_ok_and(|response| response.status().is_success()) {
                    break;
                }
            }
        });
    }
    let began = Instant::now();
    let mut has_died = false;
    loop {
        let runs = {
            let runtime = process.runtime.as_ref().unwrap();
            let engine = &process.running.engine;
            let died = runtime.block_on(async {
                tokio::time::timeout(Duration::from_millis(50), engine.parts().faults.died()).await.is_ok()
            });
            if died { None } else { Some(runtime.block_on(engine.runs(RunFilter::default())).unwrap()) }
        };
        let Some(page) = runs else {
            has_died = true;
            drop(process);
            process = Process::start(&stage, flows);
            continue;
        };
        let is_over = !page.runs.is_empty() && page.runs.iter().all(|run| run.ended_at.is_some());
        let calls = stage.ask("GET", "/calls", None);
        let calls_over =
            calls["calls"].as_array().is_some_and(|calls| calls.iter().all(|call| call["state"] == "ended"));
        if is_over && calls_over {
            let mut runs: Vec<_> = page
                .runs
                .iter()
                .map(|run| format!("{} {}", run.flow, run.outcome.as_deref().unwrap_or("none")))
                .collect();
            runs.sort();
            let executed = serde_json::from_value(stage.ask("GET", "/executions", None)).unwrap();
            return (Outcome { runs, executed }, has_died);
        }
        assert!(began.elapsed() < PATIENCE, "{} {death:?}: it does not end: {page:#?} {calls:#}", scene.name);
    }
}

#[test]
fn no_death_changes_what_happens() {
    let (scenes, flows) = (scenes(), flows());
    let wanted: Vec<Outcome> = scenes.iter().map(|scene| play(scene, &flows, None).0).collect();
    // Each point of each scene is a list of passages: the first that is not come to ends it.
    let lists: Vec<(usize, Point)> =
        (0..scenes.len()).flat_map(|scene| Point::ALL.map(|point| (scene, point))).collect();
    let (next, deaths) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((scene, point)) = lists.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for nth in PASSAGES {
                        let (outcome, has_died) = play(&scenes[*scene], &flows, Some((*point, nth)));
                        if !has_died {
                            break;
                        }
                        deaths.fetch_add(1, Ordering::Relaxed);
                        let (scene, wanted) = (&scenes[*scene], &wanted[*scene]);
                        if !outcome.fits(wanted, scene) {
                            let name = scene.name;
                            wrong
                                .lock()
                                .unwrap()
                                .push(format!("{name}, {point:?} {nth}: {outcome:?}, not {wanted:?}"));
                        }
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(deaths.into_inner() > scenes.len() * Point::ALL.len(), "it hardly ever dies");
}
