//! What was told and lost: results that do not come, the end of a call of which nobody heard, rosters that nobody saw.
//!
//! The provider is asked, and what it says enters the run as the events that were lost. Where it cannot say what became
//! of an operation, that has failed: no run waits for ever.

use std::time::Duration;

use lang::Identifier;

use super::Run;
use crate::actions::{Action, ActionKind};
use crate::event::{Event, EventKind, Participant};
use crate::ids::{OperationId, TimerId};
use crate::input::{Fact, What};
use crate::limits::{
    ASK_AGAIN_AFTER, INVITATION_WITHIN, MEDIA_WITHIN, QUIET_FOR, RESULT_WITHIN, TRANSFER_WITHIN,
};
use crate::protocol::{Acknowledged, OnCall, Phase};
use crate::snapshot::{Awaited, Operation};

/// What `event.reason` says of a result that did not come.
const NO_RESULT: &str = "noResult";

/// How long the result of an action may take once it is accepted; `None`: it has none that must come, or another timer
/// sees to it.
pub(super) fn patience(action: &Action) -> Option<Duration> {
    let spec = action.kind().spec();
    match action {
        // It ends when it is cancelled.
        Action::Play(play) if play.repeat => None,
        Action::Play(_) | Action::Recognize(_) => Some(MEDIA_WITHIN),
        Action::AddParticipant(add) => {
            Some(add.invitation_timeout.unwrap_or(INVITATION_WITHIN) + RESULT_WITHIN)
        }
        Action::Transfer(_) => Some(TRANSFER_WITHIN),
        _ => match (spec.acknowledged, spec.on_call) {
            // The answer is the result.
            (Acknowledged::Done | Acknowledged::Local, _) => None,
            // A flow that waits for it has a timer.
            (Acknowledged::MayStaySilent, _) => None,
            // `Connecting` and `Gone` see to these.
            (Acknowledged::Accepted, OnCall::BringsUp | OnCall::Ends) => None,
            (Acknowledged::Accepted, _) => Some(RESULT_WITHIN),
        },
    }
}

impl Run<'_> {
    /// An action was accepted: its result is waited for, but not for ever.
    pub(super) fn wait_for_result(&mut self, id: OperationId, patience: Option<Duration>) {
        let is_open = self.snapshot.operations.get(&id).is_some_and(|operation| !operation.closed);
        if let Some(patience) = patience.filter(|_| is_open) {
            self.set_timer(TimerId::Overdue(id), patience);
        }
    }

    /// `cancelMedia` was taken: whatever was heard until now is told to be over soon.
    pub(super) fn silenced(&mut self) {
        let mut silenced = Vec::new();
        for (id, operation) in &mut self.snapshot.operations {
            let is_media = matches!(operation.kind, ActionKind::Play | ActionKind::Recognize);
            if is_media && !operation.closed && operation.action.is_none() {
                operation.silenced = true;
                silenced.push(*id);
            }
        }
        for id in silenced {
            self.set_timer(TimerId::Overdue(id), RESULT_WITHIN);
        }
    }

    /// Something of it was heard that leaves the rest to others.
    pub(super) fn is_not_overdue(&mut self, id: OperationId) {
        if let Some(operation) = self.snapshot.operations.get_mut(&id) {
            operation.overdue = false;
        }
        self.cancel_timers(|timer| timer == TimerId::Overdue(id));
    }

    /// Operations that are over have no results that could be overdue.
    pub(super) fn wait_for_nothing_that_is_over(&mut self) {
        let timers = self.snapshot.timers.iter().filter_map(|armed| match armed.timer {
            TimerId::Overdue(id) => Some(id),
            _ => None,
        });
        let is_over =
            |id: &OperationId| self.snapshot.operations.get(id).is_none_or(|operation| operation.closed);
        let over: Vec<_> = timers.filter(is_over).collect();
        if !over.is_empty() {
            self.cancel_timers(|timer| matches!(timer, TimerId::Overdue(id) if over.contains(&id)));
        }
    }

    /// The result of an operation has not come.
    pub(super) fn is_overdue(&mut self, id: OperationId) {
        if let Some(operation) = self.snapshot.operations.get_mut(&id) {
            operation.overdue = true;
            self.ask(TimerId::Overdue(id), ASK_AGAIN_AFTER);
        }
    }

    /// The provider has told something: the call was not quiet. The timer is set again only when half of it has passed,
    /// or every record would hold it.
    pub(super) fn heard(&mut self, what: &What) {
        let is_theirs = match what {
            What::Event(event) => !matches!(event.kind, EventKind::Custom(_)),
            What::Acknowledged { .. } | What::Refused { .. } | What::Learned(_) => true,
            What::Start(_) | What::Timer(_) | What::Announced(_) | What::Told { .. } | What::Cancel => false,
        };
        let half = self.at.checked_add(QUIET_FOR / 2).ok();
        let is_half_over = |armed: &crate::snapshot::Timer| {
            armed.timer == TimerId::Quiet && half.is_some_and(|half| armed.at < half)
        };
        if is_theirs && self.snapshot.timers.iter().any(is_half_over) {
            self.set_timer(TimerId::Quiet, QUIET_FOR);
        }
    }

    /// The provider says that the call is up, and perhaps who is in it: what it told before and was lost is made up for.
    pub(super) fn is_in_call(&mut self, fact: &Fact) {
        let (people, recovered) = match fact {
            Fact::InCall { participants, recovered } => (Some(participants), *recovered),
            Fact::CallUp => (None, false),
            Fact::CallLives | Fact::CallGone => return,
        };
        if let Some(people) = people {
            self.has_roster(people);
        }
        let open: Vec<_> = self.snapshot.operations.keys().copied().collect();
        for id in open {
            // Handlers of one event may have ended what another is about.
            let Some(operation) = self.snapshot.operations.get(&id) else { continue };
            if operation.closed || operation.action.is_some() || operation.doubted.is_some() {
                continue;
            }
            let told = is_done(operation, &self.snapshot.call.participants)
                .filter(|_| operation.overdue || recovered)
                .or_else(|| operation.overdue.then(|| lost(operation)));
            if let Some(told) = told {
                let whom = operation.whom.first().cloned();
                let attempt = operation.attempt;
                self.note(format!("no result came: `{}` is told in its place", told.kind.name()));
                self.is_the_last(id);
                let event = Event { operation: Some(id), attempt, participant: whom, ..told };
                self.receive(Box::new(event));
            }
        }
        if let Some(people) = people.filter(|_| recovered) {
            self.has_recovered(people);
        }
    }

    /// One event tells of all who are moved.
    fn is_the_last(&mut self, id: OperationId) {
        if let Some(Operation { awaits: Some(Awaited::People(left)), .. }) =
            self.snapshot.operations.get_mut(&id)
        {
            *left = 1;
        }
    }

    fn has_roster(&mut self, people: &[Participant]) {
        let known = &self.snapshot.call.participants;
        let is_news = known.len() != people.len() || people.iter().any(|person| !known.contains(person));
        if is_news {
            let participants = Some(people.to_vec());
            self.roster(&Event { participants, ..Event::new(EventKind::ParticipantsUpdated) });
        }
    }

    fn has_recovered(&mut self, people: &[Participant]) {
        let call = &self.snapshot.call;
        if call.phase == Phase::Connected && !call.hanging_up {
            let participants = Some(people.to_vec());
            self.tell(&Event { participants, ..Event::new(EventKind::Recovered) });
        }
    }
}

/// The success of an operation, if the roster shows it.
fn is_done(operation: &Operation, roster: &[Participant]) -> Option<Event> {
    if operation.whom.is_empty() || roster.is_empty() {
        return None;
    }
    // Who must confirm it and was added already is in the call as long as that lasts.
    if matches!(&operation.awaits, Some(Awaited::Confirmation(confirmation)) if confirmation.added.is_some())
    {
        return None;
    }
    let is_there = |who: &Identifier| roster.iter().any(|participant| participant.identifier == *who);
    let is_done = match operation.kind.spec().on_call {
        OnCall::Adds => operation.whom.iter().all(is_there),
        OnCall::Removes | OnCall::HandsOver => !operation.whom.iter().any(is_there),
        OnCall::BringsUp | OnCall::GivesAway | OnCall::Ends | OnCall::Stays | OnCall::Outside => false,
    };
    let kind = operation.kind.spec().success.first().filter(|_| is_done)?;
    Some(Event::new(kind.clone()))
}

/// What is told of an operation whose result was lost.
fn lost(operation: &Operation) -> Event {
    let spec = operation.kind.spec();
    let kind = match spec.canceled.first().filter(|_| operation.silenced) {
        Some(canceled) => canceled.clone(),
        None => spec.failure.clone(),
    };
    Event {
        reason: Some(NO_RESULT.to_owned()),
        message: Some("no result came, and the provider could not say what became of it".to_owned()),
        ..Event::new(kind)
    }
}
