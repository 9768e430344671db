//! What a flow declares, and of which types: variables, inputs, constants and events.

use std::cell::Cell;

use indexmap::IndexMap;
use lang::expr::Type;
use lang::{Span, Template};
use machine::actions::{Arguments, Written};
use machine::draft::Input;
use machine::flow;

use crate::model::Model;
use crate::places::{Formula, Purpose, Site, for_each_formula};
use crate::reaches::Reaches;
use crate::sight::Sight;

/// Unit: rounds in which the types of variables are told from each other. What is not known then may be anything.
const ROUNDS_MAX: usize = 4;

/// Unit: unknown names of one flow for which the nearest known one is looked for: that costs a look at all of them.
const SUGGESTIONS_MAX: u32 = 20;

/// What a flow declares.
pub(crate) struct Names<'a> {
    /// In the order in which the file first gives them a value.
    pub(crate) variables: IndexMap<&'a str, Variable<'a>>,
    pub(crate) inputs: IndexMap<&'a str, &'a Input>,
    pub(crate) config: IndexMap<&'a str, Type>,
    /// What the flow may give back, with its declared types.
    pub(crate) output: IndexMap<&'a str, flow::Type>,
    /// Each custom event with its fields.
    pub(crate) events: IndexMap<&'a str, IndexMap<&'a str, Type>>,
    /// How many more nearest names may be looked for.
    suggestions: Cell<u32>,
}

/// A variable.
pub(crate) struct Variable<'a> {
    /// What is known of its values.
    pub(crate) of: Type,
    /// It has a first value.
    pub(crate) is_declared: bool,
    /// Everything that gives it a value: `vars`, then `set` and `as` in the order of the walk.
    pub(crate) givings: Vec<Giving<'a>>,
}

/// Something that gives a variable a value.
#[derive(Clone, Copy)]
pub(crate) struct Giving<'a> {
    /// The variable's name there.
    pub(crate) span: Span,
    /// The value and where it stands; `None`: the acknowledgement of an action.
    pub(crate) value: Option<(Site<'a>, &'a Template)>,
}

impl Giving<'_> {
    fn is_first_value(&self) -> bool {
        matches!(self.value, Some((Site::FirstValues, _)))
    }
}

impl<'a> Names<'a> {
    /// The names as they are declared; nothing is known yet of the types of what is only set.
    pub(crate) fn of(model: &Model<'a>) -> Names<'a> {
        let draft = model.draft;
        let mut names = Names {
            variables: IndexMap::new(),
            inputs: draft.inputs.iter().map(|input| (input.name.value.as_str(), input)).collect(),
            config: draft.config.iter().map(|(name, kind)| (name.value.as_str(), of(*kind))).collect(),
            output: draft.output.iter().map(|(name, kind)| (name.value.as_str(), *kind)).collect(),
            events: draft
                .events
                .iter()
                .map(|event| {
                    let fields = event.fields.iter().map(|(name, kind)| (name.value.as_str(), of(*kind)));
                    (event.name.value.as_str(), fields.collect())
                })
                .collect(),
            suggestions: Cell::new(0),
        };
        for (name, _) in &draft.vars {
            let variable = Variable { of: Type::Any, is_declared: true, givings: Vec::new() };
            names.variables.insert(&name.value, variable);
        }
        for_each_formula(model, &mut |place, formula| {
            if let (Purpose::Value(name), Formula::Template(template)) = (place.purpose, formula) {
                names.give(&name.value, Giving { span: name.span, value: Some((place.site, template)) });
            }
        });
        for name in model.all_actions().filter_map(|action| action.keep.as_ref()) {
            names.give(&name.value, Giving { span: name.span, value: None });
        }
        for variable in names.variables.values_mut() {
            variable.givings.sort_by_key(|giving| (!giving.is_first_value(), giving.span));
        }
        names
    }

    fn give(&mut self, name: &'a str, giving: Giving<'a>) {
        let new = || Variable { of: Type::Any, is_declared: false, givings: Vec::new() };
        self.variables.entry(name).or_insert_with(new).givings.push(giving);
    }

    /// Tells the types of the variables from their values, and from each other's.
    pub(crate) fn infer(&mut self, model: &Model<'a>, reaches: &Reaches<'a>) {
        self.tell_types(model, reaches);
        self.suggestions.set(SUGGESTIONS_MAX);
    }

    /// Whether the nearest known name may be looked for once more.
    pub(crate) fn may_suggest(&self) -> bool {
        let left = self.suggestions.get();
        self.suggestions.set(left.saturating_sub(1));
        left > 0
    }

    fn tell_types(&mut self, model: &Model<'a>, reaches: &Reaches<'a>) {
        for _ in 0..ROUNDS_MAX {
            let told: Vec<Type> = self
                .variables
                .values()
                .map(|variable| {
                    let given = variable.givings.iter().map(|giving| self.given(giving, model, reaches));
                    settle(given.collect(), variable.is_declared)
                })
                .collect();
            let mut is_settled = true;
            for (variable, of) in self.variables.values_mut().zip(told) {
                is_settled &= variable.of == of;
                variable.of = of;
            }
            if is_settled {
                return;
            }
        }
    }

    /// The type of what a variable is given.
    pub(crate) fn given(&self, giving: &Giving<'a>, model: &Model<'a>, reaches: &Reaches<'a>) -> Type {
        match giving.value {
            Some((site, template)) => template.check(&Sight::new(model, self, reaches, site), &mut |_, _| {}),
            // What the provider answered, whatever that holds.
            None => Type::Map,
        }
    }

    /// Whether it takes the paths through the flow to tell what they hold: some name is not always there, or some
    /// digits must not be seen.
    pub(crate) fn depend_on_paths(&self, model: &Model<'_>) -> bool {
        self.variables.values().any(|variable| !variable.is_declared)
            || self.inputs.values().any(|input| !is_always_there(input))
            || model.all_actions().any(is_sensitive)
    }
}

/// Whether an input has a value in every run.
pub(crate) fn is_always_there(input: &Input) -> bool {
    input.required || input.default.is_some()
}

/// What is known of a variable that gets values of these types. Of one that is declared the first value tells it;
/// a list or map may hold something else later.
fn settle(given: Vec<Type>, is_declared: bool) -> Type {
    let first = given.first().cloned().unwrap_or(Type::Any);
    let is_plain = !matches!(first, Type::Any | Type::Null | Type::List(_) | Type::Map | Type::Record(_));
    if is_declared && is_plain {
        return first;
    }
    let is_empty = |of: &Type| matches!(of, Type::Record(fields) if fields.is_empty());
    // An empty map is there to be filled.
    Type::common(given.into_iter().map(|of| if is_empty(&of) { Type::Map } else { of }))
}

/// A declared type, as expressions know it.
pub(crate) fn of(kind: flow::Type) -> Type {
    match kind {
        flow::Type::String => Type::String,
        flow::Type::Number => Type::Number,
        flow::Type::Boolean => Type::Bool,
        flow::Type::Identifier => Type::Identifier,
        flow::Type::List => Type::list(Type::Any),
        flow::Type::Map => Type::Map,
    }
}

/// The type of an input.
pub(crate) fn of_input(input: &Input) -> Type {
    of(input.kind)
}

/// Whether an action collects what must not be shown.
pub(crate) fn is_sensitive(written: &Written) -> bool {
    matches!(&written.arguments, Arguments::Recognize(recognize) if recognize.is_sensitive())
}
