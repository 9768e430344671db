//! How many transitions a core makes in memory: one inbound call, followed by `step` from ringing to its end, again and
//! again, beside merely copying its inputs and snapshots in the same run.
//!
//! `cargo bench` prints it. The bar is a million transitions in a second on one core.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Identifier, Source};
use machine::event::{EventKind, Participant};
use machine::ids::OperationId;
use machine::input::{Ack, Beginning, Incoming, Input, Start, What};
use machine::{Event, Flow, Snapshot};

/// As `flowctl` has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Unit: rounds, of which the median counts.
const ROUNDS: usize = 15;

/// Unit: calls of one round.
const CALLS: u32 = 20_000;

/// What the call is steered by: the flow for people who begin.
const FLOW: &str = include_str!("../../flows/support-line.yaml");

/// Unit: bytes. The key for answering a call is opaque, and has about as many.
const CONTEXT_BYTES: usize = 2_000;

fn main() {
    let flow = flow();
    let inputs = inputs();
    let ended = call(&flow, &inputs);
    assert_eq!(ended.outcome().unwrap().as_str(), "transferred");
    // `cargo test` only wants to know that there is something to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (mut stepped, mut copied) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        stepped.push(timed(|| drop(black_box(call(&flow, &inputs)))));
        copied.push(timed(|| {
            for input in &inputs {
                drop(black_box(input.clone()));
                drop(black_box(ended.clone()));
            }
        }));
    }
    let [stepped, copied] = [stepped, copied].map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2].as_secs_f64()
    });
    let inputs = f64::from(CALLS) * inputs.len() as f64;
    println!("one core, median of {ROUNDS} rounds of {CALLS} calls");
    println!(
        "step         {:>9.0} inputs a second, {:.0} ns each; {:.2} times as long as copying them",
        inputs / stepped,
        stepped * 1e9 / inputs,
        stepped / copied
    );
    let verdict = if inputs / stepped >= 1e6 { "within" } else { "BELOW" };
    println!("             {verdict} the bar of a million");
}

fn timed(work: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..CALLS {
        work();
    }
    start.elapsed()
}

fn flow() -> Flow {
    let source = Source::new("support-line.yaml", FLOW);
    let (node, found) = lang::yaml::read(&source);
    assert!(found.is_empty());
    let (draft, found) = machine::draft::read(&node.unwrap());
    assert!(found.is_empty());
    machine::resolve(&draft.unwrap()).0.unwrap()
}

/// Takes a call through all of its inputs.
fn call(flow: &Flow, inputs: &[Input]) -> Snapshot {
    let mut snapshot = machine::begin(flow, &inputs[0]).snapshot;
    for input in &inputs[1..] {
        let step = machine::step(flow, snapshot, input);
        black_box(step.account);
        snapshot = step.snapshot;
    }
    snapshot
}

/// Rings, is answered, is up, is asked, presses 1, is transferred.
fn inputs() -> Vec<Input> {
    let caller = Identifier::parse("+14255550199").unwrap();
    let line = Identifier::parse("+18005550100").unwrap();
    let incoming = Incoming {
        from: caller.clone(),
        to: line,
        server_call_id: "aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC9jb252".to_owned(),
        correlation_id: "8e1f0a57-5bd1-4a4a-9a3d-4c4f2a0f9f11".to_owned(),
        incoming_call_context: "x".repeat(CONTEXT_BYTES),
        caller_display_name: String::new(),
        headers: IndexMap::new(),
    };
    let start = Start::Incoming(incoming);
    let beginning =
        Beginning { run: "01980d1f-0000-7000-8000-000000000001".to_owned(), config: IndexMap::new(), start };
    let connection = "401f3500-cd7f-4d8b-9f5e-1a2b3c4d5e6f";
    let event = |kind, operation: Option<u32>| Event {
        operation: operation.map(OperationId),
        connection_id: Some(connection.to_owned()),
        server_call_id: Some("aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29tL2FwaS92Mi9jcC9jb252".to_owned()),
        correlation_id: Some("8e1f0a57-5bd1-4a4a-9a3d-4c4f2a0f9f11".to_owned()),
        ..Event::new(kind)
    };
    let happened = |event: Event| What::Event(Box::new(event));
    let taken = |operation: u32, ack: Ack| What::Acknowledged {
        operation: OperationId(operation),
        ack: Box::new(ack),
    };
    let whats = [
        What::Start(Box::new(beginning)),
        taken(1, Ack { connection_id: Some(connection.to_owned()), ..Ack::default() }),
        happened(event(EventKind::CallConnected, Some(1))),
        happened(Event {
            participants: Some(vec![Participant { identifier: caller, is_muted: false, is_on_hold: false }]),
            sequence_number: Some(1),
            ..event(EventKind::ParticipantsUpdated, None)
        }),
        taken(2, Ack::default()),
        happened(Event {
            digits: Some("1".to_owned()),
            recognition: Some("dtmf".to_owned()),
            code: Some(200),
            ..event(EventKind::RecognizeCompleted, Some(2))
        }),
        taken(3, Ack::default()),
        happened(event(EventKind::CallTransferAccepted, Some(3))),
        happened(event(EventKind::CallDisconnected, None)),
    ];
    let at: Timestamp = "2026-11-28T09:00:00Z".parse().unwrap();
    whats
        .into_iter()
        .enumerate()
        .map(|(second, what)| Input { at: at + Duration::from_secs(second as u64), what })
        .collect()
}
