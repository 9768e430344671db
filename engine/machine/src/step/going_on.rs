//! Operations that one event does not end, and what they began goes on in other states: recordings, transcription,
//! streams, keys, music on hold, people who are moved one by one.

use super::Run;
use super::transition::Delivered;
use crate::actions::Action;
use crate::event::{Event, EventKind};
use crate::ids::OperationId;
use crate::snapshot::{Awaited, Operation};

const ACTIVE: &str = "active";

impl Run<'_> {
    /// Something that may happen in whatever state the run is (clarification 8). The call itself is well, so the run
    /// goes on if nobody handles it.
    pub(super) fn receive_of_what_goes_on(&mut self, mut event: Box<Event>) {
        // What ends it may carry the context of what began it.
        let answered = self
            .answered_operation(&event)
            .or_else(|| self.answered_operation(&Event { operation: None, ..(*event).clone() }))
            .filter(|_| event.kind.is_of_the_call());
        let operation = answered.and_then(|id| self.snapshot.operations.get(&id));
        let kind = operation.map(|operation| operation.kind).or(event.kind.outlives());
        event.action = kind.map(|kind| kind.spec().name.to_owned());
        let context = operation.and_then(|operation| operation.context.clone());
        event.operation_context = event.operation_context.or(context);
        if let Some(id) = answered {
            self.close_operation(id);
        }
        if self.deliver(&event) == Delivered::Nowhere {
            self.note(format!("nothing handles `{}` here; the call goes on", event.kind.name()));
        }
    }

    /// A recording has come to a state. As long as an operation awaits the other one, that is no news: what was asked
    /// before it is told late (clarification 45).
    pub(super) fn recording_changed(&mut self, mut event: Box<Event>) {
        let is_active = event.state.as_deref().map(|state| state.eq_ignore_ascii_case(ACTIVE));
        let mut asked = None;
        for (id, operation) in &self.snapshot.operations {
            let Some(Awaited::Recording { id: recording, active }) = &operation.awaits else { continue };
            let is_another =
                matches!((recording, &event.recording_id), (Some(ours), Some(told)) if ours != told);
            if operation.closed || is_another {
                continue;
            }
            // The oldest that awaits this state, or else the oldest.
            let matches = is_active == Some(*active);
            if matches || asked.is_none() {
                asked = Some((*id, operation.kind, matches));
            }
            if matches {
                break;
            }
        }
        if let Some((_, kind, false)) = asked {
            let (name, state) = (kind.spec().name, event.state.as_deref().unwrap_or("unknown"));
            self.note(format!("ignored: the recording is `{state}`, and `{name}` awaits another state"));
            return;
        }
        if event.recording_id.is_some() {
            self.snapshot.call.recording_id.clone_from(&event.recording_id);
        }
        event.action = asked.map(|(_, kind, _)| kind.spec().name.to_owned());
        if let Some((id, _, _)) = asked {
            self.close_operation(id);
        }
        self.tell(&event);
    }

    /// Whether somebody has been moved and others have not yet: the run hears of it when all have (clarification 44).
    pub(super) fn awaits_more_people(&mut self, id: OperationId, event: &Event) -> bool {
        let Some(Operation { awaits: Some(Awaited::People(left)), .. }) =
            self.snapshot.operations.get_mut(&id)
        else {
            return false;
        };
        if event.kind != EventKind::MoveParticipantSucceeded {
            return false;
        }
        *left = left.saturating_sub(1);
        let left = *left;
        if left > 0 {
            self.note(format!("{left} more to be moved"));
        }
        left > 0
    }

    /// Where the states of the recording go that an action is about, if not to this run.
    pub(super) fn recorded_for(&self, action: &Action) -> Option<String> {
        let call = &self.snapshot.call;
        let recording = match action {
            Action::StartRecording(start) => return start.state_callback_uri.clone(),
            Action::PauseRecording(pause) => &pause.recording,
            Action::ResumeRecording(resume) => &resume.recording,
            Action::StopRecording(stop) => &stop.recording,
            _ => return None,
        };
        call.recording_callback_uri.clone().filter(|_| call.recording_id.as_ref() == Some(recording))
    }
}
