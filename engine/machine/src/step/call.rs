//! Events of the call itself: it comes up, it ends, who is in it. They belong to no visit.
//!
//! Where the provider tells one happening by two events, in either order, the flow sees it once.

use std::time::Duration;

use super::Run;
use super::transition::Delivered;
use crate::effect::Effect;
use crate::event::{Event, EventKind};
use crate::ids::{OperationId, TimerId, Visit};
use crate::input::Fact;
use crate::limits::{ASK_AGAIN_AFTER, HELD_FOR, PARTICIPANTS_MAX, QUIET_FOR};
use crate::protocol::{OnCall, Phase};
use crate::roots::Occasion;
use crate::snapshot::{Operation, Standing};

impl Run<'_> {
    pub(super) fn receive_of_the_call(&mut self, mut event: Box<Event>) {
        match event.kind {
            EventKind::CallConnected => self.connected(event),
            EventKind::CallDisconnected => self.disconnected(event),
            EventKind::CreateCallFailed | EventKind::AnswerFailed | EventKind::ConnectFailed => {
                self.failed_to_come_up(event);
            }
            EventKind::ParticipantsUpdated => self.roster(&event),
            EventKind::RecordingStateChanged => self.recording_changed(event),
            _ if event.kind.outlives().is_some() => self.receive_of_what_goes_on(event),
            _ => {
                event.action = None;
                self.tell(&event);
            }
        }
    }

    /// Delivers an event that may as well be handled by nobody, unless it is a failure.
    pub(super) fn tell(&mut self, event: &Event) {
        if self.deliver(event) == Delivered::Nowhere {
            self.unhandled(event);
        }
    }

    /// Nothing takes an event. A failure must not pass unseen; what happens by itself and often may.
    pub(super) fn unhandled(&mut self, event: &Event) {
        match event.kind {
            EventKind::ParticipantsUpdated | EventKind::PlayStarted | EventKind::Recovered => {}
            _ if event.kind.is_failure() => self.fail(event),
            _ => self.note(format!("nothing handles `{}` here", event.kind.name())),
        }
    }

    fn connected(&mut self, mut event: Box<Event>) {
        if self.snapshot.call.phase != Phase::Connecting {
            self.note(format!("ignored: `CallConnected` in phase {}", self.snapshot.call.phase.name()));
            return;
        }
        if let Some((id, operation)) = self.coming_up() {
            event.action = Some(operation.kind.spec().name.to_owned());
            event.operation_context = event.operation_context.or_else(|| operation.context.clone());
            self.close_operation(id);
        }
        self.snapshot.call.phase = Phase::Connected;
        self.snapshot.call.connected_at = Some(self.at);
        self.cancel_timers(|timer| timer == TimerId::Connecting);
        self.set_timer(TimerId::Quiet, QUIET_FOR);
        if self.snapshot.call.hanging_up {
            self.note("`CallConnected` of a call that is being hung up");
            return;
        }
        // Somebody has answered at the last moment: nobody hangs up on them for having rung too long.
        if std::mem::take(&mut self.snapshot.call.rang_out) {
            self.snapshot.wants_to_leave = false;
            self.cancel_timers(|timer| timer == TimerId::HangUp);
        }
        if self.snapshot.standing == Standing::Running {
            let flow = self.flow;
            self.arm(&flow.handlers, Visit::RUN);
        }
        self.tell(&event);
        self.release_held();
    }

    /// The operation that brings the call up.
    fn coming_up(&self) -> Option<(OperationId, &Operation)> {
        let mut operations = self.snapshot.operations.iter();
        operations
            .find(|(_, operation)| operation.kind.spec().on_call == OnCall::BringsUp)
            .map(|(id, operation)| (*id, operation))
    }

    fn disconnected(&mut self, event: Box<Event>) {
        match self.snapshot.call.phase {
            Phase::Idle | Phase::Ringing => self.note("ignored: `CallDisconnected` of a call that never was"),
            Phase::Gone if self.snapshot.call.end_is_handled => self.second_half(&event),
            Phase::Connecting | Phase::Connected | Phase::Gone if self.has_another_half() => {
                self.note("`CallDisconnected` is held back: the other event of its pair may follow");
                self.snapshot.held = Some(event);
                self.set_timer(TimerId::Held, HELD_FOR);
            }
            Phase::Connecting | Phase::Connected | Phase::Gone => self.end_call(&event),
        }
    }

    /// Whether another event may tell the same end.
    fn has_another_half(&self) -> bool {
        if self.snapshot.call.hanging_up {
            return false;
        }
        match self.snapshot.call.phase {
            Phase::Connecting => true,
            Phase::Connected => self.snapshot.operations.values().any(|operation| {
                let removes = operation.kind.spec().on_call == OnCall::Removes;
                !operation.closed && (operation.hands_over || removes)
            }),
            Phase::Idle | Phase::Ringing | Phase::Gone => false,
        }
    }

    /// The flow has dealt with the end of this call. Only a state that names the event still wants it.
    fn second_half(&mut self, event: &Event) {
        let wanted = crate::flow::EventName::Exact(EventKind::CallDisconnected);
        let flow = self.flow;
        let is_wanted = self.levels().any(|(owner, handlers)| {
            owner.is_some_and(|state| !flow.is_whole(state))
                && handlers.on.iter().any(|(name, _)| *name == wanted)
        });
        if !is_wanted || self.deliver(event) == Delivered::Nowhere {
            self.note("ignored: `CallDisconnected` tells what the flow knows already");
        }
    }

    fn failed_to_come_up(&mut self, mut event: Box<Event>) {
        if self.snapshot.call.phase != Phase::Connecting {
            let phase = self.snapshot.call.phase.name();
            self.note(format!("ignored: `{}` in phase {phase}", event.kind.name()));
            return;
        }
        let held = self.snapshot.held.take();
        if self.snapshot.call.hanging_up {
            // Clarification 35: what ends a call that was hung up is its `CallDisconnected`.
            self.end_call(&Event { kind: EventKind::CallDisconnected, ..*event });
            return;
        }
        if let Some((id, operation)) = self.coming_up() {
            event.action = Some(operation.kind.spec().name.to_owned());
            event.operation_context = event.operation_context.or_else(|| operation.context.clone());
            self.close_operation(id);
        }
        if let Some(held) = held {
            event.code = event.code.or(held.code);
            event.sub_code = event.sub_code.or(held.sub_code);
            event.message = event.message.or(held.message);
        }
        if self.snapshot.call.rang_out {
            event.reason = Some("notAnswered".to_owned());
        }
        self.call_is_over();
        self.the_end_is_handled();
        self.tell(&event);
    }

    /// Nothing more is expected: what was held back is let go.
    pub(super) fn release_held(&mut self) {
        if self.snapshot.held.is_none() || self.has_another_half() {
            return;
        }
        let Some(held) = self.snapshot.held.take() else { return };
        self.cancel_timers(|timer| timer == TimerId::Held);
        self.disconnected(held);
    }

    /// The other event of the pair did not follow in time.
    pub(super) fn held_for_long_enough(&mut self) {
        let Some(held) = self.snapshot.held.take() else { return };
        let failure = self.coming_up().map(|(_, operation)| operation.kind.spec().failure.clone());
        match (self.snapshot.call.phase, failure) {
            (Phase::Connecting, failure) => {
                let kind = failure.unwrap_or(EventKind::CreateCallFailed);
                self.failed_to_come_up(Box::new(Event { kind, ..*held }));
            }
            (Phase::Idle | Phase::Ringing | Phase::Connected | Phase::Gone, _) => self.end_call(&held),
        }
    }

    /// The call has ended.
    pub(super) fn end_call(&mut self, event: &Event) {
        self.call_is_over();
        self.the_end_is_handled();
        if self.deliver(event) == Delivered::Nowhere {
            self.end_unhandled(crate::ids::Outcome::DISCONNECTED);
        }
    }

    /// What is true once there is no call any more, or it is no longer ours.
    pub(super) fn call_is_over(&mut self) {
        self.snapshot.call.phase = Phase::Gone;
        self.snapshot.call.incoming = None;
        self.snapshot.wants_to_leave = false;
        // Timers of a whole flow, or a whole sub-flow, belong to its call.
        let wholes: Vec<_> =
            self.snapshot.frames.iter().map(|frame| frame.visit).chain([Visit::RUN]).collect();
        self.cancel_timers(|timer| match timer {
            TimerId::After(visit, _) => wholes.contains(&visit),
            TimerId::Held
            | TimerId::Gone
            | TimerId::HangUp
            | TimerId::Ringing
            | TimerId::Connecting
            | TimerId::Overdue(_)
            | TimerId::Quiet => true,
            TimerId::Tell(_) => false,
        });
        let open: Vec<_> =
            self.snapshot.operations.iter().map(|(id, operation)| (*id, operation.kind)).collect();
        for (id, kind) in open {
            if kind.spec().on_call != OnCall::Outside {
                self.close_operation(id);
            }
        }
    }

    pub(super) fn the_end_is_handled(&mut self) {
        self.snapshot.call.end_is_handled = true;
    }

    pub(super) fn roster(&mut self, event: &Event) {
        let call = &mut self.snapshot.call;
        if let (Some(known), Some(told)) = (call.sequence_number, event.sequence_number)
            && told < known
        {
            self.note(format!("ignored: roster {told} is older than roster {known}"));
            return;
        }
        call.sequence_number = event.sequence_number.or(call.sequence_number);
        if let Some(participants) = &event.participants {
            call.participants = participants.iter().take(PARTICIPANTS_MAX).cloned().collect();
        }
        self.tell(event);
    }

    /// The provider was asked whether the call still exists.
    pub(super) fn learned(&mut self, fact: &Fact) {
        match (fact, self.snapshot.call.phase) {
            (_, Phase::Idle | Phase::Ringing | Phase::Gone) => {
                self.note("ignored: what was asked does not matter any more");
            }
            (Fact::CallGone, Phase::Connecting | Phase::Connected) => {
                let event = Event {
                    code: Some(404),
                    sub_code: Some(8522),
                    message: Some("the provider does not know the call any more".to_owned()),
                    reason: Some("callGone".to_owned()),
                    ..Event::new(EventKind::CallDisconnected)
                };
                self.snapshot.held = Some(Box::new(event));
                self.held_for_long_enough();
            }
            (Fact::CallUp | Fact::InCall { .. }, Phase::Connecting) if !self.snapshot.call.hanging_up => {
                let reason = Some("callUp".to_owned());
                self.connected(Box::new(Event { reason, ..Event::new(EventKind::CallConnected) }));
                self.is_in_call(fact);
            }
            (Fact::CallLives, _) | (_, Phase::Connecting) => self.call_lives(),
            (Fact::CallUp | Fact::InCall { .. }, Phase::Connected) => {
                self.call_lives();
                self.is_in_call(fact);
            }
        }
    }

    /// A timer of the run is due.
    pub(super) fn fire(&mut self, timer: TimerId) {
        if !self.snapshot.timers.iter().any(|armed| armed.timer == timer) {
            self.note("ignored: this timer is not armed");
            return;
        }
        self.snapshot.timers.retain(|armed| armed.timer != timer);
        match timer {
            TimerId::After(visit, index) => self.after(visit, index),
            TimerId::Held => self.held_for_long_enough(),
            TimerId::Gone => self.ask(TimerId::Gone, ASK_AGAIN_AFTER),
            TimerId::HangUp => self.snapshot.wants_to_leave = true,
            TimerId::Ringing => self.rang_long_enough(),
            TimerId::Connecting => self.took_too_long(),
            TimerId::Tell(notice) => self.tell_again(notice),
            TimerId::Overdue(operation) => self.is_overdue(operation),
            TimerId::Quiet => self.ask(TimerId::Quiet, QUIET_FOR),
        }
    }

    fn after(&mut self, visit: Visit, index: u32) {
        let flow = self.flow;
        let owner =
            self.snapshot.active.iter().find(|active| active.visit == visit).map(|active| active.state);
        let handlers = match owner {
            Some(state) => &flow.state(state).handlers,
            None if visit == Visit::RUN => &flow.handlers,
            None => return,
        };
        let Some((delay, branches)) = handlers.after.get(index as usize) else { return };
        match self.choose(branches, owner, Occasion::Nothing) {
            Some(branch) => {
                let on = format!("after {}", lang::value::format_duration(*delay));
                self.take(owner, branch, Some(on), Occasion::Nothing);
            }
            None => self.note("no branch of this timer holds"),
        }
    }

    /// An incoming call stops ringing by itself. Source: reference 8.7.
    fn rang_long_enough(&mut self) {
        if self.snapshot.call.phase == Phase::Ringing {
            let message = "nobody answered the call while it rang".to_owned();
            let event = Event { message: Some(message), ..Event::new(EventKind::CallDisconnected) };
            self.end_call(&Event { reason: Some("ringingEnded".to_owned()), ..event });
        }
    }

    fn took_too_long(&mut self) {
        if self.snapshot.call.phase != Phase::Connecting {
            return;
        }
        if self.snapshot.call.has_ring_limit && !self.snapshot.call.rang_out {
            self.snapshot.call.rang_out = true;
            self.snapshot.wants_to_leave = true;
        } else {
            self.ask(TimerId::Connecting, ASK_AGAIN_AFTER);
        }
    }

    /// Asks whether the call still exists, and again if that is never answered.
    pub(super) fn ask(&mut self, timer: TimerId, again_after: Duration) {
        self.account.effects.push(Effect::AskCall);
        self.set_timer(timer, again_after);
    }
}
