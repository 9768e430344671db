//! CF101: what an `end` gives back is not declared under `output`.

use lang::nearest::{is_sure, nearest};
use lang::{Code, Finding};

use super::{Rule, Subject};
use crate::names::Names;
use crate::places::{Passed, Purpose, Receiver, for_each_formula};

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for_each_formula(subject.model, &mut |place, _| {
        let Purpose::Passed(passed) = place.purpose else { return };
        let is_output = matches!(passed.to, Receiver::Caller);
        if is_output && !subject.names.output.contains_key(passed.name.value.as_str()) {
            found.push(finding(&passed, subject.names));
        }
    });
}

fn finding(passed: &Passed<'_>, names: &Names<'_>) -> Finding {
    let name = &passed.name.value;
    let headline = format!("`{name}` is no output of this flow");
    let finding = Finding::error(Code(101), passed.name.span, headline).label("not declared");
    let finding = match nearest(name, names.output.keys().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help(format!("declare it under `output` of the flow: `{name}: string`")),
    };
    match is_sure(name, names.output.keys().copied()) {
        Some(sure) => finding.fix(passed.name.span, sure),
        None => finding,
    }
}
