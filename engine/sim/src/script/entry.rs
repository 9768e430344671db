//! One entry of a person's script: keys or words, and when.

use std::time::Duration;

use acs::model::Tone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits::{ENTRY_CHARS_MAX, SCRIPT_SECONDS_MAX};

/// Keys that are pressed together: `"12#"`, or `{"keys": "12#", "after": "2s"}`. `null` stays silent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Press {
    /// In order.
    pub keys: Vec<Tone>,
    /// When.
    pub when: When,
}

/// Words that are spoken: `"sales"`, or `{"words": "sales", "after": "2s"}`. `null` stays silent, `{"unclear": true}`
/// says what nobody understands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Say {
    /// What; `None` stays silent.
    pub speech: Option<Speech>,
    /// When.
    pub when: When,
}

/// What is spoken, as somebody hears it who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speech {
    /// Words.
    Words(String),
    /// A voice, but no words.
    Unclear,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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

impl From<Span> for String {
    fn from(span: Span) -> String {
        let span = jiff::SignedDuration::try_from(span.0).unwrap_or(jiff::SignedDuration::MAX);
        format!("{span:#}")
    }
}

impl Press {
    /// Keys that answer one recognition.
    ///
    /// # Errors
    /// The first character that is no key.
    pub fn asked(keys: &str) -> Result<Press, String> {
        Ok(Press { keys: parse_keys(keys)?, when: When::Asked })
    }
}

impl Say {
    /// Words that answer one recognition.
    ///
    /// # Errors
    /// They are too many.
    pub fn asked(words: &str) -> Result<Say, String> {
        Say::try_from(Value::from(words))
    }
}

impl TryFrom<Value> for Press {
    type Error = String;

    fn try_from(value: Value) -> Result<Press, String> {
        let entry = Entry::read(value, "keys")?;
        let keys = parse_keys(&entry.text.unwrap_or_default())?;
        Ok(Press { keys, when: entry.when })
    }
}

impl From<Press> for Value {
    fn from(press: Press) -> Value {
        let keys: String = press.keys.iter().filter_map(Tone::to_char).collect();
        written("keys", json!(keys), press.when, keys.is_empty())
    }
}

impl TryFrom<Value> for Say {
    type Error = String;

    fn try_from(value: Value) -> Result<Say, String> {
        let is_unclear = value.get("unclear").is_some();
        let entry = Entry::read(value, if is_unclear { "unclear" } else { "words" })?;
        let speech = match entry.text {
            None => None,
            Some(_) if is_unclear => Some(Speech::Unclear),
            Some(words) if words.is_empty() => None,
            Some(words) => Some(Speech::Words(words)),
        };
        Ok(Say { speech, when: entry.when })
    }
}

impl From<Say> for Value {
    fn from(say: Say) -> Value {
        match say.speech {
            None => written("words", json!(""), say.when, true),
            Some(Speech::Words(words)) => written("words", json!(words), say.when, false),
            Some(Speech::Unclear) => {
                let entry = written("unclear", json!(true), say.when, false);
                if entry.is_object() { entry } else { json!({"unclear": true}) }
            }
        }
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

/// An entry in its shortest form.
fn written(name: &str, text: Value, when: When, is_silent: bool) -> Value {
    match when {
        When::Asked if is_silent => Value::Null,
        When::Asked => text,
        When::AfterPromptStart(after) => json!({name: text, "after": Span(after)}),
        When::AfterConnect(at) => json!({name: text, "at": Span(at)}),
    }
}

/// A text, or an object of it and its time. A bare number counts as text: in YAML keys are easily unquoted.
struct Entry {
    /// `None` was written as `null`.
    text: Option<String>,
    when: When,
}

impl Entry {
    fn read(value: Value, name: &'static str) -> Result<Entry, String> {
        let mut object = match value {
            Value::Null => return Ok(Entry { text: None, when: When::Asked }),
            Value::String(text) => return Ok(Entry { text: Some(bounded(text)?), when: When::Asked }),
            Value::Number(number) => {
                return Ok(Entry { text: Some(number.to_string()), when: When::Asked });
            }
            Value::Object(object) => object,
            Value::Bool(_) | Value::Array(_) => {
                return Err(format!("an entry is a text, `null` or an object with `{name}`"));
            }
        };
        let text = match object.remove(name) {
            Some(Value::String(text)) => bounded(text)?,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(true)) if name == "unclear" => String::new(),
            Some(_) if name == "unclear" => return Err("`unclear` is `true` or left out".to_owned()),
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
                return Err(
                    "`after` counts from the prompt and `at` from the connection; give one".to_owned()
                );
            }
        };
        match object.keys().next() {
            Some(key) => {
                Err(format!("an entry has no property `{key}`: there are `{name}`, `after` and `at`"))
            }
            None => Ok(Entry { text: Some(text), when }),
        }
    }
}

fn bounded(text: String) -> Result<String, String> {
    if text.chars().count() > ENTRY_CHARS_MAX {
        return Err(format!("an entry has at most {ENTRY_CHARS_MAX} characters"));
    }
    Ok(text)
}
