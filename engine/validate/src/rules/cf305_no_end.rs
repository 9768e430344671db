//! CF305: a flow that no path ends.

use lang::{Code, Finding};
use machine::event::EventKind;
use machine::flow::{EventName, Next};

use super::{Rule, Subject, is_told};

pub(super) const RULE: Rule = Rule { check };

/// A `CallDisconnected` that nothing handles is an end, too (clarification 62).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    if subject.graph.ends || is_told(found, &[302, 303]) {
        return;
    }
    let takes_it = |handlers: &machine::flow::Handlers| {
        let wanted = EventName::Exact(EventKind::CallDisconnected);
        handlers
            .on
            .iter()
            .any(|(name, branches)| *name == wanted && branches.iter().any(|branch| branch.when.is_none()))
    };
    let ends_by_itself = model
        .ids()
        .filter(|id| subject.graph.reachable[id.0 as usize] && model.is_leaf(*id))
        .filter(|id| matches!(model.state(*id).next, Next::Wait | Next::Run(_)))
        .any(|id| {
            !model.outward(id).any(|state| takes_it(&model.state(state).handlers))
                && !takes_it(model.flow.handlers())
        });
    if ends_by_itself {
        return;
    }
    found.push(
        Finding::error(Code(305), model.draft.states_span, "no path ends this flow")
            .label("none of these states leads to an `end`")
            .note("even the caller's hanging up is handled by going on, so a run would never be over")
            .help("end the run where the call is over: `CallDisconnected: { end: completed }`"),
    );
}
