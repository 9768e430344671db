//! With which outcomes the sub-flow of a state can end, and what that takes of the caller.

use std::collections::{BTreeMap, HashMap, HashSet};

use machine::flow::{Next, Target};
use machine::ids::StateId;

use crate::graph::{WayKind, kind};
use crate::model::{Model, Trigger};

/// Of every state that runs a sub-flow, the outcomes that its ends give.
pub(crate) struct Outcomes<'a> {
    by_run: HashMap<StateId, BTreeMap<&'a str, WayKind>>,
}

/// A way on inside a sub-flow.
struct Step<'a> {
    kind: WayKind,
    target: &'a Target,
}

impl<'a> Outcomes<'a> {
    pub(crate) fn of(model: &Model<'a>) -> Outcomes<'a> {
        let mut outcomes = Outcomes { by_run: HashMap::new() };
        // A sub-flow inside another one stands behind it, and is known before it.
        for scope in model.flow.scopes().iter().rev() {
            let Some(place) = scope.place else { continue };
            let ends = outcomes.ends(model, place.whole);
            outcomes.by_run.insert(place.run, ends);
        }
        outcomes
    }

    /// What it takes that the sub-flow of a state ends like this; `None`: no end of it says so.
    pub(crate) fn kind(&self, run: StateId, outcome: &str) -> Option<WayKind> {
        self.by_run.get(&run)?.get(outcome).copied()
    }

    /// The outcomes that the ends of a state's sub-flow give, in alphabetical order.
    pub(crate) fn named(&self, run: StateId) -> impl Iterator<Item = &'a str> {
        self.by_run.get(&run).into_iter().flat_map(|ends| ends.keys().copied())
    }

    /// With the least that each takes: the ways that take nothing are followed first, those that take somebody last.
    fn ends(&self, model: &Model<'a>, whole: StateId) -> BTreeMap<&'a str, WayKind> {
        let mut ends = BTreeMap::new();
        for effort in [WayKind::Nothing, WayKind::Passive, WayKind::Active] {
            for outcome in self.reached(model, whole, effort) {
                ends.entry(outcome).or_insert(effort);
            }
        }
        ends
    }

    fn reached(&self, model: &Model<'a>, whole: StateId, effort: WayKind) -> Vec<&'a str> {
        let first = model.innermost(whole);
        let mut seen = HashSet::from([first]);
        let mut waiting = vec![first];
        let mut outcomes = Vec::new();
        while let Some(leaf) = waiting.pop() {
            if let Next::End(ending) = &model.state(leaf).next {
                outcomes.push(ending.outcome.as_str());
            }
            for step in self.steps(model, whole, leaf).into_iter().filter(|step| step.kind <= effort) {
                match step.target {
                    Target::Stay => {}
                    Target::End(ending) => outcomes.push(ending.outcome.as_str()),
                    Target::State(target) => {
                        let target = model.innermost(*target);
                        if seen.insert(target) {
                            waiting.push(target);
                        }
                    }
                }
            }
        }
        outcomes
    }

    fn steps(&self, model: &Model<'a>, whole: StateId, leaf: StateId) -> Vec<Step<'a>> {
        let scope = model.state(whole).scope;
        let owners = model.outward(leaf).take_while(|state| model.state(*state).scope == scope);
        let mut steps = Vec::new();
        for choice in owners.flat_map(|owner| model.choices(Some(owner))) {
            for (index, branch) in choice.branches().enumerate() {
                let kind = match choice.trigger {
                    Trigger::Outcome(name) => self.kind(leaf, &name.value).unwrap_or(WayKind::Active),
                    _ => kind(&choice.trigger, &branch, index + 1 == choice.written.len()),
                };
                steps.push(Step { kind, target: branch.target });
            }
        }
        steps
    }
}
