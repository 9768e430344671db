//! What can be known of a value before there is one. Knows no root and no field of any.

use super::Value;
use indexmap::IndexMap;
use std::sync::Arc;

/// A type of values. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Nothing is known: whatever is done with it may be right.
    Any,
    /// Nothing.
    Null,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// Text.
    String,
    /// Who somebody is: a phone number or a raw id. Text may take its place, and it the place of text.
    Identifier,
    /// A moment.
    Timestamp,
    /// A length of time.
    Duration,
    /// A list of such items.
    List(Arc<Type>),
    /// A map of which no field is known.
    Map,
    /// A map with exactly these fields.
    Record(Arc<IndexMap<Arc<str>, Type>>),
}

impl Type {
    /// A list of such items.
    #[must_use]
    pub fn list(of: Type) -> Type {
        Type::List(Arc::new(of))
    }

    /// A map with exactly these fields.
    pub fn record<'f>(fields: impl IntoIterator<Item = (&'f str, Type)>) -> Type {
        Type::Record(Arc::new(fields.into_iter().map(|(name, of)| (Arc::from(name), of)).collect()))
    }

    /// The type of a value.
    #[must_use]
    pub fn of(value: &Value) -> Type {
        match value {
            Value::Null => Type::Null,
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::Timestamp(_) => Type::Timestamp,
            Value::Duration(_) => Type::Duration,
            Value::List(items) => Type::list(Type::common(items.iter().map(Type::of))),
            Value::Map(entries) => Type::Record(Arc::new(
                entries.iter().map(|(name, value)| (name.clone(), Type::of(value))).collect(),
            )),
        }
    }

    /// What is true of all of these; of none, anything is.
    pub fn common(types: impl IntoIterator<Item = Type>) -> Type {
        types.into_iter().reduce(|one, other| one.join(&other)).unwrap_or(Type::Any)
    }

    /// What is true of a value that is of one or the other type.
    #[must_use]
    pub fn join(&self, other: &Type) -> Type {
        match (self, other) {
            (one, other) if one == other => one.clone(),
            (Type::String, Type::Identifier) | (Type::Identifier, Type::String) => Type::String,
            (Type::List(one), Type::List(other)) => Type::list(one.join(other)),
            (Type::Record(one), Type::Record(other))
                if one.len() == other.len() && one.keys().all(|name| other.contains_key(name)) =>
            {
                let fields = one.iter().map(|(name, of)| (name.clone(), of.join(&other[name])));
                Type::Record(Arc::new(fields.collect()))
            }
            (Type::Map | Type::Record(_), Type::Map | Type::Record(_)) => Type::Map,
            (_, _) => Type::Any,
        }
    }

    /// Whether a value could be of both types. Null stands in for a value that is missing, and so passes for any.
    #[must_use]
    pub fn agrees_with(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any | Type::Null, _) | (_, Type::Any | Type::Null) => true,
            (Type::List(one), Type::List(other)) => one.agrees_with(other),
            (one, other) => one.family() == other.family(),
        }
    }

    /// Whether `${…}` inside text can put it there.
    #[must_use]
    pub fn has_text(&self) -> bool {
        !matches!(self, Type::Null | Type::List(_) | Type::Map | Type::Record(_))
    }

    /// What it is, inside a sentence: `a number`.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Type::Any => "a value",
            Type::Null => "null",
            Type::Bool => "a boolean",
            Type::Number => "a number",
            Type::String => "a string",
            Type::Identifier => "an identifier",
            Type::Timestamp => "a timestamp",
            Type::Duration => "a duration",
            Type::List(_) => "a list",
            Type::Map | Type::Record(_) => "a map",
        }
    }

    /// Types of one family are one type at run time.
    fn family(&self) -> &'static str {
        match self {
            Type::Identifier => Type::String.described(),
            other => other.described(),
        }
    }
}
