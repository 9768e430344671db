//! A record as one line of text: for the journal, the command line and the tests alike.

use jiff::Timestamp;

use crate::announcement::Announcement;
use crate::effect::Effect;
use crate::event::Event;
use crate::flow::Flow;
use crate::ids::TimerId;
use crate::input::{Fact, Input, Start, What};
use crate::notice::Told;
use crate::snapshot::Snapshot;
use crate::step::{Account, Landing};

/// One line: the time since the run began, what came in, the states passed, what was asked of the world.
///
/// Phone numbers are masked. `started_at` is when the run began.
#[must_use]
pub fn line(flow: &Flow, started_at: Timestamp, input: &Input, account: &Account) -> String {
    let mut line = format!("{}  {:<38}", clock(started_at, input.at), cause(&input.what, account));
    let path = path(flow, account);
    if !path.is_empty() {
        line.push(' ');
        line.push_str(&path);
    }
    let asked: Vec<_> = account.effects.iter().filter_map(asked).collect();
    if !asked.is_empty() {
        line.push_str("  ! ");
        line.push_str(&asked.join(", "));
    }
    if !account.notes.is_empty() {
        line.push_str("  = ");
        line.push_str(&account.notes.join("; "));
    }
    line.trim_end().to_owned()
}

fn clock(started_at: Timestamp, at: Timestamp) -> String {
    let elapsed = at.duration_since(started_at).as_millis().max(0);
    let (minutes, seconds, millis) = (elapsed / 60_000, elapsed / 1000 % 60, elapsed % 1000);
    format!("{minutes:02}:{seconds:02}.{millis:03}")
}

/// Unit: transitions of one step that are shown. More is a flow that loops without waiting.
const HOPS_SHOWN: usize = 12;

fn cause(what: &What, account: &Account) -> String {
    match what {
        What::Start(beginning) => match &beginning.start {
            Start::Incoming(incoming) => format!("IncomingCall {}", incoming.from.masked()),
            Start::Api { .. } => "started by the API".to_owned(),
        },
        What::Event(event) => happening(event, account.is_sensitive),
        What::Timer(TimerId::After(..)) => {
            account.path.first().and_then(|hop| hop.on.clone()).unwrap_or_else(|| "timer".to_owned())
        }
        What::Timer(TimerId::Held) => "waited for the other event".to_owned(),
        What::Timer(TimerId::Gone) => "waited for CallDisconnected".to_owned(),
        What::Timer(TimerId::HangUp) => "time to hang up again".to_owned(),
        What::Timer(TimerId::Ringing) => "rang long enough".to_owned(),
        What::Timer(TimerId::Tell(_)) => "time to tell again".to_owned(),
        What::Timer(TimerId::Connecting) => "takes too long to come up".to_owned(),
        What::Timer(TimerId::Overdue(operation)) => format!("no result of #{operation}"),
        What::Timer(TimerId::Quiet) => "nothing was heard for long".to_owned(),
        What::Acknowledged { operation, .. } => format!("accepted #{operation}"),
        What::Refused { operation, refusal } => match refusal.sub_code {
            Some(sub_code) => format!("refused #{operation} {}/{sub_code}", refusal.status),
            None => format!("refused #{operation} {}", refusal.status),
        },
        What::Learned(Fact::CallLives) => "found out: the call lives".to_owned(),
        What::Learned(Fact::CallUp) => "found out: the call is up".to_owned(),
        What::Learned(Fact::InCall { participants, recovered: false }) => {
            format!("found out: {} in the call", participants.len())
        }
        What::Learned(Fact::InCall { participants, recovered: true }) => {
            format!("Recovered ({})", participants.len())
        }
        What::Learned(Fact::CallGone) => "found out: the call is gone".to_owned(),
        What::Announced(announcement) => announced(announcement),
        What::Told { notice, told } => match told {
            Told::Begun(run) => format!("told #{notice}: began {run}"),
            Told::Taken(status) => format!("told #{notice} {status}"),
            Told::NotYet(_) | Told::Never(_) => format!("could not tell #{notice}"),
        },
        What::Cancel => "ended through the API".to_owned(),
    }
}

fn announced(announcement: &Announcement) -> String {
    let detail = match announcement {
        Announcement::CallStarted | Announcement::CallEnded => None,
        Announcement::CallParticipantAdded(who) | Announcement::CallParticipantRemoved(who) => {
            who.as_ref().map(|who| who.masked())
        }
        Announcement::RecordingFileStatusUpdated(recorded) => Some(format!("({})", recorded.documents.len())),
    };
    match detail {
        Some(detail) => format!("{} {detail}", announcement.name()),
        None => announcement.name().to_owned(),
    }
}

fn happening(event: &Event, is_sensitive: bool) -> String {
    let name = event.kind.name();
    let detail = if is_sensitive {
        Some("(hidden)".to_owned())
    } else if event.kind.is_failure() {
        event.sub_code.or(event.code).map(|code| code.to_string())
    } else {
        let said = event.digits.as_ref().or(event.label.as_ref()).or(event.speech.as_ref());
        let said = said.filter(|text| !text.is_empty()).map(|text| lang::value::masked(text));
        let counted = || event.participants.as_ref().map(|people| format!("({})", people.len()));
        let status = || event.status.map(|status| status.to_string());
        let who = || event.participant.as_ref().map(|who| who.masked());
        said.or_else(who).or_else(counted).or_else(status).or_else(|| event.state.clone())
    };
    match detail {
        Some(detail) => format!("{name} {detail}"),
        None => name.to_owned(),
    }
}

fn path(flow: &Flow, account: &Account) -> String {
    let mut text = String::new();
    for hop in account.path.iter().take(HOPS_SHOWN) {
        let from = hop.from.map(|state| flow.state_name(state));
        if text.is_empty()
            && let Some(from) = from
        {
            text.push_str(from);
        }
        match &hop.to {
            Landing::Stay => {}
            Landing::State(state) => {
                text.push_str(if text.is_empty() { "-> " } else { " -> " });
                text.push_str(flow.state_name(*state));
            }
            Landing::End(outcome) => {
                text.push_str(if text.is_empty() { "-> " } else { " -> " });
                text.push_str(&format!("end: {outcome}"));
            }
        }
    }
    if let Some(more) = account.path.len().checked_sub(HOPS_SHOWN + 1) {
        text.push_str(&format!(" -> … ({} more)", more + 1));
    }
    text
}

fn asked(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Post { operation, action } => Some(format!("{} #{operation}", action.kind().spec().name)),
        Effect::Tell(notice) => Some(format!("tell #{notice}")),
        Effect::AskCall => Some("ask for the call".to_owned()),
        Effect::Log { message, .. } => Some(format!("log \"{}\"", lang::value::masked(message))),
        Effect::End(outcome) => Some(format!("run over: {outcome}")),
        Effect::SetTimer { .. } | Effect::CancelTimer(_) => None,
    }
}

/// Where a run stands, in a few words: its state, or its outcome.
#[must_use]
pub fn standing(flow: &Flow, snapshot: &Snapshot) -> String {
    match (snapshot.outcome(), snapshot.leaf()) {
        (Some(outcome), _) => outcome.to_string(),
        (None, Some(leaf)) => flow.state_name(leaf.state).to_owned(),
        (None, None) => "?".to_owned(),
    }
}
