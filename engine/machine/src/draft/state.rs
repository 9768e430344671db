//! Reads states, their handlers and timers, and the branches of all of them.

use lang::value::{self, Pattern};
use lang::{Code, Entry, Expr, Fields, Finding, Kind, Node, Span, Spanned, Template};
use rayon::prelude::*;

use super::{After, Branch, End, Handler, Next, State, Target, subflow};
use crate::actions::{ActionKind, Defaults, Written};
use crate::ids::Outcome;

/// Unit: states. Fewer are read sooner than another core can be asked.
const STATES_AT_LEAST: usize = 32;

pub(super) fn states(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<State> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(Code(103), node.span, "`states` must be a mapping of names to states")
                .label(format!("this is {}", node.describe())),
        );
        return Vec::new();
    };
    // States are read beside each other; what is found in them is told in their order.
    let read: Vec<_> = entries
        .par_iter()
        .with_min_len(STATES_AT_LEAST)
        .map(|entry| {
            let mut found = Vec::new();
            let is_named = Pattern::State.check(&entry.key, "the name of a state", &mut found);
            // A state of which nothing can be read still has its name.
            let state = read_state(entry, defaults, &mut found).unwrap_or_else(|| State::empty(entry));
            (is_named.then_some(state), found)
        })
        .collect();
    let named = read.into_iter().filter_map(|(state, wrong)| {
        found.extend(wrong);
        state
    });
    named.collect()
}

impl State {
    fn empty(entry: &Entry) -> State {
        State {
            name: entry.key.clone(),
            span: entry.key.span.to(entry.value.span),
            entry: Vec::new(),
            exit: Vec::new(),
            on: Vec::new(),
            after: Vec::new(),
            next: Next::Wait,
            next_key: entry.key.span,
            initial: None,
            states: Vec::new(),
        }
    }
}

fn read_state(entry: &Entry, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<State> {
    let mut fields = Fields::of(&entry.value, &format!("state `{}`", entry.key.value), found)?;
    description(&mut fields, found);
    let entry_actions =
        fields.get("do").map_or_else(Vec::new, |entry| actions(&entry.value, defaults, found));
    let exit = fields.get("exit").map_or_else(Vec::new, |entry| {
        let exit = actions(&entry.value, defaults, found);
        log_only(&exit, "`exit`", found);
        exit
    });
    let on = fields.get("on").map_or_else(Vec::new, |entry| handlers(&entry.value, defaults, found));
    let after = fields.get("after").map_or_else(Vec::new, |entry| timers(&entry.value, defaults, found));
    let nested = fields.get("states");
    let initial = match nested {
        Some(_) => fields.require("initial", found),
        None => fields.get("initial"),
    };
    if let (Some(entry), None) = (initial, nested) {
        let finding = Finding::error(Code(102), entry.key.span, "`initial` without `states`")
            .label("there is no child to enter");
        fields.lacks(&["states"], finding, found);
    }
    let (next, next_key) = read_next(&mut fields, nested, defaults, found);
    fields.finish(found);
    Some(State {
        name: entry.key.clone(),
        span: entry.key.span.to(entry.value.span),
        entry: entry_actions,
        exit,
        on,
        after,
        next,
        next_key: next_key.unwrap_or(entry.key.span),
        initial: initial
            .filter(|_| nested.is_some())
            .and_then(|entry| target_name(&entry.value, "`initial`", found)),
        states: nested.map_or_else(Vec::new, |entry| states(&entry.value, defaults, found)),
    })
}

fn read_next(
    fields: &mut Fields<'_>,
    nested: Option<&Entry>,
    defaults: &Defaults,
    found: &mut Vec<Finding>,
) -> (Next, Option<Span>) {
    let chosen = fields.one_of(&["goto", "choose", "end", "run"], found);
    let subflow = subflow::read(fields, defaults, found);
    if let (Some(chosen), Some(nested)) = (chosen, nested) {
        let key = &chosen.key;
        found.push(
            Finding::error(Code(104), key.span, format!("`{}` and `states` exclude each other", key.value))
                .label("a state with children waits in one of them")
                .related(nested.key.span, "its children"),
        );
    }
    let Some(chosen) = chosen else { return (Next::Wait, None) };
    waits_for_nothing(chosen, fields, found);
    let next = match chosen.key.value.as_str() {
        "goto" => match target_name(&chosen.value, "`goto`", found) {
            Some(name) => Next::Branches(vec![Branch {
                span: chosen.value.span,
                when: None,
                set: Vec::new(),
                actions: Vec::new(),
                target: Target::State(name),
            }]),
            None => Next::Wait,
        },
        "choose" => Next::Branches(branches(&chosen.value, defaults, found)),
        "run" => subflow.map_or(Next::Wait, |run| Next::Run(Box::new(run))),
        _ => end(chosen, found).map_or(Next::Wait, Next::End),
    };
    (next, Some(chosen.key.span))
}

/// A state that is left at once, or ends the run, has nothing to react to.
fn waits_for_nothing(chosen: &Entry, fields: &mut Fields<'_>, found: &mut Vec<Finding>) {
    let (what, why) = match chosen.key.value.as_str() {
        // A `choose` of which no guard holds waits after all.
        "choose" | "run" => return,
        "end" => ("a state that ends the run", "the run ends here"),
        _ => ("a state that waits for nothing", "the state is left at once"),
    };
    for key in ["on", "after"] {
        if let Some(useless) = fields.get(key) {
            found.push(
                Finding::error(Code(104), useless.key.span, format!("`{key}` in {what}"))
                    .label("nothing can happen here any more")
                    .related(chosen.key.span, why),
            );
        }
    }
}

pub(super) fn description(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Option<String> {
    let entry = fields.get("description")?;
    value::text(&entry.value, "`description`", found).map(|text| text.value)
}

/// The items of a `do` or `exit`.
fn actions(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<Written> {
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(|item| Written::read(item, defaults, found)).collect(),
        Kind::Scalar(_) | Kind::Map(_) => {
            found.push(
                Finding::error(Code(103), node.span, "actions must be a list")
                    .label(format!("this is {}", node.describe()))
                    .help("begin each action with a dash: `- play: { text: \"Hello\" }`"),
            );
            Vec::new()
        }
    }
}

/// Where nobody is left to wait for a result, only `log` makes sense: clarification 5.
fn log_only(actions: &[Written], place: &str, found: &mut Vec<Finding>) {
    for action in actions.iter().filter(|action| action.kind() != ActionKind::Log) {
        let name = action.kind().spec().name;
        found.push(
            Finding::error(Code(104), action.name, format!("`{name}` cannot stand in {place}"))
                .label("only `log` can")
                .note("nobody would be left to wait for its result"),
        );
    }
}

pub(super) fn handlers(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<Handler> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(Code(103), node.span, "`on` must be a mapping of events to transitions")
                .label(format!("this is {}", node.describe())),
        );
        return Vec::new();
    };
    entries
        .iter()
        .map(|entry| Handler { event: entry.key.clone(), branches: branches(&entry.value, defaults, found) })
        .collect()
}

pub(super) fn timers(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<After> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(Code(103), node.span, "`after` must be a mapping of durations to transitions")
                .label(format!("this is {}", node.describe()))
                .help("such as `60s: goodbye`"),
        );
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| {
            let branches = branches(&entry.value, defaults, found);
            match value::parse_duration(&entry.key.value) {
                Some(delay) => Some(After { delay: Spanned::new(delay, entry.key.span), branches }),
                None => {
                    found.push(
                        Finding::error(
                            Code(105),
                            entry.key.span,
                            format!("`{}` is not a duration", entry.key.value),
                        )
                        .label("when should the timer fire?")
                        .help("give a number with a unit: `500ms`, `30s`, `2m`, `1h30m`"),
                    );
                    None
                }
            }
        })
        .collect()
}

/// A target, a branch, or a list of branches.
pub(super) fn branches(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Vec<Branch> {
    match &node.kind {
        Kind::Scalar(_) => {
            let target = target_name(node, "a target", found).map(Target::State);
            let branch =
                |target| Branch { span: node.span, when: None, set: Vec::new(), actions: Vec::new(), target };
            target.map(branch).into_iter().collect()
        }
        Kind::Map(_) => branch(node, defaults, found).into_iter().collect(),
        Kind::List(items) => items.iter().filter_map(|item| branch(item, defaults, found)).collect(),
    }
}

fn branch(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Branch> {
    let mut fields = Fields::of(node, "a branch", found)?;
    let when = fields.get("when").map(|entry| Expr::read(&entry.value, found));
    let set = fields
        .get("set")
        .map_or_else(Vec::new, |entry| assignments(&entry.value, "`set`", "variables", found));
    let own = fields.get("do").map_or_else(Vec::new, |entry| actions(&entry.value, defaults, found));
    let chosen = fields.one_of(&["goto", "end"], found);
    fields.finish(found);
    let target = match chosen {
        None => Some(Target::Stay),
        Some(entry) if entry.key.value == "goto" => {
            target_name(&entry.value, "`goto`", found).map(Target::State)
        }
        Some(entry) => {
            log_only(&own, "a branch that ends the run", found);
            end(entry, found).map(Target::End)
        }
    };
    // A guard that cannot be read must not become a branch that is always taken.
    let when = match when {
        Some(when) => Some(when?),
        None => None,
    };
    Some(Branch { span: node.span, when, set, actions: own, target: target? })
}

/// Names with the values that they get; `what` is the key, `names` what they are names of.
pub(super) fn assignments(
    node: &Node,
    what: &str,
    names: &str,
    found: &mut Vec<Finding>,
) -> Vec<(Spanned<String>, Template)> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(Code(103), node.span, format!("{what} must be a mapping of {names} to values"))
                .label(format!("this is {}", node.describe())),
        );
        return Vec::new();
    };
    let mut assignments = Vec::with_capacity(entries.len());
    for entry in entries {
        value::check_texts(&entry.value, found);
        let value = Template::read(&entry.value, found);
        if Pattern::Variable.check(&entry.key, &format!("a name under {what}"), found) {
            assignments.push((entry.key.clone(), value));
        }
    }
    assignments
}

/// The name of a state, perhaps with its parents' before it. Whether it exists is for later.
pub(super) fn target_name(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Spanned<String>> {
    let Some(scalar) = node.scalar() else {
        found.push(
            Finding::error(Code(103), node.span, format!("{what} must be the name of a state"))
                .label(format!("this is {}", node.describe())),
        );
        return None;
    };
    Some(Spanned::new(scalar.text.clone(), node.span))
}

/// An outcome: a name, or `{outcome: name, output: {…}}`.
fn end(entry: &Entry, found: &mut Vec<Finding>) -> Option<End> {
    let node = &entry.value;
    let (outcome, output) = match &node.kind {
        Kind::Map(_) => {
            let mut fields = Fields::of(node, "`end`", found)?;
            let outcome = fields.require("outcome", found);
            let output = fields.get("output");
            let output =
                output.map_or_else(Vec::new, |entry| assignments(&entry.value, "`output`", "values", found));
            fields.finish(found);
            (&outcome?.value, output)
        }
        Kind::Scalar(_) | Kind::List(_) => (node, Vec::new()),
    };
    let name = value::name(outcome, "an outcome", Pattern::Outcome, found)?;
    if Outcome::is_reserved(&name.value) {
        found.push(
            Finding::error(
                Code(105),
                name.span,
                format!("`{}` is an outcome that only the engine gives", name.value),
            )
            .label("reserved")
            .help("choose another name, such as `completed` or `failed`"),
        );
        return None;
    }
    Some(End { key: entry.key.span, outcome: name, output })
}
