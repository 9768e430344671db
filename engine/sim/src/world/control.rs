//! What the control API asks of the world: placing calls, playing people live, and watching.

use jiff::Timestamp;
use serde::Serialize;
use thiserror::Error;

use super::World;
use crate::agenda::Happening;
use crate::call::{CallId, CallState, Who};
use crate::faults::Faults;
use crate::identity::{Address, Key, spoken};
use crate::limits::{CALLS_MAX, ENTRY_CHARS_MAX, PEOPLE_MAX};
use crate::script::{Person, PlaceCall, Speech, parse_keys};
use crate::story::{Happened, Line};

/// Why the control API is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// There is no such call, or it was forgotten.
    #[error("there is no call `{0}`; ended calls are kept for a while only")]
    NoCall(String),
    /// The call is over, or that person is not in it.
    #[error("{0}")]
    NotNow(String),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Wrong(String),
    /// No room for more.
    #[error("{0}")]
    Full(String),
}

/// A call, as the control API shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    /// Its id here.
    pub id: String,
    /// Where it stands.
    pub state: CallState,
    /// Who calls.
    pub from: String,
    /// Whom.
    pub to: String,
    /// Since when.
    pub placed_at: Timestamp,
    /// Its id on the wire.
    pub server_call_id: String,
    /// The applications in it.
    pub legs: Vec<LegView>,
    /// Everyone in it.
    pub participants: Vec<ParticipantView>,
    /// What has happened.
    pub story: Vec<Line>,
}

/// An application in a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegView {
    /// Its id on the wire.
    pub call_connection_id: String,
    /// Where it stands.
    pub state: String,
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ParticipantView {
    /// Who.
    pub raw_id: String,
    /// Whether it is an application.
    pub is_application: bool,
    /// Whether they are on hold.
    pub is_on_hold: bool,
    /// Whether they are muted.
    pub is_muted: bool,
}

impl World {
    /// Somebody calls.
    ///
    /// # Errors
    /// [`ControlError::Wrong`]: the description makes no sense. [`ControlError::Full`]: no more calls.
    pub fn place_call(&mut self, place: PlaceCall, at: Timestamp) -> Result<CallId, ControlError> {
        place.check().map_err(ControlError::Wrong)?;
        self.catch_up(at);
        if self.calls.len() >= CALLS_MAX {
            return Err(ControlError::Full(format!("there are {CALLS_MAX} calls, which is all it can hold")));
        }
        let group = place.group_call_id.clone().and_then(|id| self.group_calls.get(&id).copied());
        let room = place.room_id.clone().and_then(|id| self.rooms.get(&id).copied());
        if let Some(call) = group.or(room) {
            return Ok(self.enter(call, place));
        }
        let conditions = place.conditions();
        let from = place.from.0;
        let to = match (&place.to, &place.group_call_id, &place.room_id) {
            (Some(to), _, _) => spoken(&to.0),
            (None, Some(group), _) => format!("group {group}"),
            (None, None, room) => format!("room {}", room.as_deref().unwrap_or_default()),
        };
        let id = self.new_call(spoken(&from), to.clone());
        self.tell(id, Happened::Placed, format!("{} calls {to}", spoken(&from)));
        let give_up = place.script.give_up_after;
        let Some(call) = self.calls.get_mut(&id) else { return Ok(id) };
        call.conditions = conditions;
        let key = call.join(from.clone(), Who::Person, place.script);
        call.caller = Some(key);
        call.caller_display_name = place.caller_display_name;
        call.webhook = place.webhook;
        call.people = place.people.into_iter().map(|(address, person)| (address.key(), person)).collect();
        call.group_call_id = place.group_call_id.clone();
        call.room_id = place.room_id.clone();
        if let Some(to) = place.to {
            let context = self.offer(id, &from, &to.0, None, place.custom_context);
            if let Some(span) = give_up {
                self.later(span.0, Happening::GiveUp { context });
            }
        } else {
            call.state = CallState::Connected;
            place.group_call_id.map(|group| self.group_calls.insert(group, id));
            place.room_id.map(|room| self.rooms.insert(room, id));
            self.gather(id);
        }
        Ok(id)
    }

    /// Somebody enters a group call or a room in which others are.
    fn enter(&mut self, id: CallId, place: PlaceCall) -> CallId {
        let name = spoken(&place.from.0);
        let Some(call) = self.calls.get_mut(&id) else { return id };
        let key = call.join(place.from.0, Who::Person, place.script);
        call.state = CallState::Connected;
        self.tell(id, Happened::Joined, format!("{name} joins"));
        self.begins(id, &key);
        self.bring(id, place.people.into_iter().map(|(address, person)| (address.key(), person)).collect());
        self.soon(Happening::Roster { call: id });
        id
    }

    /// A caller loses patience before anybody has answered.
    pub(super) fn gives_up(&mut self, context: &str) {
        let Some(call_id) = self.offers.get(context).map(|offer| offer.call) else { return };
        let caller = self.calls.get(&call_id).and_then(|call| call.caller.clone());
        if let Some(caller) = caller {
            self.person_hangs_up(call_id, &caller);
        }
    }

    /// Somebody presses keys now: the caller, unless another is named.
    ///
    /// # Errors
    /// [`ControlError`]: no such call, person or key.
    pub fn press(
        &mut self,
        call: CallId,
        who: Option<&Address>,
        keys: &str,
        at: Timestamp,
    ) -> Result<(), ControlError> {
        let keys = parse_keys(keys).map_err(ControlError::Wrong)?;
        let key = self.someone(call, who, at)?;
        self.press_later(call, &key, keys, std::time::Duration::ZERO, None);
        Ok(())
    }

    /// Somebody speaks now: the caller, unless another is named.
    ///
    /// # Errors
    /// [`ControlError`]: no such call or person.
    pub fn say(
        &mut self,
        call: CallId,
        who: Option<&Address>,
        words: &str,
        at: Timestamp,
    ) -> Result<(), ControlError> {
        if words.chars().count() > ENTRY_CHARS_MAX {
            return Err(ControlError::Wrong(format!("more than {ENTRY_CHARS_MAX} characters at once")));
        }
        let key = self.someone(call, who, at)?;
        let speech = Speech::Words(words.to_owned());
        self.later_exactly(std::time::Duration::ZERO, Happening::Say { call, key, speech, during: None });
        Ok(())
    }

    /// Somebody hangs up now: the caller, unless another is named.
    ///
    /// # Errors
    /// [`ControlError`]: no such call or person.
    pub fn hang_up(
        &mut self,
        call: CallId,
        who: Option<&Address>,
        at: Timestamp,
    ) -> Result<(), ControlError> {
        let key = self.someone(call, who, at)?;
        self.later_exactly(std::time::Duration::ZERO, Happening::HangUp { call, key });
        Ok(())
    }

    fn someone(&mut self, id: CallId, who: Option<&Address>, at: Timestamp) -> Result<Key, ControlError> {
        self.catch_up(at);
        let call = self.calls.get(&id).ok_or_else(|| ControlError::NoCall(id.to_string()))?;
        if call.state == CallState::Ended {
            return Err(ControlError::NotNow(format!("`{id}` is over")));
        }
        let is_person =
            |key: &Key| call.participants.get(key).is_some_and(|participant| participant.who == Who::Person);
        let only = || call.participants.keys().find(|key| is_person(key)).cloned();
        let key = match who {
            Some(address) => Some(address.key()),
            None => call.caller.clone().or_else(only),
        };
        key.filter(is_person).ok_or_else(|| ControlError::NotNow("that person is not in the call".to_owned()))
    }

    /// Decides how somebody takes the calls of applications from now on.
    ///
    /// # Errors
    /// [`ControlError::Full`]: too many people have scripts. [`ControlError::Wrong`]: somebody who comes by themselves.
    pub fn set_person(&mut self, address: &Address, person: Person) -> Result<(), ControlError> {
        if person.joins_after.is_some() {
            return Err(ControlError::Wrong(
                "`joinsAfter` says when somebody comes into one call: give it with that call".to_owned(),
            ));
        }
        let key = address.key();
        if self.people.len() >= PEOPLE_MAX && !self.people.contains_key(&key) {
            return Err(ControlError::Full(format!(
                "{PEOPLE_MAX} people have scripts, which is all it can hold"
            )));
        }
        self.people.insert(key, person);
        Ok(())
    }

    /// What may go wrong now.
    pub fn faults(&self) -> &Faults {
        &self.fates.faults
    }

    /// Decides what may go wrong from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.fates.faults = faults;
    }

    /// One call, with what happened behind the line of that number.
    ///
    /// # Errors
    /// [`ControlError::NoCall`].
    pub fn call(&self, id: CallId, after: usize) -> Result<CallView, ControlError> {
        let call = self.calls.get(&id).ok_or_else(|| ControlError::NoCall(id.to_string()))?;
        let legs = call.legs.iter().filter_map(|leg| self.legs.get(leg)).map(|leg| LegView {
            call_connection_id: leg.connection_id.clone(),
            state: leg.phase.shown().to_string(),
        });
        let participants = call.participants.values().map(|participant| ParticipantView {
            raw_id: participant.identifier.raw_id(),
            is_application: participant.who != Who::Person,
            is_on_hold: participant.is_on_hold,
            is_muted: participant.is_muted,
        });
        Ok(CallView {
            id: id.to_string(),
            state: call.state,
            from: call.from.clone(),
            to: call.to.clone(),
            placed_at: call.story.began(),
            server_call_id: call.server_call_id.clone(),
            legs: legs.collect(),
            participants: participants.collect(),
            story: call.story.after(after).to_vec(),
        })
    }

    /// The latest calls, newest first, without their stories.
    pub fn latest_calls(&self, count: usize) -> Vec<CallView> {
        let mut ids: Vec<CallId> = self.calls.keys().copied().collect();
        ids.sort_unstable_by(|left, right| right.cmp(left));
        ids.into_iter().take(count).filter_map(|id| self.call(id, usize::MAX).ok()).collect()
    }
}
