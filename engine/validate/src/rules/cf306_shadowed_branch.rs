//! CF306: a branch that an earlier one always takes first.

use lang::{Code, Finding};

use super::{Rule, Subject};
use crate::guards;
use crate::model::Branch;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let owners = subject.model.ids().map(Some).chain([None]);
    for choice in owners.flat_map(|owner| subject.model.choices(owner)) {
        for (index, branch) in choice.branches.iter().enumerate() {
            let earlier = guards::compared(&choice.branches[..index]);
            let Some(earlier) = earlier.iter().find(|earlier| shadows(earlier, branch)) else {
                continue;
            };
            found.push(
                Finding::warning(Code(306), branch.written.span, "this branch is never taken")
                    .label("whatever it would take is gone")
                    .related(earlier.written.span, "this one always comes first")
                    .note("branches are tried in order, and the first whose guard holds is taken")
                    .help("put the narrower branch first, or remove one"),
            );
            break;
        }
    }
}

/// Unguarded, constantly true, the same text, or a wider limit on the same number: not more (clarification 64).
fn shadows(earlier: &Branch<'_>, later: &Branch<'_>) -> bool {
    let Some(first) = &earlier.written.when else { return true };
    if guards::is_always_true(first) {
        return true;
    }
    let Some(second) = &later.written.when else { return false };
    if first.text().trim() == second.text().trim() {
        return true;
    }
    match (guards::limit(first), guards::limit(second)) {
        (Some(first), Some(second)) => first.covers(&second),
        _ => false,
    }
}
