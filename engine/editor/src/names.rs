//! Every name of a flow: where it is given, and where it is used.

use std::collections::HashMap;

use lang::expr::{Ast, AstKind, Value, places};
use lang::{Entry, Expr, Kind, Node, Scalar, Source, Span};
use machine::event::EventKind;
use machine::scope;
use machine::shape::Wants;

use crate::slot::{Named, Role, Slot};

/// A name, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Symbol {
    /// A state, by its place among all of them, in the order of the file.
    State(usize),
    /// Anything else, by what it is and its name.
    Plain(Named, String),
}

/// What a name does where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It is declared.
    Declared,
    /// It gets a value.
    Given,
    /// It is used.
    Used,
}

/// A name in the text.
#[derive(Clone, Debug)]
pub(crate) struct Use {
    pub(crate) symbol: Symbol,
    pub(crate) part: Part,
    /// Where it stands: the name alone, if `is_exact`; else the value that it is somewhere in.
    pub(crate) span: Span,
    pub(crate) is_exact: bool,
}

/// A state.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    /// Its key.
    pub(crate) key: Span,
}

/// All names of a flow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// In the order of the file: each, then its children.
    pub(crate) states: Vec<State>,
    children: HashMap<(Option<usize>, String), usize>,
    /// Events that the flow declares.
    events: Vec<String>,
    /// In the order of the file.
    pub(crate) uses: Vec<Use>,
}

impl Names {
    /// Of a tree.
    pub(crate) fn of(source: &Source, tree: &Node) -> Names {
        let mut names = Names::default();
        names.enlist(tree, None);
        if let Some(Kind::Map(entries)) = tree.get("events").map(|node| &node.kind) {
            names.events = entries.iter().map(|entry| entry.key.value.clone()).collect();
        }
        let mut walk = Walk { names, source };
        walk.node(tree, Slot::ROOT, None);
        let mut names = walk.names;
        // An alias shows the names of its anchor once more.
        names.uses.sort_by_key(|one| (one.span, !one.is_exact));
        names
            .uses
            .dedup_by(|one, other| one.span == other.span && one.symbol == other.symbol && one.is_exact);
        names
    }

    fn enlist(&mut self, node: &Node, parent: Option<usize>) {
        let Some(Kind::Map(entries)) = node.get("states").map(|node| &node.kind) else { return };
        for Entry { key, value } in entries {
            let id = self.states.len();
            self.states.push(State { name: key.value.clone(), parent, key: key.span });
            self.children.insert((parent, key.value.clone()), id);
            self.enlist(value, Some(id));
        }
    }

    /// The state that is nested like this.
    pub(crate) fn nested(&self, names: &[&str]) -> Option<usize> {
        names.iter().try_fold(None, |parent, name| self.child(parent, name).map(Some)).flatten()
    }

    /// A child of a state; of the flow, if `None`.
    pub(crate) fn child(&self, parent: Option<usize>, name: &str) -> Option<usize> {
        self.children.get(&(parent, name.to_owned())).copied()
    }

    /// The states that a name leads through, from where it is written.
    pub(crate) fn target(&self, owner: Option<usize>, name: &str) -> Vec<usize> {
        scope::find(name, owner, |of, name| self.child(of, name), |id| Some(self.states[id].parent))
    }

    /// A state's name with those of the states around it.
    pub(crate) fn path(&self, id: usize) -> String {
        let state = &self.states[id];
        match state.parent {
            Some(parent) => format!("{}.{}", self.path(parent), state.name),
            None => state.name.clone(),
        }
    }

    /// A state and those around it, from the inside out.
    pub(crate) fn outward(&self, id: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(id), |id| self.states[*id].parent)
    }

    /// What a symbol is.
    pub(crate) fn named(&self, symbol: &Symbol) -> Named {
        match symbol {
            Symbol::State(_) => Named::State,
            Symbol::Plain(named, _) => *named,
        }
    }

    /// How a symbol is called.
    pub(crate) fn name<'s>(&'s self, symbol: &'s Symbol) -> &'s str {
        match symbol {
            Symbol::State(id) => &self.states[*id].name,
            Symbol::Plain(_, name) => name,
        }
    }

    /// The name that stands at a place.
    pub(crate) fn at(&self, offset: usize) -> Option<&Use> {
        self.uses
            .iter()
            .filter(|one| one.is_exact)
            .find(|one| one.span.start <= offset && offset <= one.span.end)
    }

    /// Everywhere where a symbol stands.
    pub(crate) fn of_symbol<'s>(&'s self, symbol: &'s Symbol) -> impl Iterator<Item = &'s Use> + Clone {
        self.uses.iter().filter(move |one| one.symbol == *symbol)
    }

    /// The names of one kind, each once, in the order of the file.
    pub(crate) fn all(&self, named: Named) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for one in &self.uses {
            if let Symbol::Plain(other, name) = &one.symbol
                && *other == named
                && one.part != Part::Used
                && !all.contains(&name.as_str())
            {
                all.push(name);
            }
        }
        all
    }
}

struct Walk<'s> {
    names: Names,
    source: &'s Source,
}

impl Walk<'_> {
    /// `owner`: the state around the node.
    fn node(&mut self, node: &Node, slot: Slot, owner: Option<usize>) {
        match &node.kind {
            Kind::Scalar(scalar) => self.scalar(node, scalar, slot, owner),
            Kind::List(items) => items.iter().for_each(|item| self.node(item, slot.item(), owner)),
            Kind::Map(entries) => {
                for entry in entries {
                    let (role, below) = slot.entry(&entry.key.value);
                    let inner = match role {
                        Role::Name(Some(Named::State)) => self.names.child(owner, &entry.key.value),
                        _ => owner,
                    };
                    self.key(entry, role, slot, inner);
                    self.node(&entry.value, below, inner);
                }
            }
        }
    }

    fn key(&mut self, entry: &Entry, role: Role, slot: Slot, state: Option<usize>) {
        let name = entry.key.value.as_str();
        let (symbol, part) = match role {
            Role::Name(Some(Named::State)) => match state {
                Some(id) => (Symbol::State(id), Part::Declared),
                None => return,
            },
            Role::Name(Some(named)) => {
                let is_end = slot.of.is_some_and(|known| known.shape.name == "end");
                let part = if is_end || slot.is_set() { Part::Given } else { Part::Declared };
                (Symbol::Plain(named, name.to_owned()), part)
            }
            Role::Event if self.is_declared_event(name) => {
                (Symbol::Plain(Named::Event, name.to_owned()), Part::Used)
            }
            Role::Event | Role::Name(None) | Role::Key(_) | Role::Timer | Role::Outcome | Role::Free => {
                return;
            }
        };
        let (span, is_exact) = self.exact(entry.key.span, name);
        self.names.uses.push(Use { symbol, part, span, is_exact });
    }

    fn is_declared_event(&self, name: &str) -> bool {
        EventKind::from_name(name).is_none() && self.names.events.iter().any(|event| event == name)
    }

    /// Where a name stands inside a span that may have quotes.
    fn exact(&self, span: Span, name: &str) -> (Span, bool) {
        let written = self.source.slice(span);
        if written == name {
            return (span, true);
        }
        let is_quoted = written.starts_with(['"', '\'']) && written.len() >= 2;
        if is_quoted && &written[1..written.len() - 1] == name {
            return (Span::new(span.start + 1, span.end - 1), true);
        }
        (span, false)
    }

    fn scalar(&mut self, node: &Node, scalar: &Scalar, slot: Slot, owner: Option<usize>) {
        if scalar.is_null() {
            return;
        }
        if slot.is_target() {
            self.target(node, scalar, slot, owner);
        } else if let Some(named) = slot.names() {
            let (span, is_exact) = self.exact(node.span, &scalar.text);
            let symbol = Symbol::Plain(named, scalar.text.clone());
            // A variable is given a value by `as`; another flow is only named.
            let is_of_another = matches!(named, Named::Flow | Named::Told);
            let part = if is_of_another { Part::Used } else { Part::Given };
            self.names.uses.push(Use { symbol, part, span, is_exact });
        } else if matches!(slot.wants, Some(Wants::Guard)) {
            self.expression(node, scalar, 0, &scalar.text);
        } else if slot.takes_expressions() {
            // What is not closed yet is being typed.
            for place in places(&scalar.text).unwrap_or_default() {
                self.expression(node, scalar, place.start, &scalar.text[place]);
            }
        }
    }

    fn target(&mut self, node: &Node, scalar: &Scalar, slot: Slot, owner: Option<usize>) {
        let states = match slot.is_initial_of_state() {
            true => owner.and_then(|_| self.names.child(owner, &scalar.text)).into_iter().collect(),
            false => self.names.target(owner, &scalar.text),
        };
        let (whole, is_exact) = self.exact(node.span, &scalar.text);
        let mut at = whole.start;
        for (segment, id) in scalar.text.split('.').zip(states) {
            let span = if is_exact { Span::new(at, at + segment.len()) } else { whole };
            at += segment.len() + 1;
            self.names.uses.push(Use { symbol: Symbol::State(id), part: Part::Used, span, is_exact });
        }
    }

    /// The names that an expression reads; it stands at an offset of a value's text.
    fn expression(&mut self, node: &Node, scalar: &Scalar, offset: usize, text: &str) {
        if let Ok(expr) = Expr::parse(text) {
            let text = Written { source: self.source, node, scalar };
            reads(expr.ast(), &mut |named, name, start, end| {
                let span = text.place(offset + start, offset + end);
                let symbol = Symbol::Plain(named, name.to_owned());
                let (span, is_exact) = span.map_or((node.span, false), |span| (span, true));
                self.names.uses.push(Use { symbol, part: Part::Used, span, is_exact });
            });
        }
    }
}

/// Every `vars.name` and the like, with the place of the name.
fn reads(ast: &Ast, see: &mut dyn FnMut(Named, &str, usize, usize)) {
    let read = match &ast.kind {
        AstKind::Field { of, name } => Some((of, &**name, ast.end - name.len(), ast.end)),
        AstKind::Index { of, index } => match &index.kind {
            AstKind::Constant(Value::String(name)) => Some((of, &**name, index.start + 1, index.end - 1)),
            _ => None,
        },
        _ => None,
    };
    if let Some((of, name, start, end)) = read
        && let AstKind::Root(root) = &of.kind
        && let Some(named) = Named::of_root(root)
    {
        see(named, name, start, end);
    }
    ast.children().into_iter().for_each(|child| reads(child, see));
}

/// A value as it is written, which may be otherwise than it reads: with escapes, or over several lines.
struct Written<'s> {
    source: &'s Source,
    node: &'s Node,
    scalar: &'s Scalar,
}

impl Written<'_> {
    /// Where a part of the text is written, if it is written as it reads.
    fn place(&self, start: usize, end: usize) -> Option<Span> {
        if self.scalar.verbatim {
            return Some(self.node.inside(start, end));
        }
        // Names are written as they read, wherever they stand: the n-th of the text is the n-th that is written.
        let name = self.scalar.text.get(start..end)?;
        let before = whole_words(&self.scalar.text, name).position(|at| at == start)?;
        let written = self.source.slice(self.node.span);
        let count = whole_words(&self.scalar.text, name).count();
        if whole_words(written, name).count() != count {
            return None;
        }
        let at = self.node.span.start + whole_words(written, name).nth(before)?;
        Some(Span::new(at, at + name.len()))
    }
}

/// Where a name stands in a text as a word of its own.
fn whole_words<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let behind = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}
