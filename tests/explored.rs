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

use crate::findings::beside;
use crate::{files, pages, root, shown};

/// Seconds for all of them, in a debug build.
const BOUNDS: Bounds = Bounds { snapshots: 10_000, inputs: 40 };

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let folders = ["flows", "tests/ok", "tests/explored"].map(|folder| root().join(folder));
    let right = files(&root().join("tests/findings"), ".yaml").into_iter().filter(|path| {
        let path = path.to_string_lossy();
        path.ends_with(".right.yaml") || path.contains(".right/")
    });
    for path in folders.iter().flat_map(|folder| files(folder, ".yaml")).chain(right) {
        let name = shown(&path);
        if !name.ends_with(".test.yaml") {
            trials.push(Trial::test(format!("explored {name}"), move || {
                let source = lang::Source::new(name.as_str(), std::fs::read_to_string(&path)?);
                is_sound(&name, source, beside(&path))
            }));
        }
    }
    for page in validate::PAGES {
        let right = page.section("Right").unwrap_or_default();
        let blocks = pages::blocks(right, "yaml");
        for index in 0..blocks.len() {
            let name = format!("page {} right {index}", page.code);
            let mut sources: Vec<_> = blocks.iter().map(|text| lang::Source::new("page", *text)).collect();
            trials.push(Trial::test(format!("explored {name}"), move || {
                let source = sources.swap_remove(index);
                is_sound(&name, source, std::mem::take(&mut sources))
            }));
        }
    }
    trials
}

fn is_sound(name: &str, source: lang::Source, others: Vec<lang::Source>) -> Result<(), Failed> {
    let checked = validate::check_among(vec![source], || others);
    let flow = checked.flows.first().ok_or("the flow is not valid")?;
    let mut wrong = Vec::new();
    // A flow that only runs inside others is explored where they run it.
    for (start, explored) in explore_all(flow, BOUNDS) {
        let Explored { snapshots, steps, is_cut, met, .. } = explored;
        let cut = if is_cut { ", CUT SHORT" } else { "" };
        println!("{name} ({start:?}): {snapshots} snapshots, {steps} inputs{cut}");
        wrong
            .extend(met.iter().filter(|met| met.fault != Fault::ExpressionFailed).map(|met| told(flow, met)));
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
        // No run begins as a sub-flow.
        StartKind::Api | StartKind::Subflow => {
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
