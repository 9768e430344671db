//! `step`: what one input does to a run. Pure and total: no clock, no network, no random number, no error.
//!
//! The order is SCXML's: an input is followed until the run is at rest. Correlate the input with what was
//! posted; choose a transition, from the active state outward; leave, set, do, enter; repeat for what this
//! raised and for states that wait for nothing; then post the next action in the queue.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actions::ActionKind;
use crate::effect::Effect;
use crate::event::{Event, EventKind};
use crate::flow::{EventName, Flow, Next};
use crate::ids::{Outcome, StateId, TimerId, Visit};
use crate::input::{Input, What};
use crate::protocol::{Acknowledged, Phase};
use crate::roots::Occasion;
use crate::snapshot::{Snapshot, Standing};

mod announced;
mod attempts;
mod beginning;
mod call;
mod closing;
mod confirming;
mod correlate;
mod going_on;
mod losses;
mod post;
mod subflow;
mod transition;

use transition::Delivered;

/// What one input led to. No path and no effects: recorded and ignored.
#[must_use]
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where the run stands now.
    pub snapshot: Snapshot,
    /// What was done, to be recorded with the input.
    pub account: Account,
}

/// The account of one step: what the journal keeps beside input and snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Account {
    /// The transitions that were taken, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Hop>,
    /// What is asked of the world, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// What an operator should know: guards that failed, inputs that were ignored and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the input tells was asked for as sensitive: it must not be shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_sensitive: bool,
}

/// One transition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// What was reacted to; `None`: the state waited for nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub on: Option<String>,
    /// The innermost state before; `None`: the run begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<StateId>,
    /// Where it led.
    pub to: Landing,
}

/// Where a transition led.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Landing {
    /// Nowhere.
    Stay,
    /// To this innermost state.
    State(StateId),
    /// To the end of the flow.
    End(Outcome),
}

/// Begins a run. An input that is no start begins nothing: the run is over at once.
pub fn begin(flow: &Flow, input: &Input) -> Step {
    let (mut snapshot, initial) = beginning::snapshot(flow, input);
    let mut run = Run::new(flow, &mut snapshot, input.at);
    run.begin(initial);
    run.settle();
    Step { account: run.account, snapshot }
}

/// Gives a run its next input.
pub fn step(flow: &Flow, mut snapshot: Snapshot, input: &Input) -> Step {
    let mut run = Run::new(flow, &mut snapshot, input.at);
    // What may happen after the end as well, and never moves the flow.
    match &input.what {
        What::Announced(announcement) => run.announced(announcement),
        What::Told { notice, told } => run.told(*notice, told),
        What::Timer(TimerId::Tell(notice)) => run.tell_again(*notice),
        _ => run.follow(input),
    }
    Step { account: run.account, snapshot }
}

/// One step in progress.
struct Run<'f> {
    flow: &'f Flow,
    at: Timestamp,
    snapshot: &'f mut Snapshot,
    account: Account,
    /// What this step itself has raised and not yet dealt with.
    raised: VecDeque<Raised>,
    microsteps: u32,
}

/// An event that the step itself raises. It belongs to a visit, as the action does that it is about.
struct Raised {
    event: Event,
    visit: Visit,
    /// The action whose refusal or success it is.
    action: Option<ActionKind>,
}

impl<'f> Run<'f> {
    fn new(flow: &'f Flow, snapshot: &'f mut Snapshot, at: Timestamp) -> Run<'f> {
        Run { flow, at, snapshot, account: Account::default(), raised: VecDeque::new(), microsteps: 0 }
    }

    /// What may move the flow.
    fn follow(&mut self, input: &Input) {
        if self.snapshot.is_ended() {
            self.note("ignored: the run is over");
            return;
        }
        match &input.what {
            What::Start(_) => self.note("ignored: the run has begun already"),
            What::Event(event) => self.receive(event.clone()),
            What::Timer(timer) => self.fire(*timer),
            What::Acknowledged { operation, ack } => self.acknowledged(*operation, ack),
            What::Refused { operation, refusal } => self.refused(*operation, refusal),
            What::Learned(fact) => self.learned(fact),
            What::Announced(_) | What::Told { .. } => {}
            What::Cancel => self.finish(Outcome::new(Outcome::CANCELED)),
        }
        self.settle();
        self.heard(&input.what);
    }

    fn note(&mut self, note: impl Into<String>) {
        self.account.notes.push(note.into());
    }

    /// Follows what was begun until the run is at rest.
    fn settle(&mut self) {
        loop {
            if let Some(raised) = self.raised.pop_front() {
                self.deal_with(raised);
            } else if self.snapshot.standing == Standing::Running {
                if self.post_next() || self.go_on() {
                    continue;
                }
                if !self.nothing_can_come() {
                    break;
                }
                self.note("nothing can happen any more: the call is over and the flow waits for no timer");
                self.finish(Outcome::new(Outcome::DISCONNECTED));
            } else {
                self.post_next();
                break;
            }
        }
        self.wait_for_nothing_that_is_over();
        self.close();
    }

    fn deal_with(&mut self, raised: Raised) {
        let Raised { event, visit, action } = raised;
        if !self.snapshot.is_visiting(visit) {
            let name = event.kind.name();
            self.note(format!("ignored: `{name}` belongs to an earlier visit"));
            return;
        }
        let scope = self.scope_of_visit(visit);
        if self.deliver_within(scope, &event) != Delivered::Nowhere || !event.kind.is_failure() {
            return;
        }
        let is_silent = action.is_some_and(|kind| kind.spec().acknowledged == Acknowledged::Done);
        if is_silent && self.leaf_goes_on() {
            // Clarification 10: the state goes on whatever becomes of the action.
            self.note(format!(
                "`{}` was refused; the state goes on",
                event.action.as_deref().unwrap_or("action")
            ));
            return;
        }
        self.fail(&event);
    }

    /// A failure that nothing handles ends the run: never a silent, stuck call.
    fn fail(&mut self, event: &Event) {
        self.note(format!("nothing handles `{}`", event.kind.name()));
        self.end_unhandled(Outcome::ERROR);
    }

    fn leaf_goes_on(&self) -> bool {
        let leaf = self.snapshot.leaf().map(|active| &self.flow.state(active.state).next);
        matches!(leaf, Some(Next::Branches(_) | Next::End(_) | Next::Run(_)))
    }

    /// Leaves a state that waits for nothing, once all its actions are answered.
    fn go_on(&mut self) -> bool {
        if self.snapshot.posting.is_some() || !self.snapshot.queue.is_empty() {
            return false;
        }
        let Some(leaf) = self.snapshot.leaf() else { return false };
        match &self.flow.state(leaf.state).next {
            Next::Wait => false,
            Next::End(ending) => {
                match self.output(ending, Some(leaf.state), Occasion::Nothing) {
                    Ok(output) => {
                        let to = Landing::End(ending.outcome.clone());
                        self.account.path.push(Hop { on: None, from: Some(leaf.state), to });
                        self.end_scope(self.flow.state(leaf.state).scope, ending.outcome.clone(), &output);
                    }
                    Err(message) => {
                        // Nothing is handled in a state that ends the flow.
                        self.note(format!("`output`: {message}"));
                        self.end_unhandled(Outcome::ERROR);
                    }
                }
                true
            }
            Next::Run(run) => {
                self.begin_subflow(leaf.state, leaf.visit, run);
                true
            }
            Next::Branches(branches) => {
                let Some(branch) = self.choose(branches, Some(leaf.state), Occasion::Nothing) else {
                    return false;
                };
                self.take(Some(leaf.state), branch, None, Occasion::Nothing);
                true
            }
        }
    }

    /// Whether the call is over and nothing is under way that could move the flow: it would be stuck.
    fn nothing_can_come(&self) -> bool {
        let snapshot = &self.snapshot;
        snapshot.call.phase == Phase::Gone
            && snapshot.held.is_none()
            && snapshot.posting.is_none()
            && snapshot.queue.is_empty()
            && snapshot.timers.is_empty()
            && snapshot.unanswered().next().is_none()
            && !self.awaits_custom_event()
    }

    fn awaits_custom_event(&self) -> bool {
        let is_custom = |name: &EventName| matches!(name, EventName::Exact(EventKind::Custom(_)));
        self.levels().any(|(_, handlers)| handlers.on.iter().any(|(name, _)| is_custom(name)))
    }
}
