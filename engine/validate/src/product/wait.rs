//! What a run that waits still has to hope for.

use machine::event::EventKind;
use machine::flow::EventName;
use machine::ids::StateId;
use machine::protocol::{Acknowledged, Phase};

use super::{Open, Place, Product, Via, What};
use crate::model::Trigger;

impl Product<'_> {
    /// A transfer that nobody takes note of: the call is out of our hands, and looks as if the caller had hung up,
    /// unless the state is there for that.
    pub(super) fn is_lost(&self, place: &Place, event: &EventKind) -> bool {
        let mut states = self.model.outward(place.leaf).map(Some).flat_map(|owner| self.handlers(owner));
        *event == EventKind::CallTransferAccepted
            && place.was_handed_over
            && !states.any(|name| name == EventName::Exact(EventKind::CallDisconnected))
    }

    /// Whether a run that waits here will hear of anything again that moves it.
    pub(super) fn something_else_comes(&self, place: &Place) -> bool {
        if place.was_handed_over || place.is_hanging_up {
            return true;
        }
        let answers = place.open.iter().any(|open| !open.is_stale && !open.is_endless);
        answers || self.has_timer(place) || self.may_be_moved(place.leaf)
    }

    /// Whether something that may never come would lead away from here.
    fn may_be_moved(&self, leaf: StateId) -> bool {
        let owners = self.model.outward(leaf).map(Some).chain([None]);
        owners.flat_map(|owner| self.model.choices(owner)).any(|choice| {
            matches!(choice.trigger, Trigger::Event(_, EventName::Exact(kind)) if is_unsure(kind))
                && choice.branches().any(|branch| !branch.target.stays())
        })
    }

    fn has_timer(&self, place: &Place) -> bool {
        let model = self.model;
        let leads = |owner: Option<StateId>| {
            let mut timers = model.choices(owner).filter(|choice| matches!(choice.trigger, Trigger::Timer));
            timers.any(|choice| choice.branches().any(|branch| !branch.target.stays()))
        };
        model.outward(place.leaf).any(|state| leads(Some(state)))
            || (place.phase == Phase::Connected && leads(None))
    }

    /// The events handled around a state that may never come (clarification 58).
    pub(super) fn unsure_events(&self, leaf: StateId) -> Vec<EventKind> {
        let owners = self.model.outward(leaf).map(Some).chain([None]);
        let names = owners.flat_map(|owner| self.handlers(owner));
        names
            .filter_map(|name| match name {
                EventName::Exact(kind) if is_unsure(&kind) => Some(kind),
                EventName::Exact(_) | EventName::AnyFailure | EventName::Any => None,
            })
            .collect()
    }

    pub(super) fn handlers(&self, owner: Option<StateId>) -> Vec<EventName> {
        let handlers = match owner {
            Some(state) => &self.model.state(state).handlers,
            None => self.model.flow.handlers(),
        };
        handlers.on.iter().map(|(name, _)| name.clone()).collect()
    }

    /// A state that waits for what may never come, and has no timer.
    pub(super) fn check_waiting(&mut self, at: usize, place: &Place) {
        if place.phase != Phase::Connected || place.is_hanging_up || self.has_timer(place) {
            return;
        }
        let answers = |open: &Open| {
            !open.is_stale && !open.is_endless && open.kind.spec().acknowledged != Acknowledged::MayStaySilent
        };
        if place.open.iter().any(answers) {
            return;
        }
        let elsewhere = self.model.actions(place.leaf).find(|action| action.sends_results_by().is_some());
        let unsure = self.unsure_events(place.leaf);
        if let (Some(action), true) = (elsewhere, unsure.is_empty()) {
            self.meet(&Via { at, step: None }, place.leaf, Some(action), What::ResultsElsewhere);
            return;
        }
        let is_endless = place.open.iter().any(|open| !open.is_stale && open.is_endless);
        if is_endless || !unsure.is_empty() {
            self.meet(&Via { at, step: None }, place.leaf, None, What::WaitsForever);
        }
    }
}

/// What may never come (clarification 58).
fn is_unsure(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Custom(_)
            | EventKind::ContinuousDtmfRecognitionToneReceived
            | EventKind::ParticipantsUpdated
            | EventKind::Recovered
            | EventKind::RecordingStateChanged
            | EventKind::MediaStreamingStarted
            | EventKind::TranscriptionStarted
    )
}
