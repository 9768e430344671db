//! CF502: an unknown name or field in an expression.

use std::collections::HashMap;

use lang::Finding;

use super::{Rule, Subject};
use crate::typing::UNKNOWN;

pub(super) const RULE: Rule = Rule { check };

/// Unit: places that are shown beside the first one.
const RELATED_MAX: usize = 4;

/// One finding for a name that nothing declares, however often it is read (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told: HashMap<&str, usize> = HashMap::new();
    for finding in subject.typing.iter().filter(|finding| finding.code == UNKNOWN) {
        let is_undeclared = finding.message.starts_with("no ");
        match told.get(finding.message.as_str()).filter(|_| is_undeclared) {
            Some(first) => {
                let first = &mut found[*first];
                if first.related.len() < RELATED_MAX {
                    let text = "here, too".to_owned();
                    first.related.push(lang::Label { span: finding.primary.span, text });
                }
            }
            None => {
                told.insert(&finding.message, found.len());
                found.push(finding.clone());
            }
        }
    }
}
