//! CF302: a state with no way on: it waits for nothing.

use lang::{Code, Finding};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::flow::{EventName, Next};
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::model::Model;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    for id in model.ids().filter(|id| is_dead(model, *id)) {
        let name = &model.written(id).name;
        found.push(
            Finding::error(Code(302), name.span, format!("state `{}` has no way on", name.value))
                .label("a call that comes here stays until the caller hangs up")
                .note("it waits for no event and no timer, and it does not end the run")
                .help("handle an event under `on`, set a timer under `after`, or write `goto` or `end`"),
        );
    }
}

/// Whether a state waits for nothing, and nothing around it does (clarification 66).
pub(crate) fn is_dead(model: &Model<'_>, id: StateId) -> bool {
    let waits =
        |id: StateId| !model.state(id).handlers.on.is_empty() || !model.state(id).handlers.after.is_empty();
    let flow = model.flow.handlers();
    let flow_waits = !flow.after.is_empty()
        || flow.on.iter().any(|(name, _)| matches!(name, EventName::Exact(EventKind::Custom(_))));
    // A call that was hung up is over soon, and the flow may take the results of any state's actions.
    let is_answered = model.actions(id).map(|action| action.kind()).any(|action| {
        let takes =
            |name: &EventName| matches!(name, EventName::Exact(kind) if action.spec().success.contains(kind));
        action == ActionKind::HangUp || flow.on.iter().any(|(name, _)| takes(name))
    });
    model.is_leaf(id)
        && matches!(model.state(id).next, Next::Wait)
        && !model.outward(id).any(waits)
        && !flow_waits
        && !is_answered
}
