//! What events may say: the values that a flow's own expressions tell apart, and for each sort one that they do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use lang::expr::{Ast, AstKind};
use lang::{Expr, Template, Value};

use crate::actions::recognize::{Listen, Recognize};
use crate::event::{Event, EventKind, mapping};
use crate::flow::{Branch, EventName, Flow, Handlers, Next, Type};

/// The constants that a flow compares with, and what it reads of answers.
pub(super) struct Words {
    texts: BTreeSet<String>,
    numbers: BTreeSet<i64>,
    /// The paths below `event.body`.
    body: BTreeSet<Vec<String>>,
    /// The largest number that a counter is compared with; above it nothing can be told apart.
    pub(super) limit: f64,
    /// The events that some handler names.
    names: BTreeSet<EventKind>,
    /// Any handler takes whatever has none of its own.
    takes_any: bool,
    /// Some handler takes every failure.
    takes_failures: bool,
    /// Whether visits are counted in any expression.
    pub(super) counts_visits: bool,
}

/// Unit: values of one sort that are tried. A flow that tells more apart is looked at in part.
const VALUES_MAX: usize = 24;

/// What is larger is no number of attempts but a code.
const COUNTER_MAX: f64 = 20.0;

impl Words {
    pub(super) fn of(flow: &Flow) -> Words {
        let mut words = Words {
            texts: BTreeSet::new(),
            numbers: BTreeSet::new(),
            body: BTreeSet::new(),
            limit: 0.0,
            names: BTreeSet::new(),
            takes_any: false,
            takes_failures: false,
            counts_visits: false,
        };
        words.read(&flow.handlers);
        for state in &flow.states {
            words.read(&state.handlers);
            match &state.next {
                Next::Branches(branches) => words.read_branches(branches),
                Next::Run(run) => {
                    run.with.iter().for_each(|(_, template)| words.read_template(template));
                    run.outcomes.iter().for_each(|(_, branches)| words.read_branches(branches));
                }
                Next::End(ending) => {
                    ending.output.iter().for_each(|(_, template)| words.read_template(template))
                }
                Next::Wait => {}
            }
        }
        for action in flow.scripts.iter().flat_map(|script| &script.actions) {
            action.visit(&mut |given| {
                for expression in given.template.expressions() {
                    words.read_expression(expression);
                }
            });
        }
        words
    }

    /// Whether any handler of the flow takes such an event.
    pub(super) fn handles(&self, kind: &EventKind) -> bool {
        self.names.contains(kind) || (self.takes_any && kind.is_matched_by_any())
    }

    /// The same for what ends no run if it is left: a failure of what goes on.
    pub(super) fn takes(&self, kind: &EventKind) -> bool {
        self.handles(kind) || (self.takes_failures && kind.is_failure())
    }

    /// A key, each that the flow tells apart and one that it does not.
    pub(super) fn tones(&self) -> impl Iterator<Item = String> + '_ {
        self.keys().filter(|keys| keys.len() == 1)
    }

    fn read(&mut self, handlers: &Handlers) {
        for (name, _) in &handlers.on {
            match name {
                EventName::Exact(kind) => {
                    self.names.insert(kind.clone());
                }
                EventName::Any => self.takes_any = true,
                EventName::AnyFailure => self.takes_failures = true,
            }
        }
        let on = handlers.on.iter().map(|(_, branches)| branches);
        for branches in on.chain(handlers.after.iter().map(|(_, branches)| branches)) {
            self.read_branches(branches);
        }
    }

    fn read_branches(&mut self, branches: &[Branch]) {
        for branch in branches {
            branch.when.iter().for_each(|guard| self.read_expression(guard));
            branch.set.iter().for_each(|(_, template)| self.read_template(template));
        }
    }

    fn read_template(&mut self, template: &Template) {
        template.expressions().for_each(|expression| self.read_expression(expression));
    }

    fn read_expression(&mut self, expression: &Expr) {
        for read in expression.reads() {
            self.counts_visits |= read.root == "state";
            if read.root == "event" && read.path.first().is_some_and(|first| first == "body") {
                self.body.insert(read.path[1..].to_vec());
            }
        }
        self.read_constants(expression.ast());
    }

    fn read_constants(&mut self, ast: &Ast) {
        match &ast.kind {
            AstKind::Constant(Value::String(text)) if self.texts.len() < VALUES_MAX => {
                self.texts.insert(text.to_string());
            }
            AstKind::Constant(Value::Number(number)) => {
                if number.abs() <= COUNTER_MAX {
                    self.limit = self.limit.max(number.abs());
                }
                if number.fract() == 0.0 && number.abs() < 1e6 && self.numbers.len() < VALUES_MAX {
                    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
                    self.numbers.insert(*number as i64);
                }
            }
            _ => {}
        }
        ast.children().into_iter().for_each(|child| self.read_constants(child));
    }

    /// What a recognition may have understood.
    pub(super) fn recognized(&self, recognize: &Recognize) -> Vec<Event> {
        let event = |kind: &str| Event {
            recognition: Some(kind.to_owned()),
            code: Some(200),
            ..Event::new(EventKind::RecognizeCompleted)
        };
        let keys = || self.keys().map(|keys| Event { digits: Some(keys), ..event("dtmf") });
        let speech =
            || self.texts_and("something else").map(|text| Event { speech: Some(text), ..event("speech") });
        match &recognize.listen {
            Listen::Dtmf(_) => keys().collect(),
            Listen::Speech(_) => speech().collect(),
            Listen::SpeechOrDtmf(..) => keys().chain(speech()).collect(),
            Listen::Choices(choices) => {
                let chosen = choices.iter().map(|choice| Event {
                    label: Some(choice.label.clone()),
                    speech: choice.phrases.0.first().cloned(),
                    ..event("choices")
                });
                chosen.collect()
            }
        }
    }

    fn keys(&self) -> impl Iterator<Item = String> + '_ {
        let is_keys = |text: &&String| {
            !text.is_empty() && text.chars().all(|key| key.is_ascii_digit() || "*#ABCD".contains(key))
        };
        let other = (0..10).rev().map(|key| key.to_string()).find(|key| !self.texts.contains(key));
        self.texts.iter().filter(is_keys).cloned().chain(other)
    }

    fn texts_and(&self, other: &str) -> impl Iterator<Item = String> + '_ {
        self.texts.iter().cloned().chain([other.to_owned()])
    }

    /// A failure, with each reason that the flow tells apart.
    pub(super) fn failed(&self, kind: &EventKind) -> Vec<Event> {
        let codes = self.numbers.iter().copied().filter(|number| *number >= 100).chain([8500]);
        codes
            .map(|code| Event { code: Some(code), sub_code: Some(code), ..Event::new(kind.clone()) })
            .collect()
    }

    /// The answer of another system.
    pub(super) fn answered(&self) -> Vec<Event> {
        let statuses = self.numbers.iter().filter_map(|number| u16::try_from(*number).ok());
        let statuses: BTreeSet<u16> =
            statuses.filter(|status| (100..600).contains(status)).chain([200, 500]).collect();
        let mut events = Vec::new();
        for status in statuses {
            for body in self.bodies() {
                let event = Event::new(EventKind::HttpCompleted);
                events.push(Event { status: Some(status), body: Some(body), ..event });
            }
        }
        events
    }

    fn bodies(&self) -> Vec<Value> {
        if self.body.is_empty() {
            return vec![Value::Null];
        }
        let texts = self.texts.iter().map(|text| Value::from(text.as_str()));
        let numbers = self.numbers.iter().map(|number| Value::from(*number));
        let leaves = [Value::Bool(true), Value::Bool(false), Value::from("another text")];
        leaves.into_iter().chain(texts).chain(numbers).map(|leaf| self.body_of(&leaf)).collect()
    }

    /// A body in which everything that is read has this value.
    fn body_of(&self, leaf: &Value) -> Value {
        fn of(paths: &[&[String]], leaf: &Value) -> Value {
            let names: BTreeSet<&String> = paths.iter().filter_map(|path| path.first()).collect();
            if names.is_empty() {
                return leaf.clone();
            }
            let fields = names.into_iter().map(|name| {
                let below: Vec<&[String]> =
                    paths.iter().filter(|path| path.first() == Some(name)).map(|path| &path[1..]).collect();
                (name.as_str(), of(&below, leaf))
            });
            mapping(fields)
        }
        let paths: Vec<&[String]> = self.body.iter().map(Vec::as_slice).collect();
        of(&paths, leaf)
    }

    /// An event that an outside system sends, with fields of the types that the flow declares.
    pub(super) fn custom(&self, flow: &Flow) -> Vec<Event> {
        let mut events = Vec::new();
        for (name, fields) in &flow.events {
            let kind = EventKind::Custom(Arc::from(name.as_str()));
            for text in self.texts_and("another text") {
                let fields = fields.iter().map(|(field, of)| (field.as_str(), self.value(*of, &text)));
                events.push(Event { data: mapping(fields), ..Event::new(kind.clone()) });
                if flow.events[name].is_empty() {
                    break;
                }
            }
        }
        events
    }

    fn value(&self, of: Type, text: &str) -> Value {
        match of {
            Type::String => Value::from(text),
            Type::Number => Value::from(self.numbers.last().copied().unwrap_or(1)),
            Type::Boolean => Value::Bool(true),
            Type::Identifier => Value::from("+14255550177"),
            Type::List => Value::List(Arc::from([])),
            Type::Map => mapping([]),
        }
    }
}
