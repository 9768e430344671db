//! CF503: a type error in an expression, or a value of the wrong type for an argument.

use lang::Finding;

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    found.extend(subject.typing.mistyped.iter().cloned());
}
