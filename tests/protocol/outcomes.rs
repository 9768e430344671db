//! For every action: the events that the simulator really sends, against those that the table knows.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::ids::OperationId;
use machine::protocol::{Acknowledged, OnCall};
use serde_json::{Value, json};
use service::translate;

use super::actors::{self, AGENT, SECOND};
use crate::stage::Stage;

/// The group call that can be joined.
const GROUP: &str = "29228d3e-040e-4656-a70e-890ab4e173e4";

/// What is done with a call, and what comes of it.
struct Story {
    /// Actions before: each with the time that passes after it.
    before: &'static [(&'static str, u64)],
    /// The action that is looked at.
    action: String,
    /// What is done soon afterwards.
    then: Then,
    /// What the agent does.
    agent: &'static str,
    /// What the caller's call says besides, as the simulator's scripts do.
    call: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Nothing,
    CallerLeaves,
    Cancels,
}

const ANSWER: (&str, u64) = ("answer: {}", 1_000);
const INVITE: (&str, u64) =
    ("addParticipant: { participant: \"+14255550123\", callerId: \"+18005550100\" }", 500);

const TRANSCRIBED: (&str, u64) =
    ("answer: { transcription: { transportUrl: \"wss://m.example.com\", locale: en-US } }", 1_000);
const STREAMED: (&str, u64) =
    ("answer: { mediaStreaming: { transportUrl: \"wss://m.example.com\" } }", 1_000);

fn story(before: &'static [(&'static str, u64)], action: impl Into<String>) -> Story {
    Story {
        before,
        action: action.into(),
        then: Then::Nothing,
        agent: "{\"answerAfter\": \"1s\"}",
        call: "{}",
    }
}

/// Every way in which it can end that the simulator knows.
fn stories(kind: ActionKind) -> Vec<Story> {
    let busy = |story: Story| Story { agent: "{\"busy\": true}", ..story };
    let then = |then, story: Story| Story { then, ..story };
    let unreachable = |story: Story| {
        let call = "{\"media\": {\"wss://m.example.com\": {\"unreachable\": true}}}";
        Story { call, ..story }
    };
    let broken = |story: Story| {
        let call = "{\"media\": {\"wss://m.example.com\": {\"breaksAfter\": \"1s\"}}}";
        Story { call, ..story }
    };
    match kind {
        ActionKind::CreateCall => {
            let one = || story(&[], "createCall: { to: \"+14255550123\", callerId: \"+18005550100\" }");
            vec![one(), busy(one())]
        }
        ActionKind::Connect => vec![
            story(&[], "connect: { groupCallId: \"29228d3e-040e-4656-a70e-890ab4e173e4\" }"),
            story(&[], "connect: { groupCallId: \"39228d3e-040e-4656-a70e-890ab4e173e4\" }"),
        ],
        ActionKind::Answer => {
            let one = || story(&[], "answer: {}");
            vec![one(), then(Then::CallerLeaves, one())]
        }
        ActionKind::Reject => vec![story(&[], "reject: {}")],
        ActionKind::Redirect => vec![story(&[], "redirect: { to: \"+14255550123\" }")],
        ActionKind::Transfer => {
            let one = || story(&[ANSWER], "transfer: { to: \"+14255550123\" }");
            vec![one(), busy(one())]
        }
        ActionKind::AddParticipant => {
            vec![story(&[ANSWER], INVITE.0), busy(story(&[ANSWER], INVITE.0))]
        }
        ActionKind::CancelAddParticipant => vec![
            story(&[ANSWER, INVITE], "cancelAddParticipant: { invitation: \"$invitation\" }"),
            story(&[ANSWER], "cancelAddParticipant: { invitation: \"no-such-invitation\" }"),
        ],
        ActionKind::RemoveParticipant => vec![
            story(&[ANSWER], "removeParticipant: { participant: \"+14255550199\" }"),
            story(&[ANSWER], "removeParticipant: { participant: \"+14255550124\" }"),
        ],
        ActionKind::HangUp => {
            vec![story(&[ANSWER], "hangUp: {}"), story(&[ANSWER], "hangUp: { forEveryone: true }")]
        }
        ActionKind::Play => {
            let one = || story(&[ANSWER], "play: { file: \"https://media.example.com/hello.wav\" }");
            let missing = story(&[ANSWER], "play: { file: \"https://media.example.com/missing.wav\" }");
            vec![one(), missing, then(Then::Cancels, one())]
        }
        ActionKind::Recognize => {
            const ASK: &str = "recognize: { dtmf: { maxTones: 1 }, participant: \"+14255550199\" }";
            // The caller has one key for each recognition, and then none.
            vec![
                story(&[ANSWER], ASK),
                story(&[ANSWER, (ASK, 30_000)], ASK),
                then(Then::Cancels, story(&[ANSWER], ASK)),
            ]
        }
        ActionKind::CancelMedia => vec![
            story(&[ANSWER], "cancelMedia: {}"),
            story(&[ANSWER, ("play: { file: \"https://media.example.com/a.wav\" }", 500)], "cancelMedia: {}"),
        ],
        ActionKind::MoveParticipants => vec![
            story(&[ANSWER], "moveParticipants: { participants: \"+14255550124\", fromCall: \"$other\" }"),
            story(&[ANSWER], "moveParticipants: { participants: \"+14255550177\", fromCall: \"$other\" }"),
        ],
        ActionKind::Hold => vec![
            story(&[ANSWER], "hold: {}"),
            story(&[ANSWER], "hold: { music: { file: \"https://media.example.com/missing.wav\" } }"),
        ],
        ActionKind::Unhold => vec![story(&[ANSWER, ("hold: {}", 500)], "unhold: {}")],
        ActionKind::SendDtmf => {
            let one = || story(&[ANSWER], "sendDtmf: { tones: \"4071#\" }");
            vec![one(), Story { call: "{\"script\": {\"keysLost\": true}}", ..one() }]
        }
        ActionKind::StopContinuousDtmf => {
            vec![story(&[ANSWER, ("startContinuousDtmf: {}", 500)], "stopContinuousDtmf: {}")]
        }
        ActionKind::StartTranscription => {
            let one = || story(&[TRANSCRIBED], "startTranscription: {}");
            vec![one(), unreachable(one())]
        }
        ActionKind::StopTranscription => {
            let one = || story(&[TRANSCRIBED, ("startTranscription: {}", 1_500)], "stopTranscription: {}");
            vec![one(), broken(one())]
        }
        ActionKind::UpdateTranscription => {
            let before = &[TRANSCRIBED, ("startTranscription: {}", 1_500)];
            let one = || story(before, "updateTranscription: { locale: de-DE }");
            vec![one(), broken(one())]
        }
        ActionKind::StartMediaStreaming => {
            let one = || story(&[STREAMED], "startMediaStreaming: {}");
            vec![one(), unreachable(one())]
        }
        ActionKind::StopMediaStreaming => {
            let one = || story(&[STREAMED, ("startMediaStreaming: {}", 1_500)], "stopMediaStreaming: {}");
            vec![one(), broken(one())]
        }
        ActionKind::StartRecording => vec![
            story(&[ANSWER], "startRecording: {}"),
            story(&[ANSWER], "startRecording: { pauseOnStart: true }"),
            Story { call: "{\"recordingFails\": true}", ..story(&[ANSWER], "startRecording: {}") },
        ],
        ActionKind::PauseRecording => {
            vec![story(&[ANSWER, ("startRecording: {}", 500)], "pauseRecording: {}")]
        }
        ActionKind::ResumeRecording => {
            let before = &[ANSWER, ("startRecording: { pauseOnStart: true }", 500)];
            vec![story(before, "resumeRecording: {}")]
        }
        ActionKind::StopRecording => vec![story(&[ANSWER, ("startRecording: {}", 500)], "stopRecording: {}")],
        ActionKind::Http | ActionKind::Log => Vec::new(),
        // Plain ones; one that can fail in its own way has a story of that.
        _ => vec![story(&[ANSWER], actors::written(kind, false))],
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |kind: ActionKind| {
        let name = kind.spec().name;
        Trial::test(format!("protocol: `{name}` ends with the events of the table"), move || agrees(kind))
    };
    let local = |kind: &ActionKind| kind.spec().acknowledged == Acknowledged::Local;
    ActionKind::ALL.iter().copied().filter(|kind| !local(kind)).map(trial).collect()
}

fn agrees(kind: ActionKind) -> Result<(), Failed> {
    let spec = kind.spec();
    let mut seen = BTreeSet::new();
    for story in stories(kind) {
        let told = tell(&mut stage(1), kind, &story);
        let outcomes: Vec<_> = told
            .iter()
            .filter(|event| event.kind != EventKind::ParticipantsUpdated)
            .filter(|event| event.operation == Some(ACTION) || is_of_it(kind, &event.kind))
            .collect();
        for event in &outcomes {
            // The end of a call carries the context of what brought it up. Source: reference 8.5.
            let is_end = event.kind == EventKind::CallDisconnected;
            if (event.operation == Some(ACTION)) != spec.takes_context && !is_end {
                let name = event.kind.name();
                return Err(format!("`{name}`: whether it carries the context: {:?}", event.operation).into());
            }
            let is_progress = matches!(
                event.kind,
                EventKind::PlayStarted | EventKind::ContinuousDtmfRecognitionToneReceived
            );
            if !spec.ends_with(&event.kind) && !is_end && !is_progress {
                return Err(format!("the table does not know `{}`", event.kind.name()).into());
            }
            seen.insert(event.kind.clone());
        }
        // A recording is there before it records, and that ends nothing.
        let is = |event: &machine::Event, state| event.state.as_deref() == Some(state);
        let begins = kind == ActionKind::StartRecording && outcomes.iter().any(|event| is(event, "active"));
        let is_there = |event: &machine::Event| begins && is(event, "inactive");
        let ends = outcomes.iter().filter(|event| spec.ends_with(&event.kind) && !is_there(event)).count();
        let expected = usize::from(spec.acknowledged != Acknowledged::Done);
        // Its music may fail once it is on hold.
        let fails_later = kind == ActionKind::Hold && ends == 1;
        if ends != expected && !fails_later {
            let names: Vec<_> = told.iter().map(|event| event.kind.name()).collect();
            return Err(format!("`{}` has {ends} ends: {names:?}", story.action).into());
        }
    }
    let ours = [EventKind::ActionSucceeded, EventKind::ActionFailed];
    let known = spec.success.iter().chain([&spec.failure]).chain(spec.canceled);
    let missing: Vec<_> = known.filter(|kind| !ours.contains(kind) && !seen.contains(*kind)).collect();
    let missing: Vec<_> = missing.into_iter().map(EventKind::name).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("the simulator never sends {missing:?}").into()) }
}

/// The operation that is looked at.
const ACTION: OperationId = OperationId(9);

/// Of an action that has no context: what it brings about by its kind.
fn is_of_it(kind: ActionKind, event: &EventKind) -> bool {
    (kind.spec().on_call == OnCall::Ends && *event == EventKind::CallDisconnected)
        || (actors::is_of_recording(kind)
            && matches!(event, EventKind::RecordingStateChanged | EventKind::StartRecordingFailed))
}

/// All events of all stories, each as one stream, as they were written.
pub(super) fn streams(seed: u64) -> Vec<Vec<Value>> {
    let told = |kind: ActionKind| {
        stories(kind).into_iter().map(move |story| {
            let mut stage = stage(seed);
            stage.written = Some(Vec::new());
            drop(tell(&mut stage, kind, &story));
            stage.written.unwrap()
        })
    };
    ActionKind::ALL.iter().copied().flat_map(told).collect()
}

fn stage(seed: u64) -> Stage {
    let at: Timestamp = "2026-03-17T10:20:30Z".parse().unwrap();
    Stage::new(seed, at)
}

/// What is heard once the action was taken.
fn tell(stage: &mut Stage, kind: ActionKind, story: &Story) -> Vec<machine::Event> {
    let agent: Value = serde_json::from_str(story.agent).unwrap();
    stage.person(AGENT, agent);
    stage.person(SECOND, json!({}));
    stage.gather(GROUP);
    let caller = actors::scenery(kind).caller;
    let mut placed: Value = serde_json::from_str(story.call).unwrap();
    if placed.get("script").is_none() {
        placed["script"] = json!({ "press": ["1"] });
    }
    placed["from"] = json!(caller);
    stage.ring(placed);
    let mut call = actors::call(stage.incoming.as_ref(), None);
    let (mut invitation, mut id) = (String::new(), OperationId(0));
    for (line, pause) in story.before {
        id = OperationId(id.0 + 1);
        let action = actors::action(line, &call);
        let ack = stage.post(&call, id, &actors::operation(&action), &action).unwrap();
        call.connection_id = ack.connection_id.or(call.connection_id.take());
        call.recording_id = ack.recording_id.or(call.recording_id.take());
        invitation = ack.invitation_id.unwrap_or(invitation);
        stage.pass(Duration::from_millis(*pause));
    }
    let mut line = story.action.replace("$invitation", &invitation);
    if line.contains("$other") {
        line = line.replace("$other", &actors::another_call(stage));
    }
    stage.take();
    let action = actors::action(&line, &call);
    let ack = stage.post(&call, ACTION, &actors::operation(&action), &action).unwrap();
    call.connection_id = ack.connection_id.or(call.connection_id.take());
    match story.then {
        Then::Nothing => {}
        Then::CallerLeaves => stage.caller_leaves(),
        Then::Cancels => {
            stage.pass(Duration::from_millis(500));
            let cancel = actors::action("cancelMedia: {}", &call);
            stage.post(&call, OperationId(10), &actors::operation(&cancel), &cancel).unwrap();
        }
    }
    stage.pass(Duration::from_secs(100));
    stage.take().iter().filter_map(translate::event).collect()
}
