//! Actions of each kind, as they would be posted.

use indexmap::IndexMap;
use machine::actions::{Action, ActionKind, Defaults, Posting, Values, Written};
use machine::ids::{OperationId, Visit};
use machine::input::Incoming;
use machine::protocol::Phase;
use machine::snapshot::{Call, Operation};

use crate::shapes::walk::minimal;
use crate::stage::{CALLER, LINE, Stage};

/// Somebody else.
pub(super) const AGENT: &str = "+14255550123";
/// A third one.
pub(super) const SECOND: &str = "+14255550124";

/// A user of the resource.
pub(super) const USER: &str = "8:acs:1_2";
const MUSIC: &str = "{ file: \"https://media.example.com/music.wav\" }";

/// What must be so before the provider takes such an action.
pub(super) struct Scenery {
    /// Who calls.
    pub(super) caller: &'static str,
    /// How the call is answered.
    pub(super) answer: &'static str,
    /// What is asked for as soon as it is up.
    pub(super) first: Option<&'static str>,
}

/// The scenery of an action.
pub(super) fn scenery(kind: ActionKind) -> Scenery {
    let plain = Scenery { caller: CALLER, answer: "answer: {}", first: None };
    match kind {
        ActionKind::MuteParticipant => Scenery { caller: USER, ..plain },
        ActionKind::StopContinuousDtmf => {
            Scenery { first: Some("startContinuousDtmf: { participant: \"+14255550199\" }"), ..plain }
        }
        ActionKind::StartTranscription => {
            let answer =
                "answer: { transcription: { transportUrl: \"wss://m.example.com\", locale: en-US } }";
            Scenery { answer, ..plain }
        }
        ActionKind::StopTranscription | ActionKind::UpdateTranscription => {
            let answer = "answer: { transcription: { transportUrl: \"wss://m.example.com\", locale: en-US, startTranscription: true } }";
            Scenery { answer, ..plain }
        }
        ActionKind::StartMediaStreaming => Scenery {
            answer: "answer: { mediaStreaming: { transportUrl: \"wss://m.example.com\" } }",
            ..plain
        },
        ActionKind::StopMediaStreaming => {
            let answer = "answer: { mediaStreaming: { transportUrl: \"wss://m.example.com\", startMediaStreaming: true } }";
            Scenery { answer, ..plain }
        }
        ActionKind::PauseRecording | ActionKind::StopRecording => {
            Scenery { first: Some("startRecording: {}"), ..plain }
        }
        ActionKind::ResumeRecording => {
            Scenery { first: Some("startRecording: { pauseOnStart: true }"), ..plain }
        }
        _ => plain,
    }
}

/// Whether it is of a recording, which is of the call as a whole and not of the application's leg.
pub(super) fn is_of_recording(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::StartRecording
            | ActionKind::PauseRecording
            | ActionKind::ResumeRecording
            | ActionKind::StopRecording
    )
}

/// One that the provider takes wherever such an action is legal, as flows write it.
pub(super) fn written(kind: ActionKind, in_group: bool) -> String {
    let name = kind.spec().name;
    let arguments = match kind {
        ActionKind::CreateCall => format!("{{ to: \"{AGENT}\", callerId: \"{LINE}\" }}"),
        ActionKind::Connect => "{ groupCallId: \"29228d3e-040e-4656-a70e-890ab4e173e4\" }".to_owned(),
        ActionKind::Redirect => format!("{{ to: \"{AGENT}\" }}"),
        ActionKind::Transfer if in_group => format!("{{ to: \"{SECOND}\", transferee: \"{CALLER}\" }}"),
        ActionKind::Transfer => format!("{{ to: \"{SECOND}\" }}"),
        ActionKind::AddParticipant => format!("{{ participant: \"{SECOND}\", callerId: \"{LINE}\" }}"),
        ActionKind::CancelAddParticipant => "{ invitation: \"no-such-invitation\" }".to_owned(),
        ActionKind::HangUp => "{ forEveryone: true }".to_owned(),
        ActionKind::Play => "{ file: \"https://media.example.com/hello.wav\" }".to_owned(),
        ActionKind::Recognize => format!("{{ dtmf: {{ maxTones: 1 }}, participant: \"{CALLER}\" }}"),
        // The other call and the recording are known only when they are there.
        ActionKind::MoveParticipants => format!("{{ participants: \"{SECOND}\", fromCall: \"$other\" }}"),
        ActionKind::MuteParticipant => format!("{{ participant: \"{USER}\" }}"),
        ActionKind::Hold => format!("{{ participant: \"{CALLER}\", music: {MUSIC} }}"),
        ActionKind::SendDtmf => format!("{{ tones: \"4071#\", participant: \"{CALLER}\" }}"),
        ActionKind::UpdateTranscription => "{ locale: de-DE }".to_owned(),
        ActionKind::PauseRecording | ActionKind::ResumeRecording | ActionKind::StopRecording => {
            "{ recording: \"$recording\" }".to_owned()
        }
        // What its shape wants, and the caller for whomever it is about.
        _ => {
            let mut least = minimal(kind.shape());
            if kind.shape().key("participant").is_some() {
                least["participant"] = CALLER.into();
            }
            least.to_string()
        }
    };
    format!("{name}: {arguments}")
}

/// An action from the line that a flow would have.
pub(super) fn action(line: &str, call: &Call) -> Action {
    let mut found = Vec::new();
    let source = lang::Source::new("action", line);
    let (node, _) = lang::yaml::read(&source);
    let written = Written::read(&node.unwrap(), &Defaults::default(), &mut found);
    assert!(found.is_empty(), "{line}: {found:?}");
    written
        .unwrap()
        .arguments
        .fill(&Values { roots: &lang::NoRoots, call })
        .unwrap_or_else(|why| panic!("{why:?}"))
}

/// A call of which nothing is known but this.
pub(super) fn call(incoming: Option<&Incoming>, connection: Option<&str>) -> Call {
    Call {
        phase: Phase::Connected,
        connection_id: connection.map(str::to_owned),
        server_call_id: incoming.map(|incoming| incoming.server_call_id.clone()),
        correlation_id: None,
        incoming: incoming.cloned().map(Box::new),
        is_placed: false,
        from: Some(lang::Identifier::parse(CALLER).unwrap()),
        to: Vec::new(),
        participants: Vec::new(),
        sequence_number: None,
        connected_at: None,
        recording_id: None,
        recording_callback_uri: None,
        recording_files: Vec::new(),
        latest_invitation: None,
        hanging_up: false,
        ends_for_everyone: false,
        refused_hang_ups: 0,
        has_ring_limit: false,
        rang_out: false,
        end_is_handled: false,
    }
}

/// The operation of an action, in visit 1.
pub(super) fn operation(action: &Action) -> Operation {
    let decided_at = "2026-03-17T10:20:30Z".parse().unwrap();
    Operation { visit: Visit(1), hands_over: false, ..Operation::of(action.clone(), decided_at) }
}

/// The request that stands for such an action.
pub(super) fn request(kind: ActionKind) -> acs::Request {
    let incoming = Incoming {
        from: lang::Identifier::parse(CALLER).unwrap(),
        to: lang::Identifier::parse(LINE).unwrap(),
        server_call_id: "server-call".to_owned(),
        correlation_id: "correlation".to_owned(),
        incoming_call_context: "context".to_owned(),
        caller_display_name: String::new(),
        headers: IndexMap::new(),
    };
    let call = call(Some(&incoming), Some("connection"));
    let mut line = written(kind, false);
    if kind == ActionKind::HangUp {
        // The operation of that name; the other is `terminateCall`.
        line = "hangUp: {}".to_owned();
    }
    let action = action(&line, &call);
    let url = "https://app.example.com/calls";
    action.request(&Posting::new(&call, OperationId(1), &operation(&action), url)).unwrap()
}

/// A second call of the application, with `SECOND` in it: its connection.
pub(crate) fn another_call(stage: &mut Stage) -> String {
    let (placed, incoming) = (stage.placed.take(), stage.incoming.take());
    stage.ring(serde_json::json!({ "from": SECOND }));
    let call = call(stage.incoming.as_ref(), None);
    let answer = action("answer: {}", &call);
    let ack = stage.post(&call, OperationId(1), &operation(&answer), &answer).unwrap();
    stage.pass(std::time::Duration::from_secs(1));
    (stage.placed, stage.incoming) = (placed, incoming);
    ack.connection_id.unwrap()
}
