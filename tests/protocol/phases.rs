//! For every action and every phase: what the table says, and what the simulator answers.

use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use machine::actions::ActionKind;
use machine::ids::OperationId;
use machine::protocol::{Acknowledged, OnCall, Phase};
use machine::snapshot::Call;
use serde_json::json;

use super::actors::{self, AGENT};
use crate::stage::Stage;

/// Where a call can be brought to. The machine knows fewer phases: a transfer is no phase of its own there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    Idle,
    Ringing,
    Connecting,
    OneToOne,
    Group,
    Transferring,
    HungUp,
    Rejected,
    HandedOver,
}

const SCENES: [Scene; 9] = [
    Scene::Idle,
    Scene::Ringing,
    Scene::Connecting,
    Scene::OneToOne,
    Scene::Group,
    Scene::Transferring,
    Scene::HungUp,
    Scene::Rejected,
    Scene::HandedOver,
];

impl Scene {
    fn phase(self) -> Phase {
        match self {
            Scene::Idle => Phase::Idle,
            Scene::Ringing => Phase::Ringing,
            Scene::Connecting => Phase::Connecting,
            Scene::OneToOne | Scene::Group | Scene::Transferring => Phase::Connected,
            Scene::HungUp | Scene::Rejected | Scene::HandedOver => Phase::Gone,
        }
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |kind: ActionKind| {
        let name = kind.spec().name;
        Trial::test(format!("protocol: `{name}` is legal where the simulator takes it"), move || agrees(kind))
    };
    ActionKind::ALL.iter().copied().map(trial).collect()
}

fn agrees(kind: ActionKind) -> Result<(), Failed> {
    let spec = kind.spec();
    if spec.acknowledged == Acknowledged::Local {
        // The provider has no part in it.
        let everywhere = SCENES.iter().all(|scene| spec.phases.contains(&scene.phase()));
        return if everywhere {
            Ok(())
        } else {
            Err("what the engine does by itself is legal everywhere".into())
        };
    }
    let mut wrong = Vec::new();
    for scene in SCENES {
        let legal = spec.phases.contains(&scene.phase())
            && (scene != Scene::Transferring || spec.is_legal_in_transfer());
        // The provider records a call as long as it lives; a run does as long as it steers it.
        let is_steered = !matches!(scene, Scene::Transferring | Scene::HandedOver);
        if actors::is_of_recording(kind) && !is_steered {
            if legal {
                wrong.push(format!("{scene:?}: the run does not steer the call any more"));
            }
            continue;
        }
        let (mut stage, call, other) = play(kind, scene);
        // One run steers one call: that a second may be created or joined meanwhile is the provider's view only.
        let is_another_call = spec.on_call == OnCall::BringsUp && kind != ActionKind::Answer;
        if is_another_call && scene != Scene::Idle {
            if legal {
                wrong.push(format!("{scene:?}: a run steers one call"));
            }
            continue;
        }
        let written = actors::written(kind, scene == Scene::Group).replace("$other", &other);
        let recording = call.recording_id.as_deref().unwrap_or("no-such-recording");
        let action = actors::action(&written.replace("$recording", recording), &call);
        let answer = stage.post(&call, OperationId(9), &actors::operation(&action), &action);
        if answer.is_ok() != legal {
            wrong.push(format!("{scene:?}: the table says {legal}, the simulator {answer:?}"));
        }
        if let Err(refusal) = answer {
            let expected = match scene {
                Scene::Connecting => refusal.sub_code == Some(8501),
                Scene::Transferring => matches!(refusal.sub_code, Some(8585 | 8607)),
                Scene::HungUp | Scene::HandedOver => refusal.says_gone(),
                Scene::Idle | Scene::Ringing | Scene::Rejected | Scene::OneToOne | Scene::Group => true,
            };
            let is_of_ringing = spec.phases == [Phase::Ringing];
            if !expected && !is_of_ringing && !actors::is_of_recording(kind) {
                wrong.push(format!("{scene:?}: it is refused with {refusal:?}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// A call that has come to this, how a run would know it, and the connection of another one.
fn play(kind: ActionKind, scene: Scene) -> (Stage, Call, String) {
    let at: Timestamp = "2026-03-17T10:20:30Z".parse().unwrap();
    let mut stage = Stage::new(1, at);
    stage.person(AGENT, json!({ "answerAfter": "1s" }));
    // Connecting needs something to connect to.
    stage.gather("29228d3e-040e-4656-a70e-890ab4e173e4");
    let moves = kind == ActionKind::MoveParticipants;
    let other = if moves { actors::another_call(&mut stage) } else { String::new() };
    if scene == Scene::Idle {
        return (stage, actors::call(None, None), other);
    }
    let scenery = actors::scenery(kind);
    stage.ring(json!({ "from": scenery.caller }));
    let mut call = actors::call(stage.incoming.as_ref(), None);
    let ask = |stage: &mut Stage, call: &mut Call, line: &str, pause: Duration| {
        let action = actors::action(line, call);
        let ack = stage.post(call, OperationId(1), &actors::operation(&action), &action).unwrap();
        call.connection_id = ack.connection_id.or(call.connection_id.take());
        call.recording_id = ack.recording_id.or(call.recording_id.take());
        stage.pass(pause);
    };
    let soon = Duration::from_secs(1);
    match scene {
        Scene::Idle | Scene::Ringing => {}
        Scene::Rejected => ask(&mut stage, &mut call, "reject: {}", soon),
        Scene::Connecting => ask(&mut stage, &mut call, scenery.answer, Duration::ZERO),
        Scene::OneToOne | Scene::Group | Scene::Transferring | Scene::HungUp | Scene::HandedOver => {
            ask(&mut stage, &mut call, scenery.answer, soon);
            if let Some(first) = scenery.first {
                ask(&mut stage, &mut call, first, soon);
            }
        }
    }
    let transfer = format!("transfer: {{ to: \"{AGENT}\" }}");
    match scene {
        Scene::Group => {
            let add = format!("addParticipant: {{ participant: \"{AGENT}\", callerId: \"+18005550100\" }}");
            ask(&mut stage, &mut call, &add, Duration::from_secs(3));
        }
        Scene::Transferring => ask(&mut stage, &mut call, &transfer, Duration::from_millis(100)),
        Scene::HandedOver => ask(&mut stage, &mut call, &transfer, Duration::from_secs(5)),
        Scene::HungUp => ask(&mut stage, &mut call, "hangUp: { forEveryone: true }", soon),
        Scene::Idle | Scene::Ringing | Scene::Rejected | Scene::Connecting | Scene::OneToOne => {}
    }
    (stage, call, other)
}
