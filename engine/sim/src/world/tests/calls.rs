//! How calls begin and end.

use std::time::Duration;

use acs::Operation;
use serde_json::json;

use super::{AGENT, CALLER, LINE, SECOND, Scene, on, sorted, who};
use crate::{CallState, Happened};

#[test]
fn an_answered_call_until_the_application_hangs_up() {
    let mut scene = Scene::new();
    let call = scene.place(json!({"callerDisplayName": "Ada"}));
    let incoming = scene.incoming[0].clone();
    assert_eq!((incoming.from.raw_id(), incoming.to.raw_id()), (format!("4:{CALLER}"), format!("4:{LINE}")));
    assert_eq!(incoming.caller_display_name, "Ada");
    assert_eq!(scene.grid[0][0]["subject"], format!("/caller/4:{CALLER}/recipient/4:{LINE}"));

    let body = json!({"incomingCallContext": scene.context(), "callbackUri": "http://localhost:1/cb"});
    let answer = scene.ok(Operation::AnswerCall, &body);
    assert_eq!(answer["callConnectionState"], "unknown");
    assert_eq!(answer["serverCallId"], incoming.server_call_id);
    assert_eq!(answer["answeredFor"], json!({"value": LINE}));
    let leg = answer["callConnectionId"].as_str().unwrap();
    scene.refused(Operation::AnswerCall, &body, (404, "8522"));

    scene.refused(on!(Play, leg), &json!({}), (400, "8501"));
    scene.seconds(1);
    assert_eq!(sorted(&scene.names()), ["CallConnected", "ParticipantsUpdated"]);
    assert_eq!(scene.roster(leg).len(), 2);
    assert_eq!(scene.ok(on!(GetCall, leg), &json!(null))["callConnectionState"], "connected");

    scene.callbacks.clear();
    scene.ok(on!(HangUp, leg), &json!(null));
    scene.refused(on!(HangUp, leg), &json!(null), (404, "8522"));
    scene.refused(on!(Play, leg), &json!({}), (400, "8528"));
    scene.settle();
    assert_eq!(scene.trace(), ["CallDisconnected 200/7000"]);
    scene.refused(on!(GetCall, leg), &json!(null), (404, "8522"));
    assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ended);
}

#[test]
fn people_who_hang_up() {
    for (outbound, script, expected) in [
        (false, json!({"hangupAfter": "5s"}), "CallDisconnected 200/540000"),
        (true, json!({"hangupAfter": "5s"}), "CallDisconnected 200/560000"),
    ] {
        let mut scene = Scene::new();
        if outbound {
            scene.person(AGENT, script);
            scene.outbound(&[AGENT]);
        } else {
            scene.inbound(json!({"script": script}));
        }
        scene.seconds(2);
        assert_eq!(scene.trace(), Vec::<String>::new());
        scene.seconds(3);
        assert_eq!(scene.trace(), [expected]);
        assert_eq!(scene.callbacks[0].operation_context.as_deref(), Some("leg"));
    }
}

#[test]
fn calls_that_are_not_answered() {
    let mut scene = Scene::new();
    let call = scene.place(json!({}));
    scene.seconds(29);
    assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ringing);
    scene.seconds(2);
    assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ended);
    let late = json!({"incomingCallContext": scene.context(), "callbackUri": "https://a.example/"});
    scene.refused(Operation::AnswerCall, &late, (404, "8522"));

    // The caller gives up while the answer is on its way.
    scene.place(json!({"script": {"giveUpAfter": "120ms"}}));
    scene.answer();
    scene.settle();
    assert_eq!(sorted(&scene.names())[0], "CallConnected", "an answer in time counts");
    scene.callbacks.clear();
    let call = scene.place(json!({}));
    scene.answer();
    scene.world.hang_up(call, None, scene.at).unwrap();
    scene.settle();
    assert_eq!(scene.trace(), ["AnswerFailed 487/560487"]);
    assert_eq!(scene.callbacks[0].operation_context.as_deref(), Some("leg"));
}

#[test]
fn rejected_and_redirected_calls_have_no_events() {
    let mut scene = Scene::new();
    for reason in [json!(null), json!("busy"), json!("forbidden")] {
        let call = scene.place(json!({}));
        let body = json!({"incomingCallContext": scene.context(), "callRejectReason": reason});
        scene.ok(Operation::RejectCall, &body);
        scene.refused(Operation::RejectCall, &body, (404, "8522"));
        assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ended);
    }
    let call = scene.place(json!({"people": {AGENT: {"answerAfter": "2s"}}}));
    let body = json!({"incomingCallContext": scene.context(), "target": who(AGENT)});
    scene.ok(Operation::RedirectCall, &body);
    scene.refused(Operation::RedirectCall, &body, (404, "8522"));
    scene.settle();
    assert_eq!(scene.names(), Vec::<&str>::new());
    assert!(scene.story(call, Happened::Joined)[0].contains(AGENT));

    // Into the application again: a new announcement, for the number it went to.
    scene.place(json!({"people": {SECOND: {"application": true}}}));
    let body = json!({"incomingCallContext": scene.context(), "target": who(SECOND)});
    scene.ok(Operation::RedirectCall, &body);
    scene.seconds(1);
    assert_eq!(scene.incoming.last().unwrap().to.raw_id(), format!("4:{SECOND}"));
    scene.answer();
    scene.seconds(1);
    assert_eq!(sorted(&scene.names()), ["CallConnected", "ParticipantsUpdated"]);

    // VoIP to the phone network is not possible.
    scene.place(json!({"from": "8:acs:a_b"}));
    let body = json!({"incomingCallContext": scene.context(), "target": who(AGENT)});
    scene.refused(Operation::RedirectCall, &body, (400, "8523"));
}

#[test]
fn created_calls_by_how_the_callee_takes_them() {
    let user = "8:acs:a_b";
    for (target, person, expected) in [
        (AGENT, json!({"decline": true}), "603/560603"),
        (AGENT, json!({"busy": true}), "486/560486"),
        (AGENT, json!({"unavailable": true}), "503/560503"),
        (AGENT, json!({"unknown": true}), "404/560404"),
        (AGENT, json!({"noAnswer": true}), "480/560480"),
        // As recorded: code 603 without a sub-code of the phone network.
        (user, json!({"decline": true}), "603/0"),
        (user, json!({"busy": true}), "486/8539"),
    ] {
        let mut scene = Scene::new();
        scene.person(target, person);
        let leg = scene.create(&[target]);
        scene.settle();
        let expected = [format!("CallDisconnected {expected}"), format!("CreateCallFailed {expected}")];
        assert_eq!(scene.trace(), expected);
        // Delivered later, though it happened 0.6 ms earlier (recording `reject-call.json`).
        let times: Vec<_> = scene.callbacks.iter().map(|callback| callback.at().unwrap()).collect();
        assert_eq!(times[0].duration_since(times[1]), jiff::SignedDuration::from_micros(600));
        let has_sip = scene.callbacks[0].result.as_ref().unwrap().sip_details.is_some();
        assert_eq!(has_sip, target == AGENT);
        scene.refused(on!(GetCall, leg), &json!(null), (404, "8522"));
    }
    for person in [json!({}), json!({"voicemail": true})] {
        let mut scene = Scene::new();
        scene.person(AGENT, person);
        let leg = scene.create(&[AGENT]);
        scene.seconds(6);
        assert_eq!(sorted(&scene.names()), ["CallConnected", "ParticipantsUpdated"]);
        assert!(scene.roster(&leg).contains(&format!("4:{AGENT}")));
    }
}

#[test]
fn a_created_call_that_is_hung_up_while_it_rings() {
    let mut scene = Scene::new();
    let leg = scene.create(&[AGENT]);
    scene.ok(on!(HangUp, leg), &json!(null));
    scene.settle();
    assert_eq!(scene.trace(), ["CallDisconnected 200/7000"]);
}

#[test]
fn a_group_call_connects_with_the_first_and_grows_with_the_next() {
    let mut scene = Scene::new();
    scene.person(AGENT, json!({"answerAfter": "3s"}));
    scene.person(SECOND, json!({"answerAfter": "1s"}));
    scene.person(CALLER, json!({"decline": true, "after": "2s"}));
    let leg = scene.create(&[AGENT, SECOND, CALLER]);
    scene.seconds(2);
    assert_eq!(sorted(&scene.names()), ["CallConnected", "ParticipantsUpdated"]);
    assert_eq!(scene.roster(&leg).len(), 2);
    scene.callbacks.clear();
    scene.settle();
    assert_eq!(scene.names(), ["ParticipantsUpdated"]);
    assert_eq!(scene.roster(&leg).len(), 3);

    let mut scene = Scene::new();
    scene.person(AGENT, json!({"decline": true}));
    scene.person(SECOND, json!({"busy": true, "after": "4s"}));
    scene.create(&[AGENT, SECOND]);
    scene.settle();
    assert_eq!(scene.trace(), ["CallDisconnected 486/560486", "CreateCallFailed 486/560486"]);
}

#[test]
fn joining_a_running_call() {
    let mut scene = Scene::new();
    scene.inbound(json!({}));
    let server_call = scene.incoming[0].server_call_id.clone();
    scene
        .world
        .place_call(
            serde_json::from_value(json!({"from": AGENT, "groupCallId": "group-1"})).unwrap(),
            scene.at,
        )
        .unwrap();
    for (locator, expected) in [
        (json!({"kind": "serverCallLocator", "serverCallId": server_call}), "CallConnected"),
        (json!({"groupCallId": "group-1"}), "CallConnected"),
        // Rooms exist before anybody is in them.
        (json!({"kind": "roomCallLocator", "roomId": "99"}), "CallConnected"),
        (json!({"groupCallId": "nobody"}), "ConnectFailed"),
        (json!({"serverCallId": "nobody"}), "ConnectFailed"),
    ] {
        scene.callbacks.clear();
        let body =
            json!({"callLocator": locator, "callbackUri": "https://a.example/", "operationContext": "join"});
        let answer = scene.ok(Operation::Connect, &body);
        scene.seconds(1);
        let own: Vec<&str> = scene
            .callbacks
            .iter()
            .filter(|callback| callback.call_connection_id.as_deref() == answer["callConnectionId"].as_str())
            .filter(|callback| callback.operation_context.as_deref() == Some("join"))
            .map(|callback| callback.kind.name())
            .collect();
        assert_eq!(own, [expected], "{locator}");
    }
    for wrong in [
        json!({}),
        json!({"roomId": "1", "groupCallId": "2"}),
        json!({"kind": "roomCallLocator", "groupCallId": "2"}),
    ] {
        let body = json!({"callLocator": wrong, "callbackUri": "https://a.example/"});
        scene.refused(Operation::Connect, &body, (400, "8523"));
    }
}

#[test]
fn speed_shortens_what_people_do_but_not_how_long_an_announcement_is_good() {
    let options = crate::WorldOptions { speed: 10.0, ..Default::default() };
    let mut scene = Scene::with(options);
    let call = scene.place(json!({}));
    scene.seconds(29);
    assert_eq!(scene.world.call(call, 0).unwrap().state, CallState::Ringing);
    scene.place(json!({"script": {"hangupAfter": "20s"}}));
    scene.answer();
    scene.run(Duration::from_millis(1_900));
    assert!(!scene.names().contains(&"CallDisconnected"));
    scene.run(Duration::from_millis(200));
    assert!(scene.names().contains(&"CallDisconnected"));
}
