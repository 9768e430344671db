//! Two legs of applications in one call, as in the recordings.

use acs::Operation;
use serde_json::json;

use super::{CALLER, SECOND, Scene, on, sorted, who};

const USER: &str = "8:acs:a_b";

/// A call from one leg to another; gives both.
fn two_legs(scene: &mut Scene) -> (String, String) {
    scene.person(USER, json!({"application": true}));
    let caller = scene.create(&[USER]);
    scene.seconds(1);
    let answerer = scene.answer();
    scene.seconds(1);
    (caller, answerer)
}

fn of(scene: &Scene, leg: &str) -> Vec<String> {
    let mine = scene.callbacks.iter().map(|callback| callback.call_connection_id.as_deref() == Some(leg));
    scene.trace().into_iter().zip(mine).filter(|(_, mine)| *mine).map(|(line, _)| line).collect()
}

/// Source: recording `create-and-hangup.json`.
#[test]
fn both_are_connected_and_hear_of_the_end_with_their_own_codes() {
    let mut scene = Scene::new();
    let (caller, answerer) = two_legs(&mut scene);
    let expected = ["CallConnected", "CallConnected", "ParticipantsUpdated", "ParticipantsUpdated"];
    assert_eq!(sorted(&scene.names()), expected);
    let ids: Vec<_> = scene.callbacks.iter().map(|callback| callback.server_call_id.clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "one call");
    assert_eq!(scene.roster(&caller).len(), 2);
    scene.callbacks.clear();
    scene.ok(on!(TerminateCall, caller), &json!(null));
    scene.seconds(1);
    assert_eq!(of(&scene, &caller), ["CallDisconnected 200/7000"]);
    assert_eq!(of(&scene, &answerer), ["CallDisconnected 200/5001"]);
}

/// Source: recording `remove-participant.json`.
#[test]
fn a_leg_that_is_removed() {
    let mut scene = Scene::new();
    let (caller, answerer) = two_legs(&mut scene);
    scene.callbacks.clear();
    scene.ok(on!(RemoveParticipant, caller), &json!({"participantToRemove": who(USER)}));
    scene.seconds(1);
    assert_eq!(of(&scene, &answerer), ["CallDisconnected 200/5300"]);
    assert_eq!(of(&scene, &caller), ["RemoveParticipantSucceeded 200/0", "CallDisconnected 200/5002"]);
}

/// Source: recording `reject-call.json`.
#[test]
fn a_rejected_call() {
    let mut scene = Scene::new();
    scene.person(USER, json!({"application": true}));
    let caller = scene.create(&[USER]);
    scene.seconds(1);
    scene.ok(Operation::RejectCall, &json!({"incomingCallContext": scene.context()}));
    scene.seconds(1);
    assert_eq!(of(&scene, &caller), ["CallDisconnected 603/0", "CreateCallFailed 603/0"]);
}

#[test]
fn the_caller_withdraws_while_the_answer_is_on_its_way() {
    let mut scene = Scene::new();
    scene.person(USER, json!({"application": true}));
    let caller = scene.create(&[USER]);
    scene.seconds(1);
    scene.ok(on!(HangUp, caller), &json!(null));
    let answerer = scene.answer();
    scene.settle();
    assert_eq!(of(&scene, &caller), ["CallDisconnected 200/7000"]);
    assert_eq!(of(&scene, &answerer), ["AnswerFailed 487/560487"]);
}

#[test]
fn a_transfer_to_an_application_carries_its_headers() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"people": {SECOND: {"application": true}}}));
    let headers = json!({"sipHeaders": {"User-To-User": "ticket=42"}});
    scene.ok(
        on!(TransferToParticipant, leg),
        &json!({"targetParticipant": who(SECOND), "customCallingContext": headers}),
    );
    scene.seconds(1);
    let incoming = scene.incoming.last().unwrap().clone();
    assert_eq!(incoming.from.raw_id(), format!("4:{CALLER}"));
    assert_eq!(json!(incoming.custom_context), headers);
    let other = scene.answer();
    scene.seconds(1);
    assert_eq!(of(&scene, &leg), ["CallTransferAccepted 200/0", "CallDisconnected 200/0"]);
    assert!(scene.names().contains(&"CallConnected"));
    scene.ok(on!(GetCall, other), &json!(null));
}
