//! CF505: a variable that is set and never read, or a variable, input or custom event that is declared and unused.

use std::collections::{BTreeSet, HashSet};

use lang::nearest::nearest;
use lang::{Code, Finding, Span};
use machine::event::EventKind;
use machine::flow::EventName;

use super::{Rule, Subject};
use crate::model::Trigger;
use crate::places::for_each_expression;

pub(super) const RULE: Rule = Rule { check };

const CODE: Code = Code(505);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let reads = Reads::of(subject);
    variables(subject, &reads, found);
    inputs(subject, &reads, found);
    events(subject, found);
}

fn variables(subject: &Subject<'_>, reads: &Reads, found: &mut Vec<Finding>) {
    let unset = told_unset(subject, found);
    for (name, variable) in &subject.names.variables {
        let Some(first) = variable.givings.first().filter(|_| !reads.has("vars", name)) else { continue };
        // The first value of another one, under a wrong name: that one is told to have none.
        if variable.is_declared
            && variable.givings.len() == 1
            && nearest(name, unset.iter().copied()).is_some()
        {
            continue;
        }
        let finding = match (variable.is_declared, variable.givings.len()) {
            (true, 1) => unused(first.span, format!("variable `{name}` is never used")),
            _ => unused(first.span, format!("variable `{name}` is set and never read")),
        };
        let others = variable.givings.iter().skip(1).take(3);
        let finding = others.fold(finding, |finding, giving| finding.related(giving.span, "set here, too"));
        // Set under a wrong name, most likely.
        let others = subject.names.variables.keys().copied().filter(|other| other != name);
        let may_suggest = !variable.is_declared && subject.names.may_suggest();
        let meant = if may_suggest { nearest(name, others) } else { None };
        found.push(match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help(format!("read it, as in `${{vars.{name}}}`, or remove it")),
        });
    }
}

/// The variables of which it is told that they may not be set where they are read.
fn told_unset<'a>(subject: &Subject<'a>, found: &[Finding]) -> BTreeSet<&'a str> {
    let told = found.iter().filter(|finding| finding.code == Code(504));
    let places: HashSet<Span> = told.map(|finding| finding.primary.span).collect();
    let mut unset = BTreeSet::new();
    if places.is_empty() {
        return unset;
    }
    for_each_expression(subject.model, &mut |_, expr| {
        let reads = expr.reads().into_iter().filter(|read| read.root == "vars");
        for read in reads.filter(|read| places.contains(&expr.place(read.start, read.end))) {
            let name =
                read.path.first().and_then(|name| subject.names.variables.get_key_value(name.as_str()));
            unset.extend(name.map(|(name, _)| *name));
        }
    });
    unset
}

fn inputs(subject: &Subject<'_>, reads: &Reads, found: &mut Vec<Finding>) {
    for (name, input) in subject.names.inputs.iter().filter(|(name, _)| !reads.has("input", name)) {
        let finding = unused(input.name.span, format!("input `{name}` is never used"));
        found.push(finding.help(format!("read it, as in `${{input.{name}}}`, or remove it")));
    }
}

/// Handlers for every event take custom ones, too.
fn events(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    let mut handled: HashSet<&str> = HashSet::new();
    for choice in model.ids().map(Some).chain([None]).flat_map(|owner| model.choices(owner)) {
        match choice.trigger {
            Trigger::Event(_, EventName::Exact(EventKind::Custom(name))) => {
                handled.insert(name);
            }
            Trigger::Event(_, EventName::Any) => return,
            Trigger::Event(..) | Trigger::Timer | Trigger::Nothing | Trigger::Outcome(_) => {}
        }
    }
    for event in model.draft.events.iter().filter(|event| !handled.contains(event.name.value.as_str())) {
        let finding = unused(event.name.span, format!("nothing handles event `{}`", event.name.value));
        found.push(finding.help("handle it under `on` in the state that waits for it, or remove it"));
    }
}

fn unused(span: Span, headline: String) -> Finding {
    Finding::warning(CODE, span, headline).label("nobody asks for it")
}

/// What the expressions of a flow read.
struct Reads {
    names: HashSet<(String, String)>,
    /// Roots that are read as a whole, or by names that are not known before the flow runs.
    whole: HashSet<String>,
}

impl Reads {
    fn of(subject: &Subject<'_>) -> Reads {
        let mut reads = Reads { names: HashSet::new(), whole: HashSet::new() };
        for_each_expression(subject.model, &mut |_, expr| {
            for read in expr.reads() {
                match read.path.into_iter().next() {
                    Some(name) => reads.add(subject, &read.root, name),
                    None => reads.add_root(subject, read.root),
                }
            }
        });
        reads
    }

    fn has(&self, root: &str, name: &str) -> bool {
        self.whole.contains(root) || self.names.contains(&(root.to_owned(), name.to_owned()))
    }

    /// A name that is told to be unknown stands for the nearest; if none is near, for any (clarification 13).
    fn add(&mut self, subject: &Subject<'_>, root: &str, name: String) {
        let names = subject.names;
        let root = match root {
            "vars" | "input" | "event" | "call" | "state" | "config" | "start" | "secrets" | "now" => root,
            // So does a root.
            unknown => match nearest(unknown, ["vars", "input", "event", "call", "state", "config"]) {
                Some(meant) => meant,
                None => return self.whole.extend(["vars".to_owned(), "input".to_owned()]),
            },
        };
        let known: Vec<&str> = match root {
            "vars" if !names.variables.contains_key(&*name) => names.variables.keys().copied().collect(),
            "input" if !names.inputs.contains_key(&*name) => names.inputs.keys().copied().collect(),
            "vars" | "input" => {
                self.names.insert((root.to_owned(), name));
                return;
            }
            _ => return,
        };
        let near = if names.may_suggest() { nearest(&name, known) } else { None };
        match near {
            Some(near) => {
                self.names.insert((root.to_owned(), near.to_owned()));
            }
            None => self.whole.extend(["vars".to_owned(), "input".to_owned()]),
        }
    }

    fn add_root(&mut self, subject: &Subject<'_>, root: String) {
        // A name without its root is told to be unknown, too.
        if subject.names.variables.contains_key(&*root) {
            self.names.insert(("vars".to_owned(), root.clone()));
        }
        if subject.names.inputs.contains_key(&*root) {
            self.names.insert(("input".to_owned(), root.clone()));
        }
        self.whole.insert(root);
    }
}
