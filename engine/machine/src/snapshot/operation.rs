//! An action that was decided and is not over, and what it waits for.

use jiff::Timestamp;
use lang::Identifier;
use serde::{Deserialize, Serialize};

use crate::actions::add_participant::Confirm;
use crate::actions::{Action, ActionKind};
use crate::event::Event;
use crate::ids::{OperationId, ScopeId, Visit};
use crate::input::Refusal;

/// An action that was decided and is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Which action.
    pub kind: ActionKind,
    /// The visit that its result belongs to.
    pub visit: Visit,
    /// When it was decided: the same on each attempt to post it.
    pub decided_at: Timestamp,
    /// What must be posted; gone once it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Box<Action>>,
    /// The attempt that was taken: 0, unless it was cancelled and posted again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
    /// A cancellation that came before the answer: whether it is the result depends on which attempt is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canceled: Option<Box<Event>>,
    /// An event has told its result, though the request is not answered yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// The variable that keeps the acknowledgement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<String>,
    /// Whose variable that is.
    #[serde(default, skip_serializing_if = "ScopeId::is_flow")]
    pub scope: ScopeId,
    /// The author's own `operationContext`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Where its results go instead of here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_uri: Option<String>,
    /// The invitation that it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// Its success takes the call out of our hands: a transfer of a 1:1 call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hands_over: bool,
    /// It was refused because the call is gone, which is being found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted: Option<Refusal>,
    /// Its result has not come for long: what became of it is being found out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// The flow has cancelled it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silenced: bool,
    /// Whom it brings into the call, or takes out of it: what a roster tells of its result.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whom: Vec<Identifier>,
    /// What must still happen before it is over, where one event of its kind does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaited>,
    /// The engine posted it to carry out another one, which hears of its result; the flow does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<OperationId>,
    /// What it collects must not be shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

impl Operation {
    /// An action that is decided at a time: the engine's own, until it is said whose it is.
    #[must_use]
    pub fn of(action: Action, decided_at: Timestamp) -> Operation {
        Operation {
            kind: action.kind(),
            visit: Visit::RUN,
            decided_at,
            attempt: 0,
            canceled: None,
            closed: false,
            keep: None,
            scope: ScopeId::FLOW,
            context: None,
            callback_uri: None,
            invitation: None,
            hands_over: matches!(&action, Action::Transfer(transfer) if transfer.transferee.is_none()),
            doubted: None,
            overdue: false,
            silenced: false,
            whom: whom(&action),
            awaits: Awaited::of(&action),
            part_of: None,
            sensitive: matches!(&action, Action::Recognize(recognize) if recognize.sensitive),
            action: Some(Box::new(action)),
        }
    }
}

fn whom(action: &Action) -> Vec<Identifier> {
    match action {
        Action::AddParticipant(add) => vec![add.participant.clone()],
        Action::RemoveParticipant(remove) => vec![remove.participant.clone()],
        Action::MoveParticipants(moved) => moved.participants.clone(),
        Action::Transfer(transfer) => transfer.transferee.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What an operation waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Awaited {
    /// A recording comes to a state (clarification 45).
    Recording {
        /// Which; `None` until a new one has its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Whether it is `active` then.
        active: bool,
    },
    /// So many people are still to be moved (clarification 44).
    People(usize),
    /// Somebody is to be added and then to confirm it (clarification 43).
    Confirmation(Box<Confirmation>),
}

/// How far somebody has come who must confirm to be in the call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirmation {
    /// Who.
    pub participant: Identifier,
    /// What they must do.
    pub confirm: Confirm,
    /// Their `AddParticipantSucceeded`, of which the flow hears when they have confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Box<Event>>,
    /// What must be posted next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Part>,
}

/// A part of adding somebody who must confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// To ask them.
    Ask,
    /// To take out of the call who has not confirmed.
    Remove,
}

impl Awaited {
    /// What an action waits for.
    #[must_use]
    pub fn of(action: &Action) -> Option<Awaited> {
        let state = |id: &String, active| Some(Awaited::Recording { id: Some(id.clone()), active });
        match action {
            Action::StartRecording(start) => {
                Some(Awaited::Recording { id: None, active: !start.pause_on_start })
            }
            Action::PauseRecording(pause) => state(&pause.recording, false),
            Action::ResumeRecording(resume) => state(&resume.recording, true),
            Action::StopRecording(stop) => state(&stop.recording, false),
            Action::MoveParticipants(moved) => Some(Awaited::People(moved.participants.len())),
            Action::AddParticipant(add) => add.confirm.clone().map(|confirm| {
                let participant = add.participant.clone();
                Awaited::Confirmation(Box::new(Confirmation {
                    participant,
                    confirm,
                    added: None,
                    next: None,
                }))
            }),
            _ => None,
        }
    }
}
