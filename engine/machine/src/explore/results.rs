//! How a request may end: the events that tell its result, and what is so then.

use super::provider::{Leg, Move, Provider, Request, Verdict, happening, invitation, recording};
use super::words::Words;
use crate::actions::{Action, ActionKind};
use crate::event::{Event, EventKind};
use crate::ids::OperationId;
use crate::protocol::{Acknowledged, OnCall};
use crate::snapshot::{Awaited, Snapshot};

impl Provider {
    /// The events that may tell the result of a request.
    pub(super) fn results(&self, id: OperationId, words: &Words, snapshot: &Snapshot, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get(&id) else { return };
        let spec = request.kind.spec();
        let may_be_taken = request.is_taken || matches!(self.verdict(request), Verdict::Takes);
        if request.is_over || request.goes_elsewhere || spec.acknowledged == Acknowledged::Done {
            return;
        }
        if spec.on_call == OnCall::Outside {
            let failed = words.failed(&spec.failure);
            return self.tell(id, words.answered().into_iter().chain(failed), moves);
        }
        let is_known = snapshot.operations.get(&id).is_some_and(|operation| !operation.closed);
        if !may_be_taken || spec.on_call == OnCall::Ends || (self.leg == Leg::Over && !is_known) {
            return;
        }
        let mut provider = self.clone();
        provider.taken(id);
        match spec.on_call {
            OnCall::BringsUp => provider.comes_up(id, words, moves),
            OnCall::HandsOver => provider.hands_over(id, words, moves),
            OnCall::Adds | OnCall::Removes | OnCall::Stays => provider.simply(id, words, moves),
            OnCall::GivesAway | OnCall::Ends | OnCall::Outside => {}
        }
    }

    /// Events that end a request and change nothing else.
    fn tell(&self, id: OperationId, events: impl Iterator<Item = Event>, moves: &mut Vec<Move>) {
        let mut then = self.clone();
        if let Some(request) = then.requests.get_mut(&id) {
            request.is_over = true;
        }
        moves.extend(events.map(|event| happening(Event { operation: Some(id), ..event }, then.clone())));
    }

    /// It comes up; or it fails, which two events tell, or one of them. Source: reference 5, 8.2.
    fn comes_up(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.is_over = true;
        let begins = std::mem::take(&mut request.begins);
        let failure = request.kind.spec().failure.clone();
        if matches!(self.leg, Leg::Establishing | Leg::Ending) {
            let leg = if self.leg == Leg::Ending { Leg::Ending } else { Leg::Up };
            let event = Event { operation: Some(id), ..Event::new(EventKind::CallConnected) };
            let mut up = Provider { leg, ..self.clone() };
            up.goes_on(&begins);
            moves.push(happening(event, up));
            let over = |owed| Provider { leg: Leg::Over, owed, ..self.clone() };
            let end = || Event::new(EventKind::CallDisconnected);
            for event in words.failed(&failure) {
                let event = Event { operation: Some(id), ..event };
                moves.push(happening(event.clone(), over(Vec::new())));
                moves.push(happening(event, over(vec![(EventKind::CallDisconnected, None)])));
            }
            moves.push(happening(end(), over(Vec::new())));
            moves.push(happening(end(), over(vec![(failure, Some(id))])));
        }
    }

    /// Where the only other party is handed over, the leg goes as well, in either order of the two events.
    fn hands_over(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let takes_the_leg = !request.names_transferee || self.people == 1;
        let spec = request.kind.spec();
        self.tell(id, words.failed(&spec.failure).into_iter(), moves);
        let accepted = || Event { operation: Some(id), ..Event::new(EventKind::CallTransferAccepted) };
        if !takes_the_leg || self.leg == Leg::Over {
            return self.tell(id, std::iter::once(accepted()), moves);
        }
        if let Some(request) = self.requests.get_mut(&id) {
            request.is_over = true;
        }
        let over = |owed| Provider { leg: Leg::Over, owed, ..self.clone() };
        moves.push(happening(accepted(), over(vec![(EventKind::CallDisconnected, None)])));
        let other = vec![(EventKind::CallTransferAccepted, Some(id))];
        moves.push(happening(Event::new(EventKind::CallDisconnected), over(other)));
    }

    fn simply(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get(&id).cloned() else { return };
        let spec = request.kind.spec();
        if let Some(sound) = request.sound {
            // What sounds is queued: the earlier one is over first. Source: reference 9.4.
            let mut earlier = self.requests.range(..id).map(|(_, other)| other);
            if earlier.any(|other| other.sound == Some(sound) && other.is_taken && !other.is_over) {
                return;
            }
            if request.kind == ActionKind::Play
                && !request.has_started
                && words.handles(&EventKind::PlayStarted)
            {
                let mut then = self.clone();
                if let Some(request) = then.requests.get_mut(&id) {
                    request.has_started = true;
                }
                let event = Event { operation: Some(id), ..Event::new(EventKind::PlayStarted) };
                moves.push(happening(event, then));
            }
        }
        let invited = request.withdraws.as_ref().and_then(|withdrawn| {
            let is_ringing = |(id, other): &(&OperationId, &Request)| {
                other.kind == ActionKind::AddParticipant && !other.is_over && invitation(**id) == *withdrawn
            };
            self.requests.iter().find(is_ringing).map(|(id, _)| *id)
        });
        let never_fails = spec.failure == EventKind::ActionFailed
            || (request.kind == ActionKind::CancelAddParticipant && invited.is_some());
        if !never_fails {
            let failed = words.failed(&spec.failure).into_iter();
            let named = |event| Event { invitation_id: request.withdraws.clone(), ..event };
            self.tell(id, failed.map(named), moves);
        }
        if request.may_be_canceled {
            self.tell(id, spec.canceled.iter().cloned().map(Event::new), moves);
        }
        for success in spec.success {
            let then = match (spec.on_call, invited) {
                (OnCall::Adds, _) if request.people_left() > 1 => {
                    self.moves_one(id, success, moves);
                    continue;
                }
                (OnCall::Adds, _) => Provider { people: self.people + 1, ..self.clone() },
                (OnCall::Removes, _) if self.people <= 1 && self.leg == Leg::Up => {
                    self.removes_the_last(id, success, moves);
                    continue;
                }
                (OnCall::Removes, _) => Provider { people: self.people.saturating_sub(1), ..self.clone() },
                (_, Some(invited)) => {
                    // No failure of the invitation follows. Source: reference 5.
                    if let Some(request) = self.requests.get_mut(&invited) {
                        request.is_over = true;
                    }
                    self.clone()
                }
                (_, None) if request.kind == ActionKind::CancelAddParticipant => continue,
                (_, None) => self.clone(),
            };
            let then = then.after_success(request.kind);
            let said = match &request.recognize {
                Some(recognize) => words.recognized(recognize),
                None if request.is_endless => Vec::new(),
                None => {
                    let event =
                        Event { invitation_id: request.withdraws.clone(), ..Event::new(success.clone()) };
                    vec![about_recording(id, &request, event)]
                }
            };
            then.tell(id, said.into_iter(), moves);
        }
    }

    /// One of several is here; the others are to come.
    fn moves_one(&self, id: OperationId, success: &EventKind, moves: &mut Vec<Move>) {
        let mut then = Provider { people: self.people + 1, ..self.clone() };
        if let Some(request) = then.requests.get_mut(&id) {
            request.awaits = Some(Awaited::People(request.people_left().saturating_sub(1)));
        }
        moves.push(happening(Event { operation: Some(id), ..Event::new(success.clone()) }, then));
    }

    /// What goes on from now on, and what does not.
    fn after_success(mut self, kind: ActionKind) -> Provider {
        let transcription = [EventKind::TranscriptionFailed, EventKind::TranscriptionStopped];
        let streaming = [EventKind::MediaStreamingFailed, EventKind::MediaStreamingStopped];
        match kind {
            ActionKind::StartTranscription => self.goes_on(&transcription),
            ActionKind::StopTranscription => self.later.retain(|event| !transcription.contains(event)),
            ActionKind::StartMediaStreaming => self.goes_on(&streaming),
            ActionKind::StopMediaStreaming => self.later.retain(|event| !streaming.contains(event)),
            _ => {}
        }
        self
    }

    /// Without the other party there is no call; two events tell it, in either order. Source: reference 5.
    fn removes_the_last(&self, id: OperationId, success: &EventKind, moves: &mut Vec<Move>) {
        let over = |owed| {
            let mut over = Provider { leg: Leg::Over, people: 0, owed, ..self.clone() };
            over.requests.remove(&id);
            over
        };
        let event = Event { operation: Some(id), ..Event::new(success.clone()) };
        moves.push(happening(event, over(vec![(EventKind::CallDisconnected, None)])));
        let other = vec![(success.clone(), Some(id))];
        moves.push(happening(Event::new(EventKind::CallDisconnected), over(other)));
    }
}

/// The state that a recording has come to, for what awaits it. Such events carry no context. Source: reference 4.6.
fn about_recording(id: OperationId, request: &Request, event: Event) -> Event {
    let Some(Awaited::Recording { id: known, active }) = &request.awaits else { return event };
    let state = if *active { "active" } else { "inactive" };
    let recording_id = known.clone().unwrap_or_else(|| recording(id));
    Event { state: Some(state.to_owned()), recording_id: Some(recording_id), ..event }
}

/// What the options of a call begin without an action, and what may become of it.
pub(super) fn begins(action: &Action) -> Vec<EventKind> {
    let options = match action {
        Action::CreateCall(create) => &create.options,
        Action::Connect(connect) => &connect.options,
        Action::Answer(answer) => &answer.options,
        _ => return Vec::new(),
    };
    let transcribes = options.transcription.as_ref().and_then(|options| options.start_transcription);
    let streams = options.media_streaming.as_ref().and_then(|options| options.start_media_streaming);
    let mut begins = Vec::new();
    if transcribes == Some(true) {
        begins.extend([EventKind::TranscriptionStarted, EventKind::TranscriptionFailed]);
    }
    if streams == Some(true) {
        begins.extend([EventKind::MediaStreamingStarted, EventKind::MediaStreamingFailed]);
    }
    begins
}
