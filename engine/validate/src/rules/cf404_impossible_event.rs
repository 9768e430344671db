//! CF404: a handler for an event that cannot occur there.

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use lang::{Code, Finding, Label};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::flow::EventName;
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::model::Trigger;
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

/// For exact names only (clarification 61).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    // What can happen inside each state, and in the flow.
    let mut inside: HashSet<(Option<StateId>, &EventKind)> = HashSet::new();
    for (leaf, kind) in &subject.product.possible {
        inside.extend(model.outward(*leaf).map(|state| (Some(state), kind)));
        inside.insert((None, kind));
    }
    let visited: HashSet<StateId> =
        subject.product.places().flat_map(|(place, _)| model.outward(place.leaf)).collect();
    let mut told: HashMap<(Option<StateId>, String), usize> = HashMap::new();
    for owner in model.ids().filter(|id| visited.contains(id)).map(Some).chain([None]) {
        for choice in model.choices(owner) {
            let Trigger::Event(event, EventName::Exact(kind)) = choice.trigger else { continue };
            if is_always_possible(kind)
                || may_come_later(subject, kind)
                || inside.contains(&(owner, kind))
                || is_sent_elsewhere(subject, owner, kind)
            {
                continue;
            }
            let reason = reason(subject, owner, kind);
            // What the same missing action would bring about is one fault; so is all of a state that does nothing.
            let does_nothing = owner.is_some_and(|state| model.actions(state).next().is_none());
            let cause = if does_nothing { String::new() } else { reason.clone() };
            if let Some(first) = told.get(&(owner, cause.clone())) {
                let first: &mut Finding = &mut found[*first];
                first.related.push(Label { span: event.span, text: "nor is this one".to_owned() });
                continue;
            }
            told.insert((owner, cause), found.len());
            let finding =
                Finding::warning(Code(404), event.span, format!("`{}` cannot happen here", event.value))
                    .label("this handler is never reached")
                    .note(reason);
            found.push(finding.help("remove it, or post the action that brings it about in this state"));
        }
    }
}

/// The state is told to wait for ever already, since the results of its action go elsewhere.
fn is_sent_elsewhere(subject: &Subject<'_>, owner: Option<StateId>, kind: &EventKind) -> bool {
    subject.product.met.iter().any(|met| {
        met.what == What::ResultsElsewhere
            && Some(met.leaf) == owner
            && met.action.is_some_and(|action| action.kind().spec().ends_with(kind))
    })
}

/// What something brings about that goes on beside the states: it may end or fail in any of them (clarification 8).
fn may_come_later(subject: &Subject<'_>, kind: &EventKind) -> bool {
    let posts = |action| subject.model.all_actions().any(|written| written.kind() == action);
    *kind != EventKind::ContinuousDtmfRecognitionToneReceived && kind.outlives().is_some_and(posts)
}

/// What the rules of the call do not speak of.
fn is_always_possible(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ExpressionFailed | EventKind::CallDisconnected | EventKind::Custom(_))
}

fn reason(subject: &Subject<'_>, owner: Option<StateId>, kind: &EventKind) -> String {
    let brings = |action: &&ActionKind| action.spec().ends_with(kind);
    let names: Vec<_> =
        ActionKind::ALL.iter().filter(brings).map(|action| format!("`{}`", action.spec().name)).collect();
    let place = match owner {
        Some(state) => format!("state `{}`", subject.model.state(state).path),
        None => "this flow".to_owned(),
    };
    match names.as_slice() {
        [] => format!("nothing that {place} does brings it about"),
        names => format!("it answers {}, and no such action is under way in {place}", names.join(" or ")),
    }
}
