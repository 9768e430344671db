//! Values to JSON and back: plainly for other systems, exactly for our own records.

use super::Value;
use super::time::{duration_text, parse_duration};
use super::value::whole;
use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::sync::Arc;

const TIMESTAMP: &str = "$timestamp";
const DURATION: &str = "$duration";

/// Numbers are exact up to 2^53; ids that long belong in text.
impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => number.as_f64().map_or(Value::Null, Value::Number),
            serde_json::Value::String(text) => Value::from(text),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(entries) => Value::Map(Arc::new(
                entries.into_iter().map(|(key, value)| (Arc::from(key), Value::from(value))).collect(),
            )),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => serde_json::Value::from(whole),
                None => serde_json::Value::from(*number),
            },
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::List(items) => items.iter().map(serde_json::Value::from).collect(),
            Value::Map(entries) => {
                let entries =
                    entries.iter().map(|(key, value)| (key.to_string(), serde_json::Value::from(value)));
                serde_json::Value::Object(entries.collect())
            }
            Value::Timestamp(timestamp) => serde_json::Value::String(timestamp.to_string()),
            Value::Duration(duration) => serde_json::Value::String(duration_text(*duration)),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Value::Map(entries) => {
                let tagged = is_tag(entries);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in &**entries {
                    if tagged {
                        map.serialize_entry(&format!("${key}"), value)?;
                    } else {
                        map.serialize_entry(&**key, value)?;
                    }
                }
                map.end()
            }
            Value::Timestamp(timestamp) => tag(serializer, TIMESTAMP, &timestamp.to_string()),
            Value::Duration(duration) => tag(serializer, DURATION, &duration_text(*duration)),
        }
    }
}

fn tag<S: Serializer>(serializer: S, key: &str, text: &str) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, text)?;
    map.end()
}

/// Whether a map could be taken for a tag when it is read back.
fn is_tag(entries: &IndexMap<Arc<str>, Value>) -> bool {
    entries.len() == 1 && entries.keys().all(|key| key.starts_with('$'))
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(Arc::from(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map: IndexMap<Arc<str>, Value> = IndexMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            map.insert(Arc::from(key), value);
        }
        if is_tag(&map)
            && let Some((key, value)) = map.pop()
        {
            let read = match (&*key, &value) {
                (TIMESTAMP, Value::String(text)) => text.parse().ok().map(Value::Timestamp),
                (DURATION, Value::String(text)) => parse_duration(text).map(Value::Duration),
                _ => None,
            };
            if let Some(value) = read {
                return Ok(value);
            }
            map.insert(
                key.strip_prefix("$").filter(|rest| rest.starts_with('$')).map_or(key.clone(), Arc::from),
                value,
            );
        }
        Ok(Value::Map(Arc::new(map)))
    }
}
