//! The engine without an access key: an application of Microsoft Entra ID, whose tokens the simulator gives and takes.

use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use service::config::{Config, EntraSettings};
use sim::{AUTHORITY_PATH, SimOptions};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const SECRET: &str = "hunter2";
/// Answers, says goodbye, and leaves.
const FLOW: &str = r#"
flow: goodbye
start: { incoming: {} }
initial: answering
states:
  answering:
    do: [ { answer: {} } ]
    on: { CallConnected: speaking, AnswerFailed: { end: failed } }
  speaking:
    do: [ { play: { file: "https://media.example.com/goodbye.wav" } } ]
    on: { PlayCompleted: leaving, PlayFailed: leaving }
  leaving:
    do: [ { hangUp: {} } ]
    on: { CallDisconnected: { end: completed } }
"#;
/// Far more than the call takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("entra: a call without an access key", || {
        tokio::runtime::Runtime::new()?.block_on(async { tokio::time::timeout(PATIENCE, call()).await? })
    })]
}

async fn call() -> Result<(), Failed> {
    let [engine_listener, sim_listener] =
        [TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?];
    let engine = format!("http://{}", engine_listener.local_addr()?);
    let simulator = format!("http://{}", sim_listener.local_addr()?);
    let options = SimOptions {
        client_secret: Some(SECRET.into()),
        webhook: Some(format!("{engine}/webhooks/eventgrid")),
        speed: 50.0,
        ..SimOptions::default()
    };
    let (_shutdown, ended) = oneshot::channel::<()>();
    tokio::spawn(sim::serve(options, sim_listener, async { drop(ended.await) }));

    let data = tempfile::tempdir()?;
    let config = Config {
        acs_endpoint: Some(simulator.clone()),
        entra: EntraSettings {
            tenant_id: Some("contoso.onmicrosoft.com".to_owned()),
            client_id: Some("7b1c6d4e-5f60-4a2b-8c3d-9e0f1a2b3c4d".to_owned()),
            client_secret: Some(SECRET.into()),
            authority_host: Some(format!("{simulator}{AUTHORITY_PATH}")),
            ..EntraSettings::default()
        },
        data: Some(data.path().to_owned()),
        ..Config::default()
    };
    let config = config.check().map_err(|wrong| format!("{wrong:?}"))?;
    let checked = validate::check(vec![lang::Source::new("goodbye.yaml", FLOW)]);
    let running =
        service::start(config, checked.flows, engine_listener).await.map_err(|error| error.to_string())?;

    let client = reqwest::Client::builder().build()?;
    let get = async |url: String| -> Result<Value, Failed> {
        let text = client.get(url).send().await?.text().await?;
        Ok(serde_json::from_str(&text)?)
    };
    let place = json!({ "from": "+14255550199", "to": "+18005550100" }).to_string();
    let placed =
        client.post(format!("{simulator}/sim/calls")).header("content-type", "application/json").body(place);
    let placed: Value = serde_json::from_str(&placed.send().await?.text().await?)?;
    let id = placed["id"].as_str().ok_or_else(|| format!("no call was placed: {placed}"))?;
    let mut lines = 0;
    loop {
        let told = get(format!("{simulator}/sim/calls/{id}/events?after={lines}")).await?;
        if told["state"] == "ended" {
            break;
        }
        lines += told["events"].as_array().map_or(0, Vec::len);
    }
    let executed = get(format!("{simulator}/sim/executions")).await?;
    running.stop().await;
    if executed != json!({ "answerCall": 1, "play": 1, "hangUp": 1 }) {
        return Err(format!("the simulator has carried out {executed}").into());
    }
    Ok(())
}
