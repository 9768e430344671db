//! CF414: a transfer without `transferee` in a group, or with one in a 1:1 call.

use std::collections::BTreeMap;

use lang::{Code, Finding};
use machine::actions::Arguments;

use super::{Rule, Subject};
use crate::product::{Met, Party, What};

pub(super) const RULE: Rule = Rule { check };

/// Only on what is certain on every path (clarification 52). Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut transfers: BTreeMap<usize, Vec<(&Met<'_>, Party)>> = BTreeMap::new();
    for met in &subject.product.met {
        if let (What::Transfers(party), Some(action)) = (&met.what, met.action) {
            transfers.entry(action.name.start).or_default().push((met, *party));
        }
    }
    for (at, parties) in transfers {
        let Some(action) = subject.product.action(at) else { continue };
        let Arguments::Transfer(transfer) = &action.arguments else { continue };
        let all = |wanted: Party| parties.iter().all(|(_, party)| *party == wanted);
        let (headline, note, help) = if transfer.transferee.is_none() && all(Party::Several) {
            (
                "`transfer` in a group does not say whom to hand over",
                "with several in the call, the provider cannot tell who is meant",
                "give `transferee`, such as `transferee: \"${call.from}\"`",
            )
        } else if transfer.transferee.is_some() && all(Party::One) {
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
        finding.trace = parties.first().map(|(met, _)| subject.product.trace(&met.via)).unwrap_or_default();
        found.push(finding);
    }
}
