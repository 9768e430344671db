//! What people do, as scripts say it: the JSON of the control API.
//!
//! The same shape is meant for files. Everything is checked while it is read, so that whoever wrote it hears of it.

use std::collections::BTreeMap;
use std::time::Duration;

use acs::model::{CustomCallingContext, Tone};
use serde::Deserialize;
use serde_json::Value;

use crate::identity::Address;
use crate::limits::{ENTRY_CHARS_MAX, PARTICIPANTS_MAX, SCRIPT_ENTRIES_MAX, SCRIPT_SECONDS_MAX};

/// A call that somebody places.
///
/// Either to a number of the application (`to`), which is announced through Event Grid; or into a group call or a
/// room, which the application can then join with `connect`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlaceCall {
    /// Who calls.
    pub from: Address,
    /// Which number or identity of the application.
    pub to: Option<Address>,
    /// Starts a group call of this id instead.
    pub group_call_id: Option<String>,
    /// Enters the room of this id instead.
    pub room_id: Option<String>,
    /// The caller's name, if the network knows it.
    #[serde(default)]
    pub caller_display_name: String,
    /// What the caller does.
    #[serde(default)]
    pub script: Script,
    /// Whom the application may reach in this call, and how they take it. Others answer after a second.
    #[serde(default)]
    pub people: BTreeMap<Address, Person>,
    /// Where this call is announced, instead of where the simulator was told.
    pub webhook: Option<String>,
    /// Headers that the application sees in `IncomingCall`.
    pub custom_context: Option<CustomCallingContext>,
}

impl PlaceCall {
    /// What JSON alone cannot say about such a call.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    pub fn check(&self) -> Result<(), String> {
        let ways = [self.to.is_some(), self.group_call_id.is_some(), self.room_id.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err("a call needs exactly one of `to`, `groupCallId` and `roomId`".to_owned());
        }
        if self.people.len() > PARTICIPANTS_MAX {
            return Err(format!("`people` has more than {PARTICIPANTS_MAX} entries"));
        }
        if let Some(webhook) = &self.webhook {
            check_webhook(webhook)?;
        }
        self.script.check()
    }
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
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Script {
    /// Keys. Each entry answers one recognition, in order, unless it has `at`.
    #[serde(default)]
    pub press: Vec<Press>,
    /// Words. Each entry answers one recognition that no keys are left for, unless it has `at`.
    #[serde(default)]
    pub say: Vec<Say>,
    /// Hangs up so long after the call was connected.
    pub hangup_after: Option<Span>,
    /// Hangs up after so many prompts.
    pub hangup_after_prompts: Option<u32>,
    /// A caller only: stops waiting for an answer after so long.
    pub give_up_after: Option<Span>,
}

impl Script {
    fn check(&self) -> Result<(), String> {
        if self.press.len().max(self.say.len()) > SCRIPT_ENTRIES_MAX {
            return Err(format!("`press` and `say` have at most {SCRIPT_ENTRIES_MAX} entries each"));
        }
        Ok(())
    }
}

/// Keys that are pressed together: `"12#"`, or `{"keys": "12#", "after": "2s"}`. `null` stays silent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Press {
    /// In order.
    pub keys: Vec<Tone>,
    /// When.
    pub when: When,
}

/// Words that are spoken: `"sales"`, or `{"words": "sales", "after": "2s"}`. `null` stays silent.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Say {
    /// What.
    pub words: String,
    /// When.
    pub when: When,
}

/// When an entry of a script is acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// A second into the prompt; after it, if it cannot be interrupted.
    Asked,
    /// So long after the prompt began.
    AfterPromptStart(Duration),
    /// So long after the call was connected, whoever asks for what.
    AfterConnect(Duration),
}

/// A length of time: `"1s"`, `"500ms"`, `"1m 30s"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl Span {
    /// Reads a length of time.
    ///
    /// # Errors
    /// What is wrong with it, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Span, String> {
        let wrong = || format!("`{text}` is not a length of time such as `20s`, `500ms` or `1m 30s`");
        let span: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
        let span = Duration::try_from(span).map_err(|_| wrong())?;
        if span.as_secs() > SCRIPT_SECONDS_MAX {
            return Err(format!("`{text}` is longer than a day"));
        }
        Ok(Span(span))
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Span, String> {
        Span::parse(&text)
    }
}

/// How somebody takes a call, and what they do then.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "WrittenPerson")]
pub struct Person {
    /// How they take it.
    pub pickup: Pickup,
    /// After what ringing; each way has its own usual time.
    pub after: Option<Duration>,
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
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenPerson {
    answer_after: Option<Span>,
    #[serde(default)]
    voicemail: bool,
    #[serde(default)]
    decline: bool,
    #[serde(default)]
    busy: bool,
    #[serde(default)]
    unavailable: bool,
    #[serde(default)]
    unknown: bool,
    #[serde(default)]
    no_answer: bool,
    #[serde(default)]
    application: bool,
    after: Option<Span>,
    #[serde(default)]
    press: Vec<Press>,
    #[serde(default)]
    say: Vec<Say>,
    hangup_after: Option<Span>,
    hangup_after_prompts: Option<u32>,
}

impl TryFrom<WrittenPerson> for Person {
    type Error = String;

    fn try_from(written: WrittenPerson) -> Result<Person, String> {
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
        };
        script.check()?;
        let after = written.answer_after.or(written.after).map(|span| span.0);
        Ok(Person { pickup, after, script })
    }
}

impl TryFrom<Value> for Press {
    type Error = String;

    fn try_from(value: Value) -> Result<Press, String> {
        let (text, when) = entry(value, "keys")?;
        let keys = parse_keys(&text)?;
        Ok(Press { keys, when })
    }
}

impl TryFrom<Value> for Say {
    type Error = String;

    fn try_from(value: Value) -> Result<Say, String> {
        let (words, when) = entry(value, "words")?;
        Ok(Say { words, when })
    }
}

/// Reads keys as people write them.
///
/// # Errors
/// The first character that is no key.
pub fn parse_keys(text: &str) -> Result<Vec<Tone>, String> {
    if text.chars().count() > ENTRY_CHARS_MAX {
        return Err(format!("more than {ENTRY_CHARS_MAX} keys at once"));
    }
    text.chars()
        .map(|key| {
            Tone::from_char(key)
                .ok_or_else(|| format!("`{key}` is no key: there are 0 to 9, `*`, `#` and A to D"))
        })
        .collect()
}

/// A text, or an object of it and its time. A bare number counts as text: in YAML keys are easily unquoted.
fn entry(value: Value, name: &'static str) -> Result<(String, When), String> {
    let mut object = match value {
        Value::Null => return Ok((String::new(), When::Asked)),
        Value::String(text) => return Ok((bounded(text)?, When::Asked)),
        Value::Number(number) => return Ok((number.to_string(), When::Asked)),
        Value::Object(object) => object,
        Value::Bool(_) | Value::Array(_) => {
            return Err(format!("an entry is a text, `null` or an object with `{name}`"));
        }
    };
    let text = match object.remove(name) {
        Some(Value::String(text)) => bounded(text)?,
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => return Err(format!("an entry that is an object needs a text `{name}`")),
    };
    let mut span = |key| match object.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Span::parse(&text).map(|span| Some(span.0)),
        Some(_) => Err(format!("`{key}` is not a length of time such as `2s`")),
    };
    let when = match (span("after")?, span("at")?) {
        (None, None) => When::Asked,
        (Some(after), None) => When::AfterPromptStart(after),
        (None, Some(at)) => When::AfterConnect(at),
        (Some(_), Some(_)) => {
            return Err("`after` counts from the prompt and `at` from the connection; give one".to_owned());
        }
    };
    match object.keys().next() {
        Some(key) => Err(format!("an entry has no property `{key}`: there are `{name}`, `after` and `at`")),
        None => Ok((text, when)),
    }
}

fn bounded(text: String) -> Result<String, String> {
    if text.chars().count() > ENTRY_CHARS_MAX {
        return Err(format!("an entry has at most {ENTRY_CHARS_MAX} characters"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_whole_call() {
        let call: PlaceCall = serde_json::from_value(json!({
            "from": "+14255550199", "to": "+18005550100", "callerDisplayName": "Ada",
            "script": {"press": ["1", 2, {"keys": "4#", "after": "2s"}, null], "say": ["sales"], "hangupAfter": "20s"},
            "people": {"+14255550123": {"answerAfter": "1s", "press": ["1"]}, "8:acs:x_y": {"busy": true}, "+14255550124": {}},
        }))
        .unwrap();
        call.check().unwrap();
        let keys: Vec<usize> = call.script.press.iter().map(|press| press.keys.len()).collect();
        assert_eq!(keys, [1, 1, 2, 0]);
        assert_eq!(call.script.press[2].when, When::AfterPromptStart(Duration::from_secs(2)));
        let ways: Vec<Pickup> = call.people.values().map(|person| person.pickup).collect();
        assert_eq!(ways, [Pickup::Answer, Pickup::Answer, Pickup::Busy]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (person, expected) in [
            (json!({"busy": true, "decline": true}), "in one way"),
            (json!({"press": ["x"]}), "`x` is no key"),
            (json!({"press": [{"keys": "1", "after": "1s", "at": "2s"}]}), "give one"),
            (json!({"press": [{"keys": "1", "when": "1s"}]}), "no property `when`"),
            (json!({"answerAfter": "soon"}), "`soon` is not a length of time"),
            (json!({"answerAfter": "-1s"}), "is not a length of time"),
            (json!({"hangupAfter": "25h"}), "longer than a day"),
            (json!({"answer": true}), "unknown field `answer`"),
        ] {
            let error = serde_json::from_value::<Person>(person.clone()).unwrap_err().to_string();
            assert!(error.contains(expected), "{person}: {error}");
        }
    }
}
