//! CF204: an outcome of a sub-flow that is not handled, or one that is handled and impossible.

use lang::nearest::{is_sure, nearest};
use lang::{Code, Finding};
use machine::draft;
use machine::ids::{Outcome, StateId};

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

const CODE: Code = Code(204);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for id in subject.model.ids() {
        let Some(run) = subject.model.run(id) else { continue };
        let named = |name: &str| run.outcomes.iter().any(|outcome| outcome.name.value == name);
        let mut missing: Vec<&str> = subject.outcomes.named(id).filter(|name| !named(name)).collect();
        for outcome in run.outcomes.iter().filter(|outcome| is_impossible(subject, id, &outcome.name.value)) {
            found.push(impossible(run, outcome, &mut missing));
        }
        if !missing.is_empty() {
            found.push(unhandled(run, &missing));
        }
    }
}

/// What the engine gives may come at any time an expression fails, or where nobody handles the end of the call.
fn is_impossible(subject: &Subject<'_>, id: StateId, name: &str) -> bool {
    match name {
        Outcome::ERROR => false,
        Outcome::DISCONNECTED => !subject.product.unhandled_ends.contains(&(id, Outcome::DISCONNECTED)),
        _ => subject.outcomes.kind(id, name).is_none(),
    }
}

/// A misspelt outcome stands for the one that is meant, which then is not missing.
fn impossible(run: &draft::Run, outcome: &draft::OutcomeHandler, missing: &mut Vec<&str>) -> Finding {
    let (name, flow) = (&outcome.name.value, &run.name.value);
    let finding =
        Finding::error(CODE, outcome.name.span, format!("sub-flow `{flow}` never ends with `{name}`"))
            .label("this outcome is impossible");
    if name == Outcome::DISCONNECTED {
        return finding
            .note("the end of the call is handled before it could end the sub-flow")
            .help("remove it; `CallDisconnected` leads on already");
    }
    let sure = is_sure(name, missing.iter().copied());
    match nearest(name, missing.iter().copied()) {
        Some(near) => {
            missing.retain(|other| *other != near);
            let finding = finding.help(format!("did you mean `{near}`?"));
            match sure {
                Some(sure) => finding.fix(outcome.name.span, sure),
                None => finding,
            }
        }
        None => finding.help(format!("remove it, or let an `end` of `{flow}` say `{name}`")),
    }
}

fn unhandled(run: &draft::Run, missing: &[&str]) -> Finding {
    let flow = &run.name.value;
    let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let headline = match missing {
        [one] => format!("nothing handles outcome `{one}` of sub-flow `{flow}`"),
        _ => format!("nothing handles the outcomes {names} of sub-flow `{flow}`"),
    };
    Finding::error(CODE, run.name.span, headline)
        .label("where does the call go then?")
        .note("the call would be hung up in the caller's face, and the run would end with `error`")
        .help(format!("name it under `outcomes`: `{}: …`", missing[0]))
}
