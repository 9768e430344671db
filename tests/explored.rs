//! Soundness: of a flow that is valid, no order of events that the protocol allows leads to a failure that nothing
//! handles, to a run that is stuck, or to a call that is left up.

use jiff::Timestamp;
use lang::Value;
use libtest_mimic::{Failed, Trial};
use machine::explore::{Bounds, Explored, Fault, Met, explore};
use machine::flow::Type;
use machine::input::{Beginning, Incoming, Start};
use machine::snapshot::StartKind;
use machine::{Flow, Step, trace};

use crate::{files, findings, pages, root, shown};

/// Seconds for all of them, in a debug build.
pub(crate) const BOUNDS: Bounds = Bounds { snapshots: 10_000, inputs: 40 };

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let folders = ["flows", "tests/ok", "tests/explored", "tests/findings"].map(|folder| root().join(folder));
    for path in folders.iter().flat_map(|folder| files(folder, ".yaml")) {
        let name = shown(&path);
        let is_wrong = name.starts_with("tests/findings") && !name.contains(".right");
        if is_wrong || name.ends_with(".test.yaml") {
            continue;
        }
        trials.push(Trial::test(format!("explored {name}"), move || {
            let source = lang::Source::new(shown(&path), std::fs::read_to_string(&path)?);
            are_sound(validate::check_among(vec![source], || findings::beside(&path)))
        }));
    }
    for page in validate::PAGES {
        trials.push(Trial::test(format!("explored page {}", page.code), move || {
            let right = pages::blocks(page.section("Right").unwrap_or_default(), "yaml");
            let name = |text: &str| Some(text.lines().next()?.strip_prefix("# ")?.to_owned());
            let read = |text: &str| lang::Source::new(name(text).unwrap_or(page.code.to_string()), text);
            are_sound(validate::check(right.into_iter().map(read).collect()))
        }));
    }
    trials
}

fn are_sound(checked: validate::Checked) -> Result<(), Failed> {
    if checked.flows.is_empty() {
        return Err(format!("not valid: {:?}", checked.reports).into());
    }
    let mut wrong = Vec::new();
    for flow in &checked.flows {
        for (start, explored) in explore_all(flow, BOUNDS) {
            let Explored { snapshots, steps, is_cut, met, .. } = explored;
            let (name, cut) = (flow.name(), if is_cut { ", CUT SHORT" } else { "" });
            println!("{name} ({start:?}): {snapshots} snapshots, {steps} inputs{cut}");
            // Whether an expression can fail is for its types to say.
            let is_ours = |met: &&Met| met.fault != Fault::ExpressionFailed;
            wrong.extend(met.iter().filter(is_ours).map(|met| told(flow, met)));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n\n").into()) }
}

/// A flow in every way in which it can begin.
pub(crate) fn explore_all(flow: &Flow, bounds: Bounds) -> Vec<(StartKind, Explored)> {
    let at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let starts =
        [StartKind::Incoming, StartKind::Api].into_iter().filter(|start| flow.initial(*start).is_some());
    starts.map(|start| (start, explore(flow, beginning(flow, start), at, bounds))).collect()
}

/// A start of this kind.
pub(crate) fn beginning(flow: &Flow, start: StartKind) -> Beginning {
    let start = match start {
        StartKind::Incoming => Start::Incoming(Incoming {
            from: lang::Identifier::parse("+14255550199").unwrap(),
            to: lang::Identifier::parse("+18005550100").unwrap(),
            server_call_id: "server-call".to_owned(),
            correlation_id: "correlation".to_owned(),
            incoming_call_context: "context".to_owned(),
            caller_display_name: String::new(),
            headers: indexmap::IndexMap::new(),
        }),
        // A sub-flow begins within another flow.
        StartKind::Subflow | StartKind::Api => {
            let given = flow.inputs().iter().filter(|input| input.default.is_none());
            let given = given.map(|input| (input.name.clone(), value(input.kind))).collect();
            Start::Api { input: flow.check_input(given).unwrap() }
        }
    };
    let config = flow.config().iter().map(|(name, kind)| (name.clone(), value(*kind))).collect();
    Beginning { run: "run".to_owned(), config, start }
}

fn value(kind: Type) -> Value {
    match kind {
        Type::String => Value::from("a text"),
        Type::Number => Value::Number(2.0),
        Type::Boolean => Value::Bool(true),
        Type::Identifier => Value::from("+14255550188"),
        Type::List => Value::List(std::sync::Arc::from([Value::from("+14255550188")])),
        Type::Map => Value::Map(std::sync::Arc::new(indexmap::IndexMap::new())),
    }
}

/// A fault with its path, as a journal.
pub(crate) fn told(flow: &Flow, met: &Met) -> String {
    let mut lines = vec![format!("{:?} in {:?}", met.fault, met.state.map(|state| flow.state_name(state)))];
    let mut snapshot = None;
    let began = met.inputs.first().map(|input| input.at).unwrap_or_default();
    for input in &met.inputs {
        let Step { snapshot: next, account } = match snapshot.take() {
            None => machine::begin(flow, input),
            Some(snapshot) => machine::step(flow, snapshot, input),
        };
        lines.push(trace::line(flow, began, input, &account));
        snapshot = Some(next);
    }
    lines.join("\n")
}
