//! Posts actions, one after the other, and takes what is answered to them.

use std::time::Duration;

use lang::Value;

use super::Run;
use super::losses::patience;
use crate::actions::{Action, ActionKind, Values, Written};
use crate::effect::Effect;
use crate::event::{Event, EventKind, mapping};
use crate::ids::{OperationId, ScopeId, TimerId, Visit};
use crate::input::{Ack, Refusal};
use crate::limits::{CONNECTING_FOR, GONE_AFTER, HANG_UP_AGAIN_AFTER, HANG_UP_DOUBLINGS_MAX, OPERATIONS_MAX};
use crate::protocol::{Acknowledged, OnCall, Phase};
use crate::roots::Occasion;
use crate::snapshot::{Awaited, Batch, Operation, Standing};

/// The code of the engine's own refusals, as the provider's. Source: reference 4.4.
const SUB_CODE_NOT_ESTABLISHED: i64 = 8501;
const SUB_CODE_WRONG_STATE: i64 = 8585;

impl Run<'_> {
    /// Posts the next action whose turn has come. Whether anything moved.
    pub(super) fn post_next(&mut self) -> bool {
        if self.snapshot.posting.is_some() {
            return false;
        }
        if self.snapshot.wants_to_leave {
            return self.leave_call();
        }
        if self.post_part() {
            return true;
        }
        let Some(mut batch) = self.snapshot.queue.pop_front() else { return false };
        let flow = self.flow;
        if !self.snapshot.is_visiting(batch.visit) {
            let unposted = flow.script(batch.script).get(batch.next as usize..).unwrap_or_default();
            let names: Vec<_> =
                unposted.iter().map(|written| format!("`{}`", written.kind().spec().name)).collect();
            self.note(format!("not posted, since its state was left: {}", names.join(", ")));
            return true;
        }
        let Some(written) = flow.script(batch.script).get(batch.next as usize) else { return true };
        batch.next += 1;
        match self.fill(written, &batch) {
            Ok(filled) => {
                let is_last = batch.next as usize >= flow.script(batch.script).len();
                let (visit, scope) = (batch.visit, self.scope_of(batch.owner));
                if !is_last {
                    self.snapshot.queue.push_front(batch);
                }
                self.decide(written, filled, visit, scope);
            }
            // A refusal skips the rest (clarification 11), and so does an action that cannot be filled.
            Err(message) => {
                let failed = Event {
                    message: Some(message),
                    action: Some(written.kind().spec().name.to_owned()),
                    ..Event::new(EventKind::ExpressionFailed)
                };
                self.raise(failed, batch.visit, None);
            }
        }
        true
    }

    fn fill(&self, written: &Written, batch: &Batch) -> Result<Filled, String> {
        let occasion = match (&batch.event, &batch.output) {
            (Some(event), _) => Occasion::Event(event),
            (None, Some(output)) => Occasion::Output(output),
            (None, None) => Occasion::Nothing,
        };
        let roots = self.roots(batch.owner, occasion);
        let values = Values { roots: &roots, call: &self.snapshot.call };
        let name = written.kind().spec().name;
        let prefix = |unfilled: crate::argument::Unfilled| format!("`{name}`: {}", unfilled.0);
        let action = written.arguments.fill(&values).map_err(prefix)?;
        let (context, callback_uri) = written.fill_routing(&roots).map_err(prefix)?;
        Ok(Filled { action, context, callback_uri })
    }

    /// Decides an action: it is posted, or refused at once where the call cannot take it.
    fn decide(&mut self, written: &Written, filled: Filled, visit: Visit, scope: ScopeId) {
        let kind = filled.action.kind();
        if let Action::Log(log) = filled.action {
            self.account.effects.push(Effect::Log { message: log.message, fields: log.fields });
            return;
        }
        if self.snapshot.operations.len() >= OPERATIONS_MAX {
            self.refuse_here(kind, visit, "too many operations of this call are not over");
            return;
        }
        let phase = self.snapshot.call.phase;
        if !kind.spec().phases.contains(&phase) {
            self.out_of_phase(kind, visit, phase);
            return;
        }
        let operation = Operation {
            visit,
            scope,
            keep: written.keep.as_ref().map(|name| name.value.clone()),
            context: filled.context,
            callback_uri: filled.callback_uri.or_else(|| self.recorded_for(&filled.action)),
            ..Operation::of(filled.action, self.at)
        };
        self.post(operation);
    }

    pub(super) fn post(&mut self, operation: Operation) {
        let Some(action) = operation.action.clone() else { return };
        self.before_posting(&action);
        let id = OperationId(self.snapshot.last_operation.0 + 1);
        self.snapshot.last_operation = id;
        // What the engine does by itself has no answer that the next action must wait for.
        if operation.kind.spec().acknowledged != Acknowledged::Local {
            self.snapshot.posting = Some(id);
        }
        self.snapshot.operations.insert(id, operation);
        self.account.effects.push(Effect::Post { operation: id, action });
    }

    /// What is true of the call as soon as an action is decided: events may come before the answer.
    fn before_posting(&mut self, action: &Action) {
        match action.kind().spec().on_call {
            OnCall::BringsUp => self.come_up(action),
            OnCall::Ends => {
                let call = &mut self.snapshot.call;
                call.hanging_up = true;
                call.ends_for_everyone = matches!(action, Action::HangUp(hang_up) if hang_up.for_everyone);
                self.expect_nothing_but_the_end();
            }
            OnCall::GivesAway
            | OnCall::HandsOver
            | OnCall::Adds
            | OnCall::Removes
            | OnCall::Stays
            | OnCall::Outside => {}
        }
    }

    /// What ends a call that was hung up is its `CallDisconnected` (clarification 35): whatever was asked of it before
    /// may still succeed or fail, and nobody needs to hear of it.
    fn expect_nothing_but_the_end(&mut self) {
        let is_moot = |operation: &Operation| {
            !matches!(operation.kind.spec().on_call, OnCall::BringsUp | OnCall::Outside)
        };
        let operations = self.snapshot.operations.iter();
        let moot: Vec<_> =
            operations.filter(|(_, operation)| is_moot(operation)).map(|(id, _)| *id).collect();
        for id in moot {
            self.close_operation(id);
        }
    }

    fn come_up(&mut self, action: &Action) {
        let is_placed = self.snapshot.call.phase == Phase::Idle;
        let call = &mut self.snapshot.call;
        call.phase = Phase::Connecting;
        call.is_placed = is_placed;
        let mut limit = CONNECTING_FOR;
        if let Action::CreateCall(create) = action {
            call.has_ring_limit = create.ring_for.is_some();
            call.to.clone_from(&create.to);
            call.from =
                create.caller_id.clone().map(lang::Identifier::Phone).or_else(|| create.source.clone());
            limit = create.ring_for.unwrap_or(CONNECTING_FOR);
        }
        self.cancel_timers(|timer| timer == TimerId::Ringing);
        self.set_timer(TimerId::Connecting, limit);
    }

    /// The engine itself leaves the call.
    fn leave_call(&mut self) -> bool {
        self.snapshot.wants_to_leave = false;
        if !matches!(self.snapshot.call.phase, Phase::Connecting | Phase::Connected) {
            return false;
        }
        let rang_out = self.snapshot.call.rang_out;
        let hang_up = crate::actions::hang_up::HangUp { for_everyone: self.snapshot.call.ends_for_everyone };
        self.post(Operation::of(Action::HangUp(hang_up), self.at));
        // A call that rang out ends with `CreateCallFailed`, not as one that the flow hung up.
        self.snapshot.call.hanging_up = !rang_out;
        true
    }

    /// An action that the phase forbids: the provider would refuse it, so it is not even posted.
    fn out_of_phase(&mut self, kind: ActionKind, visit: Visit, phase: Phase) {
        let name = kind.spec().name;
        match (kind, phase) {
            (ActionKind::HangUp, Phase::Gone) => {
                self.note("`hangUp` of a call that is over");
                let event =
                    Event { action: Some(name.to_owned()), ..Event::new(EventKind::CallDisconnected) };
                self.raise(event, visit, None);
            }
            // Clarification 3: not a failure of the author's.
            (_, Phase::Gone) => self.note(format!("`{name}` is not posted: the call is over")),
            (_, Phase::Idle | Phase::Ringing | Phase::Connecting | Phase::Connected) => {
                self.refuse_here(kind, visit, &format!("`{name}` is not possible in phase {}", phase.name()));
            }
        }
    }

    fn refuse_here(&mut self, kind: ActionKind, visit: Visit, why: &str) {
        self.skip_rest(visit);
        let established = self.snapshot.call.phase >= Phase::Connected;
        let refusal = Refusal {
            status: 400,
            sub_code: Some(if established { SUB_CODE_WRONG_STATE } else { SUB_CODE_NOT_ESTABLISHED }),
            message: why.to_owned(),
        };
        self.raise_refusal(kind, visit, None, None, &refusal);
    }

    /// The actions behind one that failed are not posted (clarification 11).
    fn skip_rest(&mut self, visit: Visit) {
        if self.snapshot.queue.front().is_some_and(|batch| batch.visit == visit && batch.next > 0) {
            self.snapshot.queue.pop_front();
        }
    }

    fn raise_refusal(
        &mut self,
        kind: ActionKind,
        visit: Visit,
        operation: Option<OperationId>,
        context: Option<String>,
        refusal: &Refusal,
    ) {
        let event = Event {
            operation,
            operation_context: context,
            action: Some(kind.spec().name.to_owned()),
            code: Some(i64::from(refusal.status)),
            sub_code: refusal.sub_code,
            message: Some(refusal.message.clone()),
            rest: true,
            ..Event::new(kind.spec().failure.clone())
        };
        self.raise(event, visit, Some(kind));
    }

    /// The provider took an action.
    pub(super) fn acknowledged(&mut self, id: OperationId, ack: &Ack) {
        let call = &mut self.snapshot.call;
        let learn = |known: &mut Option<String>, told: &Option<String>| {
            if told.is_some() {
                known.clone_from(told);
            }
        };
        learn(&mut call.connection_id, &ack.connection_id);
        learn(&mut call.server_call_id, &ack.server_call_id);
        learn(&mut call.correlation_id, &ack.correlation_id);
        learn(&mut call.recording_id, &ack.recording_id);
        learn(&mut call.latest_invitation, &ack.invitation_id);
        if self.snapshot.posting == Some(id) {
            self.snapshot.posting = None;
        }
        let Some(operation) = self.snapshot.operations.get_mut(&id) else {
            self.note("ignored: the operation is over");
            return;
        };
        let patience = operation.action.as_deref().and_then(patience);
        operation.action = None;
        operation.attempt = ack.attempt;
        operation.invitation.clone_from(&ack.invitation_id);
        if let Some(Awaited::Recording { id, .. }) = &mut operation.awaits
            && operation.kind == ActionKind::StartRecording
        {
            id.clone_from(&ack.recording_id);
            self.snapshot.call.recording_callback_uri.clone_from(&operation.callback_uri);
        }
        let (kind, visit, closed) = (operation.kind, operation.visit, operation.closed);
        let (context, scope) = (operation.context.clone(), operation.scope);
        let goes_elsewhere = operation.callback_uri.is_some();
        if let Some(name) = operation.keep.clone() {
            let kept = if ack.body == Value::Null { mapping([]) } else { ack.body.clone() };
            self.keep(scope, visit, name, kept);
        }
        match kind.spec().acknowledged {
            Acknowledged::Done => {
                self.snapshot.operations.remove(&id);
                if !closed {
                    self.done_at_once(kind, id, visit, context);
                }
            }
            Acknowledged::Accepted | Acknowledged::MayStaySilent | Acknowledged::Local => {
                if closed || goes_elsewhere {
                    self.snapshot.operations.remove(&id);
                }
                self.after_acceptance(kind, id);
                self.wait_for_result(id, patience);
                self.judge_cancellation(id);
            }
        }
    }

    /// Sets the variable that keeps an answer, if that still exists: a sub-flow may be over, or run again.
    pub(super) fn keep(&mut self, scope: ScopeId, visit: Visit, name: String, answer: Value) {
        if self.snapshot.frame(scope).is_some_and(|frame| visit < frame.visit) {
            return;
        }
        if let Some(vars) = self.snapshot.vars_mut(scope) {
            vars.insert(name, answer);
        }
    }

    fn done_at_once(&mut self, kind: ActionKind, id: OperationId, visit: Visit, context: Option<String>) {
        if kind.spec().on_call == OnCall::GivesAway {
            self.call_is_over();
            self.the_end_is_handled();
        }
        if kind == ActionKind::CancelMedia {
            self.silenced();
        }
        let event = Event {
            operation: Some(id),
            operation_context: context,
            action: Some(kind.spec().name.to_owned()),
            ..Event::new(EventKind::ActionSucceeded)
        };
        self.raise(event, visit, Some(kind));
    }

    fn after_acceptance(&mut self, kind: ActionKind, id: OperationId) {
        match kind.spec().on_call {
            OnCall::BringsUp => self.snapshot.call.incoming = None,
            OnCall::Ends => {
                self.snapshot.operations.remove(&id);
                if self.snapshot.call.phase != Phase::Gone {
                    self.set_timer(TimerId::Gone, GONE_AFTER);
                }
            }
            OnCall::GivesAway
            | OnCall::HandsOver
            | OnCall::Adds
            | OnCall::Removes
            | OnCall::Stays
            | OnCall::Outside => {}
        }
    }

    /// The provider refused an action, finally.
    pub(super) fn refused(&mut self, id: OperationId, refusal: &Refusal) {
        let was_posting = self.snapshot.posting == Some(id);
        if was_posting {
            self.snapshot.posting = None;
        }
        let Some(operation) = self.snapshot.operations.remove(&id) else {
            self.note("ignored: the operation is over");
            return;
        };
        if operation.closed {
            self.note("ignored: an event has told the result already");
            return;
        }
        if was_posting {
            self.skip_rest(operation.visit);
        }
        match (operation.kind.spec().on_call, self.snapshot.call.phase) {
            (OnCall::Ends, Phase::Connecting | Phase::Connected) => self.hang_up_refused(refusal),
            (OnCall::Ends, Phase::Idle | Phase::Ringing | Phase::Gone) => {}
            (OnCall::BringsUp, Phase::Connecting) => {
                self.call_is_over();
                self.the_end_is_handled();
                self.raise_refusal(operation.kind, Visit::RUN, Some(id), operation.context, refusal);
            }
            (_, Phase::Gone) => self.note("ignored: the call is over"),
            (_, Phase::Connecting | Phase::Connected) if refusal.says_gone() => {
                self.doubt(id, operation, refusal)
            }
            // Whoever hears of its results is not this flow (clarification 16).
            (_, _) if operation.callback_uri.is_some() => {
                let name = operation.kind.spec().name;
                self.note(format!(
                    "`{name}` was refused ({}); its results are for another system",
                    refusal.status
                ));
            }
            (_, _) => self.tell_refusal(id, operation, refusal),
        }
    }

    fn tell_refusal(&mut self, id: OperationId, operation: Operation, refusal: &Refusal) {
        match operation.part_of {
            Some(whole) => self.part_is_over(whole, operation.kind, None),
            None => self.raise_refusal(operation.kind, operation.visit, Some(id), operation.context, refusal),
        }
    }

    /// Clarification 2: the engine repeats a hang-up until the leg is gone.
    fn hang_up_refused(&mut self, refusal: &Refusal) {
        let call = &self.snapshot.call;
        if refusal.says_gone() {
            self.set_timer(TimerId::Gone, GONE_AFTER);
        } else if self.snapshot.standing == Standing::Running && !call.hanging_up && !call.rang_out {
            self.note("`hangUp` was refused, and the call was answered meanwhile: it goes on");
        } else {
            self.note(format!("`hangUp` was refused ({}); it is repeated", refusal.status));
            // Twice as long each time, so that a call that cannot be ended does not fill the journal.
            let doublings = self.snapshot.call.refused_hang_ups.min(HANG_UP_DOUBLINGS_MAX);
            self.snapshot.call.refused_hang_ups = doublings + 1;
            self.set_timer(TimerId::HangUp, HANG_UP_AGAIN_AFTER * 2u32.pow(doublings));
        }
    }

    /// Clarification 3: a call that is said to be gone is no failure of the action. `CallDisconnected` should
    /// come; if it does not, the provider is asked.
    fn doubt(&mut self, id: OperationId, mut operation: Operation, refusal: &Refusal) {
        self.note("the call is said to be gone: waiting for `CallDisconnected`");
        operation.action = None;
        operation.doubted = Some(refusal.clone());
        // What is not known may as well be the recording, or the other call: nobody waits for long to hear of that.
        let names_another = matches!(
            operation.kind,
            ActionKind::MoveParticipants
                | ActionKind::PauseRecording
                | ActionKind::ResumeRecording
                | ActionKind::StopRecording
        );
        self.snapshot.operations.insert(id, operation);
        self.set_timer(TimerId::Gone, if names_another { Duration::ZERO } else { GONE_AFTER });
    }

    /// The provider says that the call exists after all.
    pub(super) fn call_lives(&mut self) {
        if self.snapshot.call.hanging_up || self.snapshot.call.rang_out {
            self.set_timer(TimerId::HangUp, HANG_UP_AGAIN_AFTER);
        }
        if self.snapshot.call.phase == Phase::Connecting {
            self.set_timer(TimerId::Connecting, CONNECTING_FOR);
        }
        let doubted: Vec<_> = self
            .snapshot
            .operations
            .iter()
            .filter_map(|(id, operation)| Some((*id, operation.doubted.clone()?)))
            .collect();
        for (id, refusal) in doubted {
            if let Some(operation) = self.snapshot.operations.remove(&id) {
                self.tell_refusal(id, operation, &refusal);
            }
        }
    }
}

/// An action with its arguments and its routing.
struct Filled {
    action: Action,
    context: Option<String>,
    callback_uri: Option<String>,
}
