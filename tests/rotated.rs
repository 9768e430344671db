//! Callbacks whose signing keys change while a call is under way: the simulator signs and publishes, the engine checks.

use std::path::Path;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use service::Running;
use service::config::Config;
use service::store::RunId;
use sim::{DEVELOPMENT_KEY, DEVELOPMENT_RESOURCE, SimOptions};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Plays something each time it is told to.
const FLOW: &str = r#"
flow: speaks
start: { incoming: {} }
events: { speak: {} }
initial: answering
on: { CallDisconnected: { end: lost } }
states:
  answering:
    do: [ { answer: {} } ]
    on: { CallConnected: listening, AnswerFailed: { end: failed } }
  listening:
    on: { speak: speaking }
    after: { 1h: leaving }
  speaking:
    do: [ { play: { file: "https://media.example.com/hello.wav" } } ]
    on: { PlayCompleted: listening, PlayFailed: leaving }
  leaving:
    do: [ { hangUp: {} } ]
    on: { CallDisconnected: { end: completed } }
"#;
/// Far more than the call takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("rotated: callbacks are taken when the keys that sign them change", || {
        tokio::runtime::Runtime::new()?.block_on(async { tokio::time::timeout(PATIENCE, rotated()).await? })
    })]
}

/// A run that is followed, and how far its journal is read.
struct Followed {
    run: RunId,
    after: u64,
}

impl Followed {
    /// Reads on until a line tells of this.
    async fn until(&mut self, running: &Running, told: &str) -> Result<(), Failed> {
        loop {
            let watched = running.engine.watch(self.run, self.after, PATIENCE).await;
            let page = watched.map_err(|error| error.to_string())?.ok_or("the run is gone")?;
            for entry in page.entries {
                self.after = entry.number;
                if entry.line.contains(told) {
                    return Ok(());
                }
            }
        }
    }
}

async fn post(url: String, body: &Value) -> Result<Value, Failed> {
    let request = reqwest::Client::builder().build()?.post(&url).header("content-type", "application/json");
    let response = request.body(body.to_string()).send().await?;
    let (status, text) = (response.status(), response.text().await?);
    if !status.is_success() {
        return Err(format!("{url}: {status} {text}").into());
    }
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

async fn start(simulator: &str, data: &Path, listener: TcpListener) -> Result<Running, Failed> {
    let connection = format!("endpoint={simulator};accesskey={DEVELOPMENT_KEY}");
    let config = Config {
        acs_connection_string: Some(connection.into()),
        acs_resource_id: Some(DEVELOPMENT_RESOURCE.to_owned()),
        acs_openid_url: Some(format!("{simulator}{}", acs::token::OPENID_CONFIGURATION_PATH)),
        data: Some(data.to_owned()),
        ..Config::default()
    };
    let config = config.check().map_err(|wrong| format!("{wrong:?}"))?;
    let checked = validate::check(vec![lang::Source::new("speaks.yaml", FLOW)]);
    if !checked.is_sound() {
        return Err("the flow has findings".into());
    }
    Ok(service::start(config, checked.flows, listener).await.map_err(|error| error.to_string())?)
}

async fn rotated() -> Result<(), Failed> {
    // The socket outlives the engine that is stopped: callbacks go to where the call was answered.
    let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
    socket.set_nonblocking(true)?;
    let listener = || -> Result<TcpListener, Failed> { Ok(TcpListener::from_std(socket.try_clone()?)?) };
    let engine = format!("http://{}", socket.local_addr()?);
    let sim_listener = TcpListener::bind("127.0.0.1:0").await?;
    let simulator = format!("http://{}", sim_listener.local_addr()?);
    let options = SimOptions {
        webhook: Some(format!("{engine}/webhooks/eventgrid")),
        speed: 50.0,
        ..SimOptions::default()
    };
    let (_shutdown, ended) = oneshot::channel::<()>();
    tokio::spawn(sim::serve(options, sim_listener, async { drop(ended.await) }));
    let data = tempfile::tempdir()?;
    let running = start(&simulator, data.path(), listener()?).await?;

    post(format!("{simulator}/sim/calls"), &json!({ "from": "+14255550199", "to": "+18005550100" })).await?;
    let mut followed = loop {
        let page = running.engine.runs(Default::default()).await.map_err(|error| error.to_string())?;
        if let Some(run) = page.runs.first() {
            break Followed { run: run.id, after: 0 };
        }
        tokio::task::yield_now().await;
    };
    let events = format!("{engine}/api/v1/calls/{}/events", followed.run);
    let speak = async || post(events.clone(), &json!({ "name": "speak", "data": {} })).await;
    let rotate = async || post(format!("{simulator}/sim/keys"), &json!({})).await;

    followed.until(&running, "CallConnected").await?;
    // The next key is published before it signs.
    rotate().await?;
    speak().await?;
    followed.until(&running, "PlayCompleted").await?;
    running.stop().await;

    // None of those that the engine knew signs any more.
    rotate().await?;
    rotate().await?;
    let running = start(&simulator, data.path(), listener()?).await?;
    speak().await?;
    followed.until(&running, "PlayCompleted").await?;
    running.stop().await;
    Ok(())
}
