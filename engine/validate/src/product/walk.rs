//! Follows the flow through its places: begins, lets things happen, takes branches, enters states.

use lang::finding::Cause;
use lang::{Expr, Span};
use machine::actions::ActionKind;
use machine::draft;
use machine::event::EventKind;
use machine::flow::{EventName, Next, Target};
use machine::ids::{ScopeId, StateId};
use machine::protocol::{Acknowledged, OnCall, Phase};
use machine::snapshot::StartKind;

use super::happen::{self, Happening};
use super::ongoing::{self, Ongoing};
use super::{A_TIMER, Media, ORIGIN, Others, Place, Product, Taken, Via, What};
use crate::guards;
use crate::labels;
use crate::model::{Branch, Choice, Model, Trigger};

/// What became of something that happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Handled {
    /// None.
    Not,
    /// Some branch may be taken.
    Perhaps,
    /// `"*"` takes it, which is nobody's answer to it (clarification 33).
    Loosely,
    /// Whatever the guards say, some branch is taken.
    Surely,
}

/// Why branches are tried.
#[derive(Default)]
pub(super) struct Why {
    /// In a word, for people.
    pub(super) cause: Option<String>,
    pub(super) event: Option<EventKind>,
    pub(super) is_timer: bool,
    /// The action that it is the result of.
    pub(super) action: Option<usize>,
}

impl Why {
    /// The end of a sub-flow, which the same thing brought about.
    pub(super) fn outcome(&self) -> Why {
        Why { cause: self.cause.clone(), ..Why::default() }
    }
}

impl<'a> Product<'a> {
    pub(super) fn begin(&mut self, start: StartKind, phase: Phase, initial: StateId) {
        // Of the call that a sub-flow runs on the best is assumed: each flow that runs it is judged by itself
        // (clarification 22).
        let is_subflow = start == StartKind::Subflow;
        let place = Place {
            leaf: initial,
            start,
            phase,
            is_hanging_up: false,
            was_handed_over: false,
            cancels: false,
            others: if is_subflow { Others::Unknown } else { Others::One },
            mute: None,
            has_invited: is_subflow,
            ongoing: if is_subflow { Ongoing::assumed() } else { Ongoing::default() },
            open: Vec::new(),
            refused: None,
        };
        self.enter(place, Vec::new(), None, initial, Via { at: ORIGIN, step: None }, None);
    }

    pub(super) fn explore(&mut self, at: usize) {
        let place = self.reached[at].place.clone();
        if let Some(refusal) = happen::refusal(&place) {
            self.happen(at, &place, refusal);
            return;
        }
        if self.goes_on_by_itself(at, &place) {
            return;
        }
        for happening in happen::all(&place) {
            self.happen(at, &place, happening);
        }
        self.timers(at, &place);
        self.custom_events(at, &place);
        self.late_failures(at, &place);
        self.check_waiting(at, &place);
    }

    /// A state that waits for nothing is left at once.
    fn goes_on_by_itself(&mut self, at: usize, place: &Place) -> bool {
        let model = self.model;
        let mut place = place.clone();
        match &model.state(place.leaf).next {
            Next::Wait => return false,
            Next::End(ending) => {
                self.acknowledge(&mut place);
                let scope = model.state(place.leaf).scope;
                if !scope.is_flow() {
                    self.end_subflow(at, &place, scope, &ending.outcome, &Why::default());
                } else if let draft::Next::End(end) = &model.written(place.leaf).next {
                    self.end(&Via { at, step: None }, &place, end.key);
                }
                return true;
            }
            Next::Run(run) => {
                self.acknowledge(&mut place);
                let leaf = place.leaf;
                self.enter(place, Vec::new(), Some(leaf), run.whole, Via { at, step: None }, None);
                return true;
            }
            Next::Branches(_) => {}
        }
        // An action that says by an event how it went may fail before the state is left; those that are done at
        // once are ready, and their refusal is only noted (clarification 10).
        self.acknowledge(&mut place);
        let leaf = place.leaf;
        let mut choices = model.choices(Some(leaf));
        let Some(choice) = choices.find(|choice| matches!(choice.trigger, Trigger::Nothing)) else {
            return true;
        };
        self.try_branches(at, &place, Some(leaf), &choice, &Why::default());
        true
    }

    /// What is done at once is done before a state goes on.
    fn acknowledge(&mut self, place: &mut Place) {
        let is_done = |kind: ActionKind| kind.spec().acknowledged == Acknowledged::Done;
        if place.open.iter().any(|open| open.on_call() == OnCall::GivesAway) {
            place.phase = Phase::Gone;
        }
        place.open.retain(|open| !is_done(open.kind));
    }

    fn happen(&mut self, at: usize, place: &Place, happening: Happening) {
        let Happening { event, action, is_stale, after } = happening;
        self.possible.insert((place.leaf, event.clone()));
        let written = action.and_then(|action| self.action(action));
        let here = Via { at, step: None };
        if is_stale {
            if after != *place {
                let span = written.map_or(Span::default(), |written| written.name);
                let scope = action.map_or(ScopeId::FLOW, |action| self.actions[action].1);
                let step = Some(self.step(Cause::Event(event.name().to_owned()), place.leaf, scope, span));
                self.arrive(after, Via { at, step }, None);
            }
            return;
        }
        // What a flow brought about is none of the sub-flows' business that run inside it.
        let scope = action.filter(|_| !event.is_of_the_call()).map(|action| self.actions[action].1);
        let mut handled = self.deliver(at, &after, &event, action, scope);
        if handled != Handled::Surely {
            handled = handled.max(self.end_unhandled(at, &after, &event, scope));
        }
        if handled == Handled::Surely {
            return;
        }
        if event.is_failure() {
            let goes_on = written
                .is_some_and(|written| written.kind().spec().acknowledged == Acknowledged::Done)
                && !matches!(self.model.state(place.leaf).next, Next::Wait);
            if goes_on {
                self.go_on_after(at, place, after, &event);
            } else {
                self.meet(&here, place.leaf, written, What::FailureUnhandled(event));
            }
            return;
        }
        match event {
            // Nobody handles it: the run ends with `disconnected`.
            EventKind::CallDisconnected if handled == Handled::Not => {}
            EventKind::PlayStarted | EventKind::ParticipantsUpdated | EventKind::Recovered => {}
            _ if matches!(handled, Handled::Not | Handled::Loosely) => {
                if let Some(written) = written
                    && (self.is_lost(&after, &event) || !self.something_else_comes(&after))
                {
                    self.meet(&here, place.leaf, Some(written), What::SuccessUnhandled(event.clone()));
                    return;
                }
                if handled == Handled::Not {
                    self.go_on_after(at, place, after, &event);
                }
            }
            _ => self.go_on_after(at, place, after, &event),
        }
    }

    /// Nothing took it, but the place has changed.
    fn go_on_after(&mut self, at: usize, place: &Place, after: Place, event: &EventKind) {
        if after != *place {
            let span = self.model.written(place.leaf).name.span;
            let scope = self.scope(Some(place.leaf));
            let step = Some(self.step(Cause::Event(event.name().to_owned()), place.leaf, scope, span));
            self.arrive(after, Via { at, step }, None);
        }
    }

    fn timers(&mut self, at: usize, place: &Place) {
        let model = self.model;
        let owners: Vec<_> = model.outward(place.leaf).map(Some).chain([None]).collect();
        for owner in owners {
            if owner.is_none() && place.phase != Phase::Connected {
                continue;
            }
            for choice in model.choices(owner).filter(|choice| matches!(choice.trigger, Trigger::Timer)) {
                let why = Why { cause: Some(A_TIMER.to_owned()), is_timer: true, ..Why::default() };
                self.try_branches(at, place, owner, &choice, &why);
            }
        }
    }

    fn custom_events(&mut self, at: usize, place: &Place) {
        for kind in self.unsure_events(place.leaf) {
            if matches!(kind, EventKind::Custom(_)) {
                self.possible.insert((place.leaf, kind.clone()));
                self.deliver(at, place, &kind, None, None);
            }
        }
    }

    /// What goes on beside the states may fail at any time (clarification 8).
    fn late_failures(&mut self, at: usize, place: &Place) {
        if place.phase != Phase::Connected {
            return;
        }
        for kind in place.ongoing.failures() {
            self.possible.insert((place.leaf, kind.clone()));
            self.deliver(at, place, &kind, None, None);
        }
    }

    /// Gives an event to the handlers that may take it, from the innermost outward.
    /// `scope`: whose result it is, if it is one.
    fn deliver(
        &mut self,
        at: usize,
        place: &Place,
        event: &EventKind,
        action: Option<usize>,
        scope: Option<ScopeId>,
    ) -> Handled {
        let model = self.model;
        let owners = model.outward(place.leaf).map(Some).chain([None]);
        let owners: Vec<_> =
            owners.skip_while(|owner| scope.is_some_and(|scope| self.scope(*owner) != scope)).collect();
        let mut handled = Handled::Not;
        for owner in owners {
            let names = [
                Some(EventName::Exact(event.clone())),
                event.is_failure().then_some(EventName::AnyFailure),
                event.is_matched_by_any().then_some(EventName::Any),
            ];
            for name in names.iter().flatten() {
                let matching = model
                    .choices(owner)
                    .filter(|choice| matches!(choice.trigger, Trigger::Event(_, on) if on == name));
                for choice in matching {
                    let cause = Some(event.name().to_owned());
                    let why = Why { cause, event: Some(event.clone()), action, ..Why::default() };
                    match self.try_branches(at, place, owner, &choice, &why) {
                        Handled::Surely if *name == EventName::Any => return Handled::Loosely,
                        Handled::Surely => return Handled::Surely,
                        Handled::Perhaps if *name == EventName::Any => {}
                        Handled::Perhaps => handled = Handled::Perhaps,
                        Handled::Loosely | Handled::Not => {}
                    }
                }
            }
        }
        handled
    }

    /// Takes each branch that may be taken, up to the first that surely is.
    pub(super) fn try_branches(
        &mut self,
        at: usize,
        place: &Place,
        owner: Option<StateId>,
        choice: &Choice<'a>,
        why: &Why,
    ) -> Handled {
        let mut handled = Handled::Not;
        for (index, branch) in choice.branches().enumerate() {
            match holds(&branch, &choice.written[..index], place.start) {
                Some(false) => continue,
                verdict => {
                    self.take(at, place.clone(), owner, choice, index, why);
                    if verdict == Some(true) {
                        return Handled::Surely;
                    }
                    handled = Handled::Perhaps;
                }
            }
        }
        let action = why.action.and_then(|action| self.action(action));
        let chooses = why.event == Some(EventKind::RecognizeCompleted);
        if chooses && action.is_some_and(|action| labels::are_all_asked(action, choice.written)) {
            return Handled::Surely;
        }
        handled
    }

    fn take(
        &mut self,
        at: usize,
        mut place: Place,
        owner: Option<StateId>,
        choice: &Choice<'a>,
        index: usize,
        why: &Why,
    ) {
        let Some(Branch { written, target }) = choice.branches().nth(index) else { return };
        let from = place.leaf;
        let (event, action) = (why.event.clone(), why.action);
        let is_timer = why.is_timer;
        let taken = Some(Taken { owner, branches: choice.written, index, target, event, is_timer, action });
        let step = why
            .cause
            .as_ref()
            .map(|cause| self.step(Cause::Event(cause.clone()), from, self.scope(owner), written.span));
        let via = Via { at, step };
        match target {
            Target::Stay => {
                let refused = self.post_all(&mut place, &written.actions, owner, &via);
                self.arrive_at(place, refused, via, taken);
            }
            Target::End(ending) if !self.scope(owner).is_flow() => {
                self.end_subflow(at, &place, self.scope(owner), &ending.outcome, why);
            }
            Target::End(_) => {
                let span = match &written.target {
                    draft::Target::End(end) => end.key,
                    draft::Target::Stay | draft::Target::State(_) => written.span,
                };
                self.end(&via, &place, span);
                self.pass(Some(at), None, taken);
            }
            Target::State(target) => {
                let domain = domain(self.model, owner, *target);
                self.leave(&mut place, domain);
                let mut refused = self.post_all(&mut place, &written.actions, Some(*target), &via);
                for place in &mut refused {
                    place.leaf = self.model.innermost(*target);
                }
                place.leaf = from;
                self.enter(place, refused, domain, *target, via, taken);
            }
        }
    }

    /// Leaves what is inside the domain: what its visits asked for comes too late from now on.
    fn leave(&mut self, place: &mut Place, domain: Option<StateId>) {
        let model = self.model;
        let left: Vec<_> = model.outward(place.leaf).take_while(|state| Some(*state) != domain).collect();
        for open in &mut place.open {
            open.is_stale |= open.owner.is_some_and(|owner| left.contains(&owner));
        }
        // Of what comes too late, only this still changes what is true of the call.
        let mut kept: Vec<(ActionKind, Media)> = Vec::new();
        place.open.retain(|open| {
            let matters =
                open.on_call().changes() || open.media != Media::None || ongoing::outlives(open.kind);
            let keeps = !open.is_stale || (matters && !kept.contains(&(open.kind, open.media)));
            if keeps && open.is_stale {
                kept.push((open.kind, open.media));
            }
            keeps
        });
        place.cancels = false;
    }

    /// Enters a state with those around it up to the domain, and the children that are entered with it. `refused` are
    /// the places where something behind which this comes is refused.
    fn enter(
        &mut self,
        mut place: Place,
        mut refused: Vec<Place>,
        domain: Option<StateId>,
        target: StateId,
        via: Via,
        taken: Option<Taken<'a>>,
    ) {
        let model = self.model;
        place.leaf = model.innermost(target);
        for state in entered(model, domain, target) {
            let entry = &model.written(state).entry;
            refused.extend(self.post_all(&mut place, entry, Some(state), &via));
        }
        self.arrive_at(place, refused, via, taken);
    }

    fn arrive_at(&mut self, place: Place, refused: Vec<Place>, via: Via, taken: Option<Taken<'a>>) {
        self.arrive(place, via.clone(), taken.clone());
        for place in refused {
            self.arrive(place, via.clone(), taken.clone());
        }
    }

    /// An end while the call is up leaves it up (clarification 57). The end of a sub-flow ends no call (clarification 22).
    fn end(&mut self, via: &Via, place: &Place, span: Span) {
        let is_up = matches!(place.phase, Phase::Connecting | Phase::Connected);
        if is_up && !place.is_hanging_up && place.start != StartKind::Subflow {
            self.meet(via, place.leaf, None, What::EndsWhileUp(span));
        }
    }
}

/// The states that are entered on the way to a target, the outermost first.
pub(super) fn entered(model: &Model<'_>, domain: Option<StateId>, target: StateId) -> Vec<StateId> {
    let mut entered: Vec<_> =
        model.outward(target).skip(1).take_while(|state| Some(*state) != domain).collect();
    entered.reverse();
    entered.extend(std::iter::successors(Some(target), |state| model.state(*state).initial));
    entered
}

/// Whether a branch is taken when its turn comes; `None`: it depends.
fn holds(branch: &Branch<'_>, earlier: &[draft::Branch], start: StartKind) -> Option<bool> {
    let Some(guard) = &branch.written.when else { return Some(true) };
    if guards::is_always_true(guard) || guards::compared(earlier).iter().any(|other| completes(other, guard))
    {
        return Some(true);
    }
    guards::start_kind(guard).map(|kind| kind == start.name())
}

/// Whether one of the two guards must hold.
fn completes(other: &draft::Branch, guard: &Expr) -> bool {
    other.when.as_ref().is_some_and(|other| guards::are_complements(other, guard))
}

/// As the machine does it: clarification 32.
pub(super) fn domain(model: &Model<'_>, owner: Option<StateId>, target: StateId) -> Option<StateId> {
    let owner = owner?;
    let around = |state: StateId| model.outward(state).skip(1);
    if around(target).any(|state| state == owner) {
        return Some(owner);
    }
    around(owner).find(|state| around(target).any(|other| other == *state))
}
