//! CF405: an end that leaves the call up.

use std::collections::HashSet;

use lang::{Code, Finding};

use super::{Rule, Subject};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    for met in &subject.product.met {
        let What::EndsWhileUp(span) = met.what else { continue };
        if !told.insert(span) {
            continue;
        }
        let mut finding = Finding::error(Code(405), span, "the run ends while the call is up")
            .label("nobody hangs up")
            .note("the caller would be cut off by the engine, without a word, instead of by the flow")
            .help("hang up first, and end when `CallDisconnected` comes");
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
