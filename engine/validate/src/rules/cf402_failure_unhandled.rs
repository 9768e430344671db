//! CF402: a failure event of an action that nothing handles.

use std::collections::HashSet;

use lang::{Code, Finding};

use super::{Rule, Subject, has_no_way_on};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    for met in &subject.product.met {
        let (What::FailureUnhandled(event), Some(action)) = (&met.what, met.action) else { continue };
        if subject.surroundings.take_care_of(subject.model, met)
            || has_no_way_on(subject, met.leaf, found)
            || !told.insert((action.name, event.name().to_owned()))
        {
            continue;
        }
        let (name, event) = (action.kind().spec().name, event.name());
        let mut finding =
            Finding::error(Code(402), action.name, format!("nothing handles `{event}` of `{name}`"))
                .label(format!("what if it fails in state `{}`?", subject.model.state(met.leaf).path))
                .note("the call would be hung up in the caller's face, and the run would end with `error`")
                .help(format!("handle `{event}` or `AnyFailure`, with a last branch without `when`"));
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
