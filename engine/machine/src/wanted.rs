//! What an argument takes, for those who check a flow before it runs, and how they find the arguments of an action.

use lang::expr::Type;
use lang::{Span, Template};

use crate::argument::{Arg, Argument};

/// What an argument takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Text, or what can be put into text.
    Text,
    /// True or false.
    Truth,
    /// A whole number between two bounds, both allowed.
    Whole(i64, i64),
    /// A duration between two bounds, both allowed, also as text such as `30s`. Unit: milliseconds.
    Duration(u64, u64),
    /// The identifier of a person.
    Person,
    /// A phone number.
    Phone,
    /// A person, or a list of them.
    People,
    /// Keys of a telephone.
    Keys,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A mapping of names to texts.
    Texts,
    /// A text, or a list of them.
    Phrases,
    /// Anything.
    Anything,
}

impl Wanted {
    /// Whether the argument can take a value of this type; what is not known may fit.
    #[must_use]
    pub fn takes(self, of: &Type) -> bool {
        let is_text = |of: &Type| of.has_text();
        let is_person = |of: &Type| matches!(of, Type::Any | Type::String | Type::Identifier);
        match (self, of) {
            (Wanted::Anything, _) | (_, Type::Any) => true,
            (Wanted::Text | Wanted::Word(_), of) => is_text(of),
            (Wanted::Truth, of) => *of == Type::Bool,
            (Wanted::Whole(..), of) => *of == Type::Number,
            (Wanted::Duration(..), of) => matches!(of, Type::Duration | Type::String),
            (Wanted::Person | Wanted::Phone, of) => is_person(of),
            (Wanted::People, Type::List(each)) => is_person(each),
            (Wanted::People, of) => is_person(of),
            (Wanted::Keys, of) => matches!(of, Type::String | Type::Identifier | Type::Number),
            (Wanted::Texts, Type::Record(fields)) => fields.values().all(is_text),
            (Wanted::Texts, of) => *of == Type::Map,
            (Wanted::Phrases, Type::List(each)) => is_text(each),
            (Wanted::Phrases, of) => is_text(of),
        }
    }

    /// What it takes, inside a sentence.
    #[must_use]
    pub fn described(self) -> String {
        match self {
            Wanted::Text => "text".to_owned(),
            Wanted::Truth => "true or false".to_owned(),
            Wanted::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Wanted::Duration(..) => "a duration such as `30s`".to_owned(),
            Wanted::Person => "the identifier of a person".to_owned(),
            Wanted::Phone => "a phone number".to_owned(),
            Wanted::People => "the identifier of a person, or a list of them".to_owned(),
            Wanted::Keys => "keys such as `12#`".to_owned(),
            Wanted::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
            Wanted::Texts => "a mapping of names to texts".to_owned(),
            Wanted::Phrases => "text, or a list of texts".to_owned(),
            Wanted::Anything => "anything".to_owned(),
        }
    }
}

/// An argument that is an expression until its turn comes.
#[derive(Clone, Copy, Debug)]
pub struct Given<'w> {
    /// Its name in flows.
    pub name: &'static str,
    /// Its value's place.
    pub span: Span,
    /// What it takes.
    pub wanted: Wanted,
    /// What was written.
    pub template: &'w Template,
}

/// Something among the arguments of an action that can be seen under a name.
pub(crate) trait Visit {
    /// Shows it if it holds an expression.
    fn visit<'w>(&'w self, name: &'static str, see: &mut dyn FnMut(Given<'w>));
}

impl<T: Argument> Visit for Arg<T> {
    fn visit<'w>(&'w self, name: &'static str, see: &mut dyn FnMut(Given<'w>)) {
        if let Some(template) = self.dynamic() {
            see(Given { name, span: self.span, wanted: T::WANTED, template });
        }
    }
}

impl<T: Argument> Visit for Option<Arg<T>> {
    fn visit<'w>(&'w self, name: &'static str, see: &mut dyn FnMut(Given<'w>)) {
        if let Some(argument) = self {
            argument.visit(name, see);
        }
    }
}
