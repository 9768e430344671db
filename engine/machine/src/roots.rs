//! What expressions may read of a run.

use std::borrow::Cow;

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Roots, Value};

use crate::event::{Event, mapping, roster};
use crate::flow::Flow;
use crate::ids::{ScopeId, StateId};
use crate::snapshot::{Snapshot, StartKind};

/// What a branch reacts to, as its expressions see it.
#[derive(Clone, Copy)]
pub(crate) enum Occasion<'a> {
    /// Nothing, or time.
    Nothing,
    /// The root `event`.
    Event(&'a Event),
    /// The root `output`: what a sub-flow gave back.
    Output(&'a Value),
}

/// A run as expressions see it, from one place in its flow.
pub(crate) struct RunRoots<'a> {
    pub(crate) flow: &'a Flow,
    pub(crate) snapshot: &'a Snapshot,
    /// The state that the expression is written in; `None`: the flow's own handlers, which have no `state`.
    pub(crate) owner: Option<StateId>,
    pub(crate) occasion: Occasion<'a>,
    pub(crate) now: Timestamp,
}

impl Roots for RunRoots<'_> {
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>> {
        match root {
            "vars" => self.vars()?.get(field).map(Cow::Borrowed),
            "event" => self.event()?.field(field),
            "output" => match self.output()? {
                Value::Map(output) => output.get(field).map(Cow::Borrowed),
                _ => None,
            },
            "state" => self.state(field).map(Cow::Owned),
            "call" => self.call(field).map(Cow::Owned),
            "input" => self.input()?.get(field).map(Cow::Borrowed),
            "config" => self.snapshot.config.get(field).map(Cow::Borrowed),
            "start" => (field == "kind").then(|| Cow::Owned(Value::from(self.start().name()))),
            _ => None,
        }
    }

    fn root(&self, root: &str) -> Option<Cow<'_, Value>> {
        let map = |fields: &IndexMap<String, Value>| {
            mapping(fields.iter().map(|(name, value)| (name.as_str(), value.clone())))
        };
        let of = |names: &[&'static str], get: &dyn Fn(&str) -> Option<Value>| {
            mapping(names.iter().filter_map(|name| Some((*name, get(name)?))))
        };
        Some(Cow::Owned(match root {
            "now" => Value::Timestamp(self.now),
            "vars" => map(self.vars()?),
            "input" => map(self.input()?),
            "config" => map(&self.snapshot.config),
            "event" => return self.event().map(|event| Cow::Borrowed(&event.data)),
            "output" => return self.output().map(Cow::Borrowed),
            "call" => of(&CALL, &|name| self.call(name)),
            "state" => of(&STATE, &|name| self.state(name)),
            "start" => of(&["kind"], &|_| Some(Value::from(self.start().name()))),
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
    fn event(&self) -> Option<&Event> {
        match self.occasion {
            Occasion::Event(event) => Some(event),
            Occasion::Nothing | Occasion::Output(_) => None,
        }
    }

    fn output(&self) -> Option<&Value> {
        match self.occasion {
            Occasion::Output(output) => Some(output),
            Occasion::Nothing | Occasion::Event(_) => None,
        }
    }

    fn scope(&self) -> ScopeId {
        self.owner.map_or(ScopeId::FLOW, |owner| self.flow.state(owner).scope)
    }

    fn vars(&self) -> Option<&IndexMap<String, Value>> {
        let scope = self.scope();
        if scope.is_flow() {
            return Some(&self.snapshot.vars);
        }
        self.snapshot.frame(scope).map(|frame| &frame.vars)
    }

    fn input(&self) -> Option<&IndexMap<String, Value>> {
        let scope = self.scope();
        if scope.is_flow() {
            return Some(&self.snapshot.input);
        }
        self.snapshot.frame(scope).map(|frame| &frame.input)
    }

    fn start(&self) -> StartKind {
        if self.scope().is_flow() { self.snapshot.start } else { StartKind::Subflow }
    }

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
        let id = self.owner.filter(|id| !self.flow.is_whole(*id))?;
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
