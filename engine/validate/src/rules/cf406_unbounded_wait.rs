//! CF406: a wait with no timer for an event that may never come.

use std::collections::HashSet;

use lang::{Code, Finding};

use super::{Rule, Subject};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    for met in &subject.product.met {
        if met.what != What::WaitsForever
            || subject.surroundings.take_care_of(subject.model, met)
            || !told.insert(met.leaf)
        {
            continue;
        }
        let name = &subject.model.written(met.leaf).name;
        let mut finding =
            Finding::warning(Code(406), name.span, format!("state `{}` may wait for ever", name.value))
                .label("what it waits for may never come")
                .note("nobody is bound to press a key, and no outside system to send its event")
                .help("set a timer under `after`, such as `60s: goodbye`");
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
