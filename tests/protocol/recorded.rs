//! Published recordings of the real service, held against what the simulator sends: the same fields, the same codes, and
//! no order that the simulator never shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use machine::ids::OperationId;
use machine::snapshot::Call;
use serde_json::{Value, json};

use super::{actors, outcomes};
use crate::stage::Stage;
use crate::{files, root, shown};

/// Seeds decide what comes first where the order is open.
const SEEDS: u64 = 16;
/// Unit: streams in which one kind must come before another, and never after it, before that is taken for a rule.
const RULE: usize = 8;

/// Whether an event has it is the matter of whoever posted the request; here they all do.
const THE_APPLICATIONS: &str = "data.operationContext";
/// Sent with the states of a recording, meant for nobody, and described nowhere. Source: reference 8.9.
const UNDOCUMENTED: &str = "data.eventSource";

pub(crate) fn trials() -> Vec<Trial> {
    let recorded = files(&root().join("../shared/reference/recordings"), ".json");
    let trial = |path: std::path::PathBuf| {
        Trial::test(format!("protocol: no contradiction to {}", shown(&path)), move || agrees(&path))
    };
    let absent = recorded.is_empty().then(|| {
        let name =
            "protocol: ../shared/reference/recordings is not here, and is not held against the simulator";
        Trial::test(name, || Ok(())).with_ignored_flag(true)
    });
    recorded.into_iter().map(trial).chain(absent).collect()
}

/// What the simulator sends.
#[derive(Default)]
struct Sent {
    /// By kind: the fields that some event has, and those that all have.
    some: BTreeMap<String, BTreeSet<String>>,
    all: BTreeMap<String, BTreeSet<String>>,
    /// By kind: code and sub-code.
    codes: BTreeMap<String, BTreeSet<(i64, i64)>>,
    /// In how many streams of one leg the first of one kind comes before the first of another.
    before: BTreeMap<(String, String), usize>,
}

static SENT: LazyLock<Sent> = LazyLock::new(|| {
    let mut sent = Sent::default();
    let streams = |seed| outcomes::streams(seed).into_iter().chain(ends(seed));
    for stream in (1..=SEEDS).flat_map(streams) {
        for event in &stream {
            let (kind, fields) = (kind(event), fields(event));
            sent.some.entry(kind.clone()).or_default().extend(fields.clone());
            let all = sent.all.entry(kind.clone()).or_insert_with(|| fields.clone());
            all.retain(|field| fields.contains(field));
            sent.codes.entry(kind).or_default().extend(code(event));
        }
        for pair in legs(&stream).into_values().flat_map(|kinds| pairs(&kinds)) {
            *sent.before.entry(pair).or_default() += 1;
        }
    }
    sent
});

/// Calls that end in all the ways that were recorded: between two applications, and with a caller.
fn ends(seed: u64) -> Vec<Vec<Value>> {
    let at: Timestamp = "2026-03-17T10:20:30Z".parse().unwrap();
    let begin = || {
        let mut stage = Stage::new(seed, at);
        stage.written = Some(Vec::new());
        stage.person("8:acs:a_b", json!({ "application": true }));
        stage
    };
    let mut streams = Vec::new();
    for (answers, then) in [
        ("answer: {}", "hangUp: { forEveryone: true }"),
        ("answer: {}", "removeParticipant: { participant: \"8:acs:a_b\" }"),
        ("reject: {}", ""),
    ] {
        let mut stage = begin();
        let mut caller = actors::call(None, None);
        act(&mut stage, &mut caller, "createCall: { to: \"8:acs:a_b\" }");
        let mut other = actors::call(stage.incoming.as_ref(), None);
        act(&mut stage, &mut other, answers);
        if !then.is_empty() {
            act(&mut stage, &mut caller, then);
        }
        streams.push(stage.written.unwrap());
    }
    for actions in [
        &["startContinuousDtmf: {}", "hangUp: { forEveryone: true }"][..],
        &["hold: { music: { file: \"https://media.example.com/song.mp3\" } }"],
        &[],
    ] {
        let mut stage = begin();
        stage.ring(json!({ "media": { "https://media.example.com/song.mp3": { "wrongFormat": true } } }));
        let mut call = actors::call(stage.incoming.as_ref(), None);
        act(&mut stage, &mut call, "answer: {}");
        actions.iter().for_each(|line| act(&mut stage, &mut call, line));
        stage.caller_leaves();
        stage.pass(Duration::from_secs(10));
        streams.push(stage.written.unwrap());
    }
    streams
}

/// Has an action posted, and lets come what comes of it.
fn act(stage: &mut Stage, call: &mut Call, line: &str) {
    let action = actors::action(line, call);
    let ack = stage.post(call, OperationId(1), &actors::operation(&action), &action).unwrap();
    call.connection_id = ack.connection_id.or(call.connection_id.take());
    stage.pass(Duration::from_secs(2));
}

fn agrees(path: &Path) -> Result<(), Failed> {
    let recorded: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let events: Vec<Value> = recorded.iter().filter_map(Value::as_array).flatten().cloned().collect();
    if events.is_empty() {
        return Err("nothing was recorded".into());
    }
    let mut wrong = BTreeSet::new();
    for event in &events {
        let (kind, fields) = (kind(event), fields(event));
        let Some(some) = SENT.some.get(&kind) else {
            wrong.insert(format!("the simulator never sends `{kind}`"));
            continue;
        };
        let unknown = fields.difference(some).filter(|field| *field != UNDOCUMENTED);
        wrong.extend(unknown.map(|field| format!("`{kind}` never has `{field}`")));
        let missing = SENT.all[&kind].difference(&fields).filter(|field| *field != THE_APPLICATIONS);
        wrong.extend(missing.map(|field| format!("`{kind}` always has `{field}`")));
        let codes = code(event).into_iter().filter(|code| !SENT.codes[&kind].contains(code));
        wrong.extend(codes.map(|code| format!("`{kind}` never says {code:?}")));
    }
    for (first, then) in legs(&events).into_values().flat_map(|kinds| pairs(&kinds)) {
        let times = |one: &String, other: &String| SENT.before.get(&(one.clone(), other.clone())).copied();
        if times(&then, &first).unwrap_or_default() >= RULE && times(&first, &then).is_none() {
            wrong.insert(format!("`{first}` never comes before `{then}`"));
        }
    }
    let wrong: Vec<String> = wrong.into_iter().collect();
    if wrong.is_empty() { Ok(()) } else { Err(format!("of the simulator: {}", wrong.join("; ")).into()) }
}

fn kind(event: &Value) -> String {
    event["type"].as_str().unwrap_or_default().to_owned()
}

/// The names of its fields, those of its data behind a dot.
fn fields(event: &Value) -> BTreeSet<String> {
    let names = |value: &Value, before: &str| -> Vec<String> {
        value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
            .map(|name| format!("{before}{name}"))
            .collect()
    };
    names(event, "").into_iter().chain(names(&event["data"], "data.")).collect()
}

fn code(event: &Value) -> Option<(i64, i64)> {
    let result = &event["data"]["resultInformation"];
    Some((result["code"].as_i64()?, result["subCode"].as_i64()?))
}

/// The kinds of each leg, each where it first comes.
fn legs(events: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut legs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events {
        let leg = event["data"]["callConnectionId"].as_str().unwrap_or_default();
        let kinds = legs.entry(leg.to_owned()).or_default();
        let kind = kind(event);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    legs
}

fn pairs(kinds: &[String]) -> Vec<(String, String)> {
    let behind =
        |index: usize| kinds[index + 1..].iter().map(move |then| (kinds[index].clone(), then.clone()));
    (0..kinds.len()).flat_map(behind).collect()
}
