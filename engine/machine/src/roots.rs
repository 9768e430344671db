//! What expressions may read of a run.

use std::borrow::Cow;

use jiff::Timestamp;
use lang::{Roots, Value};

use crate::event::{Event, mapping, roster};
use crate::flow::Flow;
use crate::ids::StateId;
use crate::snapshot::Snapshot;

/// A run as expressions see it, from one place in its flow.
pub(crate) struct RunRoots<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) snapshot: &'a Snapshot,
    /// The state that the expression is written in; `None`: the flow's own handlers, which have no `state`.
    pub(crate) owner: Option<StateId>,
    /// The event whose handler it is written in.
    pub(crate) event: Option<&'a Event>,
    pub(crate) now: Timestamp,
}

impl Roots for RunRoots<'_> {
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>> {
        match root {
            "vars" => self.snapshot.vars.get(field).map(Cow::Borrowed),
            "event" => self.event?.field(field),
            "state" => self.state(field).map(Cow::Owned),
            "call" => self.call(field).map(Cow::Owned),
            "input" => self.snapshot.input.get(field).map(Cow::Borrowed),
            "config" => self.snapshot.config.get(field).map(Cow::Borrowed),
            "start" => (field == "kind").then(|| Cow::Owned(Value::from(self.snapshot.start.name()))),
            _ => None,
        }
    }

    fn root(&self, root: &str) -> Option<Cow<'_, Value>> {
        let map = |fields: &indexmap::IndexMap<String, Value>| {
            mapping(fields.iter().map(|(name, value)| (name.as_str(), value.clone())))
        };
        let of = |names: &[&'static str], get: &dyn Fn(&str) -> Option<Value>| {
            mapping(names.iter().filter_map(|name| Some((*name, get(name)?))))
        };
        Some(Cow::Owned(match root {
            "now" => Value::Timestamp(self.now),
            "vars" => map(&self.snapshot.vars),
            "input" => map(&self.snapshot.input),
            "config" => map(&self.snapshot.config),
            "event" => return self.event.map(|event| Cow::Borrowed(&event.data)),
            "call" => of(&CALL, &|name| self.call(name)),
            "state" => of(&STATE, &|name| self.state(name)),
            "start" => of(&["kind"], &|_| Some(Value::from(self.snapshot.start.name()))),
            _ => return None,
        }))
    }
}

/// The fields of the root `call`. What expressions may read is said here only; the validator reads it, too.
pub const CALL: [&str; 9] = [
    "id",
    "connectionId",
    "serverCallId",
    "correlationId",
    "from",
    "to",
    "participants",
    "recordingId",
    "startedAt",
];
/// The fields of the root `state`.
pub const STATE: [&str; 4] = ["name", "visits", "retries", "enteredAt"];

impl RunRoots<'_> {
    fn call(&self, field: &str) -> Option<Value> {
        let call = &self.snapshot.call;
        let text = |value: &Option<String>| value.as_deref().map(Value::from);
        match field {
            "id" => Some(Value::from(self.snapshot.run.as_str())),
            "connectionId" => text(&call.connection_id),
            "serverCallId" => text(&call.server_call_id),
            "correlationId" => text(&call.correlation_id),
            "from" => call.from.as_ref().map(|from| Value::from(from.to_string())),
            "to" => match call.to.as_slice() {
                [] => None,
                [one] => Some(Value::from(one.to_string())),
                several => {
                    Some(Value::List(several.iter().map(|one| Value::from(one.to_string())).collect()))
                }
            },
            "participants" => Some(roster(&call.participants)),
            "recordingId" => text(&call.recording_id),
            "startedAt" => Some(Value::Timestamp(self.snapshot.started_at)),
            _ => None,
        }
    }

    fn state(&self, field: &str) -> Option<Value> {
        let id = self.owner?;
        let visits = self.snapshot.visits.get(&id).copied().unwrap_or_default();
        match field {
            "name" => Some(Value::from(self.flow.state_name(id))),
            "visits" => Some(Value::from(i64::from(visits.count))),
            "retries" => Some(Value::from(i64::from(visits.retries))),
            "enteredAt" => {
                let active = self.snapshot.active.iter().find(|active| active.state == id)?;
                Some(Value::Timestamp(active.entered_at))
            }
            _ => None,
        }
    }
}
