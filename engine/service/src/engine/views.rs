//! What the API shows of runs, journals and flows.

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::Value;
use machine::announcement::Recorded;
use machine::effect::Effect;
use machine::flow::Type;
use machine::input::{Start, What};
use machine::step::{Hop, Landing};
use machine::{Flow, trace};
use serde::Serialize;

use crate::flows::Origin;
use crate::journal::Record;
use crate::runs;
use crate::store::{Cursor, RunId, RunRow, Version};

/// One run, as it stands.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// Its id.
    pub id: RunId,
    /// The flow's name.
    pub flow: String,
    /// The flow version.
    pub flow_hash: String,
    /// The innermost active state, or `starting`, `closing`, `ended`.
    pub state: String,
    /// Where its call stands.
    pub phase: &'static str,
    /// Whether it goes on.
    pub live: bool,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Who calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Who is called.
    pub to: Vec<String>,
    /// The flow's variables.
    pub vars: IndexMap<String, serde_json::Value>,
    /// The sub-flows that are running, the outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subflows: Vec<SubflowView>,
    /// The application's leg.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// The provider's name of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    /// The chain of calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The latest roster.
    pub participants: Vec<ParticipantView>,
    /// The files of its recordings, once they were announced: mostly after the call.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recording_files: Vec<Recorded>,
    /// How many entries its journal has.
    pub entries: u64,
}

/// Somebody in a call.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantView {
    /// Who.
    pub identifier: String,
    /// Muted.
    pub is_muted: bool,
    /// On hold.
    pub is_on_hold: bool,
}

/// Which runs, and from where on.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only runs of this flow.
    pub flow: Option<String>,
    /// Only live runs, or only ended ones.
    pub live: Option<bool>,
    /// The [`RunPage::next`] of the page before.
    pub before: Option<Cursor>,
    /// How many at most; `None`: as many as fit on a page.
    pub limit: Option<usize>,
}

/// A page of the list of runs, the latest first.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunSummary>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

/// One line of the list of runs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// The run.
    pub id: RunId,
    /// The flow's name.
    pub flow: String,
    /// The innermost active state, or `starting`, `closing`, `ended`.
    pub state: String,
    /// Whether it goes on.
    pub live: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// Some entries of a journal, in order.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalPage {
    /// The entries.
    pub entries: Vec<EntryView>,
    /// Whether more may come: the run goes on, or has entries after these.
    pub more: bool,
}

/// One entry of a journal.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// Counted from 1.
    pub number: u64,
    /// When the input was accepted.
    pub at: Timestamp,
    /// The whole entry as one line for people; phone numbers are masked.
    pub line: String,
    /// What came in.
    pub input: InputView,
    /// The transitions.
    pub path: Vec<HopView>,
    /// What was asked of the world: names of actions, timers and outcomes.
    pub effects: Vec<String>,
    /// What an operator should know.
    pub notes: Vec<String>,
}

/// What came in.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InputView {
    /// `start`, `event`, `timer`, `acknowledged`, `refused`, `learned`, `announced` or `cancel`.
    pub kind: &'static str,
    /// The name of the event or announcement, or how the run began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// One transition.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HopView {
    /// What was reacted to; absent where a state waited for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The innermost state before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The innermost state after; absent if none was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The outcome, if the flow ended here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
}

/// The flows that take calls.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowSetView {
    /// Names and versions of all of them as one hash.
    pub hash: String,
    /// Where they come from.
    pub from: Origin,
    /// The flows.
    pub flows: Vec<FlowView>,
}

/// A flow that takes calls.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowView {
    /// Its name.
    pub name: String,
    /// Its version.
    pub hash: String,
    /// The author's line about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it takes incoming calls.
    pub incoming: bool,
    /// Whether the API may start it.
    pub api: bool,
}

/// A sub-flow that is running.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubflowView {
    /// Its name.
    pub flow: String,
    /// What it was given.
    pub input: IndexMap<String, serde_json::Value>,
    /// Its variables.
    pub vars: IndexMap<String, serde_json::Value>,
}

/// Whether the engine can do its work.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Readiness {
    /// Whether the store takes records.
    pub store: bool,
    /// How many flows take calls.
    pub flows: usize,
    /// Whether it is going down.
    pub draining: bool,
    /// The files hold flows that cannot serve; those that were loaded before go on serving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_flows: Option<RefusedFlows>,
}

/// Flows that were refused when the files were loaded. Why is in the log.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedFlows {
    /// When.
    pub at: Timestamp,
}

impl Readiness {
    /// Whether calls may be sent here.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.store && self.flows > 0 && !self.draining
    }
}

pub(super) fn run(id: RunId, version: Version, flow: &Flow, record: &Record) -> RunView {
    let snapshot = &record.snapshot;
    let call = &snapshot.call;
    RunView {
        id,
        flow: flow.name().to_owned(),
        flow_hash: snapshot.flow.to_string(),
        state: runs::status(flow, snapshot).to_owned(),
        phase: call.phase.name(),
        live: !snapshot.is_ended(),
        outcome: snapshot.outcome().map(ToString::to_string),
        started_at: snapshot.started_at,
        ended_at: record.ended_at,
        from: call.from.as_ref().map(ToString::to_string),
        to: call.to.iter().map(ToString::to_string).collect(),
        vars: values(&snapshot.vars),
        subflows: snapshot
            .frames
            .iter()
            .map(|frame| SubflowView {
                flow: flow.scope(frame.scope).name.clone(),
                input: values(&frame.input),
                vars: values(&frame.vars),
            })
            .collect(),
        connection_id: call.connection_id.clone(),
        server_call_id: call.server_call_id.clone(),
        correlation_id: call.correlation_id.clone(),
        participants: call
            .participants
            .iter()
            .map(|participant| ParticipantView {
                identifier: participant.identifier.to_string(),
                is_muted: participant.is_muted,
                is_on_hold: participant.is_on_hold,
            })
            .collect(),
        recording_files: call.recording_files.clone(),
        entries: version.0,
    }
}

fn values(values: &IndexMap<String, Value>) -> IndexMap<String, serde_json::Value> {
    values.iter().map(|(name, value)| (name.clone(), value.into())).collect()
}

pub(super) fn summary(row: RunRow) -> RunSummary {
    let RunRow { run, flow, status, live, started_at, ended_at, outcome, version: _, cursor: _ } = row;
    RunSummary { id: run, flow, state: status, live, started_at, ended_at, outcome }
}

pub(super) fn entry(version: Version, flow: &Flow, record: &Record) -> EntryView {
    let Record { input, account, snapshot, .. } = record;
    EntryView {
        number: version.0,
        at: input.at,
        line: trace::line(flow, snapshot.started_at, input, account),
        input: what(&input.what),
        path: account.path.iter().map(|hop| hop_view(flow, hop)).collect(),
        effects: account.effects.iter().map(effect).collect(),
        notes: account.notes.clone(),
    }
}

fn what(what: &What) -> InputView {
    let (kind, name) = match what {
        What::Start(beginning) => match &beginning.start {
            Start::Incoming(_) => ("start", Some("incoming".to_owned())),
            Start::Api { .. } => ("start", Some("api".to_owned())),
        },
        What::Event(event) => ("event", Some(event.kind.name().to_owned())),
        What::Timer(_) => ("timer", None),
        What::Acknowledged { .. } => ("acknowledged", None),
        What::Refused { .. } => ("refused", None),
        What::Learned(_) => ("learned", None),
        What::Announced(announcement) => ("announced", Some(announcement.name().to_owned())),
        What::Told { .. } => ("told", None),
        What::Cancel => ("cancel", None),
    };
    InputView { kind, name }
}

fn hop_view(flow: &Flow, hop: &Hop) -> HopView {
    let (to, outcome) = match &hop.to {
        Landing::Stay => (None, None),
        Landing::State(state) => (Some(flow.state_name(*state).to_owned()), None),
        Landing::End(outcome) => (None, Some(outcome.to_string())),
    };
    HopView { on: hop.on.clone(), from: hop.from.map(|state| flow.state_name(state).to_owned()), to, outcome }
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Post { operation, action } => format!("{} {operation}", action.kind().spec().name),
        Effect::Tell(notice) => format!("tell {notice}"),
        Effect::AskCall => "askCall".to_owned(),
        Effect::SetTimer { at, .. } => format!("setTimer {at}"),
        Effect::CancelTimer(_) => "cancelTimer".to_owned(),
        Effect::Log { message, .. } => format!("log {}", lang::value::masked(message)),
        Effect::End(outcome) => format!("end {outcome}"),
    }
}

pub(super) fn flow(flow: &Flow) -> FlowView {
    FlowView {
        name: flow.name().to_owned(),
        hash: flow.hash().to_string(),
        description: flow.description().map(str::to_owned),
        incoming: flow.incoming().is_some(),
        api: flow.starts_by_api(),
    }
}

/// What is wrong with the data of an author's event: a sentence each, without values. More fields than declared do
/// no harm: the systems that send them grow on their own.
pub(super) fn check_event(declared: &IndexMap<String, Type>, data: &Value) -> Vec<String> {
    let nothing = IndexMap::new();
    let given = match data {
        Value::Map(given) => &**given,
        Value::Null if declared.is_empty() => &nothing,
        _ => return vec!["the data of an event must be a mapping".to_owned()],
    };
    let wrong = |(name, kind): (&String, &Type)| match given.get(name.as_str()) {
        Some(value) if kind.fits(value) => None,
        Some(value) => {
            Some(format!("field `{name}` must be {}, but it is a {}", kind.describe(), value.type_name()))
        }
        None => Some(format!("field `{name}` is missing: it must be {}", kind.describe())),
    };
    declared.iter().filter_map(wrong).collect()
}
