//! CF407: a phone target without a caller ID.

use lang::{Code, Finding, Identifier, Span};
use machine::actions::{Arguments, Written};
use machine::argument::{Arg, Argument, is_phone};
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::model::Model;

pub(super) const RULE: Rule = Rule { check };

/// Unit: uses that are shown beside the first one.
const RELATED_MAX: usize = 4;

/// One finding for the missing option, not for each use (clarification 67): those of sub-flows are uses of this flow's
/// option, wherever they run. Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    // A sub-flow inherits the caller ID, and is judged where it runs (clarification 22).
    if model.is_only_subflow() {
        return;
    }
    let own = model.all_actions().filter(|action| lacks(action));
    let own = own.map(|action| (action.name, format!("`{}`", action.kind().spec().name)));
    let inner = model.ids().filter_map(|id| inside(model, id));
    let mut uses = own.chain(inner);
    let Some((first, name)) = uses.next() else { return };
    let finding = finding(first, format!("{name} may call a phone without a caller ID"));
    found
        .push(uses.take(RELATED_MAX).fold(finding, |finding, (other, _)| finding.related(other, "nor here")));
}

/// Where a state runs a sub-flow that needs a caller ID and has none, and which action needs it.
fn inside(model: &Model<'_>, id: StateId) -> Option<(Span, String)> {
    let run = model.run(id)?;
    // What runs by itself as well is told in its own file.
    let is_told = run.body.iter().any(|body| {
        let start = &body.flow.start;
        start.incoming.is_some() || start.api.is_some()
    });
    let action = model.inside(id).into_iter().find(|action| lacks(action)).filter(|_| !is_told)?;
    let (name, flow) = (action.kind().spec().name, &run.name.value);
    Some((run.name.span, format!("`{name}` of sub-flow `{flow}`")))
}

fn finding(span: Span, headline: String) -> Finding {
    Finding::error(Code(407), span, headline)
        .label("no `callerId`")
        .note("the provider refuses to call a phone that would be shown no number")
        .help("give `callerId` here, or once under `defaults`")
}

fn lacks(action: &Written) -> bool {
    match &action.arguments {
        Arguments::CreateCall(create) => {
            create.caller_id.is_none() && may_be_phone(&create.to, |people| people.0.iter().any(is_phone))
        }
        Arguments::AddParticipant(add) => {
            add.caller_id.is_none() && may_be_phone(&add.participant, |one: &Identifier| is_phone(one))
        }
        _ => false,
    }
}

/// A target that is not known yet may be a phone (clarification 56).
fn may_be_phone<T: Argument>(target: &Arg<T>, is_phone: impl Fn(&T) -> bool) -> bool {
    target.constant().is_none_or(is_phone)
}
