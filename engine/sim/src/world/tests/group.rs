//! Adding, removing, transferring, moving, muting, holding and recording.

use acs::Operation;
use serde_json::json;

use super::{AGENT, CALLER, LINE, SECOND, Scene, on, sorted, who};
use crate::CallState;

fn invite(address: &str) -> serde_json::Value {
    json!({"participantToAdd": who(address), "sourceCallerIdNumber": {"value": LINE}, "operationContext": "add",
           "invitationTimeoutInSeconds": 20})
}

#[test]
fn invitations_by_how_they_are_taken() {
    for (person, expected) in [
        (json!({}), vec!["AddParticipantSucceeded 200/0", "ParticipantsUpdated 200/0"]),
        (json!({"voicemail": true}), vec!["AddParticipantSucceeded 200/0", "ParticipantsUpdated 200/0"]),
        (json!({"decline": true}), vec!["AddParticipantFailed 603/560603"]),
        (json!({"noAnswer": true}), vec!["AddParticipantFailed 480/560480"]),
        (json!({"answerAfter": "21s"}), vec!["AddParticipantFailed 480/560480"]),
    ] {
        let mut scene = Scene::new();
        let leg = scene.inbound(json!({"people": {AGENT: person}}));
        let answer = scene.ok(on!(AddParticipant, leg), &invite(AGENT));
        assert_eq!(answer["operationContext"], "add");
        assert_eq!(answer["participant"]["identifier"]["rawId"], format!("4:{AGENT}"));
        assert!(answer["participant"].get("isOnHold").is_none());
        assert!(answer["invitationId"].is_string());
        scene.seconds(25);
        assert_eq!(scene.trace(), expected);
        assert_eq!(scene.callbacks[0].detail.participant.as_ref().unwrap().raw_id(), format!("4:{AGENT}"));
    }
}

#[test]
fn an_invitation_is_withdrawn_once() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"people": {AGENT: {"noAnswer": true}}}));
    let invitation = scene.ok(on!(AddParticipant, leg), &invite(AGENT))["invitationId"].clone();
    let body = json!({"invitationId": invitation, "operationContext": "cancel"});
    assert_eq!(scene.ok(on!(CancelAddParticipant, leg), &body), body);
    scene.seconds(30);
    assert_eq!(scene.trace(), ["CancelAddParticipantSucceeded 200/5300"], "and no AddParticipantFailed");
    assert_eq!(json!(scene.callbacks[0].detail.invitation_id), invitation);
    scene.ok(on!(CancelAddParticipant, leg), &body);
    scene.seconds(1);
    assert_eq!(scene.trace()[1], "CancelAddParticipantFailed 404/8543");
}

#[test]
fn removing_people() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    scene.ok(on!(AddParticipant, leg), &invite(AGENT));
    scene.seconds(2);
    let own = scene.roster(&leg).into_iter().find(|raw_id| raw_id.starts_with("8:acs:")).unwrap();
    scene.callbacks.clear();
    let remove = |who| json!({"participantToRemove": who, "operationContext": "rem"});
    scene.ok(on!(RemoveParticipant, leg), &remove(who(&own)));
    scene.ok(on!(RemoveParticipant, leg), &remove(who(SECOND)));
    scene.ok(on!(RemoveParticipant, leg), &remove(who(AGENT)));
    scene.seconds(1);
    assert_eq!(
        scene.trace(),
        [
            "RemoveParticipantFailed 400/8552",
            "RemoveParticipantFailed 404/8522",
            "RemoveParticipantSucceeded 200/0",
            "ParticipantsUpdated 200/0"
        ]
    );
    assert_eq!(scene.roster(&leg).len(), 2);

    scene.callbacks.clear();
    scene.ok(on!(RemoveParticipant, leg), &remove(who(CALLER)));
    scene.seconds(1);
    assert_eq!(scene.trace(), ["RemoveParticipantSucceeded 200/0", "CallDisconnected 200/5002"]);
}

#[test]
fn a_call_of_two_is_transferred_and_left() {
    for (person, expected) in [
        (json!({}), vec!["CallTransferAccepted 200/0", "CallDisconnected 200/0"]),
        (json!({"voicemail": true}), vec!["CallTransferAccepted 200/0", "CallDisconnected 200/0"]),
        (json!({"decline": true}), vec!["CallTransferFailed 603/560603"]),
        (json!({"noAnswer": true}), vec!["CallTransferFailed 480/560480"]),
    ] {
        let mut scene = Scene::new();
        let is_failure = expected.len() == 1;
        let call = scene.place(json!({"people": {AGENT: person}}));
        let leg = scene.answer();
        scene.seconds(1);
        scene.callbacks.clear();
        let body = json!({"targetParticipant": who(AGENT), "operationContext": "xfer"});
        assert_eq!(scene.ok(on!(TransferToParticipant, leg), &body), json!({"operationContext": "xfer"}));
        assert_eq!(scene.ok(on!(GetCall, leg), &json!(null))["callConnectionState"], "transferring");
        scene.refused(on!(TransferToParticipant, leg), &body, (409, "8607"));
        scene.refused(on!(CancelAllMediaOperations, leg), &json!(null), (400, "8585"));
        scene.seconds(61);
        assert_eq!(scene.trace(), expected);
        if is_failure {
            scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
        } else {
            let detail = &scene.callbacks[0].detail;
            assert_eq!(detail.transferee.as_ref().unwrap().raw_id(), format!("4:{CALLER}"));
            assert_eq!(detail.transfer_target.as_ref().unwrap().raw_id(), format!("4:{AGENT}"));
            scene.refused(on!(GetCall, leg), &json!(null), (404, "8522"));
            assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ended);
        }
    }
}

#[test]
fn hanging_up_ends_a_transfer_in_progress() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"people": {AGENT: {"noAnswer": true}}}));
    scene.ok(on!(TransferToParticipant, leg), &json!({"targetParticipant": who(AGENT)}));
    scene.seconds(5);
    scene.ok(on!(HangUp, leg), &json!(null));
    scene.settle();
    assert_eq!(scene.trace(), ["CallDisconnected 200/7000"]);

    // The one who shall be moved hangs up.
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"script": {"hangupAfter": "5s"}, "people": {AGENT: {"noAnswer": true}}}));
    scene.ok(on!(TransferToParticipant, leg), &json!({"targetParticipant": who(AGENT)}));
    scene.settle();
    assert_eq!(scene.trace(), ["CallTransferFailed 487/560487", "CallDisconnected 200/540000"]);
}

#[test]
fn one_of_a_group_is_transferred() {
    let mut scene = Scene::new();
    let leg = scene.outbound(&[AGENT, SECOND]);
    let mut body = json!({"targetParticipant": who(CALLER)});
    scene.refused(on!(TransferToParticipant, leg), &body, (400, "8523"));
    body["transferee"] = who(AGENT);
    scene.ok(on!(TransferToParticipant, leg), &body);
    scene.seconds(3);
    assert_eq!(scene.trace(), ["CallTransferAccepted 200/0", "ParticipantsUpdated 200/0"]);
    assert!(!scene.roster(&leg).contains(&format!("4:{AGENT}")));
    scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
    for wrong in [
        json!({"targetParticipant": who(SECOND)}),
        json!({"targetParticipant": who(CALLER), "transferee": who(AGENT)}),
    ] {
        scene.refused(on!(TransferToParticipant, leg), &wrong, (400, "8523"));
    }
}

#[test]
fn leaving_and_ending_a_group_call() {
    let mut scene = Scene::new();
    let leg = scene.outbound(&[AGENT, SECOND]);
    scene.ok(on!(HangUp, leg), &json!(null));
    scene.seconds(1);
    assert_eq!(scene.trace(), ["CallDisconnected 200/7000"]);
    let states: Vec<_> = scene.world.latest_calls(1).into_iter().map(|call| call.state).collect();
    assert_eq!(states, [CallState::Connected], "the others keep talking");
    scene.settle();
    assert_eq!(scene.world.latest_calls(1)[0].state, CallState::Ended);
}

#[test]
fn silent_changes_show_in_the_roster_only() {
    let user = "8:acs:a_b";
    let mut scene = Scene::new();
    let leg = scene.outbound(&[user, AGENT]);
    let target = json!({"targetParticipant": who(AGENT)});
    let mute = |target| json!({"targetParticipants": [target]});
    for (operation, body, person, muted, held) in [
        (on!(MuteParticipants, leg), mute(who(user)), user.to_owned(), true, false),
        (on!(Hold, leg), target.clone(), format!("4:{AGENT}"), false, true),
        (on!(Unhold, leg), target.clone(), format!("4:{AGENT}"), false, false),
    ] {
        scene.callbacks.clear();
        scene.ok(operation, &body);
        scene.seconds(1);
        let roster = scene.only("ParticipantsUpdated").detail.participants.clone().unwrap();
        let shown =
            roster.iter().find(|shown| shown.identifier.as_ref().unwrap().raw_id() == person).unwrap();
        assert_eq!((shown.is_muted, shown.is_on_hold), (Some(muted), Some(held)));
        let operation =
            Operation::GetParticipant { call_connection_id: leg.clone(), participant_raw_id: person };
        assert_eq!(scene.ok(operation, &json!(null))["isMuted"], json!(muted));
    }
    scene.refused(on!(MuteParticipants, leg), &mute(who(AGENT)), (400, "8523"));
    let music = json!({"targetParticipant": who(AGENT), "operationContext": "hold",
        "playSourceInfo": {"kind": "file", "file": {"uri": "https://a.example/b.mp3"}}});
    scene.callbacks.clear();
    scene.ok(on!(Hold, leg), &music);
    scene.seconds(1);
    assert_eq!(scene.trace(), ["ParticipantsUpdated 200/0", "HoldFailed 400/8535"]);
}

#[test]
fn participants_come_in_pages() {
    let mut scene = Scene::with(crate::WorldOptions { page: 2, ..Default::default() });
    let leg = scene.outbound(&[AGENT, SECOND]);
    let first = scene.ok(on!(ListParticipants, leg), &json!(null));
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    assert!(first["nextLink"].as_str().unwrap().ends_with("&skip=2"));
    let mut request = crate::Request::new(on!(ListParticipants, leg), Vec::new());
    request.skip = 2;
    let last = scene.world.on_request(&request, scene.at);
    let last: serde_json::Value = serde_json::from_slice(&last.body).unwrap();
    assert_eq!(last["value"].as_array().unwrap().len(), 1);
    assert!(last.get("nextLink").is_none());
}

#[test]
fn people_move_between_calls() {
    let mut scene = Scene::new();
    let from = scene.outbound(&[AGENT]);
    let to = scene.outbound(&[SECOND]);
    let body = json!({"targetParticipants": [who(AGENT), who(CALLER)], "fromCall": from, "operationContext": "move"});
    scene.ok(on!(MoveParticipants, to), &body);
    scene.seconds(1);
    let received: Vec<String> = scene
        .callbacks
        .iter()
        .filter(|callback| callback.call_connection_id.as_deref() == Some(&to))
        .map(|callback| callback.kind.name().to_owned())
        .collect();
    assert_eq!(received, ["MoveParticipantSucceeded", "MoveParticipantFailed", "ParticipantsUpdated"]);
    assert_eq!(scene.roster(&to).len(), 3);
    assert!(scene.names().contains(&"CallDisconnected"), "the emptied call ends");
    scene.refused(on!(MoveParticipants, to), &body, (404, "8522"));
}

#[test]
fn a_recording_from_start_to_file() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    let body = json!({"callConnectionId": leg, "recordingStateCallbackUri": "https://rec.example/", "recordingContentType": "audio"});
    let id = scene.ok(Operation::StartRecording, &body)["recordingId"].as_str().unwrap().to_owned();
    scene.refused(Operation::StartRecording, &body, (400, "8559"));
    scene.seconds(1);
    let changes: Vec<_> =
        scene.callbacks.iter().filter(|it| it.kind.name() == "RecordingStateChanged").collect();
    let states: Vec<_> = changes.iter().map(|change| change.data["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["inactive", "active"], "it is there before it records");
    assert_eq!(changes[0].data["startDateTime"], "0001-01-01T00:00:00+00:00");
    let started = changes[1].clone();
    assert_ne!(started.call_connection_id.as_deref(), Some(leg.as_str()), "the recorder's id, not the leg's");
    assert!(started.source.starts_with("calling/recordings/"));

    scene.ok(Operation::PauseRecording { recording_id: id.clone() }, &json!(null));
    scene.refused(Operation::PauseRecording { recording_id: id.clone() }, &json!(null), (400, "8585"));
    let state = scene.ok(Operation::GetRecordingState { recording_id: id.clone() }, &json!(null));
    assert_eq!(state["recordingState"], "inactive");
    scene.ok(Operation::ResumeRecording { recording_id: id.clone() }, &json!(null));
    scene.seconds(1);
    scene.ok(Operation::StopRecording { recording_id: id.clone() }, &json!(null));
    scene.seconds(1);
    scene.refused(Operation::GetRecordingState { recording_id: id }, &json!(null), (404, "8522"));
    let file = scene.grid.last().unwrap();
    assert_eq!(file[0]["eventType"], "Microsoft.Communication.RecordingFileStatusUpdated");
    assert_eq!(file[0]["data"]["recordingContentType"], "Audio");

    // Into a container of the application's own.
    let mut stored = body.clone();
    stored["externalStorage"] = json!({
        "recordingStorageKind": "azureBlobStorage",
        "recordingDestinationContainerUrl": "https://contoso.blob.core.windows.net/recordings/",
    });
    let id = scene.ok(Operation::StartRecording, &stored)["recordingId"].as_str().unwrap().to_owned();
    scene.seconds(1);
    scene.ok(Operation::StopRecording { recording_id: id }, &json!(null));
    scene.seconds(1);
    let chunk = &scene.grid.last().unwrap()[0]["data"]["recordingStorageInfo"]["recordingChunks"][0];
    let location = chunk["contentLocation"].as_str().unwrap();
    assert!(location.starts_with("https://contoso.blob.core.windows.net/recordings/0-sim-"), "{chunk}");

    // A call that ends takes its recording with it.
    scene.ok(Operation::StartRecording, &body);
    scene.seconds(1);
    scene.callbacks.clear();
    scene.ok(on!(HangUp, leg), &json!(null));
    scene.settle();
    assert_eq!(sorted(&scene.names()), ["CallDisconnected", "RecordingStateChanged"]);
}

#[test]
fn streams_need_their_options() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    for operation in
        [on!(StartTranscription, leg), on!(StartMediaStreaming, leg), on!(StopTranscription, leg)]
    {
        scene.refused(operation, &json!({}), (405, "8522"));
    }
    scene.place(json!({}));
    let body = json!({"incomingCallContext": scene.context(), "callbackUri": "https://a.example/",
        "transcriptionOptions": {"transportType": "websocket", "locale": "en-US", "startTranscription": true,
                                 "transportUrl": "wss://a.example/text"},
        "mediaStreamingOptions": {"transportType": "websocket", "audioChannelType": "mixed", "transportUrl": "wss://a.example/audio"}});
    let answer = scene.ok(Operation::AnswerCall, &body);
    assert_eq!(answer["mediaStreamingSubscription"]["state"], "inactive");
    let leg = answer["callConnectionId"].as_str().unwrap();
    scene.seconds(1);
    scene.only("TranscriptionStarted");
    scene.ok(on!(UpdateTranscription, leg), &json!({"locale": "de-DE"}));
    scene.ok(on!(StopTranscription, leg), &json!(null));
    scene.refused(on!(StopTranscription, leg), &json!({}), (400, "8585"));
    scene.ok(on!(StartMediaStreaming, leg), &json!({"operationContext": "ms"}));
    scene.ok(on!(StopMediaStreaming, leg), &json!({"operationContext": "ms"}));
    scene.callbacks.clear();
    scene.seconds(1);
    assert_eq!(
        scene.names(),
        ["TranscriptionUpdated", "TranscriptionStopped", "MediaStreamingStarted", "MediaStreamingStopped"]
    );
}
