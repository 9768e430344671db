//! CF409: media posted while the earlier prompt or recognition may still run.

use lang::{Code, Finding};

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| matches!(what, What::MediaOverlaps(_))) {
        let What::MediaOverlaps(earlier) = met.what else { continue };
        let name = action.kind().spec().name;
        let finding = Finding::warning(
            Code(409),
            action.name,
            format!("`{name}` may come while earlier media still runs"),
        )
        .label("it would wait behind it")
        .note("the caller would hear the rest of the earlier one first")
        .help("wait for its result, post `cancelMedia` first, or write `interrupt: true`");
        let mut finding = match subject.product.shown(earlier) {
            Some(earlier) if earlier != action.name => finding.related(earlier, "this may still run"),
            Some(_) | None => finding,
        };
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
