//! One version of a text that is open in an editor, with what is known of it: read once, asked often.

use std::cell::OnceCell;

use lang::{Entry, Node, Source};

use crate::lenient;
use crate::names::{Names, State, Use};
use crate::slot::{Slot, Way};
use crate::text::Lines;

/// One version of a text.
#[derive(Debug)]
pub struct Document {
    source: Source,
    lines: Lines,
    /// Read when first asked for: who only types on asks for other things.
    read: OnceCell<Read>,
}

#[derive(Debug)]
struct Read {
    tree: Option<Node>,
    is_whole: bool,
    names: Names,
}

impl Document {
    /// Takes a text.
    #[must_use]
    pub fn new(source: Source) -> Document {
        Document { lines: Lines::of(source.text()), source, read: OnceCell::new() }
    }

    fn read(&self) -> &Read {
        self.read.get_or_init(|| {
            let lenient::Read { tree, left_out } = lenient::read(&self.source);
            let names = tree.as_ref().map_or_else(Names::default, |tree| Names::of(&self.source, tree));
            Read { is_whole: left_out == 0 && tree.is_some(), tree, names }
        })
    }

    /// The text.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Its lines.
    #[must_use]
    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Its tree, as far as there is one.
    pub(crate) fn tree(&self) -> Option<&Node> {
        self.read().tree.as_ref()
    }

    /// Whether all of the text is in the tree.
    pub(crate) fn is_whole(&self) -> bool {
        self.read().is_whole
    }

    pub(crate) fn names(&self) -> &Names {
        &self.read().names
    }

    /// The name at a place.
    pub(crate) fn name_at(&self, offset: usize) -> Option<&Use> {
        self.names().at(offset)
    }

    /// The way to a place.
    pub(crate) fn way(&self, offset: usize) -> Option<Way<'_>> {
        let tree = self.tree()?;
        let is_in = |span: lang::Span| span.start <= offset && offset <= span.end;
        let is_key = |entry: &Entry| is_in(entry.key.span);
        let is_inside = |node: &Node| is_in(node.span);
        Some(Way::to(tree, &is_key, &is_inside))
    }

    /// A state as it is written.
    pub(crate) fn state_node(&self, state: &State) -> Option<&Node> {
        let way = self.way(state.key.start)?;
        let (entry, _) = way.key?;
        Some(&entry.value)
    }

    /// What may be written at the place of a state.
    pub(crate) fn slot_of_state() -> Slot {
        Slot { wants: Some(machine::shape::Wants::Map(&machine::draft::shape::STATE)), of: None }
    }
}
