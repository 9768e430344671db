//! Other flows while calls are under way.

use serde_json::{Value, json};

use super::peer::{FLOWS, Reply, Service, callback, service, validated};
use crate::engine::DeployError;
use crate::limits::DEPLOY_FLOWS_MAX;
use crate::store::RunId;

const PATH: &str = "/api/v1/flows";

/// The flows with another version of `reminder`: it leaves as soon as it is connected.
fn hasty() -> Vec<String> {
    let hasty = FLOWS[1].replace("CallConnected: talking", "CallConnected: leaving");
    let [before, after] = hasty.split("  talking:").collect::<Vec<_>>()[..] else { panic!("{hasty}") };
    let (_, after) = after.split_once("  leaving:").unwrap();
    vec![
        FLOWS[0].to_owned(),
        format!("{before}  leaving:{after}").replace("events:\n  nudge: { agent: string }\n", ""),
    ]
}

fn body(texts: &[String]) -> Value {
    let flow = |(index, text): (usize, &String)| json!({"name": format!("{index}.yaml"), "text": text});
    json!({"flows": texts.iter().enumerate().map(flow).collect::<Vec<_>>()})
}

async fn put(service: &Service, texts: &[String], headers: &[(&str, &str)]) -> Reply {
    service.send("PUT", PATH, headers, body(texts).to_string().as_bytes()).await
}

async fn state_after_answer(service: &Service, run: RunId) -> Value {
    let connected = json!([callback("1", "CallConnected")]);
    assert_eq!(service.post(&service.callback_path(run), &connected).await.status, 200);
    service.get(&format!("/api/v1/calls/{run}")).await.json()["state"].clone()
}

#[tokio::test]
async fn calls_under_way_stay_on_their_version_and_new_ones_take_the_new() {
    let service = service(|_| ()).await;
    let before = service.get(PATH).await;
    let run = service.start().await;
    let reply = put(&service, &hasty(), &[]).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let change = reply.json();
    assert_eq!(
        [&change["added"], &change["changed"], &change["removed"], &change["unchanged"]],
        [&json!([]), &json!(["reminder"]), &json!([]), &json!(["line"])]
    );
    let after = service.get(PATH).await;
    assert_eq!(after.header("etag"), reply.header("etag"));
    assert_ne!(after.header("etag"), before.header("etag"));
    assert_eq!((&after.json()["hash"], &after.json()["from"]), (&change["hash"], &json!("api")));

    assert_eq!(state_after_answer(&service, run).await, json!("talking"));
    let new = service.start().await;
    assert_eq!(state_after_answer(&service, new).await, json!("leaving"));
    let over = json!([callback("2", "CallDisconnected")]);
    assert_eq!(
        service
            .post(&format!("/api/v1/calls/{run}/events"), &json!({"name": "nudge", "data": {"agent": "Ann"}}))
            .await
            .status,
        202
    );
    assert_eq!(service.post(&service.callback_path(run), &over).await.status, 200);
    assert_eq!(service.get(&format!("/api/v1/calls/{run}")).await.json()["outcome"], json!("over"));
}

#[tokio::test]
async fn a_set_is_refused_whole() {
    let service = service(|_| ()).await;
    let before = service.get(PATH).await;
    let (sound, mut unsound) = (hasty(), hasty());
    unsound[0] = unsound[0].replace("CallConnected: leaving", "CallConnected: leafing");
    let mut garbled = hasty();
    garbled[1].push_str("\n\u{1}");
    let twice = vec![sound[0].clone(), sound[0].clone()];
    let needy = vec![
        sound[0]
            .replace("initial: answering", "config: { team: string }\ninitial: answering")
            .replace("- answer: {}", "- answer: {}\n      - log: { message: \"${config.team}\" }"),
    ];
    for (texts, code, told) in [
        (unsound, "unsound", "CF201"),
        (garbled, "unsound", "CF001"),
        (twice, "unsound", "CF205"),
        (needy, "badConstants", "`team`"),
        (vec![], "noFlows", "no flow"),
    ] {
        let reply = put(&service, &texts, &[]).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, code), "{reply:?}");
        assert!(reply.body.contains(told), "{told} is not in {reply:?}");
        assert_eq!(service.get(PATH).await.body, before.body, "{code}");
    }
    for (body, told) in [
        (json!({}), "`flows` is missing"),
        (json!({"flows": {}}), "`flows` must be a list"),
        (json!({"flows": [{"name": "a.yaml"}]}), "flows[0]"),
        (json!({"flows": [], "force": true}), "`force`"),
        (json!({"flows": vec![Value::Null; DEPLOY_FLOWS_MAX + 1]}), "more than"),
    ] {
        let reply = service.send("PUT", PATH, &[], body.to_string().as_bytes()).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "malformed"));
        assert!(reply.body.contains(told), "{reply:?}");
    }
    let run = service.start().await;
    assert_eq!(state_after_answer(&service, run).await, json!("talking"));
}

#[tokio::test]
async fn of_two_who_change_the_same_set_the_second_is_told() {
    let service = service(|_| ()).await;
    let tag = service.get(PATH).await.header("etag").unwrap().to_owned();
    assert_eq!(put(&service, &hasty(), &[("If-Match", &tag)]).await.status, 200);
    let late = put(&service, &FLOWS.map(str::to_owned), &[("If-Match", &tag)]).await;
    assert_eq!((late.status, late.code().as_str()), (412, "outdated"));
    assert_eq!(put(&service, &FLOWS.map(str::to_owned), &[("If-Match", "*")]).await.status, 200);
    assert_eq!(
        service.get(PATH).await.header("etag"),
        Some(tag.as_str()),
        "the same flows have the same hash"
    );
}

#[tokio::test]
async fn what_was_deployed_serves_until_the_files_change() {
    let service = service(|_| ()).await;
    let in_files = service.get(PATH).await.json()["hash"].clone();
    let deployed = put(&service, &hasty(), &[]).await.json()["hash"].clone();
    let service = service.restart().await;
    assert_eq!(service.get(PATH).await.json()["hash"], deployed);

    // The files are loaded on purpose.
    service.engine().reload(validated(&FLOWS.map(str::to_owned))).await.unwrap();
    assert_eq!(service.get(PATH).await.json()["hash"], in_files);
    let service = service.restart().await;
    assert_eq!(service.get(PATH).await.json()["hash"], in_files);

    // Or they are others at the next start.
    assert_eq!(put(&service, &hasty(), &[]).await.status, 200);
    let service =
        service.restart_with(&FLOWS[..1].iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).await;
    let set = service.get(PATH).await.json();
    assert_eq!((set["from"].as_str(), set["flows"].as_array().unwrap().len()), (Some("files"), 1));
}

#[tokio::test]
async fn readiness_tells_that_files_were_refused() {
    let service = service(|_| ()).await;
    let refused = async || service.get("/readyz").await.json()["refusedFlows"]["at"].is_string();
    assert!(!refused().await);
    assert!(matches!(service.engine().reload(vec![]).await, Err(DeployError::Empty)));
    let reply = service.get("/readyz").await;
    assert!(reply.status == 200 && refused().await, "{reply:?}");
    service.engine().reload(validated(&hasty())).await.unwrap();
    assert!(!refused().await);
}

#[tokio::test]
async fn flows_are_swapped_while_calls_come_in() {
    let service = service(|_| ()).await;
    let (one, other) = (FLOWS.map(str::to_owned).to_vec(), hasty());
    let swapping = async {
        for texts in [&other, &one, &other, &one] {
            assert_eq!(put(&service, texts, &[]).await.status, 200);
        }
    };
    let calling = async {
        let mut runs = Vec::new();
        for _ in 0..20 {
            runs.push(service.start().await);
        }
        runs
    };
    let ((), runs) = tokio::join!(swapping, calling);
    let flows = service.get(PATH).await.json()["flows"].clone();
    let old =
        flows.as_array().unwrap().iter().find(|flow| flow["name"] == "reminder").unwrap()["hash"].clone();
    for run in runs {
        let view = service.get(&format!("/api/v1/calls/{run}")).await.json();
        let expected = if view["flowHash"] == old { "talking" } else { "leaving" };
        assert_eq!(state_after_answer(&service, run).await, json!(expected));
    }
}
