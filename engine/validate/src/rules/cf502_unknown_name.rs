//! CF502: an unknown name or field in an expression.

use std::collections::HashMap;

use lang::Finding;
use lang::expr::Read;

use super::{Rule, Subject};
use crate::names::Names;

pub(super) const RULE: Rule = Rule { check };

/// Unit: places that are shown beside the first one.
const RELATED_MAX: usize = 4;

/// One finding for a name that nothing declares, however often it is read (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told: HashMap<(&str, &str), usize> = HashMap::new();
    for unknown in &subject.typing.unknown {
        let undeclared = unknown.read.as_ref().and_then(|read| undeclared(subject.names, read));
        if let Some(first) = undeclared.and_then(|name| told.get(&name)) {
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

/// The root and the name, if the flow declares it nowhere: every other reading of it has the same fault.
fn undeclared<'r>(names: &Names<'_>, read: &'r Read) -> Option<(&'r str, &'r str)> {
    let name = read.path.first()?.as_str();
    let is_declared = match read.root.as_str() {
        "vars" => names.variables.contains_key(name),
        "input" => names.inputs.contains_key(name),
        "config" => names.config.contains_key(name),
        _ => return None,
    };
    (!is_declared).then_some((read.root.as_str(), name))
}
