//! CF407: a phone target without a caller ID.

use lang::{Code, Finding, Identifier, Span};
use machine::actions::{Arguments, Written};
use machine::argument::{Arg, Argument, is_phone};

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

/// One finding for the missing option, not for each use (clarification 67). Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    // A sub-flow inherits the caller ID, and is judged where it runs (clarification 22).
    if !model.is_only_subflow() {
        let uses: Vec<_> = model.all_actions().filter(|action| lacks(action)).collect();
        if let Some((first, others)) = uses.split_first() {
            let name = first.kind().spec().name;
            let headline = format!("`{name}` may call a phone without a caller ID");
            let finding = finding(first.name, headline);
            found.push(
                others.iter().take(4).fold(finding, |finding, other| finding.related(other.name, "nor here")),
            );
        }
    }
    let runs = model.ids().filter_map(|id| Some((id, model.run(id)?)));
    for (id, run) in runs {
        // What runs by itself as well is told in its own file.
        let is_told = run.body.iter().any(|body| {
            let start = &body.flow.start;
            start.incoming.is_some() || start.api.is_some()
        });
        let inner = model.inside(id).into_iter().find(|action| lacks(action));
        if let Some(action) = inner.filter(|_| !is_told && !model.is_only_subflow()) {
            let (name, flow) = (action.kind().spec().name, &run.name.value);
            found.push(finding(
                run.name.span,
                format!("`{name}` of sub-flow `{flow}` may call a phone without a caller ID"),
            ));
            return;
        }
    }
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
