//! The tree of a YAML document, with the place of every key and value.
//!
//! A scalar keeps its raw text and style: the reader of a field decides what it is. That is how
//! `+14255550123` stays a phone number and `on` a key.

use crate::source::Span;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

/// A value of the document.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its place. For a mapping or list: from its first key or item to the end of its last value,
    /// with its brackets where it has any. What is missing has no width and stands behind its colon;
    /// a copy made by an alias stands where the alias does.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Text as written; also what YAML calls null (a plain empty text, `~` or `null`).
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in file order, without duplicate keys.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key's text and place.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// A block: `|` or `>`.
    Block,
}

/// A scalar as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    /// The text, unescaped and unfolded.
    pub text: String,
    /// How it was written.
    pub style: Style,
    /// Whether byte `n` of `text` stands at byte `n` of the content in the file
    /// (behind the opening quote, if any): then places inside the text are exact.
    pub verbatim: bool,
}

impl Scalar {
    /// Whether YAML reads it as null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// The scalar, if it is one and not null.
    #[must_use]
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) if !scalar.is_null() => Some(scalar),
            Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Whether YAML reads it as null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(scalar) if scalar.is_null())
    }

    /// The value under a key, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => {
                entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
            }
            Kind::Scalar(_) | Kind::List(_) => None,
        }
    }

    /// What it is, for error messages: "a mapping", "a list", "text", "nothing".
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(scalar) if scalar.is_null() => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}

impl Node {
    /// Where byte `start..end` of the scalar's text stands in the file: exact if the text is
    /// verbatim, else the whole scalar.
    #[must_use]
    pub fn inside(&self, start: usize, end: usize) -> Span {
        match &self.kind {
            Kind::Scalar(scalar) if scalar.verbatim => {
                let quote = usize::from(scalar.style == Style::Quoted);
                self.span.within(start + quote, end + quote)
            }
            Kind::Scalar(_) | Kind::List(_) | Kind::Map(_) => self.span,
        }
    }
}
