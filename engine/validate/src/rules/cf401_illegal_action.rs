//! CF401: an action that is not legal in a phase in which the state can be entered.

use lang::{Code, Finding};
use machine::protocol::Phase;

use super::{Rule, Subject, is_told, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    // A flow that goes on behind the end of its call is told so already.
    let has_no_end = is_told(found, &[305]);
    let illegal = |what: &What| match what {
        What::Illegal(phase) => !(has_no_end && *phase == Phase::Gone),
        what => *what == What::WhileTransferring,
    };
    for (met, action) in once_per_action(subject.product, illegal) {
        let name = action.kind().spec().name;
        let why = why(&met.what);
        let mut finding =
            Finding::error(Code(401), action.name, format!("`{name}` is not possible here: {why}"))
                .label("the provider would refuse it")
                .help(help(&met.what, name));
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}

/// Why not, in a clause.
pub(super) fn why(what: &What) -> &'static str {
    match what {
        What::Illegal(Phase::Idle) => "there is no call yet",
        What::Illegal(Phase::Ringing) => "the call is still ringing",
        What::Illegal(Phase::Connecting) => "the call is not up yet",
        What::Illegal(Phase::Connected) => "the call is up already",
        What::Illegal(Phase::Gone) => "the call is over, or no longer ours",
        _ => "a transfer is under way, which allows nothing but hanging up",
    }
}

fn help(what: &What, name: &str) -> String {
    match what {
        What::Illegal(Phase::Idle) => "create the call or connect to one first".to_owned(),
        What::Illegal(Phase::Ringing) => "answer first, and wait for `CallConnected`".to_owned(),
        What::Illegal(Phase::Connecting) => "wait for `CallConnected` first".to_owned(),
        What::Illegal(Phase::Connected) => format!("a call that is up cannot take `{name}`: remove it"),
        What::Illegal(Phase::Gone) => "end the run instead: `end: completed`".to_owned(),
        _ => "wait for `CallTransferAccepted` or `CallTransferFailed` first".to_owned(),
    }
}
