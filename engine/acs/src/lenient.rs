//! Reading values that are not quite what the specification says.
//!
//! Source: reference 8.9. Nothing here fails: what cannot be read is absent. Only what the service sends is read
//! so; requests are read strictly, since a server must tell what is wrong with them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::model::{CallParticipant, CommunicationIdentifier};

/// A text; numbers and booleans as they are written.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(claim) => Some(claim.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, also as a text or with a fraction of zero.
pub(crate) fn as_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number up to 2^53, beyond which a fraction is no longer exact.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    exact.then_some(number as i64)
}

/// A number, also as a text.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Yes or no, also as a text.
pub(crate) fn as_claim(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(claim) => Some(*claim),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::String(_) | Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// An identifier. What its raw id says stands in for a nested object that is absent or wrong.
pub(crate) fn as_identifier(value: &Value) -> Option<CommunicationIdentifier> {
    let raw_id = text(value.as_object()?, "rawId");
    let from_raw_id = || raw_id.as_deref().map(CommunicationIdentifier::from_raw_id);
    match CommunicationIdentifier::deserialize(value) {
        Ok(identifier) if identifier.has_nested_object() => Some(identifier),
        Ok(identifier) => from_raw_id().or(Some(identifier)),
        Err(_) => from_raw_id(),
    }
}

/// Someone of a roster. One who cannot be read stays in it without an identifier, so that the count is right.
pub(crate) fn as_participant(value: &Value) -> Option<CallParticipant> {
    let object = value.as_object()?;
    Some(CallParticipant {
        identifier: object.get("identifier").and_then(as_identifier),
        is_muted: object.get("isMuted").and_then(as_claim),
        is_on_hold: object.get("isOnHold").and_then(as_claim),
    })
}

/// A text of an object.
pub(crate) fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    object.get(key).and_then(as_text)
}

/// A shape of an object, absent if it does not fit.
pub(crate) fn shape<T: DeserializeOwned>(object: &Map<String, Value>, key: &str) -> Option<T> {
    object.get(key).and_then(|value| T::deserialize(value).ok())
}

/// For fields of types that only the service sends.
pub(crate) mod field {
    use super::{Deserialize, DeserializeOwned, Deserializer, Value};

    pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
        Ok(super::as_text(&Value::deserialize(deserializer)?))
    }

    pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        Ok(super::as_integer(&Value::deserialize(deserializer)?))
    }

    pub(crate) fn claim<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
        Ok(super::as_claim(&Value::deserialize(deserializer)?))
    }

    pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Ok(super::as_number(&Value::deserialize(deserializer)?))
    }

    pub(crate) fn shape<'de, D: Deserializer<'de>, T: DeserializeOwned>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(T::deserialize(&Value::deserialize(deserializer)?).ok())
    }
}
