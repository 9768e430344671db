//! Against `actions.json` and `events.json` of the reference, where they lie beside the repository.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::{Failed, Trial};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::protocol::{Acknowledged, OnCall, Phase, Spec, Unclear};
use serde_json::Value;

use super::actors;
use crate::root;

/// Unit: actions and events that the reference lists. Fewer means that it was not read.
const ACTIONS: usize = 34;
const EVENTS: usize = 45;

/// What the engine raises itself, so that the provider does not know it.
const OUR_EVENTS: [EventKind; 6] = [
    EventKind::HttpCompleted,
    EventKind::HttpFailed,
    EventKind::ActionSucceeded,
    EventKind::ActionFailed,
    EventKind::ExpressionFailed,
    EventKind::Recovered,
];

/// Events of Event Grid. None of them happens to a run: the first begins one, the others are for statistics.
const GRID_EVENTS: [&str; 7] = [
    "IncomingCall",
    "CallStarted",
    "CallEnded",
    "CallParticipantAdded",
    "CallParticipantRemoved",
    "RecordingFileStatusUpdated",
    "SubscriptionValidationEvent",
];

/// Operations that no action of a flow stands for: what only reads. The engine asks `getCall` by itself.
const READS: [&str; 4] = ["getCall", "listParticipants", "getParticipant", "getRecordingState"];

/// Where the table says something else than the list of the reference, and why.
const DIFFERENCES: [(&str, &str, &str); 7] = [
    (
        "cancelMedia",
        "success",
        "what it cancels has its own event, and it is done even where nothing ran: clarification 6",
    ),
    ("startContinuousDtmf", "success", "a key is no end of it; there is no started event: clarification 46"),
    ("startContinuousDtmf", "failure", "what fails later belongs to no visit: clarification 8"),
    ("startContinuousDtmf", "silence", "there is no started event: clarification 46"),
    ("pauseRecording", "phases", CALL_NOT_LEG),
    ("resumeRecording", "phases", CALL_NOT_LEG),
    ("stopRecording", "phases", CALL_NOT_LEG),
];
const CALL_NOT_LEG: &str = "whether the call is being recorded is no phase of the application's leg";

pub(crate) fn trials() -> Vec<Trial> {
    let Some((actions, events)) = read() else {
        println!("note: the reference is not beside the repository; the tables are not held against it");
        return vec![Trial::test("protocol: the reference is not here", || Ok(())).with_ignored_flag(true)];
    };
    let (known, listed) = (events.clone(), actions.clone());
    let mut trials = vec![
        Trial::test("protocol: every event of the reference is known", move || events_are_known(&known)),
        Trial::test("protocol: every operation of the reference has its name", move || {
            operations_are_known(&listed)
        }),
    ];
    for kind in ActionKind::ALL.iter().copied() {
        let actions = actions.clone();
        let name = kind.spec().name;
        trials.push(Trial::test(format!("protocol: `{name}` is as the reference says"), move || {
            is_as_listed(kind, &actions)
        }));
    }
    trials
}

type Listed = BTreeMap<String, Value>;

fn read() -> Option<(Listed, Listed)> {
    let list = |file: &str, key: &str| -> Option<Listed> {
        let text = std::fs::read_to_string(root().join("../shared/reference").join(file)).ok()?;
        let all: Value = serde_json::from_str(&text).unwrap();
        let entries = all[key].as_array().unwrap().iter();
        Some(entries.map(|entry| (entry["name"].as_str().unwrap().to_owned(), entry.clone())).collect())
    };
    Some((list("actions.json", "actions")?, list("events.json", "events")?))
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

fn events_are_known(events: &Listed) -> Result<(), Failed> {
    if events.len() != EVENTS {
        return Err(format!("the reference lists {} events, not {EVENTS}", events.len()).into());
    }
    for (name, listed) in events {
        if GRID_EVENTS.contains(&name.as_str()) {
            continue;
        }
        let kind = EventKind::from_name(name).ok_or(format!("`{name}` of the reference is not known"))?;
        let is_failure = listed["outcome"] == "failure";
        if kind.is_failure() != is_failure {
            return Err(format!("`{name}`: the reference says failure = {is_failure}").into());
        }
    }
    for kind in EventKind::ALL {
        if !OUR_EVENTS.contains(kind) && !events.contains_key(kind.name()) {
            return Err(format!("`{}` is not in the reference", kind.name()).into());
        }
    }
    Ok(())
}

/// The provider's name of an action.
fn operation_name(kind: ActionKind) -> Option<&'static str> {
    Some(match kind {
        ActionKind::Answer => "answerCall",
        ActionKind::Reject => "rejectCall",
        ActionKind::Redirect => "redirectCall",
        ActionKind::Transfer => "transferToParticipant",
        ActionKind::CancelMedia => "cancelAllMediaOperations",
        ActionKind::MuteParticipant => "muteParticipants",
        ActionKind::SendDtmf => "sendDtmfTones",
        ActionKind::StartContinuousDtmf => "startContinuousDtmfRecognition",
        ActionKind::StopContinuousDtmf => "stopContinuousDtmfRecognition",
        ActionKind::Http | ActionKind::Log => return None,
        _ => kind.spec().name,
    })
}

fn operations_are_known(actions: &Listed) -> Result<(), Failed> {
    if actions.len() != ACTIONS {
        return Err(format!("the reference lists {} actions, not {ACTIONS}", actions.len()).into());
    }
    for (name, listed) in actions {
        let (method, path) = (listed["method"].as_str().unwrap(), listed["path"].as_str().unwrap());
        let filled = path.replace(['{', '}'], "");
        let operation = acs::route(method, &filled).ok_or(format!("`{name}`: no operation has {path}"))?;
        let statuses = listed["success_statuses"].as_array().unwrap();
        let success = Value::from(operation.row().success);
        if operation.name() != name || !statuses.contains(&success) {
            let what = format!("`{}` with {success}", operation.name());
            return Err(format!("`{name}` with {statuses:?} of the reference is {what}").into());
        }
        if Some(operation.row().repeatable) != listed["repeatable"].as_bool() {
            return Err(format!("`{name}`: whether it may be repeated").into());
        }
    }
    let ours: BTreeSet<_> = ActionKind::ALL.iter().filter_map(|kind| operation_name(*kind)).collect();
    if let Some(unknown) = ours.iter().find(|name| !actions.contains_key(**name)) {
        return Err(format!("`{unknown}` is no action of the reference").into());
    }
    if let Some(both) = READS.iter().find(|name| ours.contains(*name)) {
        return Err(format!("`{both}` only reads, and is an action").into());
    }
    Ok(())
}

fn is_as_listed(kind: ActionKind, actions: &Listed) -> Result<(), Failed> {
    let spec = kind.spec();
    let Some(name) = operation_name(kind) else {
        // What the provider has no part in may not be missed there.
        let is_ours = spec.acknowledged == Acknowledged::Local && spec.on_call == OnCall::Outside;
        return if is_ours { Ok(()) } else { Err("it is not the provider's, and not ours".into()) };
    };
    let listed = actions.get(name).ok_or(format!("`{name}` is not in the reference"))?;
    let mut wrong = Vec::new();
    let mut same = |what: &str, ours: &dyn std::fmt::Debug, theirs: &dyn std::fmt::Debug| {
        let is_meant = DIFFERENCES.iter().any(|(action, aspect, _)| *action == spec.name && *aspect == what);
        if (format!("{ours:?}") == format!("{theirs:?}")) == is_meant {
            wrong.push(format!("{what}: the table says {ours:?}, the reference {theirs:?}"));
        }
    };
    let provided = |kinds: &[EventKind]| -> BTreeSet<String> {
        let kinds = kinds.iter().filter(|kind| !OUR_EVENTS.contains(kind));
        kinds.map(|kind| kind.name().to_owned()).collect()
    };
    same("success", &provided(spec.success), &names(&listed["success_events"]));
    same("failure", &provided(std::slice::from_ref(&spec.failure)), &names(&listed["failure_events"]));
    let others = names(&listed["other_events"]);
    let canceled = provided(spec.canceled);
    let canceled_theirs: BTreeSet<_> = others.iter().filter(|name| name.ends_with("Canceled")).collect();
    same("canceled", &canceled, &canceled_theirs);
    same("phases", &phases(spec), &names(&listed["legal_in"]));
    let has_property = |name: &str| listed["request_properties"].get(name).is_some();
    same("context", &spec.takes_context, &has_property("operationContext"));
    same(
        "callback URI",
        &spec.takes_callback_uri,
        &listed["supports_operation_callback_uri"].as_bool().unwrap(),
    );
    // Silence: no event of its own follows.
    let is_silent = spec.acknowledged == Acknowledged::Done;
    let silent_theirs = names(&listed["success_events"]).is_empty() || kind == ActionKind::CancelMedia;
    same("silence", &is_silent, &silent_theirs);
    let ends = matches!(spec.on_call, OnCall::GivesAway | OnCall::Ends | OnCall::HandsOver);
    same("control", &ends, &listed["ends_control"].as_bool().unwrap());
    let is_recognised = spec.if_unclear == Unclear::Recognised;
    same("repeatable", &is_recognised, &listed["repeatable"].as_bool().unwrap());
    let request = actors::request(kind);
    same("method", &request.method.as_str(), &listed["method"].as_str().unwrap());
    let operation = acs::route(request.method.as_str(), &request.path_and_query).unwrap();
    same("operation", &operation.name(), &name);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The phases in the words of the reference.
fn phases(spec: &Spec) -> BTreeSet<&'static str> {
    let word = |phase: &Phase| match phase {
        Phase::Idle => "no-leg",
        Phase::Ringing => "incoming",
        Phase::Connecting => "connecting",
        Phase::Connected => "connected",
        Phase::Gone => "gone",
    };
    spec.phases.iter().map(word).collect()
}
