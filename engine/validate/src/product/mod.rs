//! The product of a flow's states, the phases of its call and what is under way: every place that a run can come
//! to, explored once, breadth first, so that the path to each is a shortest one. Rules read what was met on the way.

use std::collections::{BTreeSet, VecDeque};

use foldhash::{HashMap, HashMapExt as _};
use lang::Span;
use lang::finding::{Cause, Step};
use machine::actions::{ActionKind, Written};
use machine::draft;
use machine::event::EventKind;
use machine::flow::Target;
use machine::ids::{ScopeId, StateId};
use machine::protocol::{OnCall, Phase};
use machine::snapshot::StartKind;

use crate::model::Model;

mod happen;
mod ongoing;
mod paths;
mod post;
mod subflow;
mod wait;
mod walk;

pub(crate) use ongoing::{Keeper, Lack, Ongoing};
pub(crate) use paths::{Facts, Law, Paths, Seen};

/// Unit: places of one flow. A flow that has more is told nothing about the rest; none that people write comes near.
const PLACES_MAX: usize = 400_000;

/// Unit: passages of one flow. Of a flow that has more nothing is said that depends on its paths.
const PASSAGES_MAX: usize = 4_000_000;

/// In a [`Passage`]: none.
const NONE: u32 = u32::MAX;

/// What a path says of a timer that fires.
const A_TIMER: &str = "a timer";

/// Before the first place of all: where every way begins.
const ORIGIN: usize = usize::MAX;

/// How many are in the call besides the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Others {
    /// One, for certain.
    One,
    /// Several, for certain.
    Several,
    /// Not to be told.
    Unknown,
}

/// What an operation does to the ears of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Media {
    /// Nothing.
    None,
    /// Everyone hears it. Source: reference 9.4.
    Main,
    /// Some hear it.
    Private,
    /// One hears it whom the engine asks to confirm: no prompt of the flow's waits for it or ends it.
    Aside,
}

impl Media {
    /// Whether nothing else that is private may be heard meanwhile. Source: reference 9.4.
    fn is_private(self) -> bool {
        match self {
            Media::Private | Media::Aside => true,
            Media::None | Media::Main => false,
        }
    }

    /// Whether it is one of the flow's own prompts, which queue and can be cancelled.
    pub(crate) fn is_queued(self) -> bool {
        match self {
            Media::Main | Media::Private => true,
            Media::None | Media::Aside => false,
        }
    }
}

/// An action that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Open {
    /// The action, by its number.
    pub(crate) action: usize,
    pub(crate) kind: ActionKind,
    /// The state whose visit it belongs to; `None`: the run.
    pub(crate) owner: Option<StateId>,
    /// That visit is over: its result fires no handler.
    pub(crate) is_stale: bool,
    pub(crate) media: Media,
    /// It goes on until it is stopped.
    pub(crate) is_endless: bool,
    /// Its success takes the call out of our hands: a transfer of the other party.
    pub(crate) hands_over: bool,
    /// It cannot succeed as the call stands.
    pub(crate) is_refused: bool,
    /// It was posted by the very list of actions that is being followed.
    pub(crate) is_fresh: bool,
}

impl Open {
    /// What its success does to the call.
    pub(crate) fn on_call(&self) -> OnCall {
        self.kind.spec().on_call
    }
}

/// A place that a run can be at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) leaf: StateId,
    pub(crate) start: StartKind,
    pub(crate) phase: Phase,
    pub(crate) is_hanging_up: bool,
    /// A transfer took the call out of our hands: the rest of its events may still come.
    pub(crate) was_handed_over: bool,
    /// Media was cancelled during this visit.
    pub(crate) cancels: bool,
    pub(crate) others: Others,
    /// The action that brought the call up without an endpoint for speech, by its number.
    pub(crate) mute: Option<usize>,
    pub(crate) has_invited: bool,
    pub(crate) ongoing: Ongoing,
    pub(crate) open: Vec<Open>,
    /// This action is refused, so that what stands behind it is not posted: its failure is
    /// all that can happen here (clarification 11).
    refused: Option<usize>,
}

/// The way into something: from a place, by a step.
#[derive(Clone)]
pub(crate) struct Via {
    at: usize,
    step: Option<Step>,
}

/// Something met while exploring.
pub(crate) struct Met<'a> {
    pub(crate) via: Via,
    /// The state that the run was in, or was entering.
    pub(crate) leaf: StateId,
    /// Whose text it is about.
    pub(crate) scope: ScopeId,
    pub(crate) action: Option<&'a Written>,
    pub(crate) what: What,
}

/// What was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The action is not legal in this phase.
    Illegal(Phase),
    /// The action is not legal while a transfer is under way.
    WhileTransferring,
    /// Nothing handles this failure of the action.
    FailureUnhandled(EventKind),
    /// Nothing handles this success of the action, and nothing else will come.
    SuccessUnhandled(EventKind),
    /// The action's results go elsewhere, and nothing else will come.
    ResultsElsewhere,
    /// The flow ends here, while the call is up.
    EndsWhileUp(Span),
    /// The state waits for what may never come, and has no timer.
    WaitsForever,
    /// Media is posted while the action at this place of the file may still run.
    MediaOverlaps(usize),
    /// Private media is posted while other private media may run.
    PrivateOverlaps(usize),
    /// In a group, a recognition does not say whom to listen to.
    ListensToNobody,
    /// Something is withdrawn, stopped or resumed that was not started.
    NotStarted,
    /// The call was brought up without the options that the action takes.
    NoOptions,
    /// Text is spoken or speech heard, but the call has no endpoint for it.
    Speechless(usize),
    /// A transfer, and how many are in the call.
    Transfers(Others),
    /// Something sensitive is asked for while this keeps what is keyed in or said.
    Kept(Keeper),
}

impl What {
    /// The code of the rule that tells it.
    pub(crate) fn code(&self) -> u16 {
        match self {
            What::ListensToNobody => 102,
            What::Illegal(_) | What::WhileTransferring => 401,
            What::FailureUnhandled(_) => 402,
            What::SuccessUnhandled(_) | What::ResultsElsewhere => 403,
            What::EndsWhileUp(_) => 405,
            What::WaitsForever => 406,
            What::MediaOverlaps(_) => 409,
            What::NotStarted => 410,
            What::Speechless(_) | What::NoOptions => 411,
            What::PrivateOverlaps(_) => 412,
            What::Transfers(_) => 414,
            What::Kept(_) => 506,
        }
    }
}

/// A way from one place to another.
#[derive(Clone, Copy)]
pub(crate) struct Passage {
    /// The place that is left; none, where the run begins.
    from: u32,
    /// The place that is come to; none, where the flow ends.
    to: u32,
    /// The branch of the flow that leads there; none, where something only happens and nothing reacts.
    taken: u32,
}

/// A branch that is taken, and why.
#[derive(Clone)]
pub(crate) struct Taken<'a> {
    /// Whose branch it is; `None`: the flow's.
    pub(crate) owner: Option<StateId>,
    /// The branches that are tried together.
    pub(crate) branches: &'a [draft::Branch],
    /// Which of them.
    pub(crate) index: usize,
    /// Where it leads.
    pub(crate) target: &'a Target,
    /// What happened; `None`: a timer, the end of a sub-flow, or a state that waits for nothing.
    pub(crate) event: Option<EventKind>,
    pub(crate) is_timer: bool,
    /// The action that it is the result of, by its number.
    pub(crate) action: Option<usize>,
}

impl<'a> Taken<'a> {
    /// The branch.
    pub(crate) fn branch(&self) -> &'a draft::Branch {
        &self.branches[self.index]
    }

    /// Why it is taken, in a word; `None`: the state waits for nothing.
    fn cause(&self) -> Option<String> {
        match &self.event {
            Some(event) => Some(event.name().to_owned()),
            None => self.is_timer.then(|| A_TIMER.to_owned()),
        }
    }
}

/// A place, and the step that first led to it.
struct Reached {
    place: Place,
    from: Via,
}

/// Which part of the draft something is: those that are equal are still different parts.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Identity(usize);

impl Identity {
    fn of<T>(part: &T) -> Identity {
        Identity(std::ptr::from_ref(part).addr())
    }
}

/// Everything that can be met.
pub(crate) struct Product<'a> {
    model: &'a Model<'a>,
    reached: Vec<Reached>,
    index: HashMap<Place, usize>,
    waiting: VecDeque<usize>,
    /// What is about the text of the flow itself.
    pub(crate) met: Vec<Met<'a>>,
    /// What is about the text of a sub-flow, at the place where it runs.
    pub(crate) inner: Vec<Met<'a>>,
    /// The outcomes with which sub-flows end because nothing handles what happened, by the states that run them.
    pub(crate) unhandled_ends: BTreeSet<(StateId, &'static str)>,
    /// What can happen in each state where a run waits.
    pub(crate) possible: BTreeSet<(StateId, EventKind)>,
    /// Every way between places, if anybody wants to know.
    passages: Option<Vec<Passage>>,
    /// Every branch that is taken, once for each reason.
    pub(crate) taken: Vec<Taken<'a>>,
    taken_index: HashMap<(Identity, Option<EventKind>, Option<usize>), u32>,
    /// The actions that are posted anywhere, by their numbers, with whose they are.
    actions: Vec<(&'a Written, ScopeId)>,
    numbers: HashMap<Identity, usize>,
}

impl<'a> Product<'a> {
    pub(crate) fn of(model: &'a Model<'a>, keeps_passages: bool) -> Product<'a> {
        let mut product = Product {
            model,
            reached: Vec::new(),
            index: HashMap::new(),
            waiting: VecDeque::new(),
            met: Vec::new(),
            inner: Vec::new(),
            unhandled_ends: BTreeSet::new(),
            possible: BTreeSet::new(),
            passages: keeps_passages.then(Vec::new),
            taken: Vec::new(),
            taken_index: HashMap::new(),
            actions: Vec::new(),
            numbers: HashMap::new(),
        };
        let starts = [
            (StartKind::Incoming, Phase::Ringing),
            (StartKind::Api, Phase::Idle),
            (StartKind::Subflow, Phase::Connected),
        ];
        for (start, phase) in starts {
            if let Some(initial) = model.flow.initial(start) {
                product.begin(start, phase, initial);
            }
        }
        while let Some(at) = product.waiting.pop_front() {
            if product.reached.len() > PLACES_MAX {
                break;
            }
            product.explore(at);
        }
        product
    }

    /// All places where a run waits, each with the way to it.
    pub(crate) fn places(&self) -> impl Iterator<Item = (&Place, Via)> {
        let reached = self.reached.iter().enumerate().filter(|(_, reached)| reached.place.refused.is_none());
        reached.map(|(at, reached)| (&reached.place, Via { at, step: None }))
    }

    /// An action, by its number.
    pub(crate) fn action(&self, number: usize) -> Option<&'a Written> {
        self.actions.get(number).map(|(written, _)| *written)
    }

    /// Where an action is shown: its name; if it is a sub-flow's, the name of the sub-flow where this flow runs it.
    pub(crate) fn shown(&self, number: usize) -> Option<Span> {
        let (written, scope) = self.actions.get(number)?;
        if scope.is_flow() {
            return Some(written.name);
        }
        let run = self.model.flow.scope(*scope).place?.run;
        let outermost = self.model.outward(run).find(|state| self.model.is_own(*state))?;
        Some(self.model.run(outermost)?.name.span)
    }

    /// The number of an action that is posted somewhere.
    pub(crate) fn number(&self, action: &Written) -> Option<usize> {
        self.numbers.get(&Identity::of(action)).copied()
    }

    /// The number of an action of this scope, new or known.
    fn enlist(&mut self, action: &'a Written, scope: ScopeId) -> usize {
        let new = self.actions.len();
        let number = *self.numbers.entry(Identity::of(action)).or_insert(new);
        if number == new {
            self.actions.push((action, scope));
        }
        number
    }

    fn scope(&self, owner: Option<StateId>) -> ScopeId {
        owner.map_or(ScopeId::FLOW, |owner| self.model.state(owner).scope)
    }

    /// The shortest way: what happened, one after the other.
    pub(crate) fn trace(&self, via: &Via) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut way = via;
        loop {
            steps.extend(way.step.clone());
            let from = self.reached.get(way.at).map(|reached| &reached.from);
            match from {
                Some(from) if way.at != ORIGIN => way = from,
                Some(_) | None => break,
            }
        }
        steps.reverse();
        steps
    }

    /// A place that the run comes to; explored later, if it is a new one.
    fn arrive(&mut self, mut place: Place, via: Via, taken: Option<Taken<'a>>) {
        for open in &mut place.open {
            open.is_fresh = false;
        }
        let from = (via.at != ORIGIN).then_some(via.at);
        let new = self.reached.len();
        let to = *self.index.entry(place.clone()).or_insert(new);
        self.pass(from, Some(to), taken);
        if to == new {
            self.reached.push(Reached { place, from: via });
            self.waiting.push_back(new);
        }
    }

    /// Keeps the way from one place to another.
    fn pass(&mut self, from: Option<usize>, to: Option<usize>, taken: Option<Taken<'a>>) {
        let short = |index: Option<usize>| index.and_then(|index| u32::try_from(index).ok()).unwrap_or(NONE);
        let taken = taken.map_or(NONE, |taken| self.note(taken));
        if self.passages.as_ref().is_some_and(|passages| passages.len() >= PASSAGES_MAX) {
            self.passages = None;
        }
        if let Some(passages) = &mut self.passages {
            passages.push(Passage { from: short(from), to: short(to), taken });
        }
    }

    fn note(&mut self, taken: Taken<'a>) -> u32 {
        let key = (Identity::of(taken.branch()), taken.event.clone(), taken.action);
        let new = u32::try_from(self.taken.len()).unwrap_or(NONE);
        let index = *self.taken_index.entry(key).or_insert(new);
        if index == new {
            self.taken.push(taken);
        }
        index
    }

    /// `scope`: whose text the span is in. What happens in a sub-flow is shown where the flow runs it.
    fn step(&self, cause: Cause, leaf: StateId, scope: ScopeId, span: Span) -> Step {
        let own = || self.model.outward(leaf).find(|state| self.model.is_own(*state));
        let run = if scope.is_flow() { None } else { own().and_then(|state| self.model.run(state)) };
        let span = run.map_or(span, |run| run.name.span);
        Step { cause, state: self.model.state(leaf).path.clone(), span }
    }

    fn meet(&mut self, via: &Via, leaf: StateId, action: Option<&'a Written>, what: What) {
        let number = action.and_then(|action| self.number(action));
        let scope = number.map_or_else(|| self.scope(Some(leaf)), |number| self.actions[number].1);
        let list = if scope.is_flow() { &mut self.met } else { &mut self.inner };
        list.push(Met { via: via.clone(), leaf, scope, action, what });
    }
}
