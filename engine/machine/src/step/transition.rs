//! Chooses a transition and takes it: leave, set, do, enter. SCXML's order.

use std::time::Duration;

use super::{Hop, Landing, Raised, Run};
use crate::actions::{ActionKind, Arguments, Values};
use crate::effect::Effect;
use crate::event::{Event, EventKind};
use crate::flow::{Branch, EventName, Handlers, ScriptId, Target};
use crate::ids::{Outcome, ScopeId, StateId, TimerId, Visit};
use crate::limits::{MICROSTEPS_MAX, QUEUE_MAX};
use crate::roots::{Occasion, RunRoots};
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
    pub(super) fn roots<'a>(&'a self, owner: Option<StateId>, occasion: Occasion<'a>) -> RunRoots<'a> {
        RunRoots { flow: self.flow, snapshot: self.snapshot, owner, occasion, now: self.at }
    }

    pub(super) fn scope_of(&self, owner: Option<StateId>) -> ScopeId {
        owner.map_or(ScopeId::FLOW, |owner| self.flow.state(owner).scope)
    }

    pub(super) fn scope_of_visit(&self, visit: Visit) -> ScopeId {
        let active = self.snapshot.active.iter().find(|active| active.visit == visit);
        self.scope_of(active.map(|active| active.state))
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
        let levels = self.levels().collect();
        self.deliver_to(levels, event)
    }

    /// The same for what a scope brought about: the sub-flows that run inside it do not hear of it.
    pub(super) fn deliver_within(&mut self, scope: ScopeId, event: &Event) -> Delivered {
        let levels = self.levels().skip_while(|(owner, _)| self.scope_of(*owner) != scope).collect();
        self.deliver_to(levels, event)
    }

    fn deliver_to(&mut self, levels: Vec<(Option<StateId>, &'f Handlers)>, event: &Event) -> Delivered {
        if self.snapshot.standing != Standing::Running {
            // The flow has ended; what still happens to the call concerns the engine only.
            return Delivered::Stayed;
        }
        let occasion = Occasion::Event(event);
        for (owner, handlers) in levels {
            let matching = [
                Some(EventName::Exact(event.kind.clone())),
                event.kind.is_failure().then_some(EventName::AnyFailure),
                event.kind.is_matched_by_any().then_some(EventName::Any),
            ];
            for name in matching.into_iter().flatten() {
                let branches = handlers.on.iter().filter(|(on, _)| *on == name).map(|(_, branches)| branches);
                for branches in branches {
                    if let Some(branch) = self.choose(branches, owner, occasion) {
                        return self.take(owner, branch, Some(event.kind.name().to_owned()), occasion);
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
        occasion: Occasion<'_>,
    ) -> Option<&'b Branch> {
        for branch in branches {
            let Some(guard) = &branch.when else { return Some(branch) };
            match guard.holds(&self.roots(owner, occasion)) {
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
        occasion: Occasion<'_>,
    ) -> Delivered {
        self.microsteps += 1;
        if self.microsteps > MICROSTEPS_MAX {
            self.note("the flow loops without ever waiting");
            self.finish(Outcome::new(Outcome::ERROR));
            return Delivered::Moved;
        }
        // All right sides see the old values (clarification 50).
        match self.evaluate(&branch.set, owner, occasion) {
            Ok(values) => {
                if let Some(vars) = self.snapshot.vars_mut(self.scope_of(owner)) {
                    vars.extend(values);
                }
            }
            Err(message) => return self.branch_failed("set", &message, owner),
        }
        let from = self.snapshot.leaf().map(|leaf| leaf.state);
        match &branch.target {
            Target::Stay => {
                self.enqueue(branch.script, self.visit_of(owner), owner, occasion);
                self.account.path.push(Hop { on, from, to: Landing::Stay });
                return Delivered::Stayed;
            }
            Target::State(target) => {
                self.move_to(owner, *target, branch.script, occasion);
                let leaf = self.snapshot.leaf().map_or(*target, |leaf| leaf.state);
                self.account.path.push(Hop { on, from, to: Landing::State(leaf) });
            }
            Target::End(ending) => {
                let output = match self.output(ending, owner, occasion) {
                    Ok(output) => output,
                    Err(message) => return self.branch_failed("output", &message, owner),
                };
                self.log_now(branch.script, owner, occasion);
                self.account.path.push(Hop { on, from, to: Landing::End(ending.outcome.clone()) });
                self.end_scope(self.scope_of(owner), ending.outcome.clone(), &output);
            }
        }
        Delivered::Moved
    }

    /// An expression of a branch failed: the branch is not taken.
    fn branch_failed(&mut self, key: &str, message: &str, owner: Option<StateId>) -> Delivered {
        let message = Some(format!("`{key}` of {message}"));
        let failed = Event { message, ..Event::new(EventKind::ExpressionFailed) };
        self.raise(failed, self.visit_of(owner), None);
        Delivered::Stayed
    }

    fn visit_of(&self, owner: Option<StateId>) -> Visit {
        let active = self.snapshot.active.iter().find(|active| Some(active.state) == owner);
        active.map_or(Visit::RUN, |active| active.visit)
    }

    /// Leaves what must be left and enters the target. What the branch does belongs to the target's visit
    /// (clarification 5) and comes before its entry actions.
    fn move_to(&mut self, owner: Option<StateId>, target: StateId, script: ScriptId, occasion: Occasion<'_>) {
        let domain = self.domain(owner, target);
        let left = self.leave_below(domain);
        let visit = Visit(self.snapshot.last_visit.0 + self.depth_below(domain, target));
        self.enqueue(script, visit, owner, occasion);
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
            self.log_now(self.flow.state(leaf.state).exit, Some(leaf.state), Occasion::Nothing);
            self.snapshot.active.pop();
            if self.flow.is_whole(leaf.state) {
                self.snapshot.frames.pop();
            }
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
        self.enqueue(state.entry, visit, Some(id), Occasion::Nothing);
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

    fn enqueue(&mut self, script: ScriptId, visit: Visit, owner: Option<StateId>, occasion: Occasion<'_>) {
        if self.flow.script(script).is_empty() || self.snapshot.standing != Standing::Running {
            return;
        }
        if self.snapshot.queue.len() >= QUEUE_MAX {
            self.note(format!(
                "more than {QUEUE_MAX} lists of actions wait for their turn: the newest is dropped"
            ));
            return;
        }
        let (event, output) = match occasion {
            Occasion::Nothing => (None, None),
            Occasion::Event(event) if self.flow.reads_event(script) => (Some(Box::new(event.clone())), None),
            Occasion::Event(_) => (None, None),
            Occasion::Output(output) => (None, Some(Box::new(output.clone()))),
        };
        self.snapshot.queue.push_back(Batch { script, next: 0, visit, owner, event, output });
    }

    /// The lines of a `do` that may hold nothing but `log`.
    fn log_now(&mut self, script: ScriptId, owner: Option<StateId>, occasion: Occasion<'_>) {
        for written in self.flow.script(script) {
            let Arguments::Log(log) = &written.arguments else { continue };
            let roots = self.roots(owner, occasion);
            match log.fill(&Values { roots: &roots, call: &self.snapshot.call }) {
                Ok(log) => {
                    self.account.effects.push(Effect::Log { message: log.message, fields: log.fields });
                }
                Err(unfilled) => self.note(format!("a line could not be logged: {}", unfilled.0)),
            }
        }
    }
}
