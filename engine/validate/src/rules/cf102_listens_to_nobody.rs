//! CF102: in a group, a recognition that does not say whom to listen to.

use lang::{Code, Finding};

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

/// Clarification 40. Source: reference 2.4.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| *what == What::ListensToNobody) {
        let mut finding = Finding::error(
            Code(102),
            action.arguments_span,
            "`participant` is missing in the arguments of `recognize`",
        )
        .label("to whom of the group should it listen?")
        .note("with one other party in the call that one is meant; with several the provider must be told")
        .help("give `participant`, such as `participant: \"${call.from}\"`");
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
