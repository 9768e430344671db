//! CF502: an unknown name or field in an expression.

use lang::Finding;

use super::{Rule, Subject};
use crate::typing::UNKNOWN;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    found.extend(subject.typing.iter().filter(|finding| finding.code == UNKNOWN).cloned());
}
