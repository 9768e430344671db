//! CF414: a transfer without `transferee` in a group, or with one in a 1:1 call.

use std::collections::BTreeMap;

use lang::{Code, Finding};
use machine::actions::{Arguments, Written};

use super::{Rule, Subject};
use crate::product::{Met, Others, What};

pub(super) const RULE: Rule = Rule { check };

/// Only on what is certain on every path (clarification 52). Source: reference 9.2.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut transfers: BTreeMap<usize, Vec<(&Met<'_>, &Written, Others)>> = BTreeMap::new();
    for met in &subject.product.met {
        if let (What::Transfers(others), Some(action)) = (&met.what, met.action) {
            transfers.entry(action.name.start).or_default().push((met, action, *others));
        }
    }
    for met_there in transfers.values() {
        let Some((met, action, _)) = met_there.first() else { continue };
        let Arguments::Transfer(transfer) = &action.arguments else { continue };
        let others: Vec<_> = met_there.iter().map(|(.., others)| *others).collect();
        let Some(fault) = fault(transfer.transferee.is_some(), &others) else { continue };
        let mut finding = Finding::error(Code(414), action.name, fault.headline)
            .label("refused")
            .note(fault.note)
            .help(fault.help);
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}

/// What is wrong with a transfer, in words.
pub(super) struct Fault {
    headline: &'static str,
    /// The same, behind the name of the action.
    pub(super) inside: &'static str,
    note: &'static str,
    pub(super) help: &'static str,
}

/// What is wrong with a transfer that has a `transferee` or has none, among so many others on each way to it.
pub(super) fn fault(has_transferee: bool, others: &[Others]) -> Option<Fault> {
    let all = |wanted: Others| others.iter().all(|others| *others == wanted);
    match has_transferee {
        false if all(Others::Several) => Some(Fault {
            headline: "`transfer` in a group does not say whom to hand over",
            inside: "does not say whom to hand over, in a group",
            note: "with several in the call, the provider cannot tell who is meant",
            help: "give `transferee`, such as `transferee: \"${call.from}\"`",
        }),
        true if all(Others::One) => Some(Fault {
            headline: "`transferee` in a call with one other party",
            inside: "has a `transferee`, in a call with one other party",
            note: "the other party is meant anyway, and the provider refuses to be told",
            help: "leave `transferee` out",
        }),
        _ => None,
    }
}
