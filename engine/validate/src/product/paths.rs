//! What is true along the paths of a run: facts are carried from place to place until nothing changes.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use lang::finding::{Cause, Step};
use machine::draft;
use machine::flow::Target;
use machine::ids::StateId;

use super::walk::{domain, entered};
use super::{NONE, Passage, Product, Taken};

/// A set of facts, one bit each.
pub(crate) type Facts = u128;

/// The places of a flow and the ways between them.
pub(crate) struct Paths<'p, 'a> {
    product: &'p Product<'a>,
    passages: &'p [Passage],
    /// The passages by the place that they leave, and where those of each place begin.
    order: Vec<u32>,
    begins: Vec<u32>,
}

/// What is true where something is evaluated, on the paths to it taken together.
#[derive(Default)]
pub(crate) struct Seen {
    /// When the `do` of a state begins.
    pub(crate) entry: HashMap<StateId, Facts>,
    /// When the state may be left.
    pub(crate) exit: HashMap<StateId, Facts>,
    /// When a branch is tried.
    pub(crate) tried: HashMap<*const draft::Branch, Facts>,
}

/// How facts are carried.
pub(crate) struct Law<'l> {
    /// What is true of a place that no path has reached yet.
    pub(crate) unreached: Facts,
    /// What is true where two paths meet.
    pub(crate) meet: fn(Facts, Facts) -> Facts,
    /// What is true behind a passage, by its branch; `None`: nothing reacted.
    pub(crate) carry: &'l dyn Fn(Facts, Option<usize>) -> Facts,
    /// What is true when a branch is tried.
    pub(crate) attempt: &'l dyn Fn(Facts, usize) -> Facts,
    /// What is true behind the `do` of a state that is entered.
    pub(crate) enter: &'l dyn Fn(Facts, StateId) -> Facts,
}

impl<'a> Product<'a> {
    /// The paths; `None`, if there are too many, or nobody wanted to know.
    pub(crate) fn paths(&self) -> Option<Paths<'_, 'a>> {
        let passages = self.passages.as_deref()?;
        let places = self.reached.len();
        let mut begins = vec![0_u32; places + 2];
        // Those where the run begins leave no place, and come last.
        let from = |passage: &Passage| if passage.from == NONE { places } else { passage.from as usize };
        passages.iter().for_each(|passage| begins[from(passage) + 1] += 1);
        for place in 0..=places {
            begins[place + 1] += begins[place];
        }
        let mut next = begins.clone();
        let mut order = vec![0_u32; passages.len()];
        for (index, passage) in (0_u32..).zip(passages) {
            let slot = &mut next[from(passage)];
            order[*slot as usize] = index;
            *slot += 1;
        }
        Some(Paths { product: self, passages, order, begins })
    }

    /// The states that are entered when a branch is taken, the outermost first.
    pub(crate) fn entered(&self, taken: &Taken<'a>) -> Vec<StateId> {
        match taken.target {
            Target::State(target) => entered(self.model, domain(self.model, taken.owner, *target), *target),
            Target::Stay | Target::End(_) => Vec::new(),
        }
    }
}

impl<'p, 'a> Paths<'p, 'a> {
    /// What is true of each place. No fact is true where the run begins.
    fn solve(&self, law: &Law<'_>) -> Vec<Facts> {
        let places = self.product.reached.len();
        let mut facts = vec![law.unreached; places];
        let mut is_reached = vec![false; places];
        let mut is_waiting = vec![false; places];
        let mut waiting = VecDeque::from([places]);
        while let Some(place) = waiting.pop_front() {
            let from = facts.get(place).copied().unwrap_or(0);
            if let Some(is_waiting) = is_waiting.get_mut(place) {
                *is_waiting = false;
            }
            for passage in self.leaving(place) {
                let Some(to) = place_of(passage.to) else { continue };
                let met = (law.meet)(facts[to], (law.carry)(from, place_of(passage.taken)));
                if met == facts[to] && is_reached[to] {
                    continue;
                }
                (facts[to], is_reached[to]) = (met, true);
                if !std::mem::replace(&mut is_waiting[to], true) {
                    waiting.push_back(to);
                }
            }
        }
        facts
    }

    /// What is true at each list of actions and each branch.
    pub(crate) fn see(&self, law: &Law<'_>) -> Seen {
        let Product { model, taken: branches, .. } = self.product;
        let places = self.solve(law);
        let mut seen = Seen::default();
        for initial in model.initials() {
            seen.enter(law, &entered(model, None, initial), 0);
        }
        for passage in self.passages {
            let (Some(from), Some(index)) = (place_of(passage.from), place_of(passage.taken)) else {
                continue;
            };
            let taken = &branches[index];
            let tried = (law.attempt)(places[from], index);
            meet(law, &mut seen.tried, std::ptr::from_ref(taken.branch()), tried);
            seen.enter(law, &self.product.entered(taken), (law.carry)(places[from], Some(index)));
        }
        for (reached, facts) in self.product.reached.iter().zip(places) {
            for state in model.outward(reached.place.leaf) {
                meet(law, &mut seen.exit, state, facts);
            }
        }
        seen
    }

    /// The shortest way along open passages to one that is a goal, which is on it as the last step.
    pub(crate) fn trace(
        &self,
        is_open: impl Fn(Option<usize>) -> bool,
        is_goal: impl Fn(Option<usize>) -> bool,
    ) -> Vec<Step> {
        let places = self.product.reached.len();
        let mut by: Vec<Option<&Passage>> = vec![None; places];
        let mut waiting = VecDeque::from([places]);
        while let Some(place) = waiting.pop_front() {
            for passage in self.leaving(place) {
                let taken = place_of(passage.taken);
                if is_goal(taken) {
                    return self.steps(passage, &by);
                }
                if let Some(to) = place_of(passage.to)
                    && by[to].is_none()
                    && is_open(taken)
                {
                    by[to] = Some(passage);
                    waiting.push_back(to);
                }
            }
        }
        Vec::new()
    }

    fn steps(&self, last: &Passage, by: &[Option<&Passage>]) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut passage = Some(last);
        while let Some(one) = passage {
            let from = place_of(one.from);
            let taken = place_of(one.taken).map(|taken| &self.product.taken[taken]);
            if let (Some(from), Some(taken)) = (from, taken)
                && let Some(cause) = taken.cause()
            {
                let leaf = self.product.reached[from].place.leaf;
                let scope = self.product.scope(taken.owner);
                steps.push(self.product.step(Cause::Event(cause), leaf, scope, taken.branch().span));
            }
            passage = from.and_then(|from| by[from]);
        }
        steps.reverse();
        steps
    }

    fn leaving(&self, place: usize) -> impl Iterator<Item = &'p Passage> {
        let passages = self.passages;
        let range = self.begins[place] as usize..self.begins[place + 1] as usize;
        self.order[range].iter().map(move |index| &passages[*index as usize])
    }
}

impl Seen {
    fn enter(&mut self, law: &Law<'_>, states: &[StateId], mut facts: Facts) {
        for state in states {
            meet(law, &mut self.entry, *state, facts);
            facts = (law.enter)(facts, *state);
        }
    }
}

fn meet<K: Hash + Eq>(law: &Law<'_>, known: &mut HashMap<K, Facts>, at: K, facts: Facts) {
    known.entry(at).and_modify(|known| *known = (law.meet)(*known, facts)).or_insert(facts);
}

fn place_of(index: u32) -> Option<usize> {
    (index != NONE).then_some(index as usize)
}
