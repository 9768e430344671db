//! A flow as written: typed, every part with its place, names not yet resolved, holes where something is wrong.

use std::time::Duration;

use lang::{Expr, Fields, Finding, Kind, Node, Span, Spanned, Template, Value, value};

use crate::actions::{Defaults, Written};
use crate::flow::Type;
use crate::starts::Pattern;

mod declared;
mod recordings;
pub mod shape;
mod start;
mod state;
mod subflow;

pub use recordings::Recipient;
pub use subflow::{Body, OutcomeHandler, Run};

/// A flow as written.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The whole document.
    pub span: Span,
    /// Its name.
    pub name: Spanned<String>,
    /// One line for people.
    pub description: Option<String>,
    /// How a run begins.
    pub start: Start,
    /// What a start passes.
    pub inputs: Vec<Input>,
    /// What it may give back to a flow that runs it.
    pub output: Vec<(Spanned<String>, Type)>,
    /// Who is told of the files of its recordings.
    pub recipient: Option<Recipient>,
    /// What outside systems may send.
    pub events: Vec<CustomEvent>,
    /// The operator's constants that it reads.
    pub config: Vec<(Spanned<String>, Type)>,
    /// What it fills in where an action leaves it out.
    pub defaults: Defaults,
    /// Variables and their first values.
    pub vars: Vec<(Spanned<String>, Template)>,
    /// The first state of every kind of start that has none of its own.
    pub initial: Option<Spanned<String>>,
    /// Flow-wide handlers.
    pub on: Vec<Handler>,
    /// Flow-wide timers, from the call's coming up.
    pub after: Vec<After>,
    /// The states, in file order.
    pub states: Vec<State>,
    /// The key `states`.
    pub states_span: Span,
    /// The hash of the document's canonical form.
    pub hash: crate::ids::FlowHash,
}

/// How a run begins.
#[derive(Clone, Debug)]
pub struct Start {
    /// The key `start`.
    pub span: Span,
    /// By a call that comes in.
    pub incoming: Option<IncomingStart>,
    /// By the engine's API.
    pub api: Option<PlainStart>,
    /// By another flow, on its call.
    pub subflow: Option<PlainStart>,
}

/// The start by a call that comes in.
#[derive(Clone, Debug)]
pub struct IncomingStart {
    /// The key `incoming`.
    pub span: Span,
    /// Who is called.
    pub to: Vec<Spanned<Pattern>>,
    /// Who calls.
    pub from: Vec<Spanned<Pattern>>,
    /// And only if this holds.
    pub when: Option<Expr>,
    /// Its own first state.
    pub initial: Option<Spanned<String>>,
}

/// The start by the engine's API, or by another flow.
#[derive(Clone, Debug)]
pub struct PlainStart {
    /// The key `api` or `subflow`.
    pub span: Span,
    /// Its own first state.
    pub initial: Option<Spanned<String>>,
}

/// An input as declared.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Spanned<String>,
    /// Its type.
    pub kind: Type,
    /// Whether a start without it is refused.
    pub required: bool,
    /// Its value when none is given.
    pub default: Option<Value>,
}

/// A custom event as declared.
#[derive(Clone, Debug)]
pub struct CustomEvent {
    /// Its name.
    pub name: Spanned<String>,
    /// Its fields.
    pub fields: Vec<(Spanned<String>, Type)>,
}

/// A handler: an event, and the branches that it may take.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The event's name.
    pub event: Spanned<String>,
    /// In file order.
    pub branches: Vec<Branch>,
}

/// A timer, and the branches that it may take.
#[derive(Clone, Debug)]
pub struct After {
    /// From the state's entry.
    pub delay: Spanned<Duration>,
    /// In file order.
    pub branches: Vec<Branch>,
}

/// A branch as written.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The whole branch.
    pub span: Span,
    /// Its guard.
    pub when: Option<Expr>,
    /// The variables that it sets.
    pub set: Vec<(Spanned<String>, Template)>,
    /// What it does.
    pub actions: Vec<Written>,
    /// Where it leads.
    pub target: Target,
}

/// Where a branch leads, by name.
#[derive(Clone, Debug)]
pub enum Target {
    /// Nowhere.
    Stay,
    /// To a state, by the name that was written.
    State(Spanned<String>),
    /// To the end.
    End(End),
}

/// An end as written.
#[derive(Clone, Debug)]
pub struct End {
    /// The key `end`.
    pub key: Span,
    /// Its outcome.
    pub outcome: Spanned<String>,
    /// What it gives back to the flow that runs this one.
    pub output: Vec<(Spanned<String>, Template)>,
}

/// A state as written.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name.
    pub name: Spanned<String>,
    /// The whole state.
    pub span: Span,
    /// What is done on entry.
    pub entry: Vec<Written>,
    /// What is done on leaving.
    pub exit: Vec<Written>,
    /// What it reacts to.
    pub on: Vec<Handler>,
    /// Its timers.
    pub after: Vec<After>,
    /// What happens once its entry actions are done.
    pub next: Next,
    /// The key that says so: `goto`, `choose`, `end` or `run`. Where none does, the state's name.
    pub next_key: Span,
    /// The child that is entered with it.
    pub initial: Option<Spanned<String>>,
    /// Its children.
    pub states: Vec<State>,
}

/// What happens once the entry actions of a state are done.
#[derive(Clone, Debug)]
pub enum Next {
    /// It waits.
    Wait,
    /// It is left at once: `goto`, or `choose` with its branches.
    Branches(Vec<Branch>),
    /// The run ends.
    End(End),
    /// A sub-flow runs on the same call.
    Run(Box<Run>),
}

/// Reads a flow. `None`: the document is no mapping, or so much is missing that nothing more can be said.
pub fn read(node: &Node) -> (Option<Draft>, Vec<Finding>) {
    read_within(node, &Defaults::default())
}

/// Reads a flow that runs inside another one, whose defaults hold where it has none of its own (clarification 22).
pub(crate) fn read_within(node: &Node, outer: &Defaults) -> (Option<Draft>, Vec<Finding>) {
    let mut found = Vec::new();
    let draft = read_document(node, outer, &mut found);
    (draft, found)
}

fn read_document(node: &Node, outer: &Defaults, found: &mut Vec<Finding>) -> Option<Draft> {
    let mut fields = Fields::of(node, "a flow", found)?;
    let name = fields
        .require("flow", found)
        .and_then(|entry| value::name(&entry.value, "the flow's name", value::Pattern::Flow, found));
    let description = state::description(&mut fields, found);
    let start = fields.require("start", found).and_then(|entry| start::read(entry, found));
    let inputs = fields.get("input").map_or_else(Vec::new, |entry| declared::inputs(&entry.value, found));
    let output =
        fields.get("output").map_or_else(Vec::new, |entry| declared::types(&entry.value, "`output`", found));
    let events = fields.get("events").map_or_else(Vec::new, |entry| declared::events(&entry.value, found));
    let recordings = fields.get("recordings");
    let recipient = recordings.and_then(|entry| recordings::read(entry, start.as_ref(), found));
    let config =
        fields.get("config").map_or_else(Vec::new, |entry| declared::types(&entry.value, "`config`", found));
    let own = fields.get("defaults").and_then(|entry| Defaults::read(&entry.value, found));
    let defaults = own.unwrap_or_default().within(outer);
    let vars = fields.get("vars").map_or_else(Vec::new, |entry| declared::vars(&entry.value, found));
    let has_own = start.as_ref().is_some_and(Start::has_own_initials);
    let initial = if has_own { fields.get("initial") } else { fields.require("initial", found) };
    let initial = initial.and_then(|entry| state::target_name(&entry.value, "`initial`", found));
    let on = fields.get("on").map_or_else(Vec::new, |entry| state::handlers(&entry.value, &defaults, found));
    let after =
        fields.get("after").map_or_else(Vec::new, |entry| state::timers(&entry.value, &defaults, found));
    let states_entry = fields.require("states", found);
    let states = states_entry.map_or_else(Vec::new, |entry| state::states(&entry.value, &defaults, found));
    fields.finish(found);
    Some(Draft {
        span: node.span,
        name: name?,
        description,
        start: start?,
        inputs,
        output,
        recipient,
        events,
        config,
        defaults,
        vars,
        initial,
        on,
        after,
        states,
        states_span: states_entry?.key.span,
        hash: hash(node),
    })
}

/// Two documents that differ only in comments and layout have one hash.
fn hash(node: &Node) -> crate::ids::FlowHash {
    use sha2::{Digest, Sha256};
    fn add(node: &Node, digest: &mut Sha256) {
        let mut text = |tag: &[u8], text: &str| {
            digest.update(tag);
            digest.update((text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        };
        match &node.kind {
            Kind::Scalar(scalar) => {
                let tag: &[u8] = if scalar.style == lang::Style::Plain { b"p" } else { b"s" };
                text(tag, &scalar.text);
            }
            Kind::List(items) => {
                digest.update(b"[");
                items.iter().for_each(|item| add(item, digest));
                digest.update(b"]");
            }
            Kind::Map(entries) => {
                digest.update(b"{");
                for entry in entries {
                    digest.update((entry.key.value.len() as u64).to_le_bytes());
                    digest.update(entry.key.value.as_bytes());
                    add(&entry.value, digest);
                }
                digest.update(b"}");
            }
        }
    }
    let mut digest = Sha256::new();
    add(node, &mut digest);
    crate::ids::FlowHash::of(digest)
}

impl Start {
    /// Whether every kind of start names its own first state.
    #[must_use]
    pub fn has_own_initials(&self) -> bool {
        let incoming = self.incoming.as_ref().is_none_or(|start| start.initial.is_some());
        let plain = |start: &Option<PlainStart>| start.as_ref().is_none_or(|start| start.initial.is_some());
        incoming && plain(&self.api) && plain(&self.subflow)
    }
}
