//! What can be wrong with a body of events, and the first steps of reading one.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::lenient;

/// Why a body of events cannot be read. Says what is wrong and where, and repeats nothing of the body.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Not JSON.
    #[error("the body is not JSON: {what} at line {line}, column {column}")]
    NotJson {
        /// The kind of mistake.
        what: &'static str,
        /// Where, counted from 1.
        line: usize,
        /// Where, counted from 1.
        column: usize,
    },
    /// JSON, but neither an array nor an object.
    #[error("the body is neither an array of events nor one event")]
    NotEvents,
    /// More events than any delivery holds.
    #[error("the body holds {count} events; at most {max} are read")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// An element of the array is not an object.
    #[error("event {index} is not an object")]
    NotAnObject {
        /// Which one, counted from 0.
        index: usize,
    },
    /// An event lacks something without which it means nothing.
    #[error("event {index} has no `{property}`")]
    Missing {
        /// Which one, counted from 0.
        index: usize,
        /// The property's path.
        property: &'static str,
    },
}

/// The events of a body: an array of objects, or one bare object. Of a key that is there twice, the last counts.
pub(crate) fn events(body: &[u8], max: usize) -> Result<Vec<Map<String, Value>>, DecodeError> {
    let elements = match serde_json::from_slice(body).map_err(|error| not_json(&error))? {
        Value::Array(elements) => elements,
        event @ Value::Object(_) => vec![event],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(DecodeError::NotEvents);
        }
    };
    if elements.len() > max {
        return Err(DecodeError::TooMany { count: elements.len(), max });
    }
    elements
        .into_iter()
        .enumerate()
        .map(|(index, element)| match element {
            Value::Object(event) => Ok(event),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(DecodeError::NotAnObject { index })
            }
        })
        .collect()
}

fn not_json(error: &serde_json::Error) -> DecodeError {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Data
        | serde_json::error::Category::Io => "wrong syntax",
    };
    DecodeError::NotJson { what, line: error.line(), column: error.column() }
}

/// A text without which an event means nothing.
pub(crate) fn required(
    object: &Map<String, Value>,
    key: &str,
    index: usize,
    property: &'static str,
) -> Result<String, DecodeError> {
    lenient::text(object, key).ok_or(DecodeError::Missing { index, property })
}

/// The id of an event: its own, else one made of its content, so that a repeated delivery is still recognised.
pub(crate) fn id(event: &Map<String, Value>) -> String {
    lenient::text(event, "id").filter(|id| !id.is_empty()).unwrap_or_else(|| {
        let content = serde_json::to_vec(event).expect("what came from JSON goes back to JSON");
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, &content).to_string()
    })
}
