//! Which operation an event answers, and whether the visit that asked for it still goes on.

use super::Run;
use super::transition::Delivered;
use crate::actions::ActionKind;
use lang::Value;

use crate::event::{Event, EventKind, mapping};
use crate::ids::OperationId;
use crate::protocol::Acknowledged;

/// What `as` keeps of an HTTP answer. There is no acknowledgement that it could keep.
fn answer(event: &Event) -> Value {
    let status = event.status.map_or(Value::Null, |status| Value::from(i64::from(status)));
    mapping([("status", status), ("body", event.body.clone().unwrap_or_default())])
}

impl Run<'_> {
    /// Something happened.
    pub(super) fn receive(&mut self, event: Box<Event>) {
        self.learn_names(&event);
        if event.kind.is_of_the_call() {
            self.receive_of_the_call(event);
        } else {
            self.receive_result(event);
        }
    }

    /// An event may be the first to tell the names of the call.
    fn learn_names(&mut self, event: &Event) {
        // A recording's events carry the recorder's connection, not the call's. Source: reference 4.6.
        if matches!(event.kind, EventKind::RecordingStateChanged | EventKind::StartRecordingFailed) {
            return;
        }
        let call = &mut self.snapshot.call;
        let learn = |known: &mut Option<String>, told: &Option<String>| {
            if known.is_none() {
                known.clone_from(told);
            }
        };
        learn(&mut call.connection_id, &event.connection_id);
        learn(&mut call.server_call_id, &event.server_call_id);
        learn(&mut call.correlation_id, &event.correlation_id);
    }

    fn receive_result(&mut self, mut event: Box<Event>) {
        let Some(id) = self.answered_operation(&event) else {
            if event.kind.outlives().is_some() {
                self.receive_of_what_goes_on(event);
            } else {
                let name = event.kind.name();
                self.note(format!("ignored: `{name}` belongs to nothing that this run still waits for"));
            }
            return;
        };
        if self.is_no_result_yet(id, &event)
            || self.awaits_more_people(id, &event)
            || self.must_confirm(id, &event)
            || self.ends_a_part(id, &event)
        {
            return;
        }
        let Some(operation) = self.snapshot.operations.get(&id) else { return };
        let (kind, visit, hands_over) = (operation.kind, operation.visit, operation.hands_over);
        let kept =
            operation.keep.clone().filter(|_| kind == ActionKind::Http).map(|name| (operation.scope, name));
        event.action = Some(kind.spec().name.to_owned());
        self.account.is_sensitive |= operation.sensitive;
        if event.kind == EventKind::RecognizeCompleted {
            // Whatever was recognised, a guard may ask for each of the three (clarification 26).
            for said in [&mut event.digits, &mut event.label, &mut event.speech] {
                said.get_or_insert_default();
            }
        }
        if event.operation_context.is_none() {
            event.operation_context.clone_from(&operation.context);
        }
        if let Some((scope, name)) = kept {
            self.keep(scope, visit, name, answer(&event));
        }
        if kind.spec().ends_with(&event.kind) {
            self.close_operation(id);
            self.close_withdrawn_invitation(&event);
        }
        // Even a result that comes too late for its state changes what is true of the call (clarification 7).
        let handed_over = hands_over && event.kind == EventKind::CallTransferAccepted;
        if handed_over {
            self.call_is_over();
        }
        if !self.snapshot.is_visiting(visit) {
            self.note(format!("ignored: `{}` belongs to an earlier visit", event.kind.name()));
            if handed_over {
                self.release_held();
            }
            return;
        }
        match self.deliver_within(self.scope_of_visit(visit), &event) {
            Delivered::Nowhere => self.unhandled(&event),
            Delivered::Moved if handed_over => self.the_end_is_handled(),
            Delivered::Moved | Delivered::Stayed => {}
        }
        self.release_held();
    }

    /// The operation that an event answers: the one that its context names; if it has no context of ours, the
    /// oldest that such an event can answer.
    pub(super) fn answered_operation(&self, event: &Event) -> Option<OperationId> {
        let answers = |kind: ActionKind| {
            kind.spec().ends_with(&event.kind)
                || (event.kind == EventKind::PlayStarted
                    && matches!(kind, ActionKind::Play | ActionKind::Recognize))
        };
        let is_open = |id: &OperationId| {
            self.snapshot
                .operations
                .get(id)
                .is_some_and(|operation| !operation.closed && answers(operation.kind))
        };
        match event.operation {
            Some(id) => Some(id).filter(is_open),
            None => self.snapshot.operations.keys().copied().find(|id| is_open(id)),
        }
    }

    /// An event has told the result. It proves, too, that the request was taken.
    pub(super) fn close_operation(&mut self, id: OperationId) {
        let Some(operation) = self.snapshot.operations.get_mut(&id) else { return };
        // What the engine does by itself has no answer besides its event.
        if operation.action.is_none() || operation.kind.spec().acknowledged == Acknowledged::Local {
            self.snapshot.operations.remove(&id);
            return;
        }
        operation.closed = true;
        if self.snapshot.posting == Some(id) {
            self.snapshot.posting = None;
        }
    }

    /// No `AddParticipantFailed` follows for an invitation that was withdrawn. Source: reference 5.
    fn close_withdrawn_invitation(&mut self, event: &Event) {
        if event.kind != EventKind::CancelAddParticipantSucceeded {
            return;
        }
        let withdrawn = self.snapshot.operations.iter().find(|(_, operation)| {
            operation.kind == ActionKind::AddParticipant
                && operation.invitation.is_some()
                && operation.invitation == event.invitation_id
        });
        if let Some(id) = withdrawn.map(|(id, _)| *id) {
            self.close_operation(id);
        }
    }
}
