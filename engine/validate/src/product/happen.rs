//! What can happen at a place.

use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::protocol::{OnCall, Phase};

use super::{Ongoing, Others, Place};

/// Something that can happen, and the place as it is then, before any handler.
pub(super) struct Happening {
    pub(super) event: EventKind,
    /// The action that it is the result of, by its number.
    pub(super) action: Option<usize>,
    /// It comes too late for its state: no handler is fired.
    pub(super) is_stale: bool,
    pub(super) after: Place,
}

/// The failure of the action that is refused here, if one is.
pub(super) fn refusal(place: &Place) -> Option<Happening> {
    let action = place.refused?;
    let index = place.open.iter().rposition(|open| open.action == action)?;
    let mut place = place.clone();
    place.refused = None;
    let event = place.open[index].kind.spec().failure.clone();
    Some(Happening { event, action: Some(action), is_stale: false, after: failed(&place, index) })
}

/// Everything that can happen at a place, except timers and what nobody would handle.
pub(super) fn all(place: &Place) -> Vec<Happening> {
    let mut happenings = Vec::new();
    for index in 0..place.open.len() {
        results(place, index, &mut happenings);
    }
    of_the_call(place, &mut happenings);
    happenings
}

fn of_the_call(place: &Place, happenings: &mut Vec<Happening>) {
    let mut add = |event, after| happenings.push(Happening { event, action: None, is_stale: false, after });
    match place.phase {
        Phase::Connecting if place.is_hanging_up => add(EventKind::CallDisconnected, over(place)),
        Phase::Connected => {
            add(EventKind::CallDisconnected, over(place));
            let mut after = place.clone();
            if after.others == Others::Several {
                after.others = Others::Unknown;
            }
            add(EventKind::ParticipantsUpdated, after);
            add(EventKind::Recovered, place.clone());
            if place.ongoing.hears_keys() {
                add(EventKind::ContinuousDtmfRecognitionToneReceived, place.clone());
            }
        }
        Phase::Gone if place.was_handed_over => add(EventKind::CallDisconnected, over(place)),
        Phase::Connecting => add(EventKind::ParticipantsUpdated, place.clone()),
        Phase::Idle | Phase::Ringing | Phase::Gone => {}
    }
}

/// The call has ended: only what has nothing to do with it goes on.
fn over(place: &Place) -> Place {
    let mut after = place.clone();
    after.phase = Phase::Gone;
    after.is_hanging_up = false;
    after.was_handed_over = false;
    after.ongoing = Ongoing::default();
    after.open.retain(|open| open.on_call() == OnCall::Outside);
    after
}

fn results(place: &Place, index: usize, happenings: &mut Vec<Happening>) {
    let open = &place.open[index];
    let spec = open.kind.spec();
    let mut add = |event: &EventKind, after: Place| {
        let action = Some(open.action);
        // What is of the call itself belongs to no visit, and is never too late.
        let is_stale = open.is_stale && !event.is_of_the_call();
        happenings.push(Happening { event: event.clone(), action, is_stale, after });
    };
    // What ends a call that was hung up is its `CallDisconnected` (clarification 35).
    if place.is_hanging_up && open.on_call() != OnCall::Outside {
        return;
    }
    for success in spec.success.iter().filter(|_| !open.is_refused) {
        if !open.is_endless || *success != EventKind::PlayCompleted {
            add(success, succeeded(place, index));
        }
    }
    add(&spec.failure, failed(place, index));
    if open.is_stale {
        return;
    }
    if place.cancels {
        for canceled in spec.canceled {
            add(canceled, without(place, index));
        }
    }
    if open.kind == ActionKind::Play {
        add(&EventKind::PlayStarted, place.clone());
    }
}

fn failed(place: &Place, index: usize) -> Place {
    match place.open[index].kind {
        kind if kind.spec().on_call == OnCall::BringsUp => over(place),
        ActionKind::Recognize => finished(place, index),
        _ => without(place, index),
    }
}

fn without(place: &Place, index: usize) -> Place {
    let mut after = place.clone();
    after.open.remove(index);
    after
}

fn succeeded(place: &Place, index: usize) -> Place {
    let open = &place.open[index];
    let mut after = without(place, index);
    match open.on_call() {
        OnCall::BringsUp => after.phase = Phase::Connected,
        OnCall::HandsOver if open.hands_over => {
            after = over(&after);
            after.was_handed_over = true;
        }
        OnCall::Adds => after.others = Others::Several,
        OnCall::Removes => after.others = Others::Unknown,
        OnCall::GivesAway => after = over(&after),
        OnCall::HandsOver | OnCall::Ends | OnCall::Stays | OnCall::Outside => {}
    }
    after.ongoing.succeed(open.kind);
    if open.media.is_queued() {
        after.open = finished(place, index).open;
    }
    after
}

/// Without the media at this place, and what queued before it, which is over as well (clarification 59).
fn finished(place: &Place, index: usize) -> Place {
    let media = place.open[index].media;
    let mut after = without(place, index);
    let mut position = 0;
    after.open.retain(|other| {
        let is_earlier = position < index;
        position += 1;
        !(is_earlier && other.media == media)
    });
    after
}
