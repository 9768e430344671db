//! CF410: cancelling, stopping or resuming something that was not started on every path.

use lang::{Code, Finding};

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| *what == What::NothingInvited) {
        let name = action.kind().spec().name;
        let mut finding = Finding::error(Code(410), action.name, format!("`{name}` without an invitation"))
            .label("on this path nobody was invited")
            .note("there is nothing to withdraw, so the action fails")
            .help("post `addParticipant` on every path that leads here");
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
