//! CF414: a transfer without `transferee` in a group, or with one in a 1:1 call.

use std::collections::BTreeMap;

use lang::{Code, Finding};
use machine::actions::Arguments;

use super::{Rule, Subject};
use crate::product::{Met, Others, What};

pub(super) const RULE: Rule = Rule { check };

/// Only on what is certain on every path (clarification 52). Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut transfers: BTreeMap<usize, Vec<(&Met<'_>, Others)>> = BTreeMap::new();
    for met in &subject.product.met {
        if let (What::Transfers(others), Some(action)) = (&met.what, met.action) {
            transfers.entry(action.name.start).or_default().push((met, *others));
        }
    }
    for (at, met_at) in transfers {
        let Some(action) = subject.product.action(at) else { continue };
        let Arguments::Transfer(transfer) = &action.arguments else { continue };
        let all = |wanted: Others| met_at.iter().all(|(_, others)| *others == wanted);
        let (headline, note, help) = if transfer.transferee.is_none() && all(Others::Several) {
            (
                "`transfer` in a group does not say whom to hand over",
                "with several in the call, the provider cannot tell who is meant",
                "give `transferee`, such as `transferee: \"${call.from}\"`",
            )
        } else if transfer.transferee.is_some() && all(Others::One) {
            (
                "`transferee` in a call with one other party",
                "the other party is meant anyway, and the provider refuses to be told",
                "leave `transferee` out",
            )
        } else {
            continue;
        };
        let mut finding =
            Finding::error(Code(414), action.name, headline).label("refused").note(note).help(help);
        finding.trace = met_at.first().map(|(met, _)| subject.product.trace(&met.via)).unwrap_or_default();
        found.push(finding);
    }
}
