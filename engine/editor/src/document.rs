//! One version of a text that is open in an editor, with what is known of it: read once, asked often.

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
    tree: Option<Node>,
    is_whole: bool,
    names: Names,
}

impl Document {
    /// Takes a text.
    #[must_use]
    pub fn new(source: Source) -> Document {
        let read = lenient::read(&source);
        let names = read.tree.as_ref().map_or_else(Names::default, |tree| Names::of(&source, tree));
        let lines = Lines::of(source.text());
        Document { lines, tree: read.tree, is_whole: read.left_out == 0, names, source }
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
        self.tree.as_ref()
    }

    /// Whether all of the text is in the tree.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole && self.tree.is_some()
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// The name at a place.
    pub(crate) fn name_at(&self, offset: usize) -> Option<&Use> {
        self.names.at(offset)
    }

    /// The way to a place.
    pub(crate) fn way(&self, offset: usize) -> Option<Way<'_>> {
        let tree = self.tree.as_ref()?;
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
