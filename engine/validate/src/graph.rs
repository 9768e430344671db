//! The graph of states, blind to what a call allows: which state can lead to which, and what it takes.

use machine::event::EventKind;
use machine::flow::{EventName, Target};
use machine::ids::StateId;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::guards::{self, Bound};
use crate::model::{Branch, Model, Trigger};
use crate::outcomes::Outcomes;

/// A way from one waiting place to another.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// The innermost state that is left.
    pub(crate) from: StateId,
    /// The innermost state that is entered.
    pub(crate) to: StateId,
    /// What it takes.
    pub(crate) kind: WayKind,
    /// The event that it takes, if it takes one.
    pub(crate) event: Option<EventName>,
    /// It cannot be gone for ever: a counter is asked on it, or before it.
    pub(crate) is_counted: bool,
    /// The variables that are asked on it, or before it: they may limit it, too.
    pub(crate) asks: Vec<String>,
    /// The variables that change on it.
    pub(crate) sets: Vec<String>,
}

/// What it takes to go a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum WayKind {
    /// Nothing: the state does not wait.
    Nothing,
    /// Time.
    Timer,
    /// A caller who is silent, wrong or merely listening.
    Passive,
    /// Somebody who does something.
    Active,
}

/// The graph of one flow.
pub(crate) struct Graph {
    pub(crate) ways: Vec<Way>,
    /// For each state, whether a run can come into it.
    pub(crate) reachable: Vec<bool>,
    /// Whether some way that can be reached ends the flow.
    pub(crate) ends: bool,
}

impl Graph {
    pub(crate) fn of(model: &Model<'_>, outcomes: &Outcomes<'_>) -> Graph {
        let leaves: Vec<_> = model.ids().filter(|id| model.is_leaf(*id)).collect();
        let mut graph = Graph { ways: Vec::new(), reachable: reachable(model), ends: false };
        for leaf in leaves {
            if !graph.reachable[leaf.0 as usize] {
                continue;
            }
            graph.ends |= matches!(model.state(leaf).next, machine::flow::Next::End(_));
            let owners = model.outward(leaf).map(Some).chain([None]);
            for owner in owners {
                graph.add_ways(model, outcomes, leaf, owner);
            }
        }
        graph
    }

    fn add_ways(
        &mut self,
        model: &Model<'_>,
        outcomes: &Outcomes<'_>,
        leaf: StateId,
        owner: Option<StateId>,
    ) {
        for choice in model.choices(owner) {
            // The flow's own timers run once, from the call's coming up.
            let mut asks = Vec::new();
            let mut is_counted = owner.is_none() && matches!(choice.trigger, Trigger::Timer);
            for (index, branch) in choice.branches().enumerate() {
                let guard = branch.written.when.as_ref();
                is_counted |= guard.is_some_and(|guard| guards::bound(guard) == Bound::Counts);
                asks.extend(guard.into_iter().flat_map(guards::variables));
                match branch.target {
                    Target::Stay => {}
                    Target::End(_) => self.ends = true,
                    Target::State(target) => self.ways.push(Way {
                        from: leaf,
                        to: model.innermost(*target),
                        kind: match choice.trigger {
                            // Whoever ends a sub-flow without an end of its own has hung up, or is out of luck.
                            Trigger::Outcome(name) => {
                                outcomes.kind(leaf, &name.value).unwrap_or(WayKind::Active)
                            }
                            _ => kind(&choice.trigger, &branch, index + 1 == choice.written.len()),
                        },
                        event: match &choice.trigger {
                            Trigger::Event(_, name) => Some((*name).clone()),
                            Trigger::Timer | Trigger::Nothing | Trigger::Outcome(_) => None,
                        },
                        is_counted,
                        asks: asks.clone(),
                        sets: sets(model, &branch, *target),
                    }),
                }
            }
        }
    }

    /// The groups of states that lead to each other by ways of this sort, each in file order; a state that leads to
    /// itself is a group.
    pub(crate) fn cycles(&self, of: impl Fn(&Way) -> bool) -> Vec<Vec<StateId>> {
        let mut graph: DiGraph<StateId, ()> = DiGraph::new();
        for index in 0u32.. {
            if index as usize == self.reachable.len() {
                break;
            }
            graph.add_node(StateId(index));
        }
        for way in self.ways.iter().filter(|way| of(way)) {
            graph.update_edge(NodeIndex::new(way.from.0 as usize), NodeIndex::new(way.to.0 as usize), ());
        }
        // Never the recursive algorithm: a chain of states as long as a file can hold would end the process.
        let mut cycles: Vec<Vec<StateId>> = kosaraju_scc(&graph)
            .into_iter()
            .filter(|group| group.len() > 1 || graph.contains_edge(group[0], group[0]))
            .map(|group| {
                let mut states: Vec<_> = group.into_iter().map(|node| graph[node]).collect();
                states.sort_unstable();
                states
            })
            .collect();
        cycles.sort_unstable();
        cycles
    }
}

/// The variables that change when a branch is taken and its target entered.
fn sets(model: &Model<'_>, branch: &Branch<'_>, target: StateId) -> Vec<String> {
    let inward = std::iter::successors(Some(target), |state| model.state(*state).initial);
    let entered = inward.flat_map(|state| model.actions(state));
    let kept = branch.written.actions.iter().chain(entered).filter_map(|action| action.keep.as_ref());
    let set = branch.written.set.iter().map(|(name, _)| name);
    set.chain(kept).map(|name| name.value.clone()).collect()
}

/// Which states a run can come into, if everything that has a handler can happen.
fn reachable(model: &Model<'_>) -> Vec<bool> {
    let mut reached = vec![false; model.count()];
    let mut waiting: Vec<StateId> = Vec::new();
    let enter = |target: StateId, waiting: &mut Vec<StateId>, reached: &mut Vec<bool>| {
        let inward = std::iter::successors(Some(target), |state| model.state(*state).initial);
        for state in inward.chain(model.outward(target)) {
            if !std::mem::replace(&mut reached[state.0 as usize], true) {
                waiting.push(state);
            }
        }
    };
    let targets = |owner: Option<StateId>| -> Vec<StateId> {
        let branches = model.choices(owner).flat_map(|choice| choice.branches());
        branches
            .filter_map(|branch| if let Target::State(target) = branch.target { Some(*target) } else { None })
            .collect()
    };
    for initial in model.initials() {
        enter(initial, &mut waiting, &mut reached);
    }
    for target in targets(None) {
        enter(target, &mut waiting, &mut reached);
    }
    while let Some(state) = waiting.pop() {
        for target in targets(Some(state)) {
            enter(target, &mut waiting, &mut reached);
        }
    }
    reached
}

/// Whether a caller who does nothing, or nothing right, goes this way (clarification 12).
pub(crate) fn kind(trigger: &Trigger<'_>, branch: &Branch<'_>, is_last: bool) -> WayKind {
    match trigger {
        // Told by the sub-flow, not by the trigger.
        Trigger::Outcome(_) => WayKind::Active,
        Trigger::Nothing => WayKind::Nothing,
        Trigger::Timer => WayKind::Timer,
        Trigger::Event(_, EventName::AnyFailure | EventName::Any) => WayKind::Passive,
        Trigger::Event(_, EventName::Exact(kind)) => match kind {
            EventKind::PlayCompleted | EventKind::PlayCanceled | EventKind::RecognizeCanceled => {
                WayKind::Passive
            }
            EventKind::ActionSucceeded | EventKind::HttpCompleted => WayKind::Passive,
            EventKind::RecognizeCompleted => {
                let is_wrong_input = match &branch.written.when {
                    None => is_last,
                    Some(guard) => guards::is_negative(guard),
                };
                if is_wrong_input { WayKind::Passive } else { WayKind::Active }
            }
            kind if kind.is_failure() => WayKind::Passive,
            _ => WayKind::Active,
        },
    }
}
