//! What the simulator announces after a call, and the engine keeps: from the call to the journal, and over a restart.

use std::path::Path;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use service::Running;
use service::config::Config;
use service::store::RunId;
use sim::{DEVELOPMENT_KEY, SimOptions};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Answers, and records until the caller leaves.
const FLOW: &str = r#"
flow: recorded
start: { incoming: {} }
initial: answering
on:
  CallDisconnected: { end: completed }
states:
  answering:
    do: [ { answer: {} } ]
    on: { CallConnected: recording, AnswerFailed: { end: failed } }
  recording:
    do:
      - startRecording: { recordingContentType: audio, recordingChannelType: mixed, recordingFormatType: wav }
    on: { RecordingStateChanged: leaving, StartRecordingFailed: leaving }
    after: { 10s: leaving }
  leaving:
    do: [ { hangUp: {} } ]
    on: { CallDisconnected: { end: completed } }
"#;
/// Far more than the call takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("announced: the files of a recording are kept with their run", || {
        tokio::runtime::Runtime::new()?
            .block_on(async { tokio::time::timeout(PATIENCE, recorded_call()).await? })
    })]
}

async fn start(simulator: &str, data: &Path, listener: TcpListener) -> Result<Running, Failed> {
    let connection = format!("endpoint={simulator};accesskey={DEVELOPMENT_KEY}");
    let config = Config {
        acs_connection_string: Some(connection.into()),
        data: Some(data.to_owned()),
        ..Config::default()
    };
    let config = config.check().map_err(|wrong| format!("{wrong:?}"))?;
    let checked = validate::check(vec![lang::Source::new("recorded.yaml", FLOW)]);
    if !checked.is_sound() {
        return Err("the flow has findings".into());
    }
    Ok(service::start(config, checked.flows, listener).await.map_err(|error| error.to_string())?)
}

async fn recorded_call() -> Result<(), Failed> {
    let [engine_listener, sim_listener] =
        [TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?];
    let engine = format!("http://{}", engine_listener.local_addr()?);
    let simulator = format!("http://{}", sim_listener.local_addr()?);
    let options = SimOptions {
        webhook: Some(format!("{engine}/webhooks/eventgrid")),
        speed: 50.0,
        ..SimOptions::default()
    };
    let (_shutdown, ended) = oneshot::channel::<()>();
    tokio::spawn(sim::serve(options, sim_listener, async { drop(ended.await) }));
    let data = tempfile::tempdir()?;
    let running = start(&simulator, data.path(), engine_listener).await?;

    let client = reqwest::Client::builder().build()?;
    let place = json!({ "from": "+14255550199", "to": "+18005550100" }).to_string();
    let request = client.post(format!("{simulator}/sim/calls")).header("content-type", "application/json");
    let placed = request.body(place).send().await?;
    if !placed.status().is_success() {
        return Err(format!("no call was placed: {}", placed.text().await?).into());
    }
    let run = taken(&running).await?;
    let (mut lines, mut after) = (Vec::new(), 0);
    while !lines.iter().any(|line: &String| line.contains("RecordingFileStatusUpdated (1)")) {
        let page = running.engine.watch(run, after, PATIENCE).await.map_err(|error| error.to_string())?;
        let entries = page.ok_or("the run is gone")?.entries;
        after = entries.last().map_or(after, |entry| entry.number);
        lines.extend(entries.into_iter().map(|entry| entry.line));
    }
    running.stop().await;

    let running = start(&simulator, data.path(), TcpListener::bind("127.0.0.1:0").await?).await?;
    let url = format!("http://{}/api/v1/calls/{run}", running.address);
    let view: Value = serde_json::from_str(&client.get(url).send().await?.text().await?)?;
    running.stop().await;
    let file = &view["recordingFiles"][0];
    let location = file["documents"][0]["contentLocation"].as_str().unwrap_or_default();
    if file["formatType"] != "wav" || !file["durationMs"].is_u64() || !location.starts_with("https://") {
        return Err(format!("the run does not keep its file: {view}\n{}", lines.join("\n")).into());
    }
    Ok(())
}

/// The run that has taken the call.
async fn taken(running: &Running) -> Result<RunId, Failed> {
    loop {
        let page = running.engine.runs(Default::default()).await.map_err(|error| error.to_string())?;
        if let Some(run) = page.runs.first() {
            return Ok(run.id);
        }
        tokio::task::yield_now().await;
    }
}
