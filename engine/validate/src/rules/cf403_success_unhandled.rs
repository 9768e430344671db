//! CF403: a success event of an action that nothing handles, so that the call would wait forever.

use lang::{Code, Finding};
use machine::actions::{Arguments, Written};
use machine::event::EventKind;

use super::{Rule, Subject, has_no_way_on, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let waits = |what: &What| matches!(what, What::SuccessUnhandled(_) | What::ResultsElsewhere);
    for (met, action) in once_per_action(subject.product, waits) {
        if subject.surroundings.take_care_of(subject.model, met) {
            continue;
        }
        let is_told = |finding: &Finding| finding.code == Code(402) && finding.primary.span == action.name;
        if has_no_way_on(subject, met.leaf, found) || found.iter().any(is_told) {
            continue;
        }
        let name = action.kind().spec().name;
        let state = &subject.model.state(met.leaf).path;
        let finding = match &met.what {
            What::SuccessUnhandled(EventKind::CallTransferAccepted) if hands_over(action) => {
                Finding::error(
                    Code(403),
                    action.name,
                    format!("nothing handles `CallTransferAccepted` of `{name}`"),
                )
                .label("once it is accepted, the call is out of our hands")
                .note("what comes next looks as if the caller had hung up, and a timer would meet a call that is gone")
                .help("handle it: `CallTransferAccepted: { end: transferred }`")
            }
            What::SuccessUnhandled(event) => {
                let event = event.name();
                Finding::error(Code(403), action.name, format!("nothing handles `{event}` of `{name}`"))
                    .label(format!("once it is done, state `{state}` waits for ever"))
                    .note("the caller would hear nothing more, and the call would be billed until somebody hangs up")
                    .help(format!("handle `{event}`, or set a timer under `after`"))
            }
            _ => {
                let key = action.sends_results_by().unwrap_or("operationCallbackUri");
                Finding::error(Code(403), action.name, format!("the results of `{name}` never arrive here"))
                    .label(format!("state `{state}` waits for ever"))
                    .note(format!("`{key}` sends them to another system, past this flow"))
                    .help(format!("leave `{key}` out, or set a timer under `after`"))
            }
        };
        let mut finding = finding;
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}

/// Whether its success takes the call out of our hands.
fn hands_over(action: &Written) -> bool {
    matches!(&action.arguments, Arguments::Transfer(transfer) if transfer.transferee.is_none())
}
