//! What Event Grid tells of calls with users of the resource in them: who began one, who came and left, and its end.
//!
//! Source: reference 6.5. The news are found by comparing who is there with who was told of, so that no way of joining
//! or leaving can be forgotten.

use std::collections::BTreeMap;

use acs::event_grid::{
    CallEnded, CallParticipantChanged, CallStarted, GroupOrRoom, OutgoingGridEvent, UserInRole,
};
use acs::model::CommunicationIdentifier;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::World;
use crate::call::{Call, CallId, CallState, Who};
use crate::identity::{Key, is_user};

/// The only role of the five that says nothing more than that somebody takes part.
const ROLE: &str = "Attendee";

/// What was told of a call.
#[derive(Debug)]
pub(crate) struct News {
    began: Timestamp,
    started_by: CommunicationIdentifier,
    /// Who is in it, with the id of their participation.
    present: BTreeMap<Key, (CommunicationIdentifier, String)>,
}

impl World {
    /// Tells what has changed in a call, if it is one that is told of: a user of the resource is in it.
    pub(super) fn tell_news(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.news.is_none() {
            let mut people = call.participants.values().filter(|it| it.who == Who::Person);
            let user = people.find(|person| is_user(&person.identifier));
            let Some(user) = user.filter(|_| call.state == CallState::Connected) else { return };
            let started_by = user.identifier.clone();
            call.news = Some(News { began: self.now, started_by, present: BTreeMap::new() });
            self.post_news(id, "CallStarted", started_by_subject, |started, _| json!(started));
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(news) = &mut call.news else { return };
        let gone: Vec<Key> =
            news.present.keys().filter(|key| !call.participants.contains_key(*key)).cloned().collect();
        let left: Vec<_> = gone.iter().filter_map(|key| news.present.remove(key)).collect();
        let mut came = Vec::new();
        for (key, participant) in &call.participants {
            if participant.who == Who::Person && !news.present.contains_key(key) {
                let entry = (participant.identifier.clone(), self.ids.uuid());
                news.present.insert(key.clone(), entry.clone());
                came.push(entry);
            }
        }
        for (who, participation) in left {
            self.post_change(id, "CallParticipantRemoved", who, participation);
        }
        for (who, participation) in came {
            self.post_change(id, "CallParticipantAdded", who, participation);
        }
    }

    /// The call is over, and everyone has left it.
    pub(super) fn tell_end(&mut self, id: CallId) {
        self.tell_news(id);
        let Some(news) = self.calls.get(&id).and_then(|call| call.news.as_ref()) else { return };
        let seconds = self.now.duration_since(news.began).as_secs_f64();
        let subject = |call: &Call, _: &News| format!("call/{}", call.server_call_id);
        self.post_news(id, "CallEnded", subject, |call, _| {
            json!(CallEnded { call, call_duration_in_seconds: Some(seconds), ..CallEnded::default() })
        });
    }

    fn post_change(&mut self, id: CallId, kind: &str, who: CommunicationIdentifier, participation: String) {
        let raw_id = who.raw_id();
        let subject = |call: &Call, _: &News| format!("call/{}/participant/{raw_id}", call.server_call_id);
        self.post_news(id, kind, subject, |call, _| {
            json!(CallParticipantChanged {
                call,
                user: Some(in_role(&who)),
                participant_id: Some(participation),
                ..CallParticipantChanged::default()
            })
        });
    }

    fn post_news(
        &mut self,
        id: CallId,
        kind: &str,
        subject: impl FnOnce(&Call, &News) -> String,
        data: impl FnOnce(CallStarted, &News) -> Value,
    ) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(news) = &call.news else { return };
        let Some(url) = call.webhook.clone().or_else(|| self.options.webhook.clone()) else { return };
        let of = |id: &Option<String>| id.clone().map(|id| GroupOrRoom { id: Some(id) });
        let started = CallStarted {
            started_by: Some(in_role(&news.started_by)),
            server_call_id: Some(call.server_call_id.clone()),
            group: of(&call.group_call_id),
            room: of(&call.room_id),
            is_two_party: Some(call.participants.len() <= 2),
            correlation_id: Some(call.correlation_id.clone()),
            is_rooms_call: Some(call.room_id.is_some()),
        };
        let event = OutgoingGridEvent {
            id: self.ids.uuid(),
            topic: self.options.topic.clone(),
            subject: subject(call, news),
            event_type: format!("Microsoft.Communication.{kind}"),
            data_version: "1.0",
            time: self.now,
            data: data(started, news),
        };
        self.deliver_grid_event(id, url, &event);
    }
}

fn started_by_subject(call: &Call, news: &News) -> String {
    format!("call/{}/startedBy/{}", call.server_call_id, news.started_by.raw_id())
}

fn in_role(who: &CommunicationIdentifier) -> UserInRole {
    UserInRole { communication_identifier: Some(who.clone()), role: Some(ROLE.to_owned()) }
}
