//! The names that authors give, and their shapes.

use crate::finding::{Code, Finding, brief};
use crate::node::{Node, Spanned};
use crate::value::scalar::{single, warn_if_misread};

/// The shapes of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// A flow: `[a-z][a-z0-9-]{0,62}`.
    Flow,
    /// A state: `[A-Za-z][A-Za-z0-9_]*`.
    State,
    /// A state, or one inside another: `parent.child`.
    Target,
    /// A variable, an input, a constant: `[A-Za-z][A-Za-z0-9_]*`.
    Variable,
    /// An outcome: `[a-z][A-Za-z0-9]*`.
    Outcome,
    /// An event of an outside system: `[a-z][A-Za-z0-9]*`.
    Event,
}

impl Pattern {
    /// Whether a name has this shape.
    #[must_use]
    pub fn matches(self, name: &str) -> bool {
        let shape = |first: fn(&u8) -> bool, rest: fn(&u8) -> bool| {
            name.as_bytes().split_first().is_some_and(|(head, tail)| first(head) && tail.iter().all(rest))
        };
        let word: fn(&u8) -> bool = |b| b.is_ascii_alphanumeric() || *b == b'_';
        match self {
            Pattern::Flow => {
                name.len() <= 63
                    && shape(u8::is_ascii_lowercase, |b| {
                        b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-'
                    })
            }
            Pattern::State | Pattern::Variable => shape(u8::is_ascii_alphabetic, word),
            Pattern::Target => name.split('.').all(|part| Pattern::State.matches(part)),
            Pattern::Outcome | Pattern::Event => shape(u8::is_ascii_lowercase, u8::is_ascii_alphanumeric),
        }
    }

    /// The shape in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Pattern::Flow => {
                "a flow's name begins with a small letter and has small letters, digits and dashes, at most 63"
            }
            Pattern::State => "a state's name begins with a letter and has letters, digits and underscores",
            Pattern::Target => {
                "a state's name begins with a letter and has letters, digits and underscores; \
                 `parent.child` names a state inside another"
            }
            Pattern::Variable => {
                "a variable's name begins with a letter and has letters, digits and underscores"
            }
            Pattern::Outcome => "an outcome's name begins with a small letter and has letters and digits",
            Pattern::Event => "an event's name begins with a small letter and has letters and digits",
        }
    }

    /// Looks at the name itself, as in a key: CF105 if it has another shape.
    pub fn check(self, name: &Spanned<String>, what: &str, found: &mut Vec<Finding>) -> bool {
        let fits = self.matches(&name.value);
        if !fits {
            let shown = brief(&name.value);
            found.push(
                Finding::error(Code(105), name.span, format!("`{shown}` cannot be {what}"))
                    .label("malformed name")
                    .help(self.describe()),
            );
        }
        fits
    }
}

/// A name of a given shape: CF105 if it has another, CF103 if it is no single value.
pub fn name(node: &Node, what: &str, pattern: Pattern, found: &mut Vec<Finding>) -> Option<Spanned<String>> {
    let scalar = single(node, what, found)?;
    let name = Spanned::new(scalar.text.clone(), node.span);
    if !pattern.check(&name, what, found) {
        return None;
    }
    warn_if_misread(node, scalar, found);
    Some(name)
}
