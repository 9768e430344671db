//! CF203, CF206: a flow that is to be told of recordings, and does not exist or cannot begin with what it is told.

use lang::nearest::{is_sure, nearest};
use lang::{Code, Finding, Span};
use machine::draft::{Input, Recipient};
use machine::notice::{FACTS, fact};

use crate::Candidate;

/// A flow that does not exist, or does not begin in this way.
const CODE_FLOW: Code = Code(203);
/// Inputs that do not fit.
const CODE_INPUTS: Code = Code(206);

/// `names` are those of the candidates, of which the first so many are asked for.
pub(crate) fn check(names: &[String], candidates: &mut [Candidate], asked: usize) {
    for index in 0..asked {
        let Some(draft) = &candidates[index].draft else { continue };
        let Some(Recipient::Flow(told)) = &draft.recipient else { continue };
        let found = judge(names, candidates, &told.value, told.span);
        candidates[index].found.extend(found);
    }
}

fn judge(names: &[String], candidates: &[Candidate], name: &str, span: Span) -> Vec<Finding> {
    let Some(at) = names.iter().position(|other| other == name) else {
        return vec![unknown(names, candidates, name, span)];
    };
    // Its own file tells why it cannot be read.
    let Some(draft) = &candidates[at].draft else { return Vec::new() };
    if draft.start.api.is_none() {
        let headline = format!("`{name}` cannot be begun for a recording");
        let finding = Finding::error(CODE_FLOW, span, headline)
            .label("this flow waits for a call, or for other flows")
            .note("who is told begins without a call, as one that the API starts")
            .help("write `api: {}` under its `start`");
        return vec![finding];
    }
    let wrong = |input: &Input| match fact(&input.name.value) {
        Some(kind) if kind == input.kind => None,
        Some(kind) => Some(format!("`{}` is {}", input.name.value, kind.describe())),
        None if input.required && input.default.is_none() => {
            Some(format!("nothing is told of `{}`, which is required", input.name.value))
        }
        None => None,
    };
    let wrong: Vec<String> = draft.inputs.iter().filter_map(wrong).collect();
    if wrong.is_empty() {
        return Vec::new();
    }
    let known: Vec<&str> = FACTS.iter().map(|(name, _)| *name).collect();
    let finding = Finding::error(CODE_INPUTS, span, format!("`{name}` cannot begin with what it is told"))
        .label(wrong.join("; "))
        .note(format!("told of each file: {}", known.join(", ")))
        .help(format!("change them under `input` of `{name}`"));
    vec![finding]
}

fn unknown(names: &[String], candidates: &[Candidate], name: &str, span: Span) -> Finding {
    let begins =
        |candidate: &&Candidate| candidate.draft.as_ref().is_some_and(|draft| draft.start.api.is_some());
    let able = names.iter().zip(candidates).filter(|(_, candidate)| begins(candidate));
    let able = able.map(|(name, _)| name.as_str());
    let finding = Finding::error(CODE_FLOW, span, format!("no flow is named `{name}`"))
        .label("this flow does not exist")
        .note("who is told of recordings is looked for among the flows of the same folder");
    let finding = match nearest(name, able.clone()) {
        Some(near) => finding.help(format!("did you mean `{near}`?")),
        None => finding.help("write it in a file of its own, with `api: {}` under its `start`"),
    };
    match is_sure(name, able) {
        Some(sure) => finding.fix(span, sure),
        None => finding,
    }
}
