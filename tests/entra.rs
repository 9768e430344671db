//! The engine without an access key: an application of Microsoft Entra ID, whose tokens the simulator gives and takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// By what the application proves itself, and to whom.
#[derive(Clone, Copy)]
enum Way {
    Secret,
    /// The file that a platform renews.
    File,
    /// An authority whose first token is not taken, as if it had been taken back.
    TakenBack,
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |name: &str, way| {
        Trial::test(format!("entra: {name}"), move || {
            tokio::runtime::Runtime::new()?
                .block_on(async { tokio::time::timeout(PATIENCE, call(way)).await? })
        })
    };
    vec![
        trial("a call without an access key", Way::Secret),
        trial("a call with what the platform keeps in a file", Way::File),
        trial("a token that is taken back is asked for anew", Way::TakenBack),
    ]
}

/// Gives a token that nobody takes, and from then on those of the simulator.
async fn forgetful(token_url: String) -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let asked = Arc::new(AtomicUsize::new(0));
    let answer = move |body: String| {
        let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
        let token_url = token_url.clone();
        async move {
            if is_first {
                return json!({ "access_token": "somebody.else", "expires_in": 3600 }).to_string();
            }
            let form = "application/x-www-form-urlencoded";
            let client = reqwest::Client::builder().build().unwrap();
            let request = client.post(token_url).header("content-type", form).body(body);
            request.send().await.unwrap().text().await.unwrap()
        }
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    Ok(format!("http://{address}"))
}

async fn call(way: Way) -> Result<(), Failed> {
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
    let token_file = data.path().join("token");
    std::fs::write(&token_file, format!("{SECRET}\n"))?;
    let authority = format!("{simulator}{AUTHORITY_PATH}");
    let authority_host = match way {
        Way::Secret | Way::File => authority,
        Way::TakenBack => forgetful(format!("{authority}/contoso/oauth2/v2.0/token")).await?,
    };
    let is_file = matches!(way, Way::File);
    let config = Config {
        acs_endpoint: Some(simulator.clone()),
        entra: EntraSettings {
            tenant_id: Some("contoso.onmicrosoft.com".to_owned()),
            client_id: Some("7b1c6d4e-5f60-4a2b-8c3d-9e0f1a2b3c4d".to_owned()),
            client_secret: (!is_file).then(|| SECRET.into()),
            federated_token_file: is_file.then_some(token_file),
            authority_host: Some(authority_host),
        },
        data: Some(data.path().join("data")),
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
