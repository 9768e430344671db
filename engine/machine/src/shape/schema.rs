//! The shapes as a JSON Schema, for editors with a YAML language server and for other tools.
//!
//! Made from the shapes and not by `schemars`, since our readers are no serde types: they take a tree with
//! places, and find all that is wrong in it.

use lang::value::Pattern;
use serde_json::{Map, Value, json};

use super::values::{self, written};
use super::{Key, Rule, Shape, Wants, events};
use crate::actions::ITEM;
use crate::draft::shape::{BRANCH, FLOW, OUTCOME_BRANCH};
use crate::event::EventKind;

/// The JSON Schema of a flow, in draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut definitions = Definitions(Map::new());
    let mut schema = Map::new();
    // Without a title: editors would show it above what they say of every key.
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("$id".to_owned(), json!("urn:callflow:flow:1"));
    schema.append(&mut definitions.mapping(&FLOW, "object"));
    schema.insert("$defs".to_owned(), Value::Object(definitions.0));
    Value::Object(schema)
}

/// The same as text: indented, with the end of its last line.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", schema())
}

/// What is said once and referred to by name, in the order of its first use.
pub(super) struct Definitions(Map<String, Value>);

impl Definitions {
    /// A reference to a definition, which is made if there is none yet. It may refer to itself.
    pub(super) fn define(&mut self, name: &str, make: impl FnOnce(&mut Definitions) -> Value) -> Value {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Value::Null);
            let made = make(self);
            self.0.insert(name.to_owned(), made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    fn shape(&mut self, shape: &'static Shape) -> Value {
        self.define(shape.name, |definitions| Value::Object(definitions.mapping(shape, "object")))
    }

    /// A mapping that is one of several forms of a value. Of those, editors show what a form says of itself
    /// instead of what the key says; so it says nothing.
    pub(super) fn form(&mut self, shape: &'static Shape) -> Value {
        self.define(shape.name, |definitions| {
            let mut mapping = definitions.mapping(shape, "object");
            mapping.shift_remove("description");
            Value::Object(mapping)
        })
    }

    /// A mapping that may be left empty altogether, if nothing must stand in it.
    fn bare(&mut self, shape: &'static Shape) -> Value {
        let may_be_empty = shape.rules.is_empty() && !shape.keys().any(|key| key.is_required);
        let kind = if may_be_empty { json!(["object", "null"]) } else { json!("object") };
        self.define(shape.name, |definitions| Value::Object(definitions.mapping(shape, kind)))
    }

    fn mapping(&mut self, shape: &'static Shape, kind: impl Into<Value>) -> Map<String, Value> {
        let properties: Map<_, _> =
            shape.keys().map(|key| (key.name.to_owned(), self.property(key))).collect();
        let mut mapping = Map::new();
        mapping.insert("description".to_owned(), json!(shape.description));
        mapping.insert("type".to_owned(), kind.into());
        mapping.insert("properties".to_owned(), Value::Object(properties));
        mapping.insert("additionalProperties".to_owned(), json!(false));
        let required: Vec<_> = shape.keys().filter(|key| key.is_required).map(|key| key.name).collect();
        if !required.is_empty() {
            mapping.insert("required".to_owned(), json!(required));
        }
        for rule in shape.rules {
            self.rule(rule, shape, &mut mapping);
        }
        mapping
    }

    pub(super) fn property(&mut self, key: &'static Key) -> Value {
        let mut property = Map::new();
        property.insert("description".to_owned(), json!(key.explained()));
        if let Value::Object(mut wanted) = self.wants(&key.wants) {
            property.append(&mut wanted);
        }
        if let Some(default) = key.default {
            property.insert("default".to_owned(), written(&key.wants, default));
        }
        if let Some(example) = key.example {
            property.insert("examples".to_owned(), json!([written(&key.wants, example)]));
        }
        Value::Object(property)
    }

    fn wants(&mut self, wants: &'static Wants) -> Value {
        match wants {
            Wants::Argument(wanted) => values::argument(self, *wanted),
            Wants::Text => json!({ "type": "string" }),
            Wants::Truth => json!({ "type": "boolean" }),
            Wants::Word(words) => json!({ "enum": words }),
            Wants::Value => json!({ "type": ["string", "number", "boolean", "array", "object"] }),
            Wants::Guard => values::guard(self),
            Wants::Url => values::url(self),
            Wants::FixedUrl => {
                json!({ "type": "string", "pattern": "^https?://[^/@\\s\\\\$\"]+(/[^\\s\"]*)?$" })
            }
            Wants::Address(schemes) => values::address(schemes),
            Wants::Name(pattern) => json!({ "type": "string", "pattern": values::name(*pattern) }),
            Wants::Outcome => values::outcome(self),
            Wants::Target => values::target(self),
            Wants::Callers => values::callers(self),
            Wants::Map(shape) => self.shape(shape),
            Wants::Bare(shape) => self.bare(shape),
            Wants::List(of, at_least) => {
                let items = self.wants(of);
                json!({ "type": "array", "items": items, "minItems": at_least })
            }
            Wants::Either(forms) => {
                let forms: Vec<_> = forms.iter().map(|form| self.one_of_forms(form)).collect();
                json!({ "anyOf": forms })
            }
            Wants::Named(pattern, each) => self.named(json!("object"), *pattern, each),
            Wants::Declared(pattern, each) => self.named(json!(["object", "null"]), *pattern, each),
            Wants::Headers => values::headers(self),
            Wants::Events => self.define("handlers", Definitions::handlers),
            Wants::Timers => self.define("timers", Definitions::timers),
            Wants::Transitions => self.define("transitions", |definitions| definitions.transitions(&BRANCH)),
            Wants::Outcomes => self.outcomes(),
            Wants::Actions => self.define("actions", |definitions| {
                let item = definitions.shape(&ITEM);
                json!({ "description": "Actions, one after the other.", "type": "array", "items": item })
            }),
            Wants::Logs => self.define("logs", Definitions::logs),
        }
    }

    fn one_of_forms(&mut self, wants: &'static Wants) -> Value {
        match wants {
            Wants::Map(shape) => self.form(shape),
            _ => self.wants(wants),
        }
    }

    fn named(&mut self, kind: Value, pattern: Pattern, each: &'static Wants) -> Value {
        let each = self.wants(each);
        json!({ "type": kind, "patternProperties": { values::name(pattern): each }, "additionalProperties": false })
    }

    fn handlers(&mut self) -> Value {
        let transitions = self.wants(&Wants::Transitions);
        let described = |description: &str| {
            let mut handler = json!({ "description": description });
            if let (Some(handler), Value::Object(to)) = (handler.as_object_mut(), transitions.clone()) {
                handler.extend(to);
            }
            handler
        };
        let known = EventKind::ALL.iter().map(|kind| (kind.name(), events::describe(kind)));
        let properties: Map<_, _> = known
            .chain([events::ANY_FAILURE, events::ANY])
            .map(|(name, description)| (name.to_owned(), described(description)))
            .collect();
        json!({
            "description": "Events, and where each leads.",
            "type": "object",
            "properties": properties,
            "patternProperties": {
                values::name(Pattern::Event): described("An event that the flow declares under `events`.")
            },
            "additionalProperties": false
        })
    }

    fn timers(&mut self) -> Value {
        let transitions = self.wants(&Wants::Transitions);
        json!({
            "description": "Durations such as 500ms, 30s or 1h30m, and where the call goes then.",
            "type": "object",
            "patternProperties": { format!("^{}$", values::DURATION): transitions },
            "additionalProperties": false
        })
    }

    fn outcomes(&mut self) -> Value {
        let leads = self.define("outcomeTransitions", |definitions| definitions.transitions(&OUTCOME_BRANCH));
        json!({
            "type": "object",
            "patternProperties": { values::name(Pattern::Outcome): leads },
            "additionalProperties": false
        })
    }

    fn transitions(&mut self, branch: &'static Shape) -> Value {
        let [target, branch] = [values::target(self), self.form(branch)];
        json!({
            "description": "Where it leads: a state, a branch, or a list of branches of which the first that holds is taken.",
            "anyOf": [target, branch, { "type": "array", "items": branch }]
        })
    }

    /// Items that do nothing but `log`.
    fn logs(&mut self) -> Value {
        let properties: Map<_, _> = ["log", "as"]
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.property(ITEM.key(name)?))))
            .collect();
        json!({
            "description": "Only `log`: nobody would wait for the results of other actions.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": properties,
                "required": ["log"],
                "additionalProperties": false
            }
        })
    }

    fn rule(&mut self, rule: &Rule, shape: &Shape, mapping: &mut Map<String, Value>) {
        match rule {
            Rule::ExactlyOne(names) => exactly_one(names, shape, mapping),
            Rule::AtMostOne(names) => at_most_one(names, mapping),
            Rule::AtLeastOne(names) => at_least_one(names, shape, mapping),
            Rule::Excludes(name, others) => {
                others.iter().for_each(|other| constrain(mapping, name, other, json!(false)));
            }
            Rule::Needs(name, other) => {
                let needs = mapping.entry("dependentRequired").or_insert_with(|| json!({}));
                needs[*name] = json!([other]);
            }
            Rule::LogsOnly(name, other) => {
                let logs = self.wants(&Wants::Logs);
                constrain(mapping, name, other, logs);
            }
            Rule::UnlessEach(name, under) => {
                let own = json!({ "type": "object", "required": [name] });
                let each: Map<_, _> = match shape.key(under).map(|key| key.wants) {
                    Some(Wants::Map(under)) => {
                        under.keys().map(|key| (key.name.to_owned(), own.clone())).collect()
                    }
                    _ => Map::new(),
                };
                let ways =
                    json!([{ "required": [name] }, { "properties": { *under: { "properties": each } } }]);
                mapping.insert("anyOf".to_owned(), ways);
            }
        }
    }
}

fn exactly_one(names: &[&str], shape: &Shape, mapping: &mut Map<String, Value>) {
    let others: Vec<_> = shape.keys().filter(|key| !names.contains(&key.name)).collect();
    let count = |count: usize| json!({ "minProperties": count, "maxProperties": count });
    match others.as_slice() {
        // So many pairs of actions would have to be named that editors would grow slow.
        [other] => {
            mapping.insert("if".to_owned(), json!({ "required": [other.name] }));
            mapping.insert("then".to_owned(), count(2));
            mapping.insert("else".to_owned(), count(1));
        }
        // Not by a greatest number: editors would complete nothing in a mapping of one key.
        [] | [_, _, ..] => {
            at_least_one(names, shape, mapping);
            at_most_one(names, mapping);
        }
    }
}

fn at_least_one(names: &[&str], shape: &Shape, mapping: &mut Map<String, Value>) {
    if shape.keys().all(|key| names.contains(&key.name)) {
        mapping.insert("minProperties".to_owned(), json!(1));
    } else if let [first, others @ ..] = names {
        // Editors name what is missing, which they would not of alternatives.
        let none: Map<_, _> = others.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
        mapping.insert("if".to_owned(), json!({ "properties": none }));
        mapping.insert("then".to_owned(), json!({ "required": [first] }));
    }
}

fn at_most_one(names: &[&str], mapping: &mut Map<String, Value>) {
    for (at, name) in names.iter().enumerate() {
        names[at + 1..].iter().for_each(|other| constrain(mapping, name, other, json!(false)));
    }
}

/// Where a key stands, another must be so. Editors report it at the other key.
fn constrain(mapping: &mut Map<String, Value>, name: &str, other: &str, so: Value) {
    let where_it_stands = mapping.entry("dependentSchemas").or_insert_with(|| json!({}));
    where_it_stands[name]["properties"][other] = so;
}
