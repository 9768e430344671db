//! CF306: a branch that an earlier one always takes first.

use lang::{Code, Finding};
use machine::draft::Branch;

use super::{Rule, Subject};
use crate::guards;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let owners = subject.model.ids().map(Some).chain([None]);
    for choice in owners.flat_map(|owner| subject.model.choices(owner)) {
        for (index, branch) in choice.written.iter().enumerate() {
            let earlier = guards::compared(&choice.written[..index]);
            let Some(earlier) = earlier.iter().find(|earlier| shadows(earlier, branch)) else {
                continue;
            };
            found.push(
                Finding::warning(Code(306), branch.span, "this branch is never taken")
                    .label("whatever it would take is gone")
                    .related(earlier.span, "this one always comes first")
                    .note("branches are tried in order, and the first whose guard holds is taken")
                    .help("put the narrower branch first, or remove one"),
            );
            break;
        }
    }
}

/// Unguarded, constantly true, the same text, or a wider limit on the same number: not more (clarification 64).
fn shadows(earlier: &Branch, later: &Branch) -> bool {
    let Some(first) = &earlier.when else { return true };
    if guards::is_always_true(first) {
        return true;
    }
    let Some(second) = &later.when else { return false };
    if first.text().trim() == second.text().trim() {
        return true;
    }
    match (guards::limit(first), guards::limit(second)) {
        (Some(first), Some(second)) => first.covers(&second),
        _ => false,
    }
}
