//! Walks through all shapes from the document down, and makes documents in which one mapping is as wanted.

use machine::actions::ITEM;
use machine::draft::shape::{BRANCH, OUTCOME_BRANCH};
use machine::shape::{Key, PERSON, Rule, Shape, Wants};
use machine::wanted::Wanted;
use serde_json::{Map, Value, json};

use super::{example, samples};

/// A document, and what is to be thought of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) document: Value,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
}

/// A document in which a mapping of this shape has a key more.
pub(crate) struct Place {
    pub(crate) shape: &'static Shape,
    pub(crate) document: Value,
}

/// Puts a mapping into a document.
type Wrap<'w> = &'w dyn Fn(Value) -> Value;

/// Visits every shape once, with a way to put a mapping of it into a document.
struct Walk<'v> {
    seen: Vec<&'static Shape>,
    visit: &'v mut dyn FnMut(&'static Shape, Wrap<'_>),
}

/// Every shape.
pub(crate) fn shapes(root: &'static Shape) -> Vec<&'static Shape> {
    let mut walk = Walk { seen: Vec::new(), visit: &mut |_, _| {} };
    walk.shape(root, &|mapping| mapping);
    walk.seen
}

/// For every shape, a document in which its mapping has a key more.
pub(crate) fn places(root: &'static Shape, key: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut visit = |shape: &'static Shape, wrap: Wrap<'_>| {
        let mut mapping = minimal(shape);
        mapping[key] = json!("x");
        places.push(Place { shape, document: wrap(mapping) });
    };
    Walk { seen: Vec::new(), visit: &mut visit }.shape(root, &|mapping| mapping);
    places
}

/// Documents that are right or wrong in one key of one mapping, for every key and every rule.
pub(crate) fn cases(root: &'static Shape) -> impl Iterator<Item = Case> {
    let schema = machine::shape::schema::schema();
    let mut cases = Vec::new();
    let mut visit = |shape: &'static Shape, wrap: Wrap<'_>| {
        let mut add = |name: &str, mapping: Value, verdict| {
            cases.push(Case { name: format!("{}: {name}", shape.name), document: wrap(mapping), verdict });
        };
        for key in shape.keys() {
            let example = example(shape, key, &schema);
            for value in samples::right(&key.wants).into_iter().chain(example) {
                if may_stand(shape, key, &value) {
                    add(key.name, with(shape, key, value), Verdict::Right);
                }
            }
            for value in samples::wrong(&key.wants) {
                add(key.name, with(shape, key, value), Verdict::Wrong);
            }
            if key.is_required {
                let mut mapping = minimal(shape);
                mapping.as_object_mut().unwrap().shift_remove(key.name);
                add(&format!("no {}", key.name), mapping, Verdict::Wrong);
            }
        }
        for rule in shape.rules {
            for mapping in broken(shape, rule) {
                add(&format!("{rule:?}"), mapping, Verdict::Wrong);
            }
        }
    };
    Walk { seen: Vec::new(), visit: &mut visit }.shape(root, &|mapping| mapping);
    cases.into_iter()
}

impl Walk<'_> {
    fn shape(&mut self, shape: &'static Shape, wrap: Wrap<'_>) {
        if self.seen.iter().any(|seen| std::ptr::eq(*seen, shape)) {
            return;
        }
        self.seen.push(shape);
        (self.visit)(shape, wrap);
        for key in shape.keys() {
            self.wants(&key.wants, &|value| wrap(with(shape, key, value)));
        }
    }

    fn wants(&mut self, wants: &'static Wants, wrap: Wrap<'_>) {
        match wants {
            Wants::Map(shape) | Wants::Bare(shape) => self.shape(shape, wrap),
            Wants::List(of, _) => self.wants(of, &|value| wrap(json!([value]))),
            Wants::Either(forms) => forms.iter().for_each(|form| self.wants(form, wrap)),
            Wants::Named(_, each) | Wants::Declared(_, each) => {
                self.wants(each, &|value| wrap(json!({ "aName": value })));
            }
            Wants::Events => {
                self.wants(&Wants::Transitions, &|value| wrap(json!({ "PlayCompleted": value })))
            }
            Wants::Timers => self.wants(&Wants::Transitions, &|value| wrap(json!({ "5s": value }))),
            Wants::Transitions => self.shape(&BRANCH, wrap),
            Wants::Outcomes => self.shape(&OUTCOME_BRANCH, &|value| wrap(json!({ "verified": value }))),
            Wants::Actions => self.shape(&ITEM, &|value| wrap(json!([value]))),
            Wants::Argument(Wanted::Person | Wanted::People) => self.shape(&PERSON, wrap),
            Wants::Argument(_)
            | Wants::Text
            | Wants::Truth
            | Wants::Word(_)
            | Wants::Value
            | Wants::Guard
            | Wants::Url
            | Wants::FixedUrl
            | Wants::Address(_)
            | Wants::Name(_)
            | Wants::Outcome
            | Wants::Target
            | Wants::Callers
            | Wants::Headers
            | Wants::Logs => {}
        }
    }
}

/// The least that a mapping of this shape must hold.
pub(crate) fn minimal(shape: &Shape) -> Value {
    complete(shape, Map::new())
}

/// A mapping in which this value stands, and the least else that it must hold.
fn with(shape: &Shape, key: &Key, value: Value) -> Value {
    let mut mapping = Map::new();
    if shape.name == "input" && key.name == "default" {
        mapping.insert("type".to_owned(), json!(type_of(&value)));
    }
    mapping.insert(key.name.to_owned(), value);
    complete(shape, mapping)
}

fn complete(shape: &Shape, mut mapping: Map<String, Value>) -> Value {
    let add = |mapping: &mut Map<String, Value>, name: &str| {
        let key = shape.key(name).unwrap();
        mapping.entry(name).or_insert_with(|| plain(shape, key));
    };
    for key in shape.keys().filter(|key| key.is_required) {
        add(&mut mapping, key.name);
    }
    for rule in shape.rules {
        match rule {
            Rule::ExactlyOne(names) | Rule::AtLeastOne(names) => {
                if !names.iter().any(|name| mapping.contains_key(*name)) {
                    add(&mut mapping, names[0]);
                }
            }
            Rule::Needs(name, other) if mapping.contains_key(*name) => add(&mut mapping, other),
            Rule::UnlessEach(name, _) => add(&mut mapping, name),
            Rule::Needs(..) | Rule::AtMostOne(_) | Rule::Excludes(..) | Rule::LogsOnly(..) => {}
        }
    }
    Value::Object(mapping)
}

/// A plain value of a key.
fn plain(shape: &Shape, key: &Key) -> Value {
    if std::ptr::eq(shape, &PERSON) {
        return json!(key.example.unwrap());
    }
    samples::right(&key.wants).swap_remove(0)
}

/// Whether a value that fits the key fits this shape: its reader may want more than the key says.
fn may_stand(shape: &Shape, key: &Key, value: &Value) -> bool {
    let is_example = key.example == value.as_str();
    !std::ptr::eq(shape, &PERSON) || is_example
}

/// Mappings that break a rule.
fn broken(shape: &Shape, rule: &Rule) -> Vec<Value> {
    let pair = |name: &str, other: &str| {
        let [one, two] = [name, other].map(|name| shape.key(name).unwrap());
        let mut mapping = with(shape, one, plain(shape, one));
        mapping[two.name] = plain(shape, two);
        mapping
    };
    let none = |names: &[&str]| {
        let mut mapping = minimal(shape);
        names.iter().for_each(|name| drop(mapping.as_object_mut().unwrap().shift_remove(*name)));
        mapping
    };
    let pairs = |names: &'static [&'static str]| names.windows(2).map(|two| pair(two[0], two[1])).collect();
    match rule {
        Rule::ExactlyOne(names) => {
            let mut broken: Vec<_> = pairs(names);
            broken.push(none(names));
            broken
        }
        Rule::AtMostOne(names) => pairs(names),
        Rule::AtLeastOne(names) => vec![none(names)],
        Rule::Excludes(name, others) => others.iter().map(|other| pair(name, other)).collect(),
        Rule::Needs(name, other) => {
            let key = shape.key(name).unwrap();
            let mut mapping = with(shape, key, plain(shape, key));
            mapping.as_object_mut().unwrap().shift_remove(*other);
            vec![mapping]
        }
        Rule::LogsOnly(name, other) => {
            let mut mapping = pair(name, other);
            mapping[*other] = json!([{ "hangUp": {} }]);
            vec![mapping]
        }
        Rule::UnlessEach(name, _) => vec![none(&[name])],
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null | Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::Array(_) => "list",
        Value::Object(_) => "map",
    }
}
