//! CF307: guarded branches with nothing for the rest.

use lang::{Code, Finding};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::flow::EventName;
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::guards;
use crate::labels;
use crate::model::{Choice, Model, Trigger};

pub(super) const RULE: Rule = Rule { check };

/// Only for `choose`, and for answers to the state's own actions (clarification 63).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    for id in model.ids() {
        for choice in model.choices(Some(id)) {
            if choice.written.is_empty() || is_exhaustive(model, id, &choice) {
                continue;
            }
            let (span, headline) = match &choice.trigger {
                Trigger::Nothing => {
                    (model.written(id).next_key, "`choose` has no branch for the rest".to_owned())
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
    let guards: Vec<_> = choice.written.iter().filter_map(|branch| branch.when.as_ref()).collect();
    guards.len() < choice.written.len()
        || guards.iter().any(|guard| guards::is_always_true(guard))
        || guards.iter().enumerate().any(|(index, one)| {
            guards::compared(&guards[..index]).iter().any(|other| guards::are_complements(one, other))
        })
        || model.actions(id).any(|action| labels::are_all_asked(action, choice.written))
        || handled_further_out(model, id, choice)
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
