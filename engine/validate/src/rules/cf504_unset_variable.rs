//! CF504: a variable read on a path on which it may not be set, or an input that may not have been given.

use std::collections::{HashMap, HashSet};

use lang::expr::Read;
use lang::{Code, Expr, Finding, Span};
use machine::actions::Written;
use machine::flow::Target;
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::names::is_always_there;
use crate::places::{Place, Purpose, Site, for_each_expression};
use crate::product::{Facts, Law, Paths, Seen, Taken};

pub(super) const RULE: Rule = Rule { check };

/// How many names are followed at once: each has a bit of one half of [`Facts`].
const NAMES_AT_ONCE: usize = 64;

/// Unit: findings that show their path. Each costs a search over all places.
const TRACES_MAX: usize = 16;

/// A name behind its root.
type Name<'a> = (&'static str, &'a str);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    read_too_early(subject, found);
    let names = doubtful_names(subject);
    if names.is_empty() {
        return;
    }
    let Some(paths) = subject.product.paths() else { return };
    let before = found.len();
    for names in names.chunks(NAMES_AT_ONCE) {
        let followed = Followed::of(subject, &paths, names);
        for (name, read) in followed.unset_reads() {
            let traced = (found.len() - before) < TRACES_MAX;
            found.push(followed.finding(name, &read, traced));
        }
    }
}

/// First values see only those before them.
fn read_too_early(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut known = HashSet::new();
    for (name, template) in &subject.model.draft.vars {
        for expr in template.expressions() {
            for read in expr.needs().into_iter().filter(|read| read.root == "vars") {
                let Some(other) = read.path.first() else { continue };
                let Some(variable) = subject.names.variables.get(other.as_str()) else { continue };
                if known.contains(other.as_str()) {
                    continue;
                }
                let headline = format!("`vars.{other}` has no value yet");
                let finding = Finding::error(CODE, expr.place(read.start, read.end), headline)
                    .label("first values are given in the order in which they are written");
                let finding = match variable.givings.first() {
                    Some(giving) if *other != name.value => {
                        finding.related(giving.span, "it gets its value here")
                    }
                    _ => finding,
                };
                found.push(finding.help(format!("write it above `{}`", name.value)));
            }
        }
        known.insert(name.value.as_str());
    }
}

const CODE: Code = Code(504);

/// Names that are read somewhere without a question, and need not be there in every run.
fn doubtful_names<'a>(subject: &Subject<'a>) -> Vec<Name<'a>> {
    let mut needed: HashSet<(String, String)> = HashSet::new();
    for_each_expression(subject.model, &mut |_, expr| {
        for read in expr.needs() {
            if let (root @ ("vars" | "input"), Some(name)) = (read.root.as_str(), read.path.first()) {
                needed.insert((root.to_owned(), name.clone()));
            }
        }
    });
    let is_needed = |root: &str, name: &str| needed.contains(&(root.to_owned(), name.to_owned()));
    let variables = subject.names.variables.iter().filter(|(_, variable)| !variable.is_declared);
    let inputs = subject.names.inputs.iter().filter(|(_, input)| !is_always_there(input));
    let names = variables.map(|(name, _)| ("vars", *name)).chain(inputs.map(|(name, _)| ("input", *name)));
    names.filter(|(root, name)| is_needed(root, name)).collect()
}

/// Some names, and where they are surely there.
struct Followed<'s, 'a> {
    subject: &'s Subject<'a>,
    paths: &'s Paths<'s, 'a>,
    names: &'s [Name<'a>],
    /// For each branch that is taken, by each reason: what is there once it is.
    steps: Vec<Behind>,
    /// What is there, on every path.
    seen: Seen,
}

/// What a branch adds to what is there.
#[derive(Clone, Copy, Default)]
struct Behind {
    /// Whether the actions that were posted on the way into the place are answered.
    is_answered: bool,
    stays: bool,
    /// Known as soon as it is tried: the event tells that actions were taken, and no earlier guard held.
    tried: Facts,
    /// Shown by its guard, and set.
    taken: Facts,
    /// Kept by its actions, once they are answered.
    kept: Facts,
}

impl Behind {
    /// What is there when the branch is tried.
    fn base(self, (now, later): (Facts, Facts)) -> Facts {
        self.tried | if self.is_answered { later } else { now }
    }
}

/// Two halves: what is there at once, and what is there when the actions posted on the way are answered.
fn halves(facts: Facts) -> (Facts, Facts) {
    (facts & Facts::from(u64::MAX), facts >> NAMES_AT_ONCE)
}

fn joined(now: Facts, later: Facts) -> Facts {
    now | later << NAMES_AT_ONCE
}

impl<'s, 'a> Followed<'s, 'a> {
    fn of(subject: &'s Subject<'a>, paths: &'s Paths<'s, 'a>, names: &'s [Name<'a>]) -> Followed<'s, 'a> {
        let mut followed = Followed { subject, paths, names, steps: Vec::new(), seen: Seen::default() };
        let answered = followed.answered();
        followed.steps =
            subject.product.taken.iter().map(|taken| followed.behind(taken, &answered)).collect();
        followed.seen = paths.see(&Law {
            unreached: Facts::MAX,
            meet: |one, other| one & other,
            carry: &|facts, taken| followed.carry(facts, taken),
            attempt: &|facts, taken| followed.steps[taken].base(halves(facts)),
            enter: &|facts, state| {
                let kept = followed.kept(&subject.model.written(state).entry);
                joined(halves(facts).0, halves(facts).1 | kept)
            },
        });
        followed
    }

    fn bit(&self, root: &str, name: &str) -> Facts {
        let position = self.names.iter().position(|known| *known == (root, name));
        position.map_or(0, |position| 1 << position)
    }

    fn bits(&self, reads: &[Read]) -> Facts {
        let bit = |read: &Read| read.path.first().map_or(0, |name| self.bit(&read.root, name));
        reads.iter().map(bit).fold(0, |one, other| one | other)
    }

    /// The variables that actions keep their acknowledgements in.
    fn kept(&self, actions: &[Written]) -> Facts {
        let kept = actions.iter().filter_map(|action| action.keep.as_ref());
        kept.map(|name| self.bit("vars", &name.value)).fold(0, |one, other| one | other)
    }

    /// What the entry actions of a state and of those around it keep.
    fn kept_around(&self, state: Option<StateId>) -> Facts {
        let model = self.subject.model;
        let around = state.into_iter().flat_map(|state| model.outward(state));
        around.map(|state| self.kept(&model.written(state).entry)).fold(0, |one, other| one | other)
    }

    /// For each action, by the place of its name: what is kept by the time that it is answered, without its own; and
    /// whether a state's entry posts it.
    fn answered(&self) -> HashMap<usize, (Facts, bool)> {
        let model = self.subject.model;
        let mut answered = HashMap::new();
        let mut add = |actions: &[Written], before: Facts, is_entry: bool| {
            for (index, action) in actions.iter().enumerate() {
                answered.insert(action.name.start, (before | self.kept(&actions[..index]), is_entry));
            }
        };
        for owner in model.ids().map(Some).chain([None]) {
            if let Some(id) = owner {
                add(&model.written(id).entry, self.kept_around(model.state(id).parent), true);
            }
            for branch in model.choices(owner).iter().flat_map(|choice| choice.written) {
                add(&branch.actions, 0, false);
            }
        }
        answered
    }

    fn behind(&self, taken: &Taken<'a>, answered: &HashMap<usize, (Facts, bool)>) -> Behind {
        let branch = taken.branch();
        let (told, is_answered) = match taken.action {
            Some(action) => {
                let (before, is_entry) = answered.get(&action).copied().unwrap_or_default();
                let own = self.subject.product.action(action).filter(|written| {
                    taken.event.as_ref().is_some_and(|event| written.kind().spec().failure != *event)
                });
                (before | own.map_or(0, |written| self.kept(std::slice::from_ref(written))), is_entry)
            }
            // Time enough, or a state that goes on once its actions are answered.
            None if taken.event.is_none() => (self.kept_around(taken.owner), true),
            None => (0, false),
        };
        let held_not = taken.branches[..taken.index].iter().filter_map(|earlier| earlier.when.as_ref());
        let held_not = held_not.map(|guard| self.bits(&guard.shows_unless_held())).fold(0, |a, b| a | b);
        let held = branch.when.as_ref().map_or(0, |guard| self.bits(&guard.shows_if_held()));
        let set = branch.set.iter().map(|(name, _)| self.bit("vars", &name.value)).fold(0, |a, b| a | b);
        Behind {
            is_answered,
            stays: *taken.target == Target::Stay,
            tried: told | held_not,
            taken: held | set,
            kept: self.kept(&branch.actions),
        }
    }

    fn carry(&self, facts: Facts, taken: Option<usize>) -> Facts {
        let (now, later) = halves(facts);
        let Some(behind) = taken.and_then(|taken| self.steps.get(taken)) else { return joined(now, later) };
        let then = behind.base((now, later)) | behind.taken;
        let pending = if behind.stays { later } else { 0 };
        joined(then, then | pending | behind.kept)
    }

    /// What is there when an expression is evaluated; `None`: it never is, as far as is known.
    fn at(&self, place: &Place<'a>) -> Option<Facts> {
        let posted = |facts: Facts| match place.purpose {
            Purpose::Argument(argument) => {
                let earlier = argument.action.map_or(&[][..], |(actions, index)| &actions[..index]);
                facts | self.kept(earlier)
            }
            Purpose::Guard | Purpose::Value(_) => facts,
        };
        match place.site {
            // Defaults are read where they are used.
            Site::Start | Site::Defaults => None,
            Site::FirstValues => Some(0),
            Site::Entry(state) => self.seen.entry.get(&state).map(|facts| posted(halves(*facts).1)),
            Site::Exit(state) => self.seen.exit.get(&state).map(|facts| halves(*facts).0),
            Site::Branch(site) => {
                let branch = site.branch();
                let tried = *self.seen.tried.get(&std::ptr::from_ref(branch))?;
                let held = branch.when.as_ref().map_or(0, |guard| self.bits(&guard.shows_if_held()));
                let set = branch.set.iter().map(|(name, _)| self.bit("vars", &name.value));
                Some(match place.purpose {
                    Purpose::Guard => tried,
                    Purpose::Value(_) => tried | held,
                    Purpose::Argument(_) => posted(set.fold(tried | held, |one, other| one | other)),
                })
            }
        }
    }

    /// The first reading of each name that may not be there.
    fn unset_reads(&self) -> Vec<(usize, Unset<'a>)> {
        let mut first: Vec<Option<Unset<'a>>> = vec![None; self.names.len()];
        for_each_expression(self.subject.model, &mut |place, expr: &'a Expr| {
            let reads = expr.needs();
            if self.bits(&reads) == 0 {
                return;
            }
            let Some(facts) = self.at(place) else { return };
            // First values may read inputs; what they read of variables is told already.
            let is_told = |read: &Read| matches!(place.site, Site::FirstValues) && read.root == "vars";
            for read in reads.iter().filter(|read| !is_told(read)) {
                let bit = self.bits(std::slice::from_ref(read));
                if bit == 0 || facts & bit != 0 {
                    continue;
                }
                let slot = &mut first[bit.trailing_zeros() as usize];
                let span = expr.place(read.start, read.end);
                if slot.as_ref().is_none_or(|earlier| span < earlier.span) {
                    *slot = Some(Unset { span, site: place.site });
                }
            }
        });
        first.into_iter().enumerate().filter_map(|(name, unset)| Some((name, unset?))).collect()
    }

    fn finding(&self, name: usize, unset: &Unset<'a>, is_traced: bool) -> Finding {
        let (root, of) = self.names[name];
        if let Some(input) = self.subject.names.inputs.get(of).filter(|_| root == "input") {
            return Finding::error(CODE, unset.span, format!("`input.{of}` may not have been given"))
                .label("it may be missing here")
                .related(input.name.span, "neither required, nor with a default")
                .help(format!(
                    "write `required: true` or a `default` there, or ask first: `has(input.{of})`"
                ));
        }
        let mut finding = Finding::error(CODE, unset.span, format!("`vars.{of}` may not be set here"))
            .label("on some way here nothing has set it")
            .help(format!("give it a first value under `vars`, or ask first: `has(vars.{of})`"));
        let givings = self.subject.names.variables.get(of).map_or(&[][..], |variable| &variable.givings);
        for giving in givings.iter().take(3) {
            finding = finding.related(giving.span, "set here");
        }
        if is_traced {
            finding.trace = self.trace(1 << name, unset.site);
        }
        finding
    }

    /// A shortest way to the reading on which nothing sets it.
    fn trace(&self, bit: Facts, site: Site<'a>) -> Vec<lang::finding::Step> {
        let product = self.subject.product;
        let is_goal = |taken: Option<usize>| {
            let Some(index) = taken else { return false };
            let taken = &product.taken[index];
            match site {
                Site::Branch(site) => std::ptr::eq(taken.branch(), site.branch()),
                Site::Entry(state) => {
                    self.carry(0, Some(index)) & bit == 0 && product.entered(taken).contains(&state)
                }
                Site::Exit(_) | Site::Start | Site::FirstValues | Site::Defaults => false,
            }
        };
        self.paths.trace(|taken| self.carry(0, taken) & bit == 0, is_goal)
    }
}

/// A reading of what may not be there.
#[derive(Clone)]
struct Unset<'a> {
    span: Span,
    site: Site<'a>,
}
