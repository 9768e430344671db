//! `addParticipant` with `confirm`: who was added is asked in private, and taken out of the call again unless they
//! press the keys (clarification 43). The flow hears of one result.
//!
//! What is under way is carried on whether or not its state was left: nobody stays in a call unconfirmed.

use super::Run;
use crate::actions::remove_participant::RemoveParticipant;
use crate::actions::{Action, ActionKind};
use crate::event::{Event, EventKind};
use crate::ids::OperationId;
use crate::protocol::Phase;
use crate::snapshot::{Awaited, Confirmation, Operation, Part};

/// What `event.reason` says of who was added and did not confirm.
const NOT_CONFIRMED: &str = "notConfirmed";

impl Run<'_> {
    /// Whether an event tells that somebody was added who must confirm it first.
    pub(super) fn must_confirm(&mut self, id: OperationId, event: &Event) -> bool {
        if event.kind != EventKind::AddParticipantSucceeded {
            return false;
        }
        let Some(confirmation) = self.confirmation(id) else { return false };
        if confirmation.added.is_none() {
            confirmation.added = Some(Box::new(event.clone()));
            confirmation.next = Some(Part::Ask);
        }
        // From now on its parts have results that may be overdue.
        self.is_not_overdue(id);
        true
    }

    /// Posts the next part, if there is one whose turn has come.
    pub(super) fn post_part(&mut self) -> bool {
        if self.snapshot.call.phase != Phase::Connected || self.snapshot.call.hanging_up {
            return false;
        }
        let at = self.at;
        let next = self.snapshot.operations.iter_mut().find_map(|(id, operation)| {
            let Some(Awaited::Confirmation(confirmation)) = &mut operation.awaits else { return None };
            let part = confirmation.next.take().filter(|_| !operation.closed)?;
            Some(Operation {
                visit: operation.visit,
                scope: operation.scope,
                part_of: Some(*id),
                ..Operation::of(action(part, confirmation), at)
            })
        });
        let is_posted = next.is_some();
        if let Some(operation) = next {
            self.post(operation);
        }
        is_posted
    }

    /// Whether an event is the result of a part, of which the flow does not hear.
    pub(super) fn ends_a_part(&mut self, id: OperationId, event: &Event) -> bool {
        let Some(operation) = self.snapshot.operations.get(&id) else { return false };
        let (kind, Some(whole)) = (operation.kind, operation.part_of) else { return false };
        if kind.spec().ends_with(&event.kind) {
            self.close_operation(id);
            self.part_is_over(whole, kind, Some(event));
        }
        true
    }

    /// A part is over: with an event, or refused.
    pub(super) fn part_is_over(&mut self, whole: OperationId, kind: ActionKind, event: Option<&Event>) {
        let Some(confirmation) = self.confirmation(whole) else { return };
        if kind == ActionKind::RemoveParticipant {
            self.end_confirmation(whole, false);
            return;
        }
        let digits = event.filter(|event| event.kind == EventKind::RecognizeCompleted);
        let digits = digits.and_then(|event| event.digits.as_deref());
        if digits.is_some_and(|digits| confirmation.confirm.is_given_by(digits)) {
            self.end_confirmation(whole, true);
        } else {
            confirmation.next = Some(Part::Remove);
            self.note("not confirmed: who was added is taken out of the call again");
        }
    }

    fn end_confirmation(&mut self, whole: OperationId, is_confirmed: bool) {
        let added = self.confirmation(whole).and_then(|confirmation| confirmation.added.take());
        let Some(operation) = self.snapshot.operations.get(&whole) else { return };
        let (visit, kind) = (operation.visit, operation.kind);
        let mut event = added.map_or_else(|| Event::new(EventKind::AddParticipantSucceeded), |event| *event);
        event.operation = Some(whole);
        event.action = Some(kind.spec().name.to_owned());
        event.operation_context = event.operation_context.or_else(|| operation.context.clone());
        if !is_confirmed {
            event.kind = EventKind::AddParticipantFailed;
            event.reason = Some(NOT_CONFIRMED.to_owned());
            event.message = Some("who answered did not press the keys that confirm it".to_owned());
            (event.code, event.sub_code) = (None, None);
        }
        self.close_operation(whole);
        self.raise(event, visit, Some(kind));
    }

    fn confirmation(&mut self, id: OperationId) -> Option<&mut Confirmation> {
        match &mut self.snapshot.operations.get_mut(&id)?.awaits {
            Some(Awaited::Confirmation(confirmation)) => Some(confirmation),
            Some(Awaited::Recording { .. } | Awaited::People(_)) | None => None,
        }
    }
}

fn action(part: Part, confirmation: &Confirmation) -> Action {
    let participant = confirmation.participant.clone();
    match part {
        Part::Ask => Action::Recognize(confirmation.confirm.question(participant)),
        Part::Remove => Action::RemoveParticipant(RemoveParticipant { participant }),
    }
}
