//! CF409: media posted while the earlier prompt or recognition may still run.

use std::collections::HashSet;

use lang::{Code, Finding};
use machine::actions::Arguments;

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    for (met, action) in once_per_action(subject.product, |what| matches!(what, What::MediaOverlaps(_))) {
        let What::MediaOverlaps(earlier) = met.what else { continue };
        // What the provider refuses does not wait behind anything (clarification 13).
        if found.iter().any(|finding| finding.code == Code(412) && finding.primary.span == action.name) {
            continue;
        }
        // What repeats and is never stopped is one fault, however many come behind it.
        let repeats = subject
            .product
            .action(earlier)
            .is_some_and(|action| matches!(&action.arguments, Arguments::Play(play) if play.repeats()));
        if repeats && !told.insert(earlier) {
            continue;
        }
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
