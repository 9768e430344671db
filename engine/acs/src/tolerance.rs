//! Every kind of event, changed in every way that the reference wants tolerated (section 8.9), at every depth: what
//! was not touched must still be read, and as what it was.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::callback::{self, CallbackKind};
use crate::event_grid::{self, Delivery, GridKind};
use crate::model::parse_error;
use crate::samples;

/// What was read of the event's data, by the names of the wire; and its kind under `type`.
type Read = Map<String, Value>;

/// A place in JSON, from the outside inward.
type Path = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

/// One way to change a value: nothing where it does not apply.
type Change = fn(&Value) -> Option<Value>;

/// Texts in other words for the same: what is read must be the same.
const SAME: [(&str, Change); 5] = [
    ("numbers as texts", |value| value.is_number().then(|| json!(value.to_string()))),
    ("truths as texts", |value| Some(json!(if value.as_bool()? { "True" } else { "False" }))),
    ("numbers with a fraction", |value| Some(json!(f64::from(i32::try_from(value.as_i64()?).ok()?)))),
    ("enumerations in capitals", |value| {
        listed(value).then(|| json!(value.as_str().unwrap().to_uppercase()))
    }),
    ("a property that nobody knows", |value| {
        let mut object = value.as_object()?.clone();
        object.insert("unheardOf".to_owned(), json!({ "kind": [1, null] }));
        Some(object.into())
    }),
];

/// What cannot be read: the other properties of the event must still be.
const WRONG: [(&str, Change); 5] = [
    ("null", |_| Some(Value::Null)),
    ("an empty text", |_| Some(json!(""))),
    ("a number without bounds", |_| Some(json!(1e300))),
    ("an empty list", |_| Some(json!([]))),
    ("an object of something else", |_| Some(json!({ "unheardOf": 1 }))),
];

/// Whether a text is a value of one of the description's enumerations.
fn listed(value: &Value) -> bool {
    let definitions: Value = serde_json::from_str(include_str!("../samples/definitions.json")).unwrap();
    let values = definitions["enumerations"].as_object().unwrap().values();
    value.is_string() && values.flat_map(|values| values.as_array().unwrap()).any(|listed| listed == value)
}

/// Every kind of callback with all of its properties; and every sample, whose properties have depth.
fn callbacks() -> Vec<Value> {
    let definitions: Value = serde_json::from_str(include_str!("../samples/definitions.json")).unwrap();
    let shapes = definitions["shapes"].as_object().unwrap();
    let whole = CallbackKind::LISTED.iter().map(|kind| {
        let data =
            &shapes.get(kind.name()).unwrap_or_else(|| panic!("{} is described", kind.name()))["sample"];
        json!({ "id": "1", "type": kind.as_str(), "data": data })
    });
    let samples = samples::callbacks().into_iter().chain(samples::reference_callbacks().unwrap_or_default());
    whole.chain(samples.map(|(_, body)| body[0].clone())).collect()
}

fn read_callback(event: &Value) -> Read {
    let mut callbacks = callback::decode(event.to_string().as_bytes()).unwrap();
    assert_eq!(callbacks.len(), 1);
    let callback = callbacks.remove(0);
    let mut read = json!(callback.detail).as_object().unwrap().clone();
    let texts = [
        ("callConnectionId", callback.call_connection_id),
        ("serverCallId", callback.server_call_id),
        ("correlationId", callback.correlation_id),
        ("operationContext", callback.operation_context),
    ];
    read.extend(texts.into_iter().filter_map(|(key, text)| Some((key.to_owned(), json!(text?)))));
    read.extend(callback.result.map(|result| ("resultInformation".to_owned(), json!(result))));
    read.insert("type".to_owned(), json!(callback.kind.as_str()));
    read
}

fn read_grid(event: &Value) -> Read {
    let delivery = event_grid::decode(&HeaderMap::new(), event.to_string().as_bytes()).unwrap();
    let Delivery::Events(events) = delivery else { panic!("no handshake") };
    let data = match &events[0].kind {
        GridKind::IncomingCall(data) => json!(data),
        GridKind::CallStarted(data) => json!(data),
        GridKind::CallEnded(data) => json!(data),
        GridKind::CallParticipantAdded(data) | GridKind::CallParticipantRemoved(data) => json!(data),
        GridKind::RecordingFileStatusUpdated(data) => json!(data),
        GridKind::Other(kind) => panic!("{kind} is known"),
    };
    let mut read = data.as_object().unwrap().clone();
    read.insert("type".to_owned(), json!(events[0].kind.event_type()));
    read
}

/// Every place in a value, the outermost first.
fn places(value: &Value, at: &Path, found: &mut Vec<Path>) {
    found.push(at.clone());
    let inner = |step| [at.as_slice(), &[step]].concat();
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| places(value, &inner(Step::Key(key.clone())), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &inner(Step::Item(index)), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Step]) -> &'v mut Value {
    path.iter().fold(value, |value, step| match step {
        Step::Key(key) => &mut value[key],
        Step::Item(index) => &mut value[index],
    })
}

/// Holds one event, changed in each way at each place, against itself. `needed` cannot be done without.
fn check(event: &Value, read: fn(&Value) -> Read, needed: &[&str], used: &mut BTreeSet<&'static str>) {
    let name = event["type"].as_str().or(event["eventType"].as_str()).unwrap();
    let before = read(event);
    let mut found = Vec::new();
    places(&event["data"], &Vec::new(), &mut found);
    for path in &found {
        let changed = |new: Option<Value>| {
            let mut event = event.clone();
            match (new, path.split_last()) {
                (Some(new), _) => *at(&mut event["data"], path) = new,
                (None, Some((Step::Key(key), above))) => {
                    at(&mut event["data"], above).as_object_mut().unwrap().remove(key);
                }
                (None, _) => {}
            }
            event
        };
        let value = at(&mut event.clone()["data"], path).clone();
        for (way, change) in SAME {
            if let Some(new) = change(&value) {
                used.insert(way);
                assert_eq!(read(&changed(Some(new))), before, "{name}: {way} at {path:?}");
            }
        }
        let Some(Step::Key(outermost)) = path.first() else { continue };
        if needed.contains(&outermost.as_str()) {
            continue;
        }
        let without = |mut read: Read| {
            read.remove(outermost);
            read
        };
        assert_eq!(without(read(&changed(None))), without(before.clone()), "{name}: nothing at {path:?}");
        for (way, change) in WRONG {
            let new = change(&value);
            assert_eq!(without(read(&changed(new))), without(before.clone()), "{name}: {way} at {path:?}");
        }
    }
}

#[test]
fn every_callback_in_every_tolerated_form() {
    let mut used = BTreeSet::new();
    let events = callbacks();
    for event in &events {
        check(event, read_callback, &[], &mut used);
    }
    assert_eq!(used.len(), SAME.len(), "only {used:?} were tried");
}

#[test]
fn every_event_of_the_grid_in_every_tolerated_form() {
    let mut used = BTreeSet::new();
    for (name, body) in samples::event_grid() {
        if name != "SubscriptionValidationEvent" {
            check(&body[0], read_grid, &["to", "from", "incomingCallContext"], &mut used);
        }
    }
    assert!(
        used.contains("a property that nobody knows") && used.contains("enumerations in capitals"),
        "{used:?}"
    );
}

#[test]
fn one_or_many_and_kinds_in_any_casing() {
    let events = callbacks();
    for event in &events {
        let alone = callback::decode(event.to_string().as_bytes()).unwrap();
        assert_eq!(callback::decode(json!([event]).to_string().as_bytes()).unwrap(), alone);
        let mut lower = event.clone();
        lower["type"] = json!(event["type"].as_str().unwrap().to_lowercase());
        assert_eq!(callback::decode(lower.to_string().as_bytes()).unwrap()[0].kind, alone[0].kind);
    }
    let unknown = json!({ "id": "2", "type": "Microsoft.Communication.Sneezed" });
    for batch in events.chunks(3) {
        let mut batch = batch.to_vec();
        batch.insert(1, unknown.clone());
        let alone = |event: &Value| callback::decode(event.to_string().as_bytes()).unwrap().remove(0);
        let each: Vec<_> = batch.iter().map(alone).collect();
        assert_eq!(callback::decode(json!(batch).to_string().as_bytes()).unwrap(), each);
    }
}

#[test]
fn bodies_of_errors_in_any_casing() {
    let body = json!({ "error": {
        "code": "BadRequest", "message": "It is not valid.", "target": "/calling", "details": [],
        "innererror": { "code": "8523", "message": "Not an argument.", "innererror": { "code": "x" } },
    } });
    let expected = parse_error(400, body.to_string().as_bytes());
    assert_eq!((expected.code.as_deref(), expected.sub_code), (Some("BadRequest"), Some(8523)));
    let first: fn(&str) -> String = |key| key[..1].to_uppercase() + &key[1..];
    let own: fn(&str) -> String =
        |key| if key == "innererror" { "innerError".to_owned() } else { key.to_owned() };
    for casing in [first, str::to_uppercase, own] {
        let written = renamed(&body, casing);
        assert_ne!(written, body);
        assert_eq!(parse_error(400, written.to_string().as_bytes()), expected, "{written}");
        // Some gateways answer with the inner object alone.
        let inner = written.as_object().unwrap().values().next().unwrap();
        assert_eq!(parse_error(400, inner.to_string().as_bytes()), expected, "{inner}");
    }
}

fn renamed(value: &Value, name: fn(&str) -> String) -> Value {
    match value {
        Value::Object(object) => {
            object.iter().map(|(key, value)| (name(key), renamed(value, name))).collect()
        }
        other => other.clone(),
    }
}
