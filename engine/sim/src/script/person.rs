//! Somebody: how they take a call, whether they come by themselves, and what they do then.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::{Press, Say, Span};
use super::{Script, is_false};

/// How somebody takes a call, and what they do then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Person {
    /// How they take it.
    pub pickup: Pickup,
    /// After what ringing; each way has its own usual time.
    pub after: Option<Duration>,
    /// Comes into the call without being rung: so long after it is connected.
    pub joins_after: Option<Duration>,
    /// What they do in the call.
    pub script: Script,
}

/// How somebody takes a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pickup {
    /// Answers.
    #[default]
    Answer,
    /// Voicemail answers, which counts as an answer (reference 5).
    Voicemail,
    /// Declines: 603.
    Decline,
    /// Is talking to someone else: 486.
    Busy,
    /// Cannot be reached: 503.
    Unavailable,
    /// There is no such number: 404.
    Unknown,
    /// Lets it ring.
    NoAnswer,
    /// A number of the application itself: the call is announced through Event Grid.
    Application,
}

/// A person as written: at most one of the ways, and the script beside it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "what somebody does, such as `busy: true`"
)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_after: Option<Span>,
    #[serde(skip_serializing_if = "is_false")]
    voicemail: bool,
    #[serde(skip_serializing_if = "is_false")]
    decline: bool,
    #[serde(skip_serializing_if = "is_false")]
    busy: bool,
    #[serde(skip_serializing_if = "is_false")]
    unavailable: bool,
    #[serde(skip_serializing_if = "is_false")]
    unknown: bool,
    #[serde(skip_serializing_if = "is_false")]
    no_answer: bool,
    #[serde(skip_serializing_if = "is_false")]
    application: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joins_after: Option<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    press: Vec<Press>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    say: Vec<Say>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hangup_after: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hangup_after_prompts: Option<u32>,
    #[serde(skip_serializing_if = "is_false")]
    keys_lost: bool,
}

impl TryFrom<Written> for Person {
    type Error = String;

    fn try_from(written: Written) -> Result<Person, String> {
        let ways = [
            (written.answer_after.is_some(), Pickup::Answer),
            (written.voicemail, Pickup::Voicemail),
            (written.decline, Pickup::Decline),
            (written.busy, Pickup::Busy),
            (written.unavailable, Pickup::Unavailable),
            (written.unknown, Pickup::Unknown),
            (written.no_answer, Pickup::NoAnswer),
            (written.application, Pickup::Application),
        ];
        let mut chosen = ways.iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, pickup)| *pickup);
        let pickup = chosen.next().unwrap_or_default();
        if chosen.next().is_some() {
            return Err(
                "a person takes a call in one way: one of `answerAfter`, `voicemail`, `decline`, `busy`, \
                        `unavailable`, `unknown`, `noAnswer` and `application`"
                    .to_owned(),
            );
        }
        let script = Script {
            press: written.press,
            say: written.say,
            hangup_after: written.hangup_after,
            hangup_after_prompts: written.hangup_after_prompts,
            give_up_after: None,
            keys_lost: written.keys_lost,
        };
        script.check()?;
        let after = written.answer_after.or(written.after).map(|span| span.0);
        Ok(Person { pickup, after, joins_after: written.joins_after.map(|span| span.0), script })
    }
}

impl From<Person> for Written {
    fn from(person: Person) -> Written {
        let Person { pickup, after, joins_after, script } = person;
        let after = after.map(Span);
        let (answer_after, after) = if pickup == Pickup::Answer { (after, None) } else { (None, after) };
        Written {
            answer_after,
            voicemail: pickup == Pickup::Voicemail,
            decline: pickup == Pickup::Decline,
            busy: pickup == Pickup::Busy,
            unavailable: pickup == Pickup::Unavailable,
            unknown: pickup == Pickup::Unknown,
            no_answer: pickup == Pickup::NoAnswer,
            application: pickup == Pickup::Application,
            after,
            joins_after: joins_after.map(Span),
            press: script.press,
            say: script.say,
            hangup_after: script.hangup_after,
            hangup_after_prompts: script.hangup_after_prompts,
            keys_lost: script.keys_lost,
        }
    }
}

/// The ways of [`Pickup`] in a few letters, as the command line takes them.
const WAYS: [(&str, Pickup); 8] = [
    ("answer", Pickup::Answer),
    ("voicemail", Pickup::Voicemail),
    ("decline", Pickup::Decline),
    ("busy", Pickup::Busy),
    ("unavailable", Pickup::Unavailable),
    ("unknown", Pickup::Unknown),
    ("no-answer", Pickup::NoAnswer),
    ("application", Pickup::Application),
];

impl Person {
    /// Reads how somebody takes a call from a few letters: `busy`, or `answer:5s` with what it takes them.
    ///
    /// # Errors
    /// What is wrong with it, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Person, String> {
        let (way, after) = match text.split_once(':') {
            Some((way, after)) => (way, Some(Span::parse(after)?.0)),
            None => (text, None),
        };
        if way == "join" {
            return Ok(Person { joins_after: Some(after.unwrap_or_default()), ..Person::default() });
        }
        let Some((_, pickup)) = WAYS.iter().find(|(name, _)| *name == way) else {
            let names: Vec<_> = WAYS.iter().map(|(name, _)| *name).collect();
            return Err(format!("`{way}` is none of {} and join", names.join(", ")));
        };
        Ok(Person { pickup: *pickup, after, ..Person::default() })
    }
}
