//! What goes wrong on purpose, and what is posted again.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::{Value, json};

use super::{AGENT, CALLBACK, Scene, on, sorted, text};
use crate::faults::{Chance, Fault, Faults};
use crate::limits::{FAULT_SPAN_MAX, FAULT_SPAN_MIN, GRID_RETRY_SECONDS};
use crate::request::Way;
use crate::{Channel, Delivery, Happened, Request, WorldOptions};
use acs::Operation;

fn with(fault: Fault) -> Scene {
    let mut scene = Scene::new();
    scene.world.set_faults(certain(fault));
    scene
}

fn certain(fault: Fault) -> Faults {
    Faults::default().with(fault, Chance::try_from(1.0).unwrap())
}

#[test]
fn requests_are_executed_or_not_and_answered_in_their_way() {
    for (fault, status, executed) in [
        (Fault::Throttling, 429, 0),
        (Fault::Errors, 500, 0),
        (Fault::LateErrors, 500, 1),
        (Fault::Drops, 500, 0),
        (Fault::LateDrops, 202, 1),
        (Fault::Slow, 202, 1),
        (Fault::Early, 202, 1),
    ] {
        let mut scene = Scene::new();
        let leg = scene.inbound(json!({}));
        scene.world.set_faults(certain(fault));
        let body = json!({"playSources": [text("hello")]}).to_string().into_bytes();
        let response = scene.world.on_request(&Request::new(on!(Play, leg), body), scene.at);
        assert_eq!(response.status, status, "{fault}");
        assert_eq!(scene.world.executions().get("play").copied().unwrap_or_default(), executed, "{fault}");
        let is_as_said = match (fault, &response.way) {
            (Fault::Drops | Fault::LateDrops, way) => *way == Way::Broken,
            (Fault::Slow, Way::Late(span)) => (FAULT_SPAN_MIN..=FAULT_SPAN_MAX).contains(span),
            (Fault::Early, Way::AfterEvent { call_connection_id, .. }) => *call_connection_id == leg,
            (_, way) => *way == Way::AtOnce,
        };
        assert!(is_as_said, "{fault}: {:?}", response.way);
        let id = crate::CallId::parse(&scene.world.latest_calls(1)[0].id).unwrap();
        let told = scene.story(id, Happened::Fault);
        assert!(told.len() == 1 && told[0].starts_with("play is "), "{fault}: {told:?}");
    }
}

#[test]
fn a_call_that_was_made_and_not_acknowledged_can_be_asked_for_again() {
    let mut scene = with(Fault::LateDrops);
    let body = json!({"targets": [super::who(AGENT)], "callbackUri": CALLBACK,
        "sourceCallerIdNumber": {"value": super::LINE}});
    let mut request = Request::new(Operation::CreateCall, body.to_string().into_bytes());
    request.repeatability_request_id = Some("9d4e1b5c-3c2f-4c40-9a0e-0a1d5f6f7a10".to_owned());
    request.repeatability_first_sent = Some("Tue, 17 Mar 2026 10:20:30 GMT".to_owned());
    assert_eq!(scene.world.on_request(&request, scene.at).way, Way::Broken);
    scene.world.set_faults(Faults::default());
    assert_eq!(scene.world.on_request(&request, scene.at).status, 201);
    assert_eq!(scene.world.executions()["createCall"], 1);
}

#[test]
fn events_of_calls_are_lost_and_announcements_are_not() {
    let mut scene = with(Fault::Loss);
    let call = scene.place(json!({}));
    scene.answer();
    scene.seconds(10);
    assert_eq!((scene.incoming.len(), scene.callbacks.len()), (1, 0));
    assert!(scene.story(call, Happened::Fault).contains(&"CallConnected is lost".to_owned()));
}

#[test]
fn events_come_twice_with_the_same_id() {
    let mut scene = with(Fault::Duplicates);
    scene.place(json!({}));
    scene.answer();
    scene.seconds(10);
    assert_eq!(
        sorted(&scene.names()),
        ["CallConnected", "CallConnected", "ParticipantsUpdated", "ParticipantsUpdated"]
    );
    let ids: std::collections::BTreeSet<_> = scene.callbacks.iter().map(|callback| &callback.id).collect();
    assert_eq!((ids.len(), scene.incoming.len()), (2, 2));
}

#[test]
fn an_event_is_overtaken_by_the_next_or_let_go() {
    let order = |faults: Faults| {
        let mut scene = Scene::new();
        scene.place(json!({}));
        scene.world.set_faults(faults);
        scene.answer();
        scene.seconds(10);
        scene.names().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let usual = order(Faults::default());
    let mut swapped = order(certain(Fault::Reordering));
    swapped.reverse();
    assert_eq!((usual.len(), usual), (2, swapped));

    // There is no next one after the last.
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    scene.world.set_faults(certain(Fault::Reordering));
    scene.ok(on!(HangUp, leg), &Value::Null);
    scene.seconds(10);
    assert_eq!(scene.names(), ["CallDisconnected"]);
}

#[test]
fn an_event_is_late() {
    let mut scene = with(Fault::Delay);
    scene.place(json!({}));
    assert!(scene.incoming.is_empty());
    scene.run(FAULT_SPAN_MAX);
    scene.answer();
    scene.run(Duration::from_millis(150));
    assert!(scene.callbacks.is_empty());
    scene.run(FAULT_SPAN_MAX);
    assert_eq!(scene.callbacks.len(), 2);
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let run = |seed| {
        let faults = Faults::named("storm").unwrap();
        let mut scene = Scene::with(WorldOptions { seed, faults, ..WorldOptions::default() });
        let call = scene.place(json!({"script": {"press": ["1"]}}));
        scene.seconds(5);
        if let Some(incoming) = scene.incoming.last() {
            let body =
                json!({"incomingCallContext": incoming.incoming_call_context, "callbackUri": CALLBACK});
            for _ in 0..3 {
                scene.ask(Operation::AnswerCall, &body);
            }
        }
        scene.settle();
        scene.story(call, Happened::Fault)
    };
    let all: Vec<_> = (0..20).map(run).collect();
    assert_eq!(all, (0..20).map(run).collect::<Vec<_>>());
    assert!(all.iter().any(|told| !told.is_empty()) && all.iter().any(|told| *told != all[0]));
}

/// When the first of the next deliveries comes that is not taken, and all that follow from it. Unit: milliseconds.
fn again(scene: &mut Scene, status: Option<u16>) -> Vec<u128> {
    let mut passed = Vec::new();
    let mut first: Option<Delivery> = None;
    while let Some(due) = scene.world.next_due() {
        scene.at = due;
        for delivery in scene.world.advance(due) {
            let is_it = first.as_ref().is_none_or(|first| first.id == delivery.id);
            if !is_it {
                continue;
            }
            let began = first.get_or_insert_with(|| delivery.clone()).first_at;
            passed.push(Duration::try_from(due.duration_since(began)).unwrap().as_millis());
            scene.world.not_taken(delivery, status, "was not taken", due);
        }
    }
    passed
}

#[test]
fn callbacks_are_posted_again_where_that_is_wanted() {
    for (retries, status, expected) in [
        (0, Some(500), vec![0]),
        (3, Some(500), vec![0, 1_000, 3_000, 7_000]),
        (3, None, vec![0, 1_000, 3_000, 7_000]),
        (1, Some(429), vec![0, 1_000]),
        (1, Some(408), vec![0, 1_000]),
        (3, Some(404), vec![0]),
        (3, Some(401), vec![0]),
    ] {
        let options = WorldOptions { callback_retries: retries, ..WorldOptions::default() };
        let mut scene = Scene::with(options);
        let leg = scene.inbound(json!({}));
        scene.ok(on!(Play, leg), &json!({"playSources": [text("hello")]}));
        assert_eq!(again(&mut scene, status), expected, "{retries} {status:?}");
    }
}

#[test]
fn event_grid_tries_again_for_a_day() {
    let placed = |status| {
        let mut scene = Scene::new();
        let call = json!({"from": super::CALLER, "to": super::LINE});
        scene.world.place_call(serde_json::from_value(call).unwrap(), scene.at).unwrap();
        again(&mut scene, status)
    };
    for status in [400, 401, 403, 413] {
        assert_eq!(placed(Some(status)), [0], "{status}");
    }
    for status in [None, Some(500), Some(404), Some(205)] {
        let tried = placed(status);
        let pauses: Vec<u64> =
            tried.windows(2).map(|pair| ((pair[1] - pair[0]) / 1_000).try_into().unwrap()).collect();
        assert_eq!(pauses, GRID_RETRY_SECONDS, "{status:?}");
    }
}

#[test]
fn an_answer_with_another_success_is_taken_where_the_service_takes_it() {
    let delivery = |channel| Delivery {
        id: String::new(),
        url: String::new(),
        body: Vec::new(),
        channel,
        call: crate::CallId::parse("call-1").unwrap(),
        first_at: jiff::Timestamp::UNIX_EPOCH,
        failures: 0,
    };
    let grid = delivery(Channel::EventGrid { event_type: String::new() });
    let kind = acs::CallbackKind::CallConnected;
    let callback = delivery(Channel::Callback { call_connection_id: String::new(), kind });
    assert_eq!([200, 204, 206, 301].map(|status| grid.is_taken(status)), [true, true, false, false]);
    assert_eq!([200, 204, 206, 301].map(|status| callback.is_taken(status)), [true, true, true, false]);
}
