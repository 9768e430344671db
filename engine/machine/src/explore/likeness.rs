//! Which snapshots are alike: those that differ only in what no guard can tell, such as times, ids, and counters
//! beyond every number that the flow compares with.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hasher};

use lang::Value;

use super::provider::Provider;
use super::words::Words;
use crate::ids::{OperationId, TimerId, Visit};
use crate::snapshot::Snapshot;

/// A hash of all that matters.
pub(super) fn of(words: &Words, snapshot: &Snapshot, provider: &Provider) -> u64 {
    let mut into = Text(DefaultHasher::new());
    // Writing into a hash cannot fail.
    let _ = write(words, snapshot, provider, &mut into);
    into.0.finish()
}

struct Text(DefaultHasher);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

fn write(words: &Words, snapshot: &Snapshot, provider: &Provider, into: &mut Text) -> std::fmt::Result {
    let visit = |visit: Visit| match snapshot.active.iter().position(|active| active.visit == visit) {
        _ if visit == Visit::RUN => Some(0),
        Some(depth) => Some(depth + 1),
        None => None,
    };
    let number = |id: OperationId| snapshot.operations.keys().position(|known| *known == id);
    let call = &snapshot.call;
    write!(into, "{:?}{:?}", snapshot.standing, snapshot.start)?;
    for active in &snapshot.active {
        write!(into, "s{:?}", active.state)?;
    }
    write!(
        into,
        "|{:?}{}{}{}{}{}{}{}",
        call.phase,
        call.hanging_up,
        call.is_placed,
        call.has_ring_limit,
        call.rang_out,
        call.end_is_handled,
        call.incoming.is_some(),
        call.refused_hang_ups.min(1),
    )?;
    write!(into, "{:?}{:?}{}", call.to.len(), call.participants.len(), snapshot.wants_to_leave)?;
    write!(into, "{:?}", call.latest_invitation.is_some())?;
    write!(into, "{}{}", call.recording_id.is_some(), call.recording_callback_uri.is_some())?;
    for frame in &snapshot.frames {
        write!(into, "f{:?}{:?}", frame.scope, visit(frame.visit))?;
        for (name, value) in frame.input.iter().chain(&frame.vars) {
            write!(into, "v{name}=")?;
            write_value(words.limit, value, into)?;
        }
    }
    for (name, value) in &snapshot.vars {
        write!(into, "v{name}=")?;
        write_value(words.limit, value, into)?;
    }
    if words.counts_visits {
        for (state, visits) in &snapshot.visits {
            let most = |count: u32| f64::from(count).min(words.limit + 1.0);
            write!(into, "c{state:?}{}{}", most(visits.count), most(visits.retries))?;
        }
    }
    for (id, operation) in &snapshot.operations {
        write!(
            into,
            "o{:?}{:?}{}{}{:?}{}{}",
            operation.kind,
            visit(operation.visit),
            operation.action.is_some(),
            operation.closed,
            operation.keep,
            operation.doubted.is_some(),
            snapshot.posting == Some(*id),
        )?;
    }
    for batch in &snapshot.queue {
        write!(into, "q{:?}{}{:?}{:?}", batch.script, batch.next, visit(batch.visit), batch.owner)?;
        write!(into, "{:?}", batch.event.as_ref().map(|event| (&event.kind, &event.digits, &event.label)))?;
    }
    // Which timer is due before which; how long it takes, nobody can tell.
    let mut timers: Vec<_> = snapshot.timers.iter().collect();
    timers.sort_by_key(|timer| (timer.at, timer.timer));
    for timer in timers {
        match timer.timer {
            TimerId::After(of, index) => write!(into, "t{:?}{index}", visit(of))?,
            other => write!(into, "t{other:?}")?,
        }
    }
    write!(into, "h{:?}", snapshot.held.as_ref().map(|event| &event.kind))?;
    provider.write(&number, into)
}

fn write_value(limit: f64, value: &Value, into: &mut Text) -> std::fmt::Result {
    match value {
        Value::Number(number) if number.abs() > limit => write!(into, "many"),
        Value::Number(_) | Value::Null | Value::Bool(_) | Value::String(_) => write!(into, "{value:?}"),
        Value::List(items) => items.iter().try_for_each(|item| write_value(limit, item, into)),
        Value::Map(fields) => fields.iter().try_for_each(|(name, value)| {
            write!(into, "{name}:")?;
            write_value(limit, value, into)
        }),
        // Moments pass.
        Value::Timestamp(_) | Value::Duration(_) => write!(into, "time"),
    }
}
