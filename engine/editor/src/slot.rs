//! What may stand at each node of a flow, followed down from the root by the shapes of the language.
//!
//! The shapes say all of it but what a name that is given somewhere names; that is said here.

use lang::expr::places;
use lang::{Entry, Kind, Node, Scalar, Span};
use machine::actions::ITEM;
use machine::draft::shape::{BRANCH, FLOW, OUTCOME_BRANCH};
use machine::shape::{Key, PERSON, Shape, Wants};
use machine::wanted::Wanted;

/// A key of a shape, with the shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) shape: &'static Shape,
    pub(crate) key: &'static Key,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Named {
    /// A state.
    State,
    /// A variable.
    Variable,
    /// An input.
    Input,
    /// A constant of the operator.
    Constant,
    /// An event that the flow declares.
    Event,
    /// What a sub-flow gives back, declared under `output`.
    Output,
    /// Another flow, that this one runs.
    Flow,
    /// Another flow, that this one tells of its recordings.
    Told,
}

impl Named {
    /// What it is, inside a sentence: `state`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Named::State => "state",
            Named::Variable => "variable",
            Named::Input => "input",
            Named::Constant => "constant",
            Named::Event => "event",
            Named::Output => "output",
            Named::Flow | Named::Told => "flow",
        }
    }

    /// The root of expressions under which it is read; states and events are read under none.
    pub(crate) fn root(self) -> Option<&'static str> {
        match self {
            Named::Variable => Some("vars"),
            Named::Input => Some("input"),
            Named::Constant => Some("config"),
            // What is read under `output` is another flow's.
            Named::State | Named::Event | Named::Output | Named::Flow | Named::Told => None,
        }
    }

    /// What is read under a root.
    pub(crate) fn of_root(root: &str) -> Option<Named> {
        [Named::Variable, Named::Input, Named::Constant].into_iter().find(|named| named.root() == Some(root))
    }
}

/// What may stand at a node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slot {
    /// What is wanted; `None`: nobody knows.
    pub(crate) wants: Option<Wants>,
    /// The key that it stands behind, if that is a key of the language.
    pub(crate) of: Option<Known>,
}

/// Where an outcome leads: as [`Wants::Transitions`], but to branches of their own shape.
const OUTCOME_TRANSITIONS: Wants = Wants::Either(&[
    Wants::Target,
    Wants::Map(&OUTCOME_BRANCH),
    Wants::List(&Wants::Map(&OUTCOME_BRANCH), 1),
]);

/// What a key of a mapping is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    /// A key of the language, or what should be one.
    Key(Option<Known>),
    /// A name that is given here, or taken up again.
    Name(Option<Named>),
    /// An event.
    Event,
    /// A duration.
    Timer,
    /// An outcome of a sub-flow.
    Outcome,
    /// What the author likes.
    Free,
}

impl Slot {
    /// The whole document.
    pub(crate) const ROOT: Slot = Slot { wants: Some(Wants::Map(&FLOW)), of: None };

    /// The shapes of mappings that may stand here.
    pub(crate) fn shapes(self) -> Vec<&'static Shape> {
        match self.wants {
            Some(Wants::Map(shape) | Wants::Bare(shape)) => vec![shape],
            Some(Wants::Transitions) => vec![&BRANCH],
            Some(Wants::Argument(Wanted::Person | Wanted::People | Wanted::Phone)) => vec![&PERSON],
            Some(Wants::Either(forms)) => {
                forms.iter().flat_map(|form| Slot { wants: Some(*form), ..self }.shapes()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a key of a mapping at this node is, and what may stand behind it.
    pub(crate) fn entry(self, name: &str) -> (Role, Slot) {
        let to = |wants: Wants| Slot { wants: Some(wants), of: None };
        match self.wants {
            Some(Wants::Named(_, each) | Wants::Declared(_, each)) => {
                (Role::Name(self.of.and_then(names)), to(*each))
            }
            Some(Wants::Events) => (Role::Event, to(Wants::Transitions)),
            Some(Wants::Timers) => (Role::Timer, to(Wants::Transitions)),
            Some(Wants::Outcomes) => (Role::Outcome, to(OUTCOME_TRANSITIONS)),
            Some(Wants::Headers | Wants::Argument(Wanted::Texts)) => {
                (Role::Free, to(Wants::Argument(Wanted::Text)))
            }
            Some(Wants::Value | Wants::Argument(Wanted::Anything)) => {
                (Role::Free, Slot { wants: self.wants, of: None })
            }
            _ => {
                let shapes = self.shapes();
                let known = shapes.iter().find_map(|shape| shape.key(name).map(|key| Known { shape, key }));
                let slot = known
                    .map_or(Slot::default(), |known| Slot { wants: Some(known.key.wants), of: Some(known) });
                (if shapes.is_empty() { Role::Free } else { Role::Key(known) }, slot)
            }
        }
    }

    /// What may stand at an item of a list at this node.
    pub(crate) fn item(self) -> Slot {
        let wants = match self.wants {
            Some(Wants::List(each, _)) => Some(*each),
            Some(Wants::Actions | Wants::Logs) => Some(Wants::Map(&ITEM)),
            Some(Wants::Transitions) => Some(Wants::Map(&BRANCH)),
            Some(Wants::Argument(Wanted::People)) => Some(Wants::Argument(Wanted::Person)),
            Some(Wants::Argument(Wanted::Phrases)) => Some(Wants::Argument(Wanted::Text)),
            Some(Wants::Argument(Wanted::Keys | Wanted::Anything) | Wants::Value | Wants::Callers) => {
                self.wants
            }
            Some(Wants::Either(forms)) => {
                forms.iter().find_map(|form| Slot { wants: Some(*form), of: self.of }.item().wants)
            }
            _ => None,
        };
        Slot { wants, of: self.of }
    }

    /// Whether a single value here may hold `${ … }`.
    pub(crate) fn takes_expressions(self) -> bool {
        match self.wants {
            Some(Wants::Argument(_) | Wants::Value | Wants::Url | Wants::Address(_) | Wants::Headers) => true,
            Some(Wants::Either(forms)) => {
                forms.iter().any(|form| Slot { wants: Some(*form), of: self.of }.takes_expressions())
            }
            _ => false,
        }
    }

    /// Whether a single value here is the name of a state.
    pub(crate) fn is_target(self) -> bool {
        match self.wants {
            Some(Wants::Target | Wants::Transitions) => true,
            Some(Wants::Either(forms)) => forms.iter().any(|form| matches!(form, Wants::Target)),
            _ => false,
        }
    }

    /// What a single value here names, if it gives a name.
    pub(crate) fn names(self) -> Option<Named> {
        match self.wants {
            Some(Wants::Name(_)) => self.of.and_then(names),
            _ => None,
        }
    }

    /// Whether the variables under `set`, and not those that are declared.
    pub(crate) fn is_set(self) -> bool {
        self.of.is_some_and(|known| known.key.name == "set")
    }

    /// Whether it is what is passed to a sub-flow.
    pub(crate) fn is_with(self) -> bool {
        self.of.is_some_and(|known| known.shape.name == "state" && known.key.name == "with")
    }

    /// Whether a place in a single value here is inside an expression.
    fn is_expression(self, scalar: &Scalar, at: usize) -> bool {
        matches!(self.wants, Some(Wants::Guard))
            || self.takes_expressions()
                && places(&scalar.text)
                    .is_ok_and(|places| places.iter().any(|place| place.start <= at && at <= place.end))
    }

    /// Whether the state that is named here must be a child of the one around it.
    pub(crate) fn is_initial_of_state(self) -> bool {
        self.of.is_some_and(|known| known.shape.name == "state" && known.key.name == "initial")
    }
}

/// What the names behind a key name.
fn names(known: Known) -> Option<Named> {
    Some(match (known.shape.name, known.key.name) {
        (_, "states") => Named::State,
        ("flow", "vars") | ("branch" | "outcomeBranch", "set") | ("action", "as") => Named::Variable,
        ("flow", "input") => Named::Input,
        ("flow", "config") => Named::Constant,
        ("flow", "events") => Named::Event,
        ("flow" | "end", "output") => Named::Output,
        ("state", "run") => Named::Flow,
        ("tell", "flow") => Named::Told,
        _ => return None,
    })
}

/// A node on the way to a place, from the root inward.
#[derive(Clone, Copy)]
pub(crate) struct Step<'n> {
    pub(crate) node: &'n Node,
    pub(crate) slot: Slot,
    pub(crate) via: Via<'n>,
}

/// How a node is reached from the one around it.
#[derive(Clone, Copy)]
pub(crate) enum Via<'n> {
    /// It is the document.
    Root,
    /// It stands behind a key.
    Key(&'n Entry, Role),
    /// It is an item of a list.
    Item,
}

/// The way from the root to a place.
pub(crate) struct Way<'n> {
    pub(crate) steps: Vec<Step<'n>>,
    /// The key that the place is in; `None`: it is in the last node of the way.
    pub(crate) key: Option<(&'n Entry, Role)>,
}

impl<'n> Way<'n> {
    /// To the node or key that this is true of; `inside` leads the way.
    pub(crate) fn to(
        tree: &'n Node,
        is_key: &dyn Fn(&Entry) -> bool,
        inside: &dyn Fn(&Node) -> bool,
    ) -> Way<'n> {
        let mut way = Way { steps: vec![Step { node: tree, slot: Slot::ROOT, via: Via::Root }], key: None };
        while let Some(Step { node, slot, .. }) = way.steps.last().copied() {
            let next = match &node.kind {
                Kind::Scalar(_) => None,
                Kind::List(items) => items.iter().find(|item| inside(item)).map(|item| Step {
                    node: item,
                    slot: slot.item(),
                    via: Via::Item,
                }),
                Kind::Map(entries) => {
                    if let Some(entry) = entries.iter().find(|entry| is_key(entry)) {
                        let (role, _) = slot.entry(&entry.key.value);
                        way.key = Some((entry, role));
                        return way;
                    }
                    entries.iter().find(|entry| inside(&entry.value)).map(|entry| {
                        let (role, slot) = slot.entry(&entry.key.value);
                        Step { node: &entry.value, slot, via: Via::Key(entry, role) }
                    })
                }
            };
            match next {
                Some(next) => way.steps.push(next),
                None => break,
            }
        }
        way
    }

    /// The last node of the way.
    pub(crate) fn last(&self) -> Step<'n> {
        self.steps[self.steps.len() - 1]
    }

    /// The names of the states around the place, from the outside in.
    pub(crate) fn states(&self) -> Vec<&'n str> {
        self.entries()
            .filter(|(_, role)| matches!(role, Role::Name(Some(Named::State))))
            .map(|(entry, _)| entry.key.value.as_str())
            .collect()
    }

    /// The keys on the way, from the outside in.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = (&'n Entry, Role)> + '_ {
        self.steps.iter().filter_map(|step| match step.via {
            Via::Key(entry, role) => Some((entry, role)),
            Via::Root | Via::Item => None,
        })
    }

    /// The flow that the innermost state around the place runs.
    pub(crate) fn run(&self) -> Option<&'n str> {
        let state = self
            .steps
            .iter()
            .rev()
            .find(|step| matches!(step.via, Via::Key(_, Role::Name(Some(Named::State)))))?;
        Some(state.node.get("run")?.scalar()?.text.as_str())
    }

    /// The word of an expression that stands at a place, with the one in front of its dot.
    pub(crate) fn word(&self, offset: usize) -> Option<(Option<&'n str>, &'n str, Span)> {
        let step = self.last();
        let Kind::Scalar(scalar) = &step.node.kind else { return None };
        if !scalar.verbatim {
            return None;
        }
        let start = step.node.inside(0, 0).start;
        let at = offset.checked_sub(start)?;
        if at > scalar.text.len() || !scalar.text.is_char_boundary(at) || !step.slot.is_expression(scalar, at)
        {
            return None;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let text = &scalar.text;
        let from = text[..at].trim_end_matches(is_part).len();
        let to = text[at..].find(|c| !is_part(c)).map_or(text.len(), |length| at + length);
        let word = text.get(from..to)?;
        let owner =
            text[..from].strip_suffix('.').map(|before| &before[before.trim_end_matches(is_part).len()..]);
        Some((owner, word, Span::new(start + from, start + to)))
    }

    /// What triggers the branch that the place is in.
    pub(crate) fn trigger(&self) -> Trigger<'n> {
        self.entries()
            .rev()
            .find_map(|(entry, role)| match role {
                Role::Event => Some(Trigger::Event(&entry.key.value)),
                Role::Timer => Some(Trigger::Timer),
                Role::Outcome => Some(Trigger::Outcome),
                Role::Name(Some(Named::State)) => Some(Trigger::Nothing),
                _ => None,
            })
            .unwrap_or(Trigger::Nothing)
    }
}

/// What triggers a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger<'n> {
    /// An event, by its name.
    Event(&'n str),
    /// Time.
    Timer,
    /// The outcome of a sub-flow.
    Outcome,
    /// It is no branch, or one that is taken at once.
    Nothing,
}
