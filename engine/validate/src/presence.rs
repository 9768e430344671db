//! Which variables and inputs are surely there where they are read, and where they may not be.
//!
//! A fact is that a name has a value. It holds at a place if it holds on every path to it.

use std::collections::HashMap;

use indexmap::IndexSet;
use lang::expr::Read;
use lang::{Expr, Span};
use machine::actions::Written;
use machine::ids::StateId;

use crate::names::is_always_there;
use crate::places::{Place, Purpose, Site, for_each_expression};
use crate::product::{Facts, Law, Paths, Seen, Taken};
use crate::rules::Subject;

/// How many names are followed at once: each has a bit of one half of [`Facts`].
const NAMES_AT_ONCE: usize = 64;

/// A name behind its root, by its place among those that are followed.
type Id = usize;

/// A reading of a name that may not be there.
#[derive(Clone, Copy)]
pub(crate) struct Unset<'a> {
    /// `vars` or `input`.
    pub(crate) root: &'static str,
    pub(crate) name: &'a str,
    pub(crate) id: Id,
    /// The reading.
    pub(crate) span: Span,
    pub(crate) site: Site<'a>,
}

/// The names of a flow that need not be there, and what makes them be there.
pub(crate) struct Presence<'s, 'a> {
    subject: &'s Subject<'a>,
    paths: &'s Paths<'s, 'a>,
    names: Vec<(&'static str, &'a str)>,
    ids: HashMap<(&'static str, &'a str), Id>,
    readings: Vec<Reading<'a>>,
    /// For each branch that is taken, for each reason.
    steps: Vec<Behind>,
    /// For each state, what its `do` keeps.
    kept: Vec<Vec<Id>>,
}

/// An expression that reads names without having asked for them.
struct Reading<'a> {
    place: Place<'a>,
    reads: Vec<(Id, Span)>,
}

/// What a branch adds to what is there.
#[derive(Default)]
struct Behind {
    /// Whether the actions that were posted on the way into the place are answered.
    is_answered: bool,
    stays: bool,
    /// Known as soon as it is tried: the event tells that actions were taken, and no earlier guard held.
    tried: Vec<Id>,
    /// Shown by its guard, and set.
    taken: Vec<Id>,
    /// Kept by its actions, once they are answered.
    kept: Vec<Id>,
}

/// What is kept by the time that an action is answered.
#[derive(Clone, Default)]
struct Answered {
    /// By those before it.
    before: Vec<Id>,
    /// The `do` of a state posts it.
    is_entry: bool,
}

impl<'s, 'a> Presence<'s, 'a> {
    pub(crate) fn of(subject: &'s Subject<'a>, paths: &'s Paths<'s, 'a>) -> Presence<'s, 'a> {
        let names = doubtful_names(subject);
        let ids = names.iter().enumerate().map(|(id, name)| (*name, id)).collect();
        let (readings, steps, kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut presence = Presence { subject, paths, names, ids, readings, steps, kept };
        if presence.names.is_empty() {
            return presence;
        }
        let model = subject.model;
        presence.readings = presence.read();
        presence.kept = model.ids().map(|id| presence.keep(&model.written(id).entry)).collect();
        // The variables of sub-flows are others, whatever their names.
        presence.kept.resize(model.count(), Vec::new());
        let answered = presence.answered();
        presence.steps =
            subject.product.taken.iter().map(|taken| presence.behind(taken, &answered)).collect();
        presence
    }

    /// The first reading of each name that may not be there.
    pub(crate) fn unset(&self) -> Vec<Unset<'a>> {
        let chunks = (0..self.names.len()).step_by(NAMES_AT_ONCE);
        chunks.flat_map(|first| Chunk { presence: self, first, seen: Seen::default() }.unset()).collect()
    }

    fn id(&self, root: &str, name: &str) -> Option<Id> {
        self.ids.get(&(root, name)).copied()
    }

    fn shown(&self, reads: Vec<Read>) -> impl Iterator<Item = Id> {
        reads.into_iter().filter_map(|read| self.id(&read.root, read.path.first()?))
    }

    /// The variables that actions keep their acknowledgements in.
    fn keep(&self, actions: &[Written]) -> Vec<Id> {
        let kept = actions.iter().filter_map(|action| action.keep.as_ref());
        kept.filter_map(|name| self.id("vars", &name.value)).collect()
    }

    /// What the entry actions of a state and of those around it keep.
    fn kept_around(&self, state: Option<StateId>) -> Vec<Id> {
        let around = state.into_iter().flat_map(|state| self.subject.model.outward(state));
        around.flat_map(|state| self.kept[state.0 as usize].iter().copied()).collect()
    }

    fn read(&self) -> Vec<Reading<'a>> {
        let mut readings = Vec::new();
        for_each_expression(self.subject.model, &mut |place, expr: &'a Expr| {
            // First values may read inputs; what they read of variables is another matter.
            let is_other = |read: &Read| matches!(place.site, Site::FirstValues) && read.root == "vars";
            let needs = expr.needs().into_iter().filter(|read| !is_other(read));
            let place_of = |read: &Read| expr.place(read.start, read.end);
            let reads: Vec<_> = needs
                .filter_map(|read| Some((self.id(&read.root, read.path.first()?)?, place_of(&read))))
                .collect();
            if !reads.is_empty() {
                readings.push(Reading { place: *place, reads });
            }
        });
        readings
    }

    /// For each action, by its number.
    fn answered(&self) -> HashMap<usize, Answered> {
        let model = self.subject.model;
        let mut answered = HashMap::new();
        let mut add = |actions: &[Written], around: Vec<Id>, is_entry: bool| {
            for (index, action) in actions.iter().enumerate() {
                let before = around.iter().copied().chain(self.keep(&actions[..index])).collect();
                if let Some(number) = self.subject.product.number(action) {
                    answered.insert(number, Answered { before, is_entry });
                }
            }
        };
        for owner in model.ids().map(Some).chain([None]) {
            if let Some(id) = owner {
                add(&model.written(id).entry, self.kept_around(model.state(id).parent), true);
            }
            for branch in model.choices(owner).flat_map(|choice| choice.written) {
                add(&branch.actions, Vec::new(), false);
            }
        }
        answered
    }

    fn behind(&self, taken: &Taken<'a>, answered: &HashMap<usize, Answered>) -> Behind {
        if taken.owner.is_some_and(|owner| !self.subject.model.is_own(owner)) {
            return Behind { is_answered: true, stays: true, ..Behind::default() };
        }
        let branch = taken.branch();
        let (mut tried, is_answered) = match taken.action {
            Some(action) => {
                let Answered { mut before, is_entry } = answered.get(&action).cloned().unwrap_or_default();
                let own = self.subject.product.action(action).filter(|written| {
                    taken.event.as_ref().is_some_and(|event| written.kind().spec().failure != *event)
                });
                before.extend(own.into_iter().flat_map(|written| self.keep(std::slice::from_ref(written))));
                (before, is_entry)
            }
            // Time enough, or a state that goes on once its actions are answered.
            None if taken.event.is_none() => (self.kept_around(taken.owner), true),
            None => (Vec::new(), false),
        };
        let earlier = taken.branches[..taken.index].iter().filter_map(|earlier| earlier.when.as_ref());
        tried.extend(earlier.flat_map(|guard| self.shown(guard.shows_unless_held())));
        let held = branch.when.iter().flat_map(|guard| self.shown(guard.shows_if_held()));
        let set = branch.set.iter().filter_map(|(name, _)| self.id("vars", &name.value));
        Behind {
            is_answered,
            stays: taken.target.stays(),
            tried,
            taken: held.chain(set).collect(),
            kept: self.keep(&branch.actions),
        }
    }

    /// A shortest way to a reading on which nothing sets the name.
    pub(crate) fn trace(&self, unset: &Unset<'a>) -> Vec<lang::finding::Step> {
        let product = self.subject.product;
        let sets = |taken: Option<usize>| {
            let Some(behind) = taken.and_then(|taken| self.steps.get(taken)) else { return false };
            behind.tried.contains(&unset.id) || behind.taken.contains(&unset.id)
        };
        let is_goal = |taken: Option<usize>| {
            let Some(index) = taken else { return false };
            let branch = &product.taken[index];
            match unset.site {
                Site::Branch(site) => std::ptr::eq(branch.branch(), site.branch()),
                Site::Entry(state) | Site::Leaving(state) => {
                    !sets(taken) && product.entered(branch).contains(&state)
                }
                Site::Exit(_) | Site::Start | Site::FirstValues | Site::Defaults => false,
            }
        };
        self.paths.trace(|taken| !sets(taken), is_goal)
    }
}

/// Names that are read somewhere without a question, and need not be there in every run.
fn doubtful_names<'a>(subject: &Subject<'a>) -> Vec<(&'static str, &'a str)> {
    let names = subject.names;
    let doubtful = |read: &Read| {
        let name = read.path.first()?.as_str();
        match read.root.as_str() {
            "vars" => {
                let (name, variable) = names.variables.get_key_value(name)?;
                (!variable.is_declared).then_some(("vars", *name))
            }
            "input" => {
                let (name, input) = names.inputs.get_key_value(name)?;
                (!is_always_there(input)).then_some(("input", *name))
            }
            _ => None,
        }
    };
    let mut found = IndexSet::new();
    for_each_expression(subject.model, &mut |_, expr| {
        found.extend(expr.needs().iter().filter_map(doubtful));
    });
    found.into_iter().collect()
}

/// A few of the names, which are followed together.
struct Chunk<'c, 's, 'a> {
    presence: &'c Presence<'s, 'a>,
    first: Id,
    seen: Seen,
}

/// Two halves: what is there at once, and what is there when the actions posted on the way are answered.
fn halves(facts: Facts) -> (Facts, Facts) {
    (facts & Facts::from(u64::MAX), facts >> NAMES_AT_ONCE)
}

fn joined(now: Facts, later: Facts) -> Facts {
    now | later << NAMES_AT_ONCE
}

impl<'a> Chunk<'_, '_, 'a> {
    fn unset(mut self) -> Vec<Unset<'a>> {
        self.follow();
        let mut first: Vec<Option<Unset<'a>>> = vec![None; NAMES_AT_ONCE];
        for reading in &self.presence.readings {
            let reads = reading.reads.iter().filter(|(id, _)| self.bit(*id) != 0);
            let mut reads = reads.peekable();
            if reads.peek().is_none() {
                continue;
            }
            let Some(facts) = self.at(&reading.place) else { continue };
            for (id, span) in reads.filter(|(id, _)| facts & self.bit(*id) == 0) {
                let slot = &mut first[id - self.first];
                if slot.is_none_or(|earlier| *span < earlier.span) {
                    let (root, name) = self.presence.names[*id];
                    *slot = Some(Unset { root, name, id: *id, span: *span, site: reading.place.site });
                }
            }
        }
        first.into_iter().flatten().collect()
    }

    fn bit(&self, id: Id) -> Facts {
        if (self.first..self.first + NAMES_AT_ONCE).contains(&id) { 1 << (id - self.first) } else { 0 }
    }

    fn bits(&self, ids: &[Id]) -> Facts {
        ids.iter().fold(0, |facts, id| facts | self.bit(*id))
    }

    fn follow(&mut self) {
        let presence = self.presence;
        let steps: Vec<_> = presence
            .steps
            .iter()
            .map(|step| (step, self.bits(&step.tried), self.bits(&step.taken), self.bits(&step.kept)))
            .collect();
        let kept: Vec<_> = presence.kept.iter().map(|kept| self.bits(kept)).collect();
        let attempt = |facts: Facts, taken: usize| {
            let (now, later) = halves(facts);
            let (step, tried, ..) = &steps[taken];
            tried | if step.is_answered { later } else { now }
        };
        let carry = |facts: Facts, taken: Option<usize>| {
            let Some(taken) = taken else { return facts };
            let (step, _, then, kept) = &steps[taken];
            let then = attempt(facts, taken) | then;
            let pending = if step.stays { halves(facts).1 } else { 0 };
            joined(then, then | pending | kept)
        };
        let enter = |facts: Facts, state: StateId| {
            let (now, later) = halves(facts);
            joined(now, later | kept[state.0 as usize])
        };
        let meet = |one, other| one & other;
        let law = Law { unreached: Facts::MAX, meet, carry: &carry, attempt: &attempt, enter: &enter };
        self.seen = presence.paths.see(&law);
    }

    /// What is there when an expression is evaluated; `None`: it never is, as far as is known.
    fn at(&self, place: &Place<'a>) -> Option<Facts> {
        let presence = self.presence;
        let posted = |facts: Facts| match place.purpose {
            Purpose::Argument(argument) => {
                let earlier = argument.action.map_or(&[][..], |(actions, index)| &actions[..index]);
                facts | self.bits(&presence.keep(earlier))
            }
            Purpose::Guard | Purpose::Value(_) | Purpose::Passed(_) => facts,
        };
        match place.site {
            // Defaults are read where they are used.
            Site::Start | Site::Defaults => None,
            Site::FirstValues => Some(0),
            Site::Entry(state) => self.seen.entry.get(&state).map(|facts| posted(halves(*facts).1)),
            Site::Exit(state) => self.seen.exit.get(&state).map(|facts| halves(*facts).0),
            // When its actions are answered.
            Site::Leaving(state) => self.seen.exit.get(&state).map(|facts| halves(*facts).1),
            Site::Branch(site) => {
                let branch = site.branch();
                let tried = *self.seen.tried.get(&std::ptr::from_ref(branch))?;
                let held = branch.when.iter().flat_map(|guard| presence.shown(guard.shows_if_held()));
                let held = tried | held.fold(0, |facts, id| facts | self.bit(id));
                let set = branch.set.iter().filter_map(|(name, _)| presence.id("vars", &name.value));
                Some(match place.purpose {
                    Purpose::Guard => tried,
                    Purpose::Value(_) => held,
                    Purpose::Argument(_) | Purpose::Passed(_) => {
                        posted(set.fold(held, |facts, id| facts | self.bit(id)))
                    }
                })
            }
        }
    }
}
