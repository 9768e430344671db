//! Where one run stands, decoded, and what its record tells the store.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use machine::ids::OperationId;
use machine::snapshot::{Operation, Standing};
use machine::{Flow, Snapshot};
use validate::Validated;

use crate::journal::{Record, Seen};
use crate::limits::{POST_GRACE, SNAPSHOT_BYTES_FACTOR};
use crate::names;
use crate::store::{After, Name, Summary, Version};

/// Where one run stands.
pub(crate) struct Place {
    pub(crate) version: Version,
    pub(crate) flow: Arc<Validated>,
    pub(crate) snapshot: Snapshot,
    pub(crate) seen: Seen,
    pub(crate) ended_at: Option<Timestamp>,
    /// What it takes of memory, estimated. Unit: bytes.
    pub(crate) bytes: usize,
}

impl Place {
    /// The place after a record.
    pub(crate) fn after(
        version: Version,
        flow: Arc<Validated>,
        record: Record,
        record_bytes: usize,
    ) -> Place {
        let Record { snapshot, seen, ended_at, input: _, account: _ } = record;
        Place { version, flow, snapshot, seen, ended_at, bytes: record_bytes * SNAPSHOT_BYTES_FACTOR }
    }

    /// An operation whose result an event has told, and whose request was never answered.
    pub(crate) fn settled(&self, is_in_flight: impl Fn(OperationId) -> bool) -> Option<OperationId> {
        let is_settled = |operation: &Operation| operation.closed && operation.action.is_some();
        let mut operations = self.snapshot.operations.iter();
        operations.find(|(id, operation)| is_settled(operation) && !is_in_flight(**id)).map(|(id, _)| *id)
    }
}

/// When somebody must look at the run again. One that is over has nothing left but, perhaps, somebody to be told.
pub(crate) fn wake(snapshot: &Snapshot, now: Timestamp) -> Option<After> {
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
    let timer = snapshot.next_timer().map(until);
    let is_unanswered = snapshot.operations.values().any(|operation| operation.action.is_some())
        || snapshot.untold().next().is_some();
    let grace = is_unanswered.then_some(POST_GRACE);
    timer.into_iter().chain(grace).min().map(After)
}

/// What the provider calls the call and its latest recording.
pub(crate) fn names(snapshot: &Snapshot) -> [Option<Name>; 2] {
    let call = &snapshot.call;
    [
        call.server_call_id.as_deref().and_then(names::call),
        call.recording_id.as_deref().and_then(names::recording),
    ]
}

/// What a list of runs shows of it.
pub(crate) fn summary(flow: &Flow, snapshot: &Snapshot, ended_at: Option<Timestamp>) -> Summary {
    Summary {
        flow: flow.name().into(),
        started_at: snapshot.started_at,
        ended_at,
        outcome: snapshot.outcome().map(|outcome| outcome.as_str().into()),
        status: status(flow, snapshot).into(),
    }
}

/// Where it stands, in a word for people: the state, or that it is closing or over.
pub(crate) fn status<'f>(flow: &'f Flow, snapshot: &Snapshot) -> &'f str {
    match (&snapshot.standing, snapshot.leaf()) {
        (Standing::Running, Some(leaf)) => flow.state_name(leaf.state),
        (Standing::Running, None) => "starting",
        (Standing::Closing(_), _) => "closing",
        (Standing::Ended(_), _) => "ended",
    }
}
