//! Chooses a transition and takes it: leave, set, do, enter. SCXML's order.

use std::time::Duration;

use lang::Value;

use super::{Hop, Landing, Raised, Run};
use crate::actions::{ActionKind, Arguments, Values};
use crate::effect::Effect;
use crate::event::{Event, EventKind};
use crate::flow::{Branch, EventName, Handlers, ScriptId, Target};
use crate::ids::{Outcome, StateId, TimerId, Visit};
use crate::limits::{MICROSTEPS_MAX, QUEUE_MAX};
use crate::roots::RunRoots;
use crate::snapshot::{Active, Batch, Standing, Timer};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    /// Nothing takes it.
    Nowhere,
    /// A branch was taken that stays.
    Stayed,
    /// A branch was taken that leads elsewhere.
    Moved,
}

impl<'f> Run<'f> {
    pub(super) fn roots<'a>(&'a self, owner: Option<StateId>, event: Option<&'a Event>) -> RunRoots<'a> {
        RunRoots { flow: self.flow, snapshot: &self.snapshot, owner, event, now: self.at }
    }

    pub(super) fn raise(&mut self, event: Event, visit: Visit, action: Option<ActionKind>) {
        self.raised.push_back(Raised { event, visit, action });
    }

    /// The active states from the innermost outward, then the flow, each with its handlers.
    pub(super) fn levels(&self) -> impl Iterator<Item = (Option<StateId>, &'f Handlers)> {
        let flow = self.flow;
        let states = self
            .snapshot
            .active
            .iter()
            .rev()
            .map(move |active| (Some(active.state), &flow.state(active.state).handlers));
        states.chain(std::iter::once((None, &flow.handlers)))
    }

    /// Gives an event to the first handler that takes it. A level without a holding guard is passed over
    /// (clarification 9).
    pub(super) fn deliver(&mut self, event: &Event) -> Delivered {
        if self.snapshot.standing != Standing::Running {
            // The flow has ended; what still happens to the call concerns the engine only.
            return Delivered::Stayed;
        }
        let levels: Vec<_> = self.levels().collect();
        for (owner, handlers) in levels {
            let matching = [
                Some(EventName::Exact(event.kind.clone())),
                event.kind.is_failure().then_some(EventName::AnyFailure),
                event.kind.is_matched_by_any().then_some(EventName::Any),
            ];
            for name in matching.into_iter().flatten() {
                let branches = handlers.on.iter().filter(|(on, _)| *on == name).map(|(_, branches)| branches);
                for branches in branches {
                    if let Some(branch) = self.choose(branches, owner, Some(event)) {
                        return self.take(owner, branch, Some(event.kind.name().to_owned()), Some(event));
                    }
                }
            }
        }
        Delivered::Nowhere
    }

    /// The first branch whose guard holds. A guard that fails does not hold (clarification 29).
    pub(super) fn choose<'b>(
        &mut self,
        branches: &'b [Branch],
        owner: Option<StateId>,
        event: Option<&Event>,
    ) -> Option<&'b Branch> {
        for branch in branches {
            let Some(guard) = &branch.when else { return Some(branch) };
            match guard.holds(&self.roots(owner, event)) {
                Ok(true) => return Some(branch),
                Ok(false) => {}
                Err(error) => self.note(format!("the guard `{}` failed: {}", guard.text(), error.message)),
            }
        }
        None
    }

    /// Takes a branch of a handler of `owner`; of the flow's own, if `None`.
    pub(super) fn take(
        &mut self,
        owner: Option<StateId>,
        branch: &Branch,
        on: Option<String>,
        event: Option<&Event>,
    ) -> Delivered {
        self.microsteps += 1;
        if self.microsteps > MICROSTEPS_MAX {
            self.note("the flow loops without ever waiting");
            self.finish(Outcome::new(Outcome::ERROR));
            return Delivered::Moved;
        }
        let staying = self.visit_of(owner);
        // All right sides see the old values (clarification 50).
        let values: Result<Vec<(String, Value)>, String> = branch
            .set
            .iter()
            .map(|(name, template)| match template.evaluate(&self.roots(owner, event)) {
                Ok(value) => Ok((name.clone(), value)),
                Err(error) => Err(format!("`set` of `{name}`: {}", error.message)),
            })
            .collect();
        match values {
            Ok(values) => self.snapshot.vars.extend(values),
            Err(message) => {
                let failed = Event { message: Some(message), ..Event::new(EventKind::ExpressionFailed) };
                self.raise(failed, staying, None);
                return Delivered::Stayed;
            }
        }
        let from = self.snapshot.leaf().map(|leaf| leaf.state);
        let (to, delivered) = match &branch.target {
            Target::Stay => {
                self.enqueue(branch.script, staying, owner, event);
                (Landing::Stay, Delivered::Stayed)
            }
            Target::State(target) => {
                self.move_to(owner, *target, branch.script, event);
                let leaf = self.snapshot.leaf().map_or(*target, |leaf| leaf.state);
                (Landing::State(leaf), Delivered::Moved)
            }
            Target::End(outcome) => {
                self.log_now(branch.script, owner, event);
                (Landing::End(outcome.clone()), Delivered::Moved)
            }
        };
        self.account.path.push(Hop { on, from, to });
        if let Target::End(outcome) = &branch.target {
            self.finish(outcome.clone());
        }
        delivered
    }

    fn visit_of(&self, owner: Option<StateId>) -> Visit {
        let active = self.snapshot.active.iter().find(|active| Some(active.state) == owner);
        active.map_or(Visit::RUN, |active| active.visit)
    }

    /// Leaves what must be left and enters the target. What the branch does belongs to the target's visit
    /// (clarification 5) and comes before its entry actions.
    fn move_to(&mut self, owner: Option<StateId>, target: StateId, script: ScriptId, event: Option<&Event>) {
        let domain = self.domain(owner, target);
        let left = self.leave_below(domain);
        let visit = Visit(self.snapshot.last_visit.0 + self.depth_below(domain, target));
        self.enqueue(script, visit, owner, event);
        self.enter_below(domain, target, &left);
    }

    /// The innermost state that a transition neither leaves nor enters: the owner itself if the target is
    /// inside it (clarification 32), else the innermost that holds both.
    fn domain(&self, owner: Option<StateId>, target: StateId) -> Option<StateId> {
        let owner = owner?;
        let holds_target = |state: &StateId| self.ancestors(target).any(|ancestor| ancestor == *state);
        if holds_target(&owner) {
            return Some(owner);
        }
        self.ancestors(owner).find(holds_target)
    }

    /// The states around one, from the inside out, without itself.
    fn ancestors(&self, state: StateId) -> impl Iterator<Item = StateId> {
        let flow = self.flow;
        std::iter::successors(flow.state(state).parent, move |state| flow.state(*state).parent)
    }

    fn depth_below(&self, domain: Option<StateId>, target: StateId) -> u32 {
        let between = self.ancestors(target).take_while(|state| Some(*state) != domain).count();
        u32::try_from(between).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Leaves the active states inside the domain, the innermost first. They are returned, for counting retries.
    pub(super) fn leave_below(&mut self, domain: Option<StateId>) -> Vec<StateId> {
        let mut left = Vec::new();
        while let Some(leaf) = self.snapshot.leaf().filter(|leaf| Some(leaf.state) != domain) {
            self.cancel_timers(|timer| matches!(timer, TimerId::After(visit, _) if visit == leaf.visit));
            self.log_now(self.flow.state(leaf.state).exit, Some(leaf.state), None);
            self.snapshot.active.pop();
            left.push(leaf.state);
        }
        left
    }

    fn enter_below(&mut self, domain: Option<StateId>, target: StateId, left: &[StateId]) {
        let mut around: Vec<_> = self.ancestors(target).take_while(|state| Some(*state) != domain).collect();
        around.reverse();
        for state in around {
            self.enter_one(state, left);
        }
        self.enter(target, left);
    }

    /// Enters a state and the children that are entered with it.
    pub(super) fn enter(&mut self, state: StateId, left: &[StateId]) {
        let mut next = Some(state);
        while let Some(state) = next {
            self.enter_one(state, left);
            next = self.flow.state(state).initial;
        }
    }

    fn enter_one(&mut self, id: StateId, left: &[StateId]) {
        let state = self.flow.state(id);
        let visit = Visit(self.snapshot.last_visit.0 + 1);
        self.snapshot.last_visit = visit;
        self.snapshot.active.push(Active { state: id, visit, entered_at: self.at });
        let visits = self.snapshot.visits.entry(id).or_default();
        visits.count = visits.count.saturating_add(1);
        visits.retries = if left.contains(&id) { visits.retries.saturating_add(1) } else { 0 };
        self.arm(&state.handlers, visit);
        self.enqueue(state.entry, visit, Some(id), None);
    }

    /// Arms the timers of a state, or the flow's own.
    pub(super) fn arm(&mut self, handlers: &Handlers, visit: Visit) {
        for (index, (delay, _)) in (0..).zip(&handlers.after) {
            self.set_timer(TimerId::After(visit, index), *delay);
        }
    }

    pub(super) fn set_timer(&mut self, timer: TimerId, delay: Duration) {
        self.cancel_timers(|armed| armed == timer);
        // Further away than time can be counted is never.
        let Ok(at) = self.at.checked_add(delay) else { return };
        self.snapshot.timers.push(Timer { timer, at });
        self.account.effects.push(Effect::SetTimer { timer, at });
    }

    pub(super) fn cancel_timers(&mut self, cancels: impl Fn(TimerId) -> bool) {
        let effects = &mut self.account.effects;
        self.snapshot.timers.retain(|armed| {
            let stays = !cancels(armed.timer);
            if !stays {
                effects.push(Effect::CancelTimer(armed.timer));
            }
            stays
        });
    }

    fn enqueue(&mut self, script: ScriptId, visit: Visit, owner: Option<StateId>, event: Option<&Event>) {
        if self.flow.script(script).is_empty() || self.snapshot.standing != Standing::Running {
            return;
        }
        if self.snapshot.queue.len() >= QUEUE_MAX {
            self.note(format!(
                "more than {QUEUE_MAX} lists of actions wait for their turn: the newest is dropped"
            ));
            return;
        }
        let event = event.cloned().map(Box::new);
        self.snapshot.queue.push_back(Batch { script, next: 0, visit, owner, event });
    }

    /// The lines of a `do` that may hold nothing but `log`.
    fn log_now(&mut self, script: ScriptId, owner: Option<StateId>, event: Option<&Event>) {
        for written in self.flow.script(script) {
            let Arguments::Log(log) = &written.arguments else { continue };
            let roots = self.roots(owner, event);
            match log.fill(&Values { roots: &roots, call: &self.snapshot.call }) {
                Ok(log) => {
                    self.account.effects.push(Effect::Log { message: log.message, fields: log.fields });
                }
                Err(unfilled) => self.note(format!("a line could not be logged: {}", unfilled.0)),
            }
        }
    }
}
