//! People who come into a call by themselves: those of a room or a group call, and those whom others bring in.

use std::collections::BTreeMap;

use super::World;
use crate::agenda::Happening;
use crate::call::{CallId, CallState, Who};
use crate::identity::{Key, spoken};
use crate::limits::PARTICIPANTS_MAX;
use crate::script::Person;
use crate::story::Happened;

/// What a locator names.
pub(super) enum Located {
    Running(CallId),
    /// No call of this room goes on.
    Room(String),
    /// No group call of this id is known yet.
    Group(String),
    Nowhere,
}

impl World {
    /// Makes a call what the application wanted to join, if that is there: rooms are made beforehand and may be empty,
    /// group calls exist only while somebody is in them.
    pub(super) fn open_gathering(&mut self, id: CallId, place: Located) -> bool {
        let Some(call) = self.calls.get_mut(&id) else { return false };
        match place {
            Located::Room(room) => {
                self.rooms.insert(room.clone(), id);
                call.room_id = Some(room);
            }
            Located::Group(group) if self.options.scene.group_calls.contains_key(&group) => {
                self.group_calls.insert(group.clone(), id);
                call.group_call_id = Some(group);
            }
            Located::Group(_) | Located::Nowhere | Located::Running(_) => return false,
        }
        self.gather(id);
        true
    }

    /// A room or a group call fills: with those who are in it by script, and then with those who come later.
    pub(super) fn gather(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let scene = &self.options.scene;
        let gathered = match (&call.room_id, &call.group_call_id) {
            (Some(room), _) => scene.rooms.get(room),
            (None, Some(group)) => scene.group_calls.get(group),
            (None, None) => None,
        };
        for (address, person) in gathered.into_iter().flatten() {
            let key = address.key();
            if person.joins_after.is_none() && !call.participants.contains_key(&key) {
                call.join(address.0.clone(), Who::Person, person.script.clone());
                call.state = CallState::Connected;
                call.story.tell(self.now, Happened::Joined, format!("{} is in it", spoken(&address.0)));
            }
            call.people.entry(key).or_insert_with(|| person.clone());
        }
        self.tell_news(id);
        self.everyone_begins(id);
    }

    /// Whoever enters a call knows people, too, and some of them come.
    pub(super) fn bring(&mut self, id: CallId, people: BTreeMap<Key, Person>) {
        self.expect(id, &people);
        let Some(call) = self.calls.get_mut(&id) else { return };
        for (key, person) in people {
            if call.people.len() < PARTICIPANTS_MAX {
                call.people.entry(key).or_insert(person);
            }
        }
    }

    /// Sets the times at which people come.
    pub(super) fn expect(&mut self, call: CallId, people: &BTreeMap<Key, Person>) {
        for (key, person) in people {
            if let Some(after) = person.joins_after {
                self.later(after, Happening::Come { call, key: key.clone() });
            }
        }
    }

    pub(super) fn comes(&mut self, id: CallId, key: &Key) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.state != CallState::Ended) else {
            return;
        };
        if call.participants.contains_key(key) || call.participants.len() >= PARTICIPANTS_MAX {
            return;
        }
        let script = call.people.get(key).map(|person| person.script.clone()).unwrap_or_default();
        let identifier = key.identifier();
        call.story.tell(self.now, Happened::Joined, format!("{} joins", spoken(&identifier)));
        call.join(identifier, Who::Person, script);
        self.roster_changed(id);
        self.begins(id, key);
    }
}
