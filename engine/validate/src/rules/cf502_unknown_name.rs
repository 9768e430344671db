//! CF502: an unknown name or field in an expression.

use std::collections::HashMap;

use lang::Finding;

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

/// Unit: places that are shown beside the first one.
const RELATED_MAX: usize = 4;

/// One finding for a name that nothing declares, however often it is read (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told: HashMap<&(&str, String), usize> = HashMap::new();
    for unknown in &subject.typing.unknown {
        let undeclared = unknown.undeclared.as_ref();
        if let Some(first) = undeclared.and_then(|name| told.get(name)) {
            let first = &mut found[*first];
            if first.related.len() < RELATED_MAX {
                let text = "here, too".to_owned();
                first.related.push(lang::Label { span: unknown.finding.primary.span, text });
            }
            continue;
        }
        if let Some(name) = undeclared {
            told.insert(name, found.len());
        }
        found.push(unknown.finding.clone());
    }
}
