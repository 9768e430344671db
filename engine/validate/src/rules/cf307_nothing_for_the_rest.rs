//! CF307: guarded branches with nothing for the rest.

use std::collections::HashSet;

use lang::expr::{AstKind, BinaryOperator};
use lang::{Code, Finding, Value};
use machine::actions::recognize::WrittenListen;
use machine::actions::{ActionKind, Arguments};
use machine::event::EventKind;
use machine::flow::EventName;
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::guards;
use crate::model::{Branch, Choice, Model, Trigger};

pub(super) const RULE: Rule = Rule { check };

/// Only for `choose`, and for answers to the state's own actions (clarification 63).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    for id in model.ids() {
        for choice in model.choices(Some(id)) {
            if choice.branches.is_empty() || is_exhaustive(model, id, &choice) {
                continue;
            }
            let (span, headline) = match &choice.trigger {
                Trigger::Nothing => {
                    (model.written(id).name.span, "`choose` has no branch for the rest".to_owned())
                }
                Trigger::Event(event, EventName::Exact(kind)) if answers_own_action(model, id, kind) => {
                    (event.span, format!("`{}` has no branch for the rest", event.value))
                }
                Trigger::Outcome(name) => {
                    (name.span, format!("outcome `{}` has no branch for the rest", name.value))
                }
                Trigger::Event(..) | Trigger::Timer => continue,
            };
            found.push(
                Finding::warning(Code(307), span, headline)
                    .label("what if no guard holds?")
                    .note("then nothing happens, and the call waits on")
                    .help("add a last branch without `when`"),
            );
        }
    }
}

/// Failures are CF402's.
fn answers_own_action(model: &Model<'_>, id: StateId, kind: &EventKind) -> bool {
    let answers =
        |action: ActionKind| action.spec().success.contains(kind) || action.spec().canceled.contains(kind);
    !kind.is_failure() && model.actions(id).any(|action| answers(action.kind()))
}

fn is_exhaustive(model: &Model<'_>, id: StateId, choice: &Choice<'_>) -> bool {
    let guards: Vec<_> = choice.branches.iter().filter_map(|branch| branch.written.when.as_ref()).collect();
    guards.len() < choice.branches.len()
        || guards.iter().any(|guard| guards::is_always_true(guard))
        || guards
            .iter()
            .enumerate()
            .any(|(index, one)| guards[..index].iter().any(|other| guards::are_complements(one, other)))
        || covers_all_labels(model, id, &choice.branches)
        || handled_further_out(model, id, choice)
}

/// A branch for each label of the state's choices.
fn covers_all_labels(model: &Model<'_>, id: StateId, branches: &[Branch<'_>]) -> bool {
    let labels: Option<HashSet<&str>> = model.actions(id).find_map(|action| match &action.arguments {
        Arguments::Recognize(recognize) => match &recognize.listen {
            WrittenListen::Choices(choices) => {
                choices.iter().map(|choice| choice.label.constant().map(String::as_str)).collect()
            }
            WrittenListen::Dtmf(_) | WrittenListen::Speech(_) | WrittenListen::SpeechOrDtmf(..) => None,
        },
        _ => None,
    });
    let Some(labels) = labels else { return false };
    let covered: HashSet<&str> = branches
        .iter()
        .filter_map(|branch| {
            let guard = branch.written.when.as_ref()?;
            let AstKind::Binary { operator: BinaryOperator::Equal, left, right } = &guard.ast().kind else {
                return None;
            };
            match (guards::text(guard, left), &right.kind) {
                ("event.label", AstKind::Constant(Value::String(label))) => labels.get(&**label).copied(),
                _ => None,
            }
        })
        .collect();
    covered.len() == labels.len()
}

/// A state around this one, or the flow, takes what no guard here takes (clarification 9).
fn handled_further_out(model: &Model<'_>, id: StateId, choice: &Choice<'_>) -> bool {
    let Trigger::Event(_, name) = &choice.trigger else { return false };
    let takes = |handlers: &machine::flow::Handlers| {
        let mut matching = handlers.on.iter().filter(|(on, _)| on == *name);
        matching.any(|(_, branches)| branches.iter().any(|branch| branch.when.is_none()))
    };
    model.outward(id).skip(1).any(|state| takes(&model.state(state).handlers)) || takes(model.flow.handlers())
}
