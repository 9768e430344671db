//! What is wrong in a sub-flow on the call of the flow that runs it, and not by itself (clarification 22): told
//! where it is run, under the code of the rule that it breaks.

use std::collections::HashSet;

use lang::{Code, Finding};
use machine::actions::{ActionKind, Arguments, Written};
use machine::ids::StateId;

use super::{Rule, Subject, cf401_illegal_action, cf414_transferee};
use crate::product::{Met, Others, What};
use crate::surroundings::Fault;

pub(super) const RULE: Rule = Rule { check };

/// One finding for each sub-flow and code.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let (model, product) = (subject.model, subject.product);
    let mut told = HashSet::new();
    for met in &product.inner {
        let Some(action) = met.action else { continue };
        let Some((what, help)) = describe(subject, met, action) else { continue };
        let Some(state) = outermost(subject, met.leaf) else { continue };
        let Some(run) = model.run(state) else { continue };
        let by_itself = subject.surroundings.subflows.get(run.name.value.as_str());
        if by_itself.is_some_and(|summary| summary.has(&Fault::of(model, met))) {
            continue;
        }
        let code = Code(met.what.code());
        if !told.insert((&run.name.value, code.0)) {
            continue;
        }
        let name = action.kind().spec().name;
        let headline = format!("`{name}` of sub-flow `{}` {what}", run.name.value);
        let finding = match met.what {
            What::MediaOverlaps(_) | What::Kept(_) => Finding::warning(code, run.name.span, headline),
            _ => Finding::error(code, run.name.span, headline),
        };
        let mut finding = finding.label("on the call of this flow").help(help);
        finding.trace = product.trace(&met.via);
        found.push(finding);
    }
}

/// What the action does wrong, and what to do about it; `None`: nothing that depends on the call.
fn describe(subject: &Subject<'_>, met: &Met<'_>, action: &Written) -> Option<(String, String)> {
    let (what, help) = match &met.what {
        What::Illegal(_) | What::WhileTransferring => {
            let why = cf401_illegal_action::why(&met.what);
            return Some((format!("is not possible here: {why}"), "run it while the call is up".to_owned()));
        }
        What::MediaOverlaps(_) => (
            "may come while earlier media still runs",
            "wait for the result of what plays before you run the sub-flow, or post `cancelMedia`",
        ),
        What::PrivateOverlaps(_) => (
            "may come while other private media runs",
            "wait for its result before you run the sub-flow, or post `cancelMedia`",
        ),
        What::ListensToNobody => (
            "does not say to whom of the group it listens",
            "give its `participant`, which the sub-flow may be passed as an input",
        ),
        What::NoOptions => (
            "needs options that this call was not brought up with",
            "give `transcription` or `mediaStreaming` where the call is answered or created, or under `defaults`",
        ),
        What::NotStarted if action.kind() != ActionKind::CancelAddParticipant => {
            ("stops or changes what was not started on this call", "start it before you run the sub-flow")
        }
        What::NotStarted => (
            "has no invitation to withdraw on this call",
            "post `addParticipant` before you run the sub-flow",
        ),
        What::Speechless(_) => (
            "needs a speech service that this call does not have",
            "give `cognitiveServicesEndpoint` where the call is answered or created, or once under `defaults`",
        ),
        What::Kept(_) => (
            "asks for something sensitive while the call is recorded or transcribed",
            "post `pauseRecording` or `stopTranscription` before you run the sub-flow",
        ),
        What::Transfers(_) => {
            let Arguments::Transfer(transfer) = &action.arguments else { return None };
            let same = |other: &&Met<'_>| other.action.is_some_and(|other| std::ptr::eq(other, action));
            let others: Vec<Others> = subject
                .product
                .inner
                .iter()
                .filter(same)
                .filter_map(|met| if let What::Transfers(others) = met.what { Some(others) } else { None })
                .collect();
            let fault = cf414_transferee::fault(transfer.transferee.is_some(), &others)?;
            (fault.inside, fault.help)
        }
        What::FailureUnhandled(_)
        | What::SuccessUnhandled(_)
        | What::ResultsElsewhere
        | What::EndsWhileUp(_)
        | What::WaitsForever => return None,
    };
    Some((what.to_owned(), help.to_owned()))
}

/// The state of this flow that runs the sub-flow which another state stands in.
fn outermost(subject: &Subject<'_>, inner: StateId) -> Option<StateId> {
    subject.model.outward(inner).find(|state| subject.model.is_own(*state))
}
