//! What people do, as scripts say it: the JSON of the control API, and YAML files of the same shape.
//!
//! Everything is checked while it is read, so that whoever wrote it hears of it.

mod entry;
mod medium;
mod person;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use acs::model::CustomCallingContext;
use serde::{Deserialize, Serialize};

use crate::identity::Address;
use crate::limits::{GATHERINGS_MAX, PARTICIPANTS_MAX, PEOPLE_MAX, SCRIPT_ENTRIES_MAX, TEXT_BYTES_MAX};

pub use entry::{Press, Say, Span, Speech, When, parse_keys};
pub(crate) use medium::Conditions;
pub use medium::Medium;
pub use person::{Person, Pickup};

/// A call that somebody places.
///
/// Either to a number of the application (`to`), which is announced through Event Grid; or into a group call or a
/// room, which the application can then join with `connect`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a call")]
pub struct PlaceCall {
    /// Who calls: somebody with a number that is reserved for fiction, unless it is said.
    #[serde(default = "Address::fictional")]
    pub from: Address,
    /// Which number or identity of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Address>,
    /// Starts a group call of this id instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_call_id: Option<String>,
    /// Enters the room of this id instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// The caller's name, if the network knows it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub caller_display_name: String,
    /// What the caller does.
    #[serde(default)]
    pub script: Script,
    /// Whom the application may reach in this call, and how they take it, and who comes by themselves. Others answer
    /// after a second.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<Address, Person>,
    /// What is behind the URLs that the application names in this call.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<String, Medium>,
    /// An answer to this call is accepted, and then the application does not get into it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub answer_fails: bool,
    /// A recording of this call is accepted, and then does not begin.
    #[serde(default, skip_serializing_if = "is_false")]
    pub recording_fails: bool,
    /// The AI services cannot be reached in this call: nothing is spoken or understood.
    #[serde(default, skip_serializing_if = "is_false")]
    pub speech_fails: bool,
    /// Where this call is announced, instead of where the simulator was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// Headers that the application sees in `IncomingCall`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_context: Option<CustomCallingContext>,
}

impl Default for PlaceCall {
    /// A call to nobody yet.
    fn default() -> PlaceCall {
        PlaceCall {
            from: Address::fictional(),
            to: None,
            group_call_id: None,
            room_id: None,
            caller_display_name: String::new(),
            script: Script::default(),
            people: BTreeMap::new(),
            media: BTreeMap::new(),
            answer_fails: false,
            recording_fails: false,
            speech_fails: false,
            webhook: None,
            custom_context: None,
        }
    }
}

impl PlaceCall {
    /// What its shape alone cannot say about such a call.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    pub fn check(&self) -> Result<(), String> {
        let ways = [self.to.is_some(), self.group_call_id.is_some(), self.room_id.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err("a call needs exactly one of `to`, `groupCallId` and `roomId`".to_owned());
        }
        let texts = [
            ("groupCallId", self.group_call_id.as_deref()),
            ("roomId", self.room_id.as_deref()),
            ("callerDisplayName", Some(self.caller_display_name.as_str())),
        ];
        for (name, text) in texts {
            bounded(name, text.unwrap_or_default())?;
        }
        people("people", &self.people)?;
        medium::check(&self.media)?;
        if let Some(webhook) = &self.webhook {
            check_webhook(webhook)?;
        }
        self.script.check()
    }

    pub(crate) fn conditions(&self) -> Conditions {
        Conditions {
            media: self.media.clone(),
            answer_fails: self.answer_fails,
            recording_fails: self.recording_fails,
            speech_fails: self.speech_fails,
        }
    }
}

/// What is so in every call: who is behind which number, who is in which room, what the service meets outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "a scene: `people`, `rooms` and others"
)]
pub struct Scene {
    /// How people take calls. What a call says of its own people goes first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub people: BTreeMap<Address, Person>,
    /// Who is in a room, or comes into it once somebody has entered it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rooms: BTreeMap<String, BTreeMap<Address, Person>>,
    /// Who is in a group call that goes on without the application.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group_calls: BTreeMap<String, BTreeMap<Address, Person>>,
    /// What is behind the URLs that the application names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub media: BTreeMap<String, Medium>,
    /// Answers are accepted, and then the application does not get into the call.
    #[serde(skip_serializing_if = "is_false")]
    pub answer_fails: bool,
    /// Recordings are accepted, and then do not begin.
    #[serde(skip_serializing_if = "is_false")]
    pub recording_fails: bool,
    /// The AI services cannot be reached: nothing is spoken or understood.
    #[serde(skip_serializing_if = "is_false")]
    pub speech_fails: bool,
}

impl Scene {
    /// What its shape alone cannot say about a scene.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    pub fn check(&self) -> Result<(), String> {
        if self.people.len() > PEOPLE_MAX {
            return Err(format!("`people` has more than {PEOPLE_MAX} entries"));
        }
        if self.people.values().any(|person| person.joins_after.is_some()) {
            return Err("`joinsAfter` says when somebody comes into one call: put them into `rooms` or \
                        `groupCalls`, or into the `people` of a call"
                .to_owned());
        }
        for (name, gatherings) in [("rooms", &self.rooms), ("groupCalls", &self.group_calls)] {
            if gatherings.len() > GATHERINGS_MAX {
                return Err(format!("`{name}` has more than {GATHERINGS_MAX} entries"));
            }
            for (id, gathered) in gatherings {
                bounded(name, id)?;
                people(name, gathered)?;
            }
        }
        medium::check(&self.media)
    }
}

fn people(name: &str, people: &BTreeMap<Address, Person>) -> Result<(), String> {
    if people.len() > PARTICIPANTS_MAX {
        return Err(format!("`{name}` has more than {PARTICIPANTS_MAX} people for one call"));
    }
    Ok(())
}

fn bounded(name: &str, text: &str) -> Result<(), String> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(format!("`{name}` has a text of more than {TEXT_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Event Grid posts to HTTPS only; this stand-in also to HTTP on any host, since it is no secret's keeper.
pub(crate) fn check_webhook(url: &str) -> Result<(), String> {
    let wrong = || "`webhook` is not an absolute `http://` or `https://` URL".to_owned();
    let parsed: ::http::Uri = url.parse().map_err(|_| wrong())?;
    match (parsed.scheme_str(), parsed.authority()) {
        (Some("http" | "https"), Some(_)) => Ok(()),
        (_, _) => Err(wrong()),
    }
}

/// What somebody does once in a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default, expecting = "what somebody does in a call")]
pub struct Script {
    /// Keys. Each entry answers one recognition, in order, unless it has `at`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub press: Vec<Press>,
    /// Words. Each entry answers one recognition that no keys are left for, unless it has `at`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub say: Vec<Say>,
    /// Hangs up so long after the call was connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hangup_after: Option<Span>,
    /// Hangs up after so many prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hangup_after_prompts: Option<u32>,
    /// A caller only: stops waiting for an answer after so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub give_up_after: Option<Span>,
    /// No keys get through this line, neither those that are pressed nor those that are sent.
    #[serde(skip_serializing_if = "is_false")]
    pub keys_lost: bool,
}

impl Script {
    fn check(&self) -> Result<(), String> {
        if self.press.len().max(self.say.len()) > SCRIPT_ENTRIES_MAX {
            return Err(format!("`press` and `say` have at most {SCRIPT_ENTRIES_MAX} entries each"));
        }
        Ok(())
    }
}
