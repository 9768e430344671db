//! CF407: a phone target without a caller ID.

use lang::{Code, Finding, Identifier, Span};
use machine::actions::Arguments;
use machine::argument::{Arg, Argument, is_phone};

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

/// One finding for the missing option, not for each use (clarification 67). Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut uses: Vec<(Span, &str)> = Vec::new();
    for action in subject.model.all_actions() {
        let lacks = match &action.arguments {
            Arguments::CreateCall(create) => {
                create.caller_id.is_none() && may_be_phone(&create.to, |people| people.0.iter().any(is_phone))
            }
            Arguments::AddParticipant(add) => {
                add.caller_id.is_none() && may_be_phone(&add.participant, |one: &Identifier| is_phone(one))
            }
            _ => false,
        };
        if lacks {
            uses.push((action.name, action.kind().spec().name));
        }
    }
    let Some(((first, name), others)) = uses.split_first() else { return };
    let finding = Finding::error(Code(407), *first, format!("`{name}` may call a phone without a caller ID"))
        .label("no `callerId`")
        .note("the provider refuses to call a phone that would be shown no number")
        .help("give `callerId` here, or once under `defaults`");
    found.push(others.iter().take(4).fold(finding, |finding, (span, _)| finding.related(*span, "nor here")));
}

/// A target that is not known yet may be a phone (clarification 56).
fn may_be_phone<T: Argument>(target: &Arg<T>, is_phone: impl Fn(&T) -> bool) -> bool {
    target.constant().is_none_or(is_phone)
}
