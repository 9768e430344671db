//! A flow as rules see it: what was written and what it resolved to, side by side.

use lang::{Span, Spanned};
use machine::Flow;
use machine::actions::Written;
use machine::draft::{self, Draft};
use machine::flow::{self, EventName};
use machine::ids::StateId;

/// One flow, read and resolved without an error.
pub(crate) struct Model<'a> {
    pub(crate) draft: &'a Draft,
    pub(crate) flow: &'a Flow,
    /// The states as written, by their ids: its own, then those of the sub-flows at their places.
    states: Vec<&'a draft::State>,
    /// How many are its own.
    own: usize,
}

/// A branch as written, with what it resolved to.
#[derive(Clone, Copy)]
pub(crate) struct Branch<'a> {
    pub(crate) written: &'a draft::Branch,
    pub(crate) target: &'a flow::Target,
}

/// Where branches stand.
#[derive(Clone, Copy)]
pub(crate) enum Trigger<'a> {
    /// Under `on`.
    Event(&'a Spanned<String>, &'a EventName),
    /// Under `after`.
    Timer,
    /// `goto` or `choose`.
    Nothing,
    /// Under `outcomes`: the sub-flow has ended like this.
    Outcome(&'a Spanned<String>),
}

/// Branches that are tried together.
#[derive(Clone, Copy)]
pub(crate) struct Choice<'a> {
    pub(crate) trigger: Trigger<'a>,
    /// As written.
    pub(crate) written: &'a [draft::Branch],
    resolved: &'a [flow::Branch],
}

impl<'a> Choice<'a> {
    /// Its branches, in the order in which they are tried.
    pub(crate) fn branches(
        &self,
    ) -> impl DoubleEndedIterator<Item = Branch<'a>> + ExactSizeIterator + use<'a> {
        let pairs = self.written.iter().zip(self.resolved);
        pairs.map(|(written, branch)| Branch { written, target: &branch.target })
    }
}

impl<'a> Model<'a> {
    pub(crate) fn new(draft: &'a Draft, flow: &'a Flow) -> Model<'a> {
        fn enlist<'a>(states: &'a [draft::State], into: &mut Vec<&'a draft::State>) {
            for state in states {
                into.push(state);
                enlist(&state.states, into);
            }
        }
        let mut states = Vec::new();
        // In the order in which ids are given: each state, then its children; behind them each sub-flow.
        enlist(&draft.states, &mut states);
        let own = states.len();
        let mut next = 0;
        while let Some(state) = states.get(next).copied() {
            next += 1;
            if let Some(body) = state.run().and_then(|run| run.body.as_deref()) {
                enlist(std::slice::from_ref(&body.whole), &mut states);
            }
        }
        Model { draft, flow, states, own }
    }

    /// All states of the flow itself, in file order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = StateId> + use<> {
        (0u32..).map(StateId).take(self.own)
    }

    /// How many states there are, those of sub-flows included.
    pub(crate) fn count(&self) -> usize {
        self.states.len()
    }

    /// Whether a state is of the flow itself, and not of a sub-flow.
    pub(crate) fn is_own(&self, id: StateId) -> bool {
        (id.0 as usize) < self.own
    }

    /// Whether it runs inside other flows only.
    pub(crate) fn is_only_subflow(&self) -> bool {
        let start = &self.draft.start;
        start.subflow.is_some() && start.incoming.is_none() && start.api.is_none()
    }

    /// The sub-flow that a state runs.
    pub(crate) fn run(&self, id: StateId) -> Option<&'a draft::Run> {
        self.written(id).run()
    }

    /// The innermost state of the flow itself that something is written in.
    pub(crate) fn around(&self, place: Span) -> Option<StateId> {
        let holds = |id: &StateId| {
            let span = self.written(*id).span;
            span.start <= place.start && place.end <= span.end
        };
        self.ids().filter(holds).last()
    }

    /// A state as written.
    pub(crate) fn written(&self, id: StateId) -> &'a draft::State {
        self.states[id.0 as usize]
    }

    /// A state as resolved.
    pub(crate) fn state(&self, id: StateId) -> &'a flow::State {
        self.flow.state(id)
    }

    /// A state and those around it, from the inside out.
    pub(crate) fn outward(&self, id: StateId) -> impl Iterator<Item = StateId> + 'a {
        let flow = self.flow;
        std::iter::successors(Some(id), move |state| flow.state(*state).parent)
    }

    /// The innermost state that is entered with this one.
    pub(crate) fn innermost(&self, id: StateId) -> StateId {
        std::iter::successors(Some(id), |state| self.state(*state).initial).last().unwrap_or(id)
    }

    /// Whether a state can be where a run waits: it has no children.
    pub(crate) fn is_leaf(&self, id: StateId) -> bool {
        self.state(id).initial.is_none()
    }

    /// What a state reacts to (the flow, if `None`): events, then timers, then what it does by itself.
    pub(crate) fn choices(&self, owner: Option<StateId>) -> impl Iterator<Item = Choice<'a>> + use<'a> {
        let (on, after, handlers) = match owner {
            Some(id) => (&self.written(id).on, &self.written(id).after, &self.state(id).handlers),
            None => (&self.draft.on, &self.draft.after, self.flow.handlers()),
        };
        let choice = |trigger, written: &'a Vec<draft::Branch>, resolved: &'a Vec<flow::Branch>| Choice {
            trigger,
            written,
            resolved,
        };
        let events = on.iter().zip(&handlers.on).map(move |(written, (name, branches))| {
            choice(Trigger::Event(&written.event, name), &written.branches, branches)
        });
        let timers = after.iter().zip(&handlers.after);
        let timers =
            timers.map(move |(written, (_, branches))| choice(Trigger::Timer, &written.branches, branches));
        let next = owner.map(|id| (&self.written(id).next, &self.state(id).next));
        let itself = match next {
            Some((draft::Next::Branches(written), flow::Next::Branches(branches))) => {
                Some(choice(Trigger::Nothing, written, branches))
            }
            _ => None,
        };
        let outcomes = match next {
            Some((draft::Next::Run(run), flow::Next::Run(subflow))) => Some((run, subflow)),
            _ => None,
        };
        let outcomes = outcomes.into_iter().flat_map(move |(run, subflow)| {
            run.outcomes.iter().zip(&subflow.outcomes).map(move |(written, (_, branches))| {
                choice(Trigger::Outcome(&written.name), &written.branches, branches)
            })
        });
        events.chain(timers).chain(itself).chain(outcomes)
    }

    /// The actions of a state's `do`, then those of its own branches.
    pub(crate) fn actions(&self, id: StateId) -> impl Iterator<Item = &'a Written> {
        self.written(id).entry.iter()
    }

    /// Every action of the flow itself, in no special order.
    pub(crate) fn all_actions(&self) -> impl Iterator<Item = &'a Written> {
        self.actions_of(self.ids().map(Some).chain([None])).into_iter()
    }

    /// Every action of the sub-flow that a state runs, and of those that run inside it.
    pub(crate) fn inside(&self, run: StateId) -> Vec<&'a Written> {
        let all = (0u32..).map(StateId).take(self.count());
        let inner = all.skip(self.own).filter(|id| self.outward(*id).any(|state| state == run));
        self.actions_of(inner.map(Some))
    }

    /// The states of the sub-flow that a state runs, in file order; not those of a sub-flow inside it.
    pub(crate) fn states_inside(&self, run: StateId) -> Vec<StateId> {
        let flow::Next::Run(subflow) = &self.state(run).next else { return Vec::new() };
        let scope = self.state(subflow.whole).scope;
        let behind = (subflow.whole.0..).map(StateId).take_while(|id| (id.0 as usize) < self.count());
        behind.take_while(|id| self.state(*id).scope == scope).collect()
    }

    /// The ends of the sub-flow that a state runs, in file order.
    pub(crate) fn ends(&self, run: StateId) -> Vec<&'a draft::End> {
        let mut ends = Vec::new();
        for id in self.states_inside(run) {
            if let draft::Next::End(end) = &self.written(id).next {
                ends.push(end);
            }
            let branches = self.choices(Some(id)).flat_map(|choice| choice.branches());
            ends.extend(branches.filter_map(|branch| match &branch.written.target {
                draft::Target::End(end) => Some(end),
                draft::Target::Stay | draft::Target::State(_) => None,
            }));
        }
        ends
    }

    fn actions_of(&self, owners: impl Iterator<Item = Option<StateId>>) -> Vec<&'a Written> {
        let mut actions = Vec::new();
        for owner in owners {
            if let Some(id) = owner {
                actions.extend(self.written(id).entry.iter().chain(&self.written(id).exit));
            }
            let branches = self.choices(owner).flat_map(|choice| choice.branches());
            actions.extend(branches.flat_map(|branch| &branch.written.actions));
        }
        actions
    }

    /// The states in which a run may begin.
    pub(crate) fn initials(&self) -> impl Iterator<Item = StateId> {
        use machine::snapshot::StartKind;
        [StartKind::Incoming, StartKind::Api, StartKind::Subflow]
            .into_iter()
            .filter_map(|start| self.flow.initial(start))
    }
}
