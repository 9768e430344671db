//! CF412: private media that the API refuses while other private media may run.

use lang::{Code, Finding};

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

/// Source: reference 9.4.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| matches!(what, What::PrivateOverlaps(_))) {
        let What::PrivateOverlaps(earlier) = met.what else { continue };
        let name = action.kind().spec().name;
        let finding =
            Finding::error(Code(412), action.name, format!("`{name}` while other private media may run"))
                .label("the provider refuses it (412)")
                .note("only one operation at a time may play to, or listen to, some of a call")
                .help("wait for the result of the earlier one, or post `cancelMedia` first");
        let mut finding = match subject.product.shown(earlier) {
            Some(earlier) if earlier != action.name => finding.related(earlier, "this may still run"),
            Some(_) | None => finding,
        };
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
