//! CF206: a required `input` that is not passed to a sub-flow, or one that it does not take.

use lang::nearest::{is_sure, nearest};
use lang::{Code, Finding};
use machine::draft::Body;

use super::{Rule, Subject};

pub(super) const RULE: Rule = Rule { check };

const CODE: Code = Code(206);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let runs = subject.model.ids().filter_map(|id| subject.model.run(id));
    for (run, body) in runs.filter_map(|run| Some((run, run.body.as_deref()?))) {
        let flow = &run.name.value;
        let passed = |name: &str| run.with.iter().any(|(other, _)| other.value == name);
        let mut free: Vec<&str> = inputs(body).filter(|name| !passed(name)).collect();
        for (name, _) in run.with.iter().filter(|(name, _)| !inputs(body).any(|input| input == name.value)) {
            let headline = format!("sub-flow `{flow}` takes no input `{}`", name.value);
            let finding = Finding::error(CODE, name.span, headline).label("it does not declare it");
            let sure = is_sure(&name.value, free.iter().copied());
            found.push(match nearest(&name.value, free.iter().copied()) {
                Some(near) => {
                    // What is only misspelt is not missing as well.
                    free.retain(|other| *other != near);
                    let finding = finding.help(format!("did you mean `{near}`?"));
                    match sure {
                        Some(sure) => finding.fix(name.span, sure),
                        None => finding,
                    }
                }
                None => finding.help(format!("remove it, or declare it under `input` of `{flow}`")),
            });
        }
        let required = body.flow.inputs.iter().filter(|input| input.required && input.default.is_none());
        let missing: Vec<_> = required.filter(|input| free.contains(&input.name.value.as_str())).collect();
        if let Some(first) = missing.first() {
            let names = missing.iter().map(|input| format!("`{}`", input.name.value)).collect::<Vec<_>>();
            let (what, they) = if missing.len() == 1 { ("input", "it") } else { ("inputs", "them") };
            found.push(
                Finding::error(
                    CODE,
                    run.name.span,
                    format!("sub-flow `{flow}` is not given {what} {}", names.join(", ")),
                )
                .label(format!("it cannot begin without {they}"))
                .note("the call would fail at this state, with `ExpressionFailed`")
                .help(format!("pass {they} under `with`: `{}: …`", first.name.value)),
            );
        }
    }
}

fn inputs(body: &Body) -> impl Iterator<Item = &str> {
    body.flow.inputs.iter().map(|input| input.name.value.as_str())
}
