//! A call, the people in it, and those who are being rung.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use acs::model::{CallParticipant, CommunicationIdentifier, CustomCallingContext};

use crate::faults::Counts;
use crate::identity::Key;
use crate::script::{Conditions, Person, Press, Say, Script, When};
use crate::story::Story;
use crate::world::News;

/// A call, as the control API names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

impl CallId {
    /// Reads `call-17`.
    pub fn parse(text: &str) -> Option<CallId> {
        text.strip_prefix("call-")?.parse().ok().map(CallId)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call-{}", self.0)
    }
}

/// An application's connection to a call, as the world counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LegId(pub(crate) u64);

/// Somebody who is being rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RingId(pub(crate) u64);

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) server_call_id: String,
    pub(crate) correlation_id: String,
    pub(crate) group_call_id: Option<String>,
    pub(crate) room_id: Option<String>,
    pub(crate) participants: BTreeMap<Key, Participant>,
    pub(crate) joined: u64,
    /// In order of joining.
    pub(crate) legs: Vec<LegId>,
    /// Those whom its legs ring.
    pub(crate) rings: Vec<RingId>,
    /// Announcements that nobody has answered.
    pub(crate) offers: Vec<String>,
    /// How people take calls that belong to this one.
    pub(crate) people: BTreeMap<Key, Person>,
    /// What the service meets outside in this call.
    pub(crate) conditions: Conditions,
    /// Where it is announced.
    pub(crate) webhook: Option<String>,
    /// Who placed it, unless it was the application.
    pub(crate) caller: Option<Key>,
    pub(crate) caller_display_name: String,
    pub(crate) story: Story,
    pub(crate) state: CallState,
    pub(crate) from: String,
    pub(crate) to: String,
    /// What Event Grid was told of it.
    pub(crate) news: Option<News>,
    /// The one recording that may run.
    pub(crate) recording: Option<String>,
    /// What was asked and told so far, for the faults.
    pub(crate) counts: Counts,
}

/// Where a call stands, as the control API shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// Nobody has answered yet.
    Ringing,
    /// People talk, or the application does.
    Connected,
    /// It is over.
    Ended,
}

/// Somebody in a call.
#[derive(Debug)]
pub(crate) struct Participant {
    pub(crate) identifier: CommunicationIdentifier,
    pub(crate) who: Who,
    pub(crate) is_muted: bool,
    pub(crate) is_on_hold: bool,
    pub(crate) acting: Acting,
    /// Place in the roster.
    pub(crate) place: u64,
}

/// Whether somebody is a person of this simulation, or an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Person,
    Application(LegId),
}

/// What somebody has still to do.
#[derive(Debug, Default)]
pub(crate) struct Acting {
    pub(crate) press: VecDeque<Press>,
    pub(crate) say: VecDeque<Say>,
    pub(crate) prompts_heard: u32,
    pub(crate) script: Script,
}

impl Acting {
    /// Entries with a time of their own are not for recognitions.
    pub(crate) fn new(script: Script) -> Acting {
        let is_answer = |when: When| !matches!(when, When::AfterConnect(_));
        Acting {
            press: script.press.iter().filter(|press| is_answer(press.when)).cloned().collect(),
            say: script.say.iter().filter(|say| is_answer(say.when)).cloned().collect(),
            prompts_heard: 0,
            script,
        }
    }
}

impl Call {
    pub(crate) fn join(&mut self, identifier: CommunicationIdentifier, who: Who, script: Script) -> Key {
        let key = Key::of(&identifier);
        self.joined += 1;
        let participant = Participant {
            identifier,
            who,
            is_muted: false,
            is_on_hold: false,
            acting: Acting::new(script),
            place: self.joined,
        };
        self.participants.insert(key.clone(), participant);
        key
    }

    /// The whole roster, in order of joining.
    pub(crate) fn roster(&self) -> Vec<CallParticipant> {
        let mut people: Vec<&Participant> = self.participants.values().collect();
        people.sort_by_key(|participant| participant.place);
        people.into_iter().map(Participant::shown).collect()
    }

    /// Everyone but the application behind `own`.
    pub(crate) fn others<'a>(&'a self, own: &'a Key) -> impl Iterator<Item = (&'a Key, &'a Participant)> {
        self.participants.iter().filter(move |(key, _)| *key != own)
    }

    /// Whether there is at most one party besides the application (reference 9.3).
    pub(crate) fn is_one_to_one(&self, own: &Key) -> bool {
        self.others(own).nth(1).is_none()
    }
}

impl Participant {
    pub(crate) fn shown(&self) -> CallParticipant {
        CallParticipant {
            identifier: Some(self.identifier.clone()),
            is_muted: Some(self.is_muted),
            is_on_hold: Some(self.is_on_hold),
        }
    }
}

/// Somebody's phone rings for the application.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) call: CallId,
    pub(crate) target: CommunicationIdentifier,
    pub(crate) purpose: Purpose,
    /// The announcement, if the target is an application's.
    pub(crate) offer: Option<String>,
}

/// What for somebody is rung.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// createCall.
    Create { leg: LegId },
    /// addParticipant.
    Add { leg: LegId, invitation: String, context: Option<String>, callback: Option<String> },
    /// transferToParticipant.
    Transfer { leg: LegId, transferee: Key, context: Option<String>, callback: Option<String> },
    /// The caller of an unanswered call was sent on.
    Redirect,
}

/// A call that was announced, and that an application may answer.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) call: CallId,
    pub(crate) from: CommunicationIdentifier,
    pub(crate) to: CommunicationIdentifier,
    /// Who rings, if it is an application that does.
    pub(crate) ring: Option<RingId>,
    pub(crate) custom_context: Option<CustomCallingContext>,
}
