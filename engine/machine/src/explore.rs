//! Every order of events that the protocol allows, bounded: follows a flow breadth first through all that can happen,
//! with the one [`step`] that the service runs, and tells what went wrong and how.
//!
//! What the provider may send next is a model of its own, written from the reference and not from the validator,
//! whose proofs are held against it.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::EventKind;
use crate::effect::Effect;
use crate::flow::{EventName, Flow};
use crate::ids::{Outcome, StateId, TimerId, Visit};
use crate::input::{Beginning, Input, What};
use crate::protocol::{OnCall, Phase};
use crate::snapshot::{Snapshot, Standing};
use crate::step::{Account, Step, begin, step};

mod likeness;
mod provider;
mod results;
mod words;

use provider::{Move, Provider};
use words::Words;

/// How far is looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Unit: snapshots that differ. A flow that has more is not followed to its end.
    pub snapshots: usize,
    /// Unit: inputs of one run.
    pub inputs: u32,
}

/// What went wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A failure that nothing handles ended it with `error`.
    Unhandled(String),
    /// An expression failed, and nothing handles it. Whether one can is for its types to say, not for the protocol.
    ExpressionFailed,
    /// The call is up, and nothing can come any more but its end.
    Stuck,
    /// The flow ended while the call was up: the engine had to hang up.
    LeftUp,
}

/// A fault, and the shortest way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Met {
    /// What went wrong.
    pub fault: Fault,
    /// The state that the run was in.
    pub state: Option<StateId>,
    /// Everything that reached the run, from its start.
    pub inputs: Vec<Input>,
}

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explored {
    /// How many snapshots differ.
    pub snapshots: usize,
    /// How many inputs were given.
    pub steps: usize,
    /// A bound was hit: there is more that was not looked at.
    pub is_cut: bool,
    /// What went wrong, each fault of each state once.
    pub met: Vec<Met>,
    /// The states in which a run was seen.
    pub visited: BTreeSet<StateId>,
}

/// A run that has come somewhere.
struct Node {
    snapshot: Snapshot,
    provider: Provider,
    now: Timestamp,
    depth: u32,
    /// The entry of the history by which it came.
    came: usize,
}

/// Follows a flow through everything that can happen to a run that begins like this.
#[must_use]
pub fn explore(flow: &Flow, beginning: Beginning, at: Timestamp, bounds: Bounds) -> Explored {
    let words = Words::of(flow);
    let mut exploring = Exploring {
        flow,
        bounds,
        words: &words,
        seen: BTreeSet::new(),
        told: BTreeSet::new(),
        history: Vec::new(),
        waiting: VecDeque::new(),
        explored: Explored::default(),
    };
    let provider = Provider::new(&beginning.start);
    let input = Input { at, what: What::Start(Box::new(beginning)) };
    let Step { snapshot, account } = begin(flow, &input);
    exploring.history.push((None, input));
    exploring.arrive(None, snapshot, &account, provider, at, (0, 0));
    while let Some(node) = exploring.waiting.pop_front() {
        exploring.follow(&node);
    }
    exploring.explored
}

struct Exploring<'f> {
    flow: &'f Flow,
    bounds: Bounds,
    words: &'f Words,
    /// Likenesses of what was seen.
    seen: BTreeSet<u64>,
    told: BTreeSet<(Fault, Option<StateId>)>,
    /// Every input that was given, with the entry before it.
    history: Vec<(Option<usize>, Input)>,
    waiting: VecDeque<Node>,
    explored: Explored,
}

impl Exploring<'_> {
    fn follow(&mut self, node: &Node) {
        if node.snapshot.is_ended() {
            return;
        }
        let moves = self.moves(node);
        if self.is_stuck(node, &moves) {
            self.meet(Fault::Stuck, node.snapshot.leaf().map(|leaf| leaf.state), node.came);
        }
        if node.depth >= self.bounds.inputs {
            self.explored.is_cut |= !moves.is_empty();
            return;
        }
        for Move { what, provider } in moves {
            for now in self.times(node, &what) {
                if self.seen.len() >= self.bounds.snapshots {
                    self.explored.is_cut = true;
                    return;
                }
                let input = Input { at: now, what: what.clone() };
                let Step { snapshot, account } = step(self.flow, node.snapshot.clone(), &input);
                self.explored.steps += 1;
                self.history.push((Some(node.came), input));
                let came = self.history.len() - 1;
                let place = (node.depth + 1, came);
                self.arrive(Some(&node.snapshot), snapshot, &account, provider.clone(), now, place);
            }
        }
    }

    fn arrive(
        &mut self,
        before: Option<&Snapshot>,
        mut snapshot: Snapshot,
        account: &Account,
        mut provider: Provider,
        now: Timestamp,
        (depth, came): (u32, usize),
    ) {
        // This provider loses nothing.
        snapshot.timers.retain(|armed| !armed.timer.is_for_losses());
        provider.take(account, &snapshot);
        self.judge(before, &snapshot, account, &provider, came);
        self.explored.visited.extend(snapshot.active.iter().map(|active| active.state));
        if self.seen.insert(likeness::of(self.words, &snapshot, &provider)) {
            self.explored.snapshots += 1;
            self.waiting.push_back(Node { snapshot, provider, now, depth, came });
        }
    }

    /// Everything that may come next.
    fn moves(&self, node: &Node) -> Vec<Move> {
        let mut moves = node.provider.moves(self.flow, self.words, &node.snapshot);
        let next = node.snapshot.next_timer();
        if let Some(timer) = next.and_then(|next| node.snapshot.due(next).first().copied()) {
            moves.push(Move { what: What::Timer(timer), provider: node.provider.clone() });
        }
        moves
    }

    /// When it may come: timers when they are due; all else at once, or just before the next timer is.
    fn times(&self, node: &Node, what: &What) -> Vec<Timestamp> {
        let due = node.snapshot.next_timer().map(|due| due.max(node.now));
        let late = due.and_then(|due| due.checked_sub(Duration::from_millis(1)).ok());
        match (what, due) {
            (What::Timer(_), Some(due)) => vec![due],
            // Time matters to those only that race each other.
            (_, Some(_)) if node.snapshot.timers.len() > 1 => {
                std::iter::once(node.now).chain(late.filter(|late| *late > node.now)).collect()
            }
            (_, _) => vec![node.now],
        }
    }

    fn judge(
        &mut self,
        before: Option<&Snapshot>,
        after: &Snapshot,
        account: &Account,
        provider: &Provider,
        came: usize,
    ) {
        let state = before.and_then(Snapshot::leaf).map(|leaf| leaf.state);
        let was_running = before.is_none_or(|before| before.standing == Standing::Running);
        let Some(outcome) = after.outcome().filter(|_| was_running) else {
            if after.is_ended() && provider.is_in_call() {
                self.meet(Fault::LeftUp, state, came);
            }
            return;
        };
        if outcome.as_str() == Outcome::ERROR {
            let why = account.notes.last().cloned().unwrap_or_default();
            let fault = match why.contains(EventKind::ExpressionFailed.name()) {
                true => Fault::ExpressionFailed,
                false => Fault::Unhandled(why),
            };
            self.meet(fault, state, came);
        } else if leaves_by_itself(after, account) || (after.is_ended() && provider.is_in_call()) {
            self.meet(Fault::LeftUp, state, came);
        }
    }

    fn meet(&mut self, fault: Fault, state: Option<StateId>, came: usize) {
        if !self.told.insert((fault.clone(), state)) {
            return;
        }
        let way = std::iter::successors(Some(came), |entry| self.history[*entry].0);
        let mut inputs: Vec<_> = way.map(|entry| self.history[entry].1.clone()).collect();
        inputs.reverse();
        self.explored.met.push(Met { fault, state, inputs });
    }

    /// Nothing can come that would move the run, and nobody waits for the end of the call on purpose.
    fn is_stuck(&self, node: &Node, moves: &[Move]) -> bool {
        if moves.is_empty() {
            return true;
        }
        let snapshot = &node.snapshot;
        if snapshot.standing != Standing::Running
            || snapshot.call.hanging_up
            || snapshot.call.phase == Phase::Gone
        {
            return false;
        }
        let is_handled = |wanted: &EventKind, of_states: bool| {
            let wanted = EventName::Exact(wanted.clone());
            let states = snapshot.active.iter().map(|active| &self.flow.state(active.state).handlers);
            let levels = states.chain((!of_states).then_some(&self.flow.handlers));
            levels.flat_map(|handlers| &handlers.on).any(|(name, _)| *name == wanted)
        };
        // A timer of the flow, or the wait for the other half of a pair; the engine's own end in nothing new.
        let wakes = |timer| matches!(timer, TimerId::After(..) | TimerId::Held);
        if is_handled(&EventKind::CallDisconnected, true)
            || node.provider.will_tell(snapshot)
            || snapshot.timers.iter().any(|armed| wakes(armed.timer))
        {
            return false;
        }
        !moves.iter().any(|next| match &next.what {
            What::Event(event) => match event.kind {
                EventKind::CallDisconnected => false,
                EventKind::Custom(_) => true,
                _ => event.operation.is_none() && is_handled(&event.kind, false),
            },
            What::Acknowledged { .. } | What::Refused { .. } => true,
            // What the engine finds out by itself is no more than the end of the call, or that it was away.
            What::Timer(_)
            | What::Learned(_)
            | What::Announced(_)
            | What::Told { .. }
            | What::Start(_)
            | What::Cancel => false,
        })
    }
}

/// The flow has ended, and the engine itself hangs up or is about to.
fn leaves_by_itself(after: &Snapshot, account: &Account) -> bool {
    let posts = account.effects.iter().any(|effect| match effect {
        Effect::Post { operation, action } => {
            action.kind().spec().on_call == OnCall::Ends
                && after.operations.get(operation).is_none_or(|operation| operation.visit == Visit::RUN)
        }
        Effect::AskCall
        | Effect::Tell(_)
        | Effect::SetTimer { .. }
        | Effect::CancelTimer(_)
        | Effect::Log { .. }
        | Effect::End(_) => false,
    });
    after.wants_to_leave || posts
}
