//! The value of an action's argument: known when the flow is read, or an expression until its turn comes.

use std::fmt;
use std::time::Duration;

use indexmap::IndexMap;
use lang::finding::Code;
use lang::{Finding, Identifier, Kind, Node, Phone, Roots, Span, Template, Value, value};

use crate::wanted::Wanted;

/// A type that an argument may have.
pub trait Argument: Sized + Clone + fmt::Debug {
    /// What it takes, for those who check a flow before it runs.
    const WANTED: Wanted;

    /// Reads a value that holds no expression. Pushes a finding for each `None`.
    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Self>;

    /// Takes what an expression gave. The error says what was wanted, never what was there: it may be private.
    ///
    /// # Errors
    /// The value is of another type or out of range.
    fn take(value: &Value) -> Result<Self, String>;
}

/// An argument as written.
#[derive(Clone, Debug)]
pub struct Arg<T> {
    /// Its value's place.
    pub span: Span,
    /// What was written there.
    pub written: Written<T>,
}

/// What stands in the place of an argument.
#[derive(Clone, Debug)]
pub enum Written<T> {
    /// The value itself.
    Constant(T),
    /// An expression that gives it.
    Dynamic(Template),
}

/// An argument that could not be filled: which one, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled(pub String);

impl<T: Argument> Arg<T> {
    /// Reads an argument; `what` names it in findings.
    pub fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Arg<T>> {
        let mut wrong = Vec::new();
        let template = Template::read(node, &mut wrong);
        let is_sound = wrong.iter().all(|finding| finding.severity != lang::Severity::Error);
        found.append(&mut wrong);
        if !is_sound {
            return None;
        }
        let written = match template.constant() {
            Some(_) => Written::Constant(T::read(node, what, found)?),
            None => Written::Dynamic(template),
        };
        Some(Arg { span: node.span, written })
    }

    /// The value, as it is now.
    ///
    /// # Errors
    /// The expression failed, or gave something else than the argument wants.
    pub fn fill(&self, what: &str, roots: &dyn Roots) -> Result<T, Unfilled> {
        match &self.written {
            Written::Constant(value) => Ok(value.clone()),
            Written::Dynamic(template) => {
                let value = template
                    .evaluate(roots)
                    .map_err(|error| Unfilled(format!("`{what}`: {}", error.message)))?;
                T::take(&value).map_err(|wanted| Unfilled(format!("`{what}`: {wanted}")))
            }
        }
    }

    /// The value, where it is known already.
    #[must_use]
    pub fn constant(&self) -> Option<&T> {
        match &self.written {
            Written::Constant(value) => Some(value),
            Written::Dynamic(_) => None,
        }
    }

    /// The expression, where it is not.
    #[must_use]
    pub fn dynamic(&self) -> Option<&Template> {
        match &self.written {
            Written::Constant(_) => None,
            Written::Dynamic(template) => Some(template),
        }
    }
}

fn wanted(what: &str, value: &Value) -> String {
    format!("this must be {what}, but the expression gave a {}", value.type_name())
}

impl Argument for String {
    const WANTED: Wanted = Wanted::Text;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<String> {
        value::text(node, what, found)?;
        // Through the template, so that `$${` is unescaped in one place only.
        Template::read_text(node, found).constant()?.to_text().ok()
    }

    fn take(value: &Value) -> Result<String, String> {
        value.to_text().map_err(|_| wanted("text", value))
    }
}

impl Argument for bool {
    const WANTED: Wanted = Wanted::Truth;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<bool> {
        value::boolean(node, what, found).map(|read| read.value)
    }

    fn take(value: &Value) -> Result<bool, String> {
        match value {
            Value::Bool(truth) => Ok(*truth),
            other => Err(wanted("true or false", other)),
        }
    }
}

impl Argument for Identifier {
    const WANTED: Wanted = Wanted::Person;

    fn read(node: &Node, _what: &str, found: &mut Vec<Finding>) -> Option<Identifier> {
        Identifier::read(node, found).map(|read| read.value)
    }

    fn take(value: &Value) -> Result<Identifier, String> {
        match value {
            Value::String(text) => {
                Identifier::parse(text).map_err(|_| "this must be the identifier of a person".to_owned())
            }
            Value::Map(long) => long_form(long.iter().map(|(kind, id)| (&**kind, id))),
            other => Err(wanted("the identifier of a person", other)),
        }
    }
}

/// `{phone: …}` and its kin, with an expression inside.
fn long_form<'v>(fields: impl IntoIterator<Item = (&'v str, &'v Value)>) -> Result<Identifier, String> {
    let mut fields = fields.into_iter();
    let (Some((kind, Value::String(id))), None) = (fields.next(), fields.next()) else {
        return Err("this must name one person, by text".to_owned());
    };
    let text = match kind {
        "teamsUser" if !id.contains(':') => format!("8:orgid:{id}"),
        "teamsApp" if !id.contains(':') => format!("28:orgid:{id}"),
        "phone" | "user" | "teamsUser" | "teamsApp" | "rawId" => id.to_string(),
        _ => return Err("this must be the identifier of a person".to_owned()),
    };
    Identifier::take(&Value::from(text))
}

impl Argument for Phone {
    const WANTED: Wanted = Wanted::Phone;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Phone> {
        let read = Identifier::read(node, found)?;
        if let Identifier::Phone(phone) = read.value {
            return Some(phone);
        }
        found.push(
            Finding::error(Code(103), node.span, format!("{what} must be a phone number"))
                .label("this is no phone number")
                .help("write the number with its country code, in quotes: \"+14255550123\""),
        );
        None
    }

    fn take(value: &Value) -> Result<Phone, String> {
        match Identifier::take(value)? {
            Identifier::Phone(phone) => Ok(phone),
            _ => Err("this must be a phone number".to_owned()),
        }
    }
}

/// One person or several: a single identifier, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct People(pub Vec<Identifier>);

impl Argument for People {
    const WANTED: Wanted = Wanted::People;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<People> {
        let Kind::List(items) = &node.kind else {
            return Some(People(vec![Identifier::read(node, found)?.value]));
        };
        if items.is_empty() {
            found.push(
                Finding::error(Code(103), node.span, format!("{what} names nobody"))
                    .label("an empty list")
                    .help("name at least one person"),
            );
            return None;
        }
        let people: Vec<_> =
            items.iter().filter_map(|item| Identifier::read(item, found)).map(|read| read.value).collect();
        (people.len() == items.len()).then_some(People(people))
    }

    fn take(value: &Value) -> Result<People, String> {
        match value {
            Value::List(items) if !items.is_empty() => {
                items.iter().map(Identifier::take).collect::<Result<_, _>>().map(People)
            }
            Value::List(_) => Err("this must name at least one person".to_owned()),
            one => Ok(People(vec![Identifier::take(one)?])),
        }
    }
}

/// A whole number between two bounds, both allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const MIN: i64, const MAX: i64>(pub i64);

impl<const MIN: i64, const MAX: i64> Argument for Whole<MIN, MAX> {
    const WANTED: Wanted = Wanted::Whole(MIN, MAX);

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Self> {
        value::integer(node, what, MIN, MAX, found).map(|read| Whole(read.value))
    }

    fn take(value: &Value) -> Result<Self, String> {
        match value {
            Value::Number(number) if number.fract() == 0.0 && (MIN as f64..=MAX as f64).contains(number) =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "whole, and within the bounds just checked"
                )]
                Ok(Whole(*number as i64))
            }
            Value::Number(_) => Err(format!("this must be a whole number from {MIN} to {MAX}")),
            other => Err(wanted("a whole number", other)),
        }
    }
}

/// A duration between two bounds of whole milliseconds, both allowed, as the API takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time<const MIN_MS: u64, const MAX_MS: u64>(pub Duration);

impl<const MIN_MS: u64, const MAX_MS: u64> Time<MIN_MS, MAX_MS> {
    fn check(duration: Duration) -> Result<Self, String> {
        let range = Duration::from_millis(MIN_MS)..=Duration::from_millis(MAX_MS);
        if range.contains(&duration) {
            return Ok(Time(duration));
        }
        let [min, max] = [MIN_MS, MAX_MS].map(|ms| value::format_duration(Duration::from_millis(ms)));
        Err(format!("must lie between {min} and {max}"))
    }
}

impl<const MIN_MS: u64, const MAX_MS: u64> Argument for Time<MIN_MS, MAX_MS> {
    const WANTED: Wanted = Wanted::Duration(MIN_MS, MAX_MS);

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Self> {
        let read = value::duration(node, what, found)?;
        Time::check(read.value)
            .map_err(|range| {
                let finding = Finding::error(Code(103), read.span, format!("{what} {range}"));
                found.push(finding.label("out of range"));
            })
            .ok()
    }

    fn take(value: &Value) -> Result<Self, String> {
        let duration = match value {
            Value::Duration(signed) => Duration::try_from(*signed).ok(),
            Value::String(text) => value::parse_duration(text),
            other => return Err(wanted("a duration such as `30s`", other)),
        };
        let duration = duration.ok_or("this must be a duration such as `30s`")?;
        Time::check(duration).map_err(|range| format!("this {range}"))
    }
}

/// Keys of a telephone, as `0-9*#A-D`. At least one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Keys(pub String);

impl Keys {
    fn parse(text: &str) -> Result<Keys, String> {
        let keys = text.to_ascii_uppercase();
        if !keys.is_empty() && keys.chars().all(|key| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')) {
            Ok(Keys(keys))
        } else {
            Err("must consist of the keys 0-9, *, # and A-D".to_owned())
        }
    }
}

impl Argument for Keys {
    const WANTED: Wanted = Wanted::Keys;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Keys> {
        // Keys are text whatever YAML makes of them: `0471` is four keys, but not to other readers.
        value::check_texts(node, found);
        let text = match &node.kind {
            Kind::List(items) => {
                items.iter().map(|item| Some(item.scalar()?.text.as_str())).collect::<Option<String>>()
            }
            Kind::Scalar(_) | Kind::Map(_) => node.scalar().map(|scalar| scalar.text.clone()),
        };
        Keys::parse(text.as_deref().unwrap_or_default())
            .map_err(|rule| {
                found.push(
                    Finding::error(Code(103), node.span, format!("{what} {rule}"))
                        .label("not keys of a telephone")
                        .help("write them in quotes: \"12#\""),
                );
            })
            .ok()
    }

    fn take(value: &Value) -> Result<Keys, String> {
        Keys::parse(&value.to_text().map_err(|_| wanted("keys", value))?)
            .map_err(|rule| format!("this {rule}"))
    }
}

/// Any value at all.
impl Argument for Value {
    const WANTED: Wanted = Wanted::Anything;

    fn read(node: &Node, _what: &str, found: &mut Vec<Finding>) -> Option<Value> {
        Template::read(node, found).constant().cloned()
    }

    fn take(value: &Value) -> Result<Value, String> {
        Ok(value.clone())
    }
}

/// Names with texts: headers, query parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Texts(pub IndexMap<String, String>);

impl Argument for Texts {
    const WANTED: Wanted = Wanted::Texts;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Texts> {
        let Kind::Map(entries) = &node.kind else {
            found.push(
                Finding::error(Code(103), node.span, format!("{what} must be a mapping of names to texts"))
                    .label(format!("this is {}", node.describe())),
            );
            return None;
        };
        let pairs: IndexMap<_, _> = entries
            .iter()
            .filter_map(|entry| Some((entry.key.value.clone(), String::read(&entry.value, what, found)?)))
            .collect();
        (pairs.len() == entries.len()).then_some(Texts(pairs))
    }

    fn take(value: &Value) -> Result<Texts, String> {
        let Value::Map(entries) = value else { return Err(wanted("a mapping of names to texts", value)) };
        let pair =
            |(name, value): (&std::sync::Arc<str>, &Value)| Ok((name.to_string(), String::take(value)?));
        entries.iter().map(pair).collect::<Result<_, String>>().map(Texts)
    }
}

/// Texts, one or several.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Phrases(pub Vec<String>);

impl Argument for Phrases {
    const WANTED: Wanted = Wanted::Phrases;

    fn read(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Phrases> {
        let Kind::List(items) = &node.kind else {
            return Some(Phrases(vec![String::read(node, what, found)?]));
        };
        let texts: Vec<_> = items.iter().filter_map(|item| String::read(item, what, found)).collect();
        (texts.len() == items.len()).then_some(Phrases(texts))
    }

    fn take(value: &Value) -> Result<Phrases, String> {
        match value {
            Value::List(items) => items.iter().map(String::take).collect::<Result<_, _>>().map(Phrases),
            one => Ok(Phrases(vec![String::take(one)?])),
        }
    }
}

/// Whether somebody is reached by phone, and so must be shown a caller ID.
#[must_use]
pub fn is_phone(identifier: &Identifier) -> bool {
    matches!(identifier, Identifier::Phone(_))
}

/// Reads an argument that may be left out.
pub fn optional<T: Argument>(
    fields: &mut lang::Fields<'_>,
    key: &'static str,
    found: &mut Vec<Finding>,
) -> Option<Arg<T>> {
    let entry = fields.get(key)?;
    Arg::read(&entry.value, &format!("`{key}`"), found)
}

/// A text that is no longer than the provider takes: CF103. What an expression gives is the provider's to refuse.
pub(crate) fn at_most(
    text: Arg<String>,
    chars_max: usize,
    what: &str,
    found: &mut Vec<Finding>,
) -> Option<Arg<String>> {
    let chars = text.constant().map_or(0, |text| text.chars().count());
    if chars <= chars_max {
        return Some(text);
    }
    found.push(
        Finding::error(Code(103), text.span, format!("{what} has at most {chars_max} characters"))
            .label(format!("these are {chars}"))
            .note("the provider would refuse it")
            .help("say it in fewer words, or in parts"),
    );
    None
}

/// Reads an argument that must be there.
pub fn required<T: Argument>(
    fields: &mut lang::Fields<'_>,
    key: &'static str,
    found: &mut Vec<Finding>,
) -> Option<Arg<T>> {
    let entry = fields.require(key, found)?;
    Arg::read(&entry.value, &format!("`{key}`"), found)
}

/// Fills an argument that may have been left out.
///
/// # Errors
/// As [`Arg::fill`].
pub fn fill<T: Argument>(arg: &Option<Arg<T>>, what: &str, roots: &dyn Roots) -> Result<Option<T>, Unfilled> {
    arg.as_ref().map(|arg| arg.fill(what, roots)).transpose()
}
