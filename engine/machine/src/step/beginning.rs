//! The first step of a run.

use indexmap::IndexMap;

use super::{Landing, Run};
use crate::event::{Event, EventKind};
use crate::flow::Flow;
use crate::ids::{OperationId, Outcome, ScopeId, StateId, TimerId, Visit};
use crate::input::{Input, Start, What};
use crate::limits::RINGING_FOR;
use crate::protocol::Phase;
use crate::snapshot::{Call, Snapshot, Standing, StartKind};

/// A run before its first transition, and the state that it begins in. `None`: the flow cannot begin like this.
pub(super) fn snapshot(flow: &Flow, input: &Input) -> (Snapshot, Option<StateId>) {
    let beginning = match &input.what {
        What::Start(beginning) => Some(beginning),
        What::Event(_)
        | What::Timer(_)
        | What::Acknowledged { .. }
        | What::Refused { .. }
        | What::Learned(_)
        | What::Announced(_)
        | What::Told { .. }
        | What::Cancel => None,
    };
    let (kind, call, values) = match beginning.map(|beginning| &beginning.start) {
        Some(Start::Incoming(incoming)) => {
            let call = Call {
                server_call_id: Some(incoming.server_call_id.clone()),
                correlation_id: Some(incoming.correlation_id.clone()),
                from: Some(incoming.from.clone()),
                to: vec![incoming.to.clone()],
                incoming: Some(Box::new(incoming.clone())),
                ..no_call(Phase::Ringing)
            };
            (StartKind::Incoming, call, IndexMap::new())
        }
        Some(Start::Api { input }) => (StartKind::Api, no_call(Phase::Idle), input.clone()),
        None => (StartKind::Api, no_call(Phase::Idle), IndexMap::new()),
    };
    let snapshot = Snapshot {
        flow: flow.hash().clone(),
        started_at: input.at,
        run: beginning.map(|beginning| beginning.run.clone()).unwrap_or_default(),
        config: beginning.map(|beginning| beginning.config.clone()).unwrap_or_default(),
        start: kind,
        standing: Standing::Running,
        call,
        vars: IndexMap::new(),
        input: values,
        frames: Vec::new(),
        active: Vec::new(),
        visits: std::collections::BTreeMap::new(),
        operations: std::collections::BTreeMap::new(),
        posting: None,
        wants_to_leave: false,
        queue: std::collections::VecDeque::new(),
        timers: Vec::new(),
        notices: std::collections::BTreeMap::new(),
        held: None,
        last_visit: Visit::RUN,
        last_operation: OperationId(0),
    };
    let initial = beginning.and_then(|_| flow.initial(kind));
    (snapshot, initial)
}

fn no_call(phase: Phase) -> Call {
    Call {
        phase,
        connection_id: None,
        server_call_id: None,
        correlation_id: None,
        incoming: None,
        is_placed: false,
        from: None,
        to: Vec::new(),
        participants: Vec::new(),
        sequence_number: None,
        connected_at: None,
        recording_id: None,
        recording_callback_uri: None,
        recording_files: Vec::new(),
        latest_invitation: None,
        hanging_up: false,
        ends_for_everyone: false,
        refused_hang_ups: 0,
        has_ring_limit: false,
        rang_out: false,
        end_is_handled: false,
    }
}

impl Run<'_> {
    /// Gives the variables their first values and enters the first state.
    pub(super) fn begin(&mut self, initial: Option<StateId>) {
        let Some(initial) = initial else {
            self.note("this flow cannot be started like this");
            self.finish(Outcome::new(Outcome::ERROR));
            return;
        };
        if self.snapshot.call.phase == Phase::Ringing {
            self.set_timer(TimerId::Ringing, RINGING_FOR);
        }
        let wrong = self.first_values(ScopeId::FLOW, None);
        self.enter(initial, &[]);
        let leaf = self.snapshot.leaf().map_or(initial, |leaf| leaf.state);
        self.account.path.push(super::Hop { on: None, from: None, to: Landing::State(leaf) });
        if let Some(message) = wrong {
            let event = Event { message: Some(message), ..Event::new(EventKind::ExpressionFailed) };
            self.raise(event, Visit::RUN, None);
        }
    }
}
