//! What Event Grid tells of calls that a run steers, or has steered.

use machine::limits::RECORDED_FILES_MAX;
use serde_json::{Value, json};

use super::peer::{Service, callback, service};
use crate::limits::ANNOUNCED_TEXT_BYTES_MAX;
use crate::store::RunId;

const GRID: &str = "/webhooks/eventgrid";
const RECORDING: &str = "cmVjb3JkaW5n";
/// The call that the provider of these tests names.
const CALL: &str = "c2VydmVy";

/// An event of Event Grid's own schema.
fn grid(id: &str, kind: &str, subject: &str, data: Value) -> Value {
    json!({
        "id": id, "topic": "/subscriptions/0", "subject": subject,
        "eventType": format!("Microsoft.Communication.{kind}"), "eventTime": "2026-03-17T10:20:29.1230000Z",
        "dataVersion": "1.0", "metadataVersion": "1", "data": data,
    })
}

/// The files of a recording, as reference 6.5 shows them.
fn files(id: &str, call: &str, recording: &str) -> Value {
    let location = "https://us-api.asm.skype.com/v1/objects/0-eus-d1-9f1e";
    let subject = format!("/recording/call/5e3f9a52/serverCallId/{call}/recordingId/{recording}");
    let data = json!({
        "recordingStorageInfo": {"recordingChunks": [{
            "documentId": "0-eus-d1-9f1e", "index": 0, "endReason": "SessionEnded",
            "contentLocation": format!("{location}/content/video"),
            "metadataLocation": format!("{location}/content/acsmetadata"), "deleteLocation": location,
        }]},
        "recordingStartTime": "2026-03-17T10:21:05.337Z", "recordingDurationMs": 17000,
        "recordingContentType": "Audio", "recordingChannelType": "Mixed", "recordingFormatType": "Wav",
        "sessionEndReason": "CallEnded",
    });
    grid(id, "RecordingFileStatusUpdated", &subject, data)
}

/// A run that has recorded its call and is over.
async fn recorded(service: &Service) -> RunId {
    let run = service.start().await;
    let mut state = callback("2", "RecordingStateChanged");
    state["data"]["recordingId"] = json!(RECORDING);
    state["data"]["state"] = json!("active");
    let path = service.callback_path(run);
    for event in [callback("1", "CallConnected"), state, callback("3", "CallDisconnected")] {
        assert_eq!(service.post(&path, &json!([event])).await.status, 200);
    }
    let view = service.engine().run(run).await.unwrap().unwrap();
    assert!(!view.live && view.recording_files.is_empty());
    run
}

/// How many of these were kept, had been kept before, and were ignored.
async fn deliver(service: &Service, events: &Value) -> [u64; 3] {
    let reply = service.post(GRID, events).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let account = reply.json();
    ["kept", "duplicates", "ignored"].map(|name| account[name].as_u64().unwrap())
}

async fn view(service: &Service, run: RunId) -> Value {
    service.get(&format!("/api/v1/calls/{run}")).await.json()
}

#[tokio::test]
async fn the_files_of_a_recording_are_kept_with_the_run() {
    let service = service(|_| ()).await;
    let run = recorded(&service).await;
    assert_eq!(view(&service, run).await.get("recordingFiles"), None);
    let before = service.lines(run, 1).await.len();
    // The run is over, and so is the process that steered it.
    let service = service.restart().await;
    assert_eq!(deliver(&service, &json!([files("a", "another", RECORDING)])).await, [1, 0, 0]);
    let view_after = view(&service, run).await;
    let location = "https://us-api.asm.skype.com/v1/objects/0-eus-d1-9f1e";
    let expected = json!([{
        "recordingId": RECORDING, "startTime": "2026-03-17T10:21:05.337Z", "durationMs": 17000,
        "contentType": "audio", "channelType": "mixed", "formatType": "wav", "sessionEndReason": "CallEnded",
        "documents": [{
            "documentId": "0-eus-d1-9f1e", "endReason": "SessionEnded",
            "contentLocation": format!("{location}/content/video"),
            "metadataLocation": format!("{location}/content/acsmetadata"), "deleteLocation": location,
        }],
    }]);
    assert_eq!(view_after["recordingFiles"], expected);
    assert_eq!((&view_after["live"], &view_after["outcome"]), (&json!(false), &json!("over")));
    let lines = service.lines(run, before + 1).await;
    assert!(lines.last().unwrap().contains("RecordingFileStatusUpdated (1)"), "{lines:?}");

    let service = service.restart().await;
    assert_eq!(deliver(&service, &json!([files("a", "another", RECORDING)])).await, [0, 1, 0]);
    assert_eq!(view(&service, run).await["recordingFiles"], expected, "what comes twice counts once");
}

#[tokio::test]
async fn a_recording_that_the_run_never_heard_of_is_found_by_its_call() {
    let service = service(|_| ()).await;
    let run = recorded(&service).await;
    let mut cloud = files("b", CALL, "dW5rbm93bg");
    cloud["specversion"] = json!("1.0");
    cloud["type"] = cloud["eventType"].take();
    assert_eq!(deliver(&service, &cloud).await, [1, 0, 0]);
    let view = view(&service, run).await;
    assert_eq!(view["recordingFiles"][0]["recordingId"], "dW5rbm93bg");
}

#[tokio::test]
async fn what_belongs_to_no_run_is_taken_and_not_kept() {
    let service = service(|_| ()).await;
    let run = recorded(&service).await;
    let nameless = grid("c", "RecordingFileStatusUpdated", "", Value::Null);
    let elsewhere = grid("d", "CallEnded", "call/other", json!({"serverCallId": "other"}));
    let events = json!([files("e", "other", "b3RoZXI"), nameless, elsewhere]);
    assert_eq!(deliver(&service, &events).await, [0, 0, 3]);
    assert_eq!(view(&service, run).await.get("recordingFiles"), None);
}

#[tokio::test]
async fn news_of_a_call_are_noted_by_its_run_and_change_nothing() {
    let service = service(|_| ()).await;
    let run = service.start().await;
    let connected = json!([callback("1", "CallConnected")]);
    assert_eq!(service.post(&service.callback_path(run), &connected).await.status, 200);
    let before = view(&service, run).await;
    let user = json!({"communicationIdentifier": {
        "rawId": "4:+14255550123", "kind": "phoneNumber", "phoneNumber": {"value": "+14255550123"},
    }});
    let data = json!({"serverCallId": CALL, "correlationId": "c", "user": user});
    let kinds = ["CallStarted", "CallParticipantAdded", "CallParticipantRemoved", "CallEnded"];
    let events: Vec<Value> = kinds.iter().map(|kind| grid(kind, kind, "call/x", data.clone())).collect();
    assert_eq!(deliver(&service, &json!(events)).await, [4, 0, 0]);
    assert_eq!(deliver(&service, &json!(events)).await, [0, 4, 0]);

    let after = view(&service, run).await;
    for name in ["state", "phase", "live", "participants"] {
        assert_eq!(after[name], before[name], "{name}");
    }
    let page = service.engine().journal(run, 1, 100).await.unwrap().unwrap();
    let noted: Vec<_> = page.entries.iter().filter(|entry| entry.input.kind == "announced").collect();
    let names: std::collections::BTreeSet<_> =
        noted.iter().filter_map(|entry| entry.input.name.as_deref()).collect();
    assert_eq!((noted.len(), names), (4, kinds.into()));
    assert!(noted.iter().all(|entry| !entry.line.contains("5550123")), "{noted:?}");
}

#[tokio::test]
async fn a_run_keeps_only_so_many_files() {
    let service = service(|_| ()).await;
    let run = recorded(&service).await;
    let mut many = files("f", CALL, RECORDING);
    let chunk = &mut many["data"]["recordingStorageInfo"]["recordingChunks"];
    chunk[0]["contentLocation"] = json!(format!("https://{}", "x".repeat(ANNOUNCED_TEXT_BYTES_MAX)));
    *chunk = Value::Array(vec![chunk[0].clone(); RECORDED_FILES_MAX + 1]);
    assert_eq!(deliver(&service, &json!([many])).await, [1, 0, 0]);
    let count = service.lines(run, 1).await.len();
    assert_eq!(deliver(&service, &json!([files("g", CALL, RECORDING)])).await, [1, 0, 0]);
    let view = view(&service, run).await;
    let kept = view["recordingFiles"].as_array().unwrap();
    assert_eq!((kept.len(), kept[0]["documents"].as_array().unwrap().len()), (1, RECORDED_FILES_MAX));
    assert_eq!(kept[0]["documents"][0].get("contentLocation"), None, "too long for a location");
    let lines = service.lines(run, count + 1).await;
    assert!(lines.last().unwrap().contains("not kept: a run keeps 64 recording files at most"), "{lines:?}");
}
