//! What only scripts bring about: people who come and go by themselves, and what the service meets outside.

use std::time::Duration;

use acs::Operation;
use serde_json::{Value, json};

use super::{AGENT, CALLER, LINE, SECOND, Scene, on, text, who};
use crate::{CallState, WorldOptions};

const ROOM: &str = "99445276259151407";

fn staged(scene: Value) -> Scene {
    let scene: crate::script::Scene = serde_json::from_value(scene).unwrap();
    scene.check().unwrap();
    Scene::with(WorldOptions { scene, ..WorldOptions::default() })
}

fn join(scene: &mut Scene, locator: Value) -> String {
    let body = json!({"callLocator": locator, "callbackUri": "https://app.example.com/cb"});
    let answer = scene.ok(Operation::Connect, &body);
    scene.run(Duration::from_millis(200));
    answer["callConnectionId"].as_str().unwrap().to_owned()
}

#[test]
fn people_of_a_room_are_there_and_come_and_go() {
    let mut scene = staged(json!({"rooms": {ROOM: {
        "8:acs:r_1": {"hangupAfter": "20s"}, "8:acs:r_2": {"joinsAfter": "10s", "press": [{"keys": "5", "at": "2s"}]}}}}));
    let leg = join(&mut scene, json!({"kind": "roomCallLocator", "roomId": ROOM}));
    assert_eq!(scene.roster(&leg).len(), 2, "the application and the first");
    scene.seconds(9);
    assert_eq!(scene.roster(&leg).len(), 2);
    let body = json!({"targetParticipant": who("8:acs:r_1"), "operationContext": "keys"});
    scene.ok(on!(StartContinuousDtmfRecognition, leg), &body);
    scene.seconds(2);
    assert_eq!(scene.roster(&leg)[2], "8:acs:r_2");
    scene.seconds(10);
    assert_eq!(scene.roster(&leg).len(), 2, "the first has left");
    let numbers: Vec<i64> = scene.callbacks.iter().filter_map(|it| it.detail.sequence_number).collect();
    assert!(numbers[0] == 1 && numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

#[test]
fn a_group_call_that_goes_on_by_script_can_be_joined() {
    let mut scene = staged(json!({"groupCalls": {"g": {AGENT: {}, SECOND: {}}}}));
    let leg = join(&mut scene, json!({"groupCallId": "g"}));
    assert_eq!(scene.roster(&leg).len(), 3);
    let body = json!({"callLocator": {"groupCallId": "h"}, "callbackUri": "https://app.example.com/cb"});
    scene.callbacks.clear();
    scene.ok(Operation::Connect, &body);
    scene.seconds(1);
    assert_eq!(scene.names(), ["ConnectFailed"]);
}

#[test]
fn somebody_comes_into_a_call_that_is_answered() {
    let mut scene = Scene::new();
    let call = json!({"people": {AGENT: {"joinsAfter": "5s", "hangupAfter": "10s"}, SECOND: {"busy": true}}});
    let leg = scene.inbound(call);
    scene.seconds(6);
    assert_eq!(scene.names(), ["ParticipantsUpdated"]);
    assert_eq!(scene.roster(&leg).len(), 3);
    scene.seconds(10);
    assert_eq!(scene.roster(&leg).len(), 2);

    // The call was over before.
    let mut scene = Scene::new();
    let call = scene.place(json!({"people": {AGENT: {"joinsAfter": "5s"}}, "script": {"hangupAfter": "2s"}}));
    scene.answer();
    scene.settle();
    let view = scene.world.call(call, 0).unwrap();
    assert!(view.state == CallState::Ended && view.participants.is_empty());
}

#[test]
fn keys_that_do_not_get_through() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"script": {"keysLost": true, "press": [{"keys": "1", "at": "3s"}]}}));
    let target = json!({"targetParticipant": who(CALLER), "operationContext": "keys"});
    scene.ok(on!(StartContinuousDtmfRecognition, leg), &target);
    let body = json!({"targetParticipant": who(CALLER), "tones": ["one"], "operationContext": "send"});
    scene.ok(on!(SendDtmfTones, leg), &body);
    scene.seconds(5);
    let expected = ["SendDtmfTonesFailed 500/9999", "ContinuousDtmfRecognitionToneFailed 500/9999"];
    assert_eq!(scene.trace(), expected);
    assert_eq!(scene.callbacks[1].operation_context.as_deref(), Some("keys"));
}

#[test]
fn keys_for_somebody_who_has_left() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"people": {AGENT: {"hangupAfter": "2s"}}}));
    let invite = json!({"participantToAdd": who(AGENT), "sourceCallerIdNumber": {"value": LINE}});
    scene.ok(on!(AddParticipant, leg), &invite);
    scene.seconds(2);
    let tones: Vec<&str> = vec!["one"; 18];
    scene.ok(on!(SendDtmfTones, leg), &json!({"targetParticipant": who(AGENT), "tones": tones}));
    scene.callbacks.clear();
    scene.seconds(8);
    assert_eq!(scene.trace(), ["ParticipantsUpdated 200/0", "SendDtmfTonesFailed 400/8585"]);
}

/// A call with both streams, and what a script says of their URLs.
fn streaming(extra: Value, audio: Option<&str>) -> Scene {
    let mut scene = Scene::new();
    scene.place(extra);
    let body = json!({"incomingCallContext": scene.context(), "callbackUri": "https://a.example/", "operationContext": "leg",
        "transcriptionOptions": {"transportType": "websocket", "locale": "en-US", "startTranscription": true,
                                 "transportUrl": "wss://a.example/text"},
        "mediaStreamingOptions": {"transportType": "websocket", "audioChannelType": "mixed", "startMediaStreaming": true,
                                  "transportUrl": audio}});
    scene.ok(Operation::AnswerCall, &body);
    scene.seconds(20);
    scene.callbacks.retain(|callback| {
        let name = callback.kind.name();
        name.starts_with("Transcription") || name.starts_with("MediaStreaming")
    });
    scene
}

#[test]
fn streams_that_fail() {
    const AUDIO: Option<&str> = Some("wss://a.example/audio");
    let media = |what: Value| json!({"media": {"wss://a.example/audio": what, "wss://a.example/text": what}});
    let (stream, text) = ("mediaStreamingStatusDetails", "transcriptionStatusDetails");
    for (extra, audio, expected, details) in [
        (
            json!({}),
            AUDIO,
            vec!["MediaStreamingStarted 200/0", "TranscriptionStarted 200/0"],
            [(stream, "subscriptionStarted"), (text, "subscriptionStarted")],
        ),
        (
            media(json!({"unreachable": true})),
            AUDIO,
            vec!["MediaStreamingFailed 500/8603", "TranscriptionFailed 500/9999"],
            [(stream, "initialWebSocketConnectionFailed"), (text, "streamConnectionUnsuccessful")],
        ),
        (
            media(json!({"breaksAfter": "5s"})),
            AUDIO,
            vec![
                "MediaStreamingStarted 200/0",
                "TranscriptionStarted 200/0",
                "MediaStreamingFailed 500/8603",
                "TranscriptionFailed 500/9999",
            ],
            [(stream, "streamConnectionInterrupted"), (text, "streamConnectionInterrupted")],
        ),
        (
            json!({}),
            None,
            vec!["MediaStreamingFailed 500/8603", "TranscriptionStarted 200/0"],
            [(stream, "streamUrlMissing"), (text, "subscriptionStarted")],
        ),
        (
            json!({"speechFails": true}),
            AUDIO,
            vec!["MediaStreamingStarted 200/0", "TranscriptionFailed 400/8564"],
            [(stream, "subscriptionStarted"), (text, "speechServicesConnectionError")],
        ),
    ] {
        let scene = streaming(extra, audio);
        assert_eq!(scene.trace(), expected);
        let last = &scene.callbacks[expected.len() - 2..];
        let told = [&last[0].data["mediaStreamingUpdate"], &last[1].data["transcriptionUpdate"]];
        for (update, (key, value)) in told.into_iter().zip(details) {
            assert_eq!(update[key], value, "{update}");
        }
    }
}

#[test]
fn a_broken_stream_can_be_started_again_and_breaks_again() {
    let broken = json!({"media": {"wss://a.example/audio": {"breaksAfter": "5s"}}});
    let mut scene = streaming(broken, Some("wss://a.example/audio"));
    let leg = scene.callbacks[0].call_connection_id.clone().unwrap();
    scene.callbacks.clear();
    scene.ok(on!(StartMediaStreaming, leg), &json!({"operationContext": "again"}));
    scene.seconds(4);
    scene.ok(on!(StopMediaStreaming, leg), &json!({"operationContext": "stop"}));
    scene.ok(on!(StartMediaStreaming, leg), &json!({"operationContext": "third"}));
    scene.seconds(4);
    assert_eq!(scene.names(), ["MediaStreamingStarted", "MediaStreamingStopped", "MediaStreamingStarted"]);
    scene.seconds(4);
    assert_eq!(scene.names().last(), Some(&"MediaStreamingFailed"), "once for the one that runs");
    assert_eq!(scene.names().len(), 4);
}

#[test]
fn an_answer_that_comes_too_late() {
    let mut scene = Scene::new();
    let call = scene.place(json!({"answerFails": true}));
    let leg = scene.answer();
    scene.settle();
    assert_eq!(scene.trace(), ["AnswerFailed 400/8587"]);
    assert_eq!(scene.callbacks[0].operation_context.as_deref(), Some("leg"));
    assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ended);
    scene.refused(on!(GetCall, leg), &json!(null), (404, "8522"));
}

#[test]
fn a_recording_that_does_not_begin() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"recordingFails": true}));
    let body = json!({"callConnectionId": leg, "recordingStateCallbackUri": "https://rec.example/"});
    let (status, answer) = scene.ask(Operation::StartRecording, &body);
    assert_eq!(status, 202, "under way");
    let recording_id = answer["recordingId"].as_str().unwrap().to_owned();
    scene.seconds(1);
    let failed = scene.only("StartRecordingFailed").clone();
    assert_eq!(
        failed.call_connection_id.as_deref(),
        Some(leg.as_str()),
        "the leg's id, unlike other events of recordings"
    );
    assert_eq!(failed.data["recordingId"], recording_id.as_str());
    assert_eq!(scene.urls.last().unwrap(), "https://rec.example/");
    scene.refused(Operation::GetRecordingState { recording_id }, &json!(null), (404, "8522"));
    let server_call = scene.incoming[0].server_call_id.clone();
    let body = json!({"callLocator": {"kind": "serverCallLocator", "serverCallId": server_call}});
    assert_eq!(scene.ask(Operation::StartRecording, &body).0, 200);
    scene.settle();
    assert_eq!(scene.names().iter().filter(|name| **name == "StartRecordingFailed").count(), 2);
    assert!(
        scene
            .grid
            .iter()
            .all(|event| event[0]["eventType"] != "Microsoft.Communication.RecordingFileStatusUpdated")
    );
}

#[test]
fn a_file_counts_what_was_recorded_and_not_the_pauses() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    let answer = scene.ok(Operation::StartRecording, &json!({"callConnectionId": leg}));
    let recording_id = answer["recordingId"].as_str().unwrap().to_owned();
    scene.seconds(10);
    scene.ok(Operation::PauseRecording { recording_id: recording_id.clone() }, &json!(null));
    scene.seconds(30);
    scene.ok(Operation::ResumeRecording { recording_id: recording_id.clone() }, &json!(null));
    scene.seconds(5);
    scene.ok(Operation::StopRecording { recording_id }, &json!(null));
    scene.seconds(1);
    assert_eq!(scene.grid.last().unwrap()[0]["data"]["recordingDurationMs"], 15_000);
}

#[test]
fn starting_a_recording_repeats_the_roster_under_its_number() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    scene.ok(Operation::StartRecording, &json!({"callConnectionId": leg}));
    scene.seconds(1);
    let rosters: Vec<_> =
        scene.callbacks.iter().filter(|it| it.kind.name() == "ParticipantsUpdated").collect();
    let [first, second] = rosters.as_slice() else { panic!("{:?}", scene.names()) };
    assert_eq!(first.detail.sequence_number, second.detail.sequence_number);
    assert_ne!(first.id, second.id);
}

/// How long something plays, in seconds and tenths, or how it fails.
fn plays(script: Value, sources: Value) -> String {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"media": script["media"], "speechFails": script["speechFails"] == true}));
    let began = scene.at;
    scene.ok(on!(Play, leg), &json!({"playSources": sources}));
    while !scene.names().iter().any(|name| ["PlayCompleted", "PlayFailed"].contains(name)) {
        scene.run(Duration::from_millis(100));
    }
    let took = scene.at.duration_since(began).as_secs_f64();
    match scene.callbacks.last().unwrap() {
        last if last.kind.name() == "PlayCompleted" => format!("{took:.0}"),
        last => {
            let sub_code = last.result.as_ref().unwrap().sub_code.unwrap();
            format!("{sub_code} at {}", last.detail.failed_play_source_index.unwrap())
        }
    }
}

#[test]
fn media_take_as_long_as_what_they_are_made_of() {
    let file = |name: &str| json!({"kind": "file", "file": {"uri": format!("https://a.example/{name}")}});
    let ssml = |body: &str| json!({"kind": "ssml", "ssml": {"ssmlText": format!("<speak>{body}</speak>")}});
    let media = json!({"media": {
        "https://a.example/long.wav": {"lasts": "2m"}, "https://a.example/gone.wav": {"missing": true},
        "https://a.example/video.wav": {"wrongFormat": true}, "https://a.example/song.mp3": {"lasts": "7s"}}});
    let fifteen = "a".repeat(15 * 15);
    for (script, sources, expected) in [
        (media.clone(), json!([file("long.wav")]), "120"),
        (media.clone(), json!([file("long.wav"), file("other.wav")]), "123"),
        (media.clone(), json!([file("song.mp3")]), "7"),
        (media.clone(), json!([file("other.wav"), file("gone.wav")]), "8536 at 1"),
        (media, json!([file("video.wav")]), "8535 at 0"),
        (json!({}), json!([text(&fifteen)]), "15"),
        (json!({}), json!([ssml(&fifteen)]), "15"),
        (json!({}), json!([ssml(&format!("{fifteen}<break time=\"5s\"/>"))]), "20"),
        (json!({}), json!([ssml("<break time=\"3s\"/>")]), "3"),
        (json!({}), json!([ssml("")]), "8582 at 0"),
        (json!({"speechFails": true}), json!([file("a.wav"), text("hello")]), "8565 at 1"),
    ] {
        let script = if script["media"].is_null() {
            json!({"media": {}, "speechFails": script["speechFails"]})
        } else {
            script
        };
        assert_eq!(plays(script, sources.clone()), expected, "{sources}");
    }
}

#[test]
fn a_loop_for_everyone_goes_on_until_it_is_cancelled() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"media": {"https://a.example/m.wav": {"lasts": "40s"}}}));
    let music = json!({"playSources": [{"kind": "file", "file": {"uri": "https://a.example/m.wav"}}],
        "playOptions": {"loop": true}, "operationContext": "music"});
    scene.ok(on!(Play, leg), &music);
    scene.seconds(300);
    assert_eq!(scene.names(), ["PlayStarted"]);
    scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
    scene.seconds(1);
    assert_eq!(scene.trace()[1], "PlayCanceled 400/8508");
}

#[test]
fn speech_that_nobody_understands() {
    for (call, expected) in [
        (json!({"script": {"say": [{"unclear": true}]}}), "RecognizeFailed 400/8563"),
        (json!({"script": {"say": ["sales"]}, "speechFails": true}), "RecognizeFailed 400/8564"),
        (json!({"script": {"say": [null]}}), "RecognizeFailed 400/8510"),
    ] {
        let mut scene = Scene::new();
        let leg = scene.inbound(call);
        let body = json!({"recognizeInputType": "speech", "recognizeOptions": {"targetParticipant": who(CALLER),
            "speechOptions": {"endSilenceTimeoutInMs": 500}}});
        scene.ok(on!(Recognize, leg), &body);
        scene.seconds(10);
        assert_eq!(scene.trace(), [expected]);
    }
}

#[test]
fn transfers_by_how_the_target_takes_them() {
    for (person, expected) in [
        (json!({}), "CallTransferAccepted 200/0"),
        (json!({"voicemail": true}), "CallTransferAccepted 200/0"),
        (json!({"decline": true}), "CallTransferFailed 603/560603"),
        (json!({"busy": true}), "CallTransferFailed 486/560486"),
        (json!({"noAnswer": true}), "CallTransferFailed 480/560480"),
        (json!({"unavailable": true}), "CallTransferFailed 503/560503"),
        (json!({"unknown": true}), "CallTransferFailed 404/560404"),
    ] {
        let mut scene = staged(json!({"people": {AGENT: person}}));
        let leg = scene.inbound(json!({}));
        scene.ok(on!(TransferToParticipant, leg), &json!({"targetParticipant": who(AGENT)}));
        scene.seconds(62);
        assert_eq!(scene.trace()[0], expected);
    }
}

#[test]
fn event_grid_tells_of_calls_with_users_in_them() {
    let mut scene =
        staged(json!({"rooms": {ROOM: {"8:acs:r_1": {"hangupAfter": "20s"}, AGENT: {"joinsAfter": "5s"}}}}));
    let leg = join(&mut scene, json!({"roomId": ROOM}));
    scene.seconds(30);
    scene.ok(on!(TerminateCall, leg), &json!(null));
    scene.seconds(1);
    let told: Vec<(String, String)> = scene
        .grid
        .iter()
        .map(|event| {
            let kind = event[0]["eventType"].as_str().unwrap().replace("Microsoft.Communication.", "");
            let who =
                event[0]["data"]["user"]["communicationIdentifier"]["rawId"].as_str().unwrap_or_default();
            (kind, who.to_owned())
        })
        .collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(kind, who)| (kind.as_str(), who.as_str())).collect();
    let agent = format!("4:{AGENT}");
    assert_eq!(
        told,
        [
            ("CallStarted", ""),
            ("CallParticipantAdded", "8:acs:r_1"),
            ("CallParticipantAdded", &agent),
            ("CallParticipantRemoved", "8:acs:r_1"),
            ("CallParticipantRemoved", &agent),
            ("CallEnded", ""),
        ]
    );
    let (started, ended) = (&scene.grid[0][0], &scene.grid[5][0]);
    assert_eq!(started["data"]["room"]["id"], ROOM);
    assert!(started["subject"].as_str().unwrap().ends_with("/startedBy/8:acs:r_1"));
    assert!(ended["data"]["callDurationInSeconds"].as_f64().unwrap() > 30.0);

    // Only calls with users of the resource.
    let mut scene = Scene::new();
    scene.inbound(json!({}));
    scene.settle();
    assert_eq!(scene.grid.len(), scene.incoming.len());
}
