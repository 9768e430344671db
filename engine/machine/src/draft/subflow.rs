//! Reads `run`: a sub-flow on the same call, what is passed to it, and where each of its outcomes leads.

use lang::value::{self, Pattern};
use lang::{Code, Entry, Fields, Finding, Kind, Node, Spanned, Template};

use super::state::{assignments, branches};
use super::{Branch, Draft, State, Target};
use crate::actions::Defaults;

/// A sub-flow that a state runs.
#[derive(Clone, Debug)]
pub struct Run {
    /// The sub-flow's name.
    pub name: Spanned<String>,
    /// What is passed to it.
    pub with: Vec<(Spanned<String>, Template)>,
    /// Where it leads.
    pub outcomes: Vec<OutcomeHandler>,
    /// The sub-flow itself, once [`crate::link()`] has found it.
    pub body: Option<Box<Body>>,
}

/// An outcome of a sub-flow, and the branches that it may take.
#[derive(Clone, Debug)]
pub struct OutcomeHandler {
    /// The outcome.
    pub name: Spanned<String>,
    /// In file order.
    pub branches: Vec<Branch>,
}

/// A sub-flow at the place where it runs. Its spans are places in its own file.
#[derive(Clone, Debug)]
pub struct Body {
    /// What it declares. Its states and its own handlers have moved into `whole`.
    pub flow: Draft,
    /// The sub-flow as one state around all of its states.
    pub whole: State,
}

/// Reads `run`, `with` and `outcomes` of a state.
pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Run> {
    let run = fields.get("run");
    let with = fields.get("with");
    let outcomes = fields.get("outcomes");
    let Some(run) = run else {
        for entry in [with, outcomes].into_iter().flatten() {
            let key = &entry.key;
            found.push(
                Finding::error(Code(102), key.span, format!("`{}` without `run`", key.value))
                    .label("there is no sub-flow that it is for")
                    .help("name the sub-flow: `run: identify-caller`"),
            );
        }
        return None;
    };
    let name = value::name(&run.value, "the name of a sub-flow", Pattern::Flow, found);
    let with = with
        .map_or_else(Vec::new, |entry| assignments(&entry.value, "`with`", "the sub-flow's inputs", found));
    let outcomes = outcomes.map_or_else(Vec::new, |entry| handlers(&entry.value, defaults, found));
    Some(Run { name: name?, with, outcomes, body: None })
}

fn handlers(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<OutcomeHandler> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(Code(103), node.span, "`outcomes` must be a mapping of outcomes to transitions")
                .label(format!("this is {}", node.describe()))
                .help("name each outcome of the sub-flow and where it leads: `verified: adviser`"),
        );
        return Vec::new();
    };
    entries.iter().filter_map(|entry| handler(entry, defaults, found)).collect()
}

fn handler(entry: &Entry, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<OutcomeHandler> {
    let branches = branches(&entry.value, defaults, found);
    for branch in branches.iter().filter(|branch| matches!(branch.target, Target::Stay)) {
        let headline = format!("outcome `{}` leads nowhere", entry.key.value);
        found.push(
            Finding::error(Code(102), branch.span, headline)
                .label("neither `goto` nor `end` here")
                .note("the sub-flow is over then, and its state has nothing left to wait for")
                .help("say where the call goes: `goto` a state, or `end`"),
        );
    }
    let is_named = Pattern::Outcome.check(&entry.key, "the name of an outcome", found);
    is_named.then(|| OutcomeHandler { name: entry.key.clone(), branches })
}

impl Body {
    /// A flow that may run inside another one. `None`: it does not offer that.
    pub(crate) fn of(mut flow: Draft) -> Option<Body> {
        let start = flow.start.subflow.clone()?;
        let whole = State {
            name: flow.name.clone(),
            span: flow.span,
            entry: Vec::new(),
            exit: Vec::new(),
            on: std::mem::take(&mut flow.on),
            after: std::mem::take(&mut flow.after),
            next: super::Next::Wait,
            next_key: flow.name.span,
            initial: start.initial.or_else(|| flow.initial.clone()),
            states: std::mem::take(&mut flow.states),
        };
        Some(Body { flow, whole })
    }
}

impl State {
    /// The sub-flow that it runs.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        match &self.next {
            super::Next::Run(run) => Some(run),
            super::Next::Wait | super::Next::Branches(_) | super::Next::End(_) => None,
        }
    }
}

impl Draft {
    /// The sub-flows that its own states run, in file order.
    pub fn runs(&self) -> impl Iterator<Item = &Run> {
        fn add<'d>(states: &'d [State], runs: &mut Vec<&'d Run>) {
            for state in states {
                runs.extend(state.run());
                add(&state.states, runs);
            }
        }
        let mut runs = Vec::new();
        add(&self.states, &mut runs);
        runs.into_iter()
    }
}
