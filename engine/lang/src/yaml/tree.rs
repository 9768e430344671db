//! Builds the tree from a parser's events, and keeps our limits while aliases are expanded.
//!
//! It must not know the YAML library. An alias copies what its anchor names; what the copy costs is
//! known when the anchored node is closed, so that a bomb is refused before anything is copied.

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use indexmap::map::Entry as Slot;
use std::collections::BTreeMap;

use crate::finding::{Code, Finding, brief};
use crate::limits::{ALIASED_BYTES_MAX, ALIASED_NODES_MAX, ANCHORS_MAX, DEPTH_MAX, FINDINGS_MAX, NODES_MAX};
use crate::node::{Entry, Kind, Node, Scalar, Spanned, Style};
use crate::source::{Source, Span};
use crate::yaml::stop::{Stop, collection_as_key, inside_itself, merge_key};

/// A mapping or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Map,
    List,
}

/// What a node costs: what the limits count.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
    /// Levels of mappings and lists from here down.
    height: usize,
}

/// A mapping or list that is not closed yet.
struct Frame {
    content: Content,
    span: Span,
    is_flow: bool,
    anchor: usize,
    cost: Cost,
}

enum Content {
    List(Vec<Node>),
    Map { entries: IndexMap<String, (Span, Node), RandomState>, key: Option<Spanned<String>> },
}

/// What an anchor names. Closed collections stay where they are in the tree, since copies of nested
/// ones would multiply; the indices lead there from the root.
enum Anchored {
    Scalar(Scalar),
    At { path: Vec<usize>, span: Span, cost: Cost },
}

/// The tree so far.
pub(super) struct Tree<'s> {
    source: &'s Source,
    frames: Vec<Frame>,
    root: Option<Node>,
    anchors: BTreeMap<usize, Anchored>,
    /// Keys and values as they are written.
    written: usize,
    /// What aliases have added.
    added: Cost,
    reached: usize,
    found: Vec<Finding>,
}

impl<'s> Tree<'s> {
    pub(super) fn new(source: &'s Source) -> Tree<'s> {
        Tree {
            source,
            frames: Vec::new(),
            root: None,
            anchors: BTreeMap::new(),
            written: 0,
            added: Cost::default(),
            reached: 0,
            found: Vec::new(),
        }
    }

    /// A tag stands at a place: refused, but no reason to stop.
    pub(super) fn tag(&mut self, span: Span) {
        let tag = brief(self.source.slice(span));
        self.tell(
            Finding::error(Code(1), span, format!("tags such as `{tag}` are not part of a flow"))
                .label("a tag")
                .help("leave the tag out; a value in quotes is always text"),
        );
    }

    /// A mapping or a list begins.
    pub(super) fn open(
        &mut self,
        shape: Shape,
        is_flow: bool,
        anchor: usize,
        span: Span,
    ) -> Result<(), Stop> {
        self.reached = span.end;
        if self.awaits_key() {
            return Err(Stop::Fault(Box::new(collection_as_key(shape, span))));
        }
        if self.frames.len() >= DEPTH_MAX {
            return Err(Stop::TooDeep(span));
        }
        self.write(span)?;
        let content = match shape {
            Shape::List => Content::List(Vec::new()),
            Shape::Map => Content::Map { entries: IndexMap::default(), key: None },
        };
        let cost = Cost { nodes: 1, bytes: 0, height: 0 };
        self.frames.push(Frame { content, span, is_flow, anchor, cost });
        Ok(())
    }

    /// The innermost mapping or list ends; `span` is that of its bracket, if it has one.
    pub(super) fn close(&mut self, span: Span) -> Result<(), Stop> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let Frame { content, span: start, is_flow, anchor, mut cost } = frame;
        cost.height += 1;
        let kind = match content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(
                entries
                    .into_iter()
                    .map(|(key, (span, value))| Entry { key: Spanned::new(key, span), value })
                    .collect(),
            ),
        };
        let span = match &kind {
            _ if is_flow => start.to(span),
            Kind::List(items) => {
                items.first().map_or(start, |first| extent(first.span, &items[items.len() - 1]))
            }
            Kind::Map(entries) => entries
                .first()
                .map_or(start, |first| extent(first.key.span, &entries[entries.len() - 1].value)),
            Kind::Scalar(_) => start,
        };
        if anchor > 0 {
            self.anchor(anchor, Anchored::At { path: self.path(), span, cost }, span)?;
        }
        self.put(Node { span, kind }, cost);
        Ok(())
    }

    /// A scalar.
    pub(super) fn scalar(&mut self, text: &str, style: Style, anchor: usize, span: Span) -> Result<(), Stop> {
        let is_key = self.awaits_key();
        // Parsers call an empty value `~`; only its span tells that it is not written.
        let is_empty = style == Style::Plain && span.start == span.end;
        let text = if is_empty { "" } else { text };
        let cost = Cost { nodes: 1, bytes: text.len(), height: 0 };
        self.write(span)?;
        let span = if is_empty && !is_key { self.behind_colon(span) } else { self.trim(span, style) };
        self.reached = span.end;
        let written = self.source.slice(span);
        let verbatim = match style {
            Style::Plain => written == text,
            Style::Quoted => written.len() >= 2 && &written[1..written.len() - 1] == text,
            Style::Block => !written.contains('\n') && text.trim_end() == written,
        };
        let scalar = Scalar { text: text.to_owned(), style, verbatim };
        if anchor > 0 {
            let names = Anchored::Scalar(Scalar { verbatim: false, ..scalar.clone() });
            self.anchor(anchor, names, span)?;
        }
        if is_key {
            self.key(scalar, span)
        } else {
            self.put(Node { span, kind: Kind::Scalar(scalar) }, cost);
            Ok(())
        }
    }

    /// An alias: a copy of what its anchor names, placed where the alias stands.
    pub(super) fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Stop> {
        self.reached = span.end;
        let cost = match self.anchors.get(&anchor) {
            // An anchor is known only when its node is closed.
            None => return Err(Stop::Fault(Box::new(inside_itself(self.source, span)))),
            Some(Anchored::Scalar(scalar)) => Cost { nodes: 1, bytes: scalar.text.len(), height: 0 },
            Some(Anchored::At { cost, .. }) => *cost,
        };
        if self.frames.len() + cost.height > DEPTH_MAX {
            return Err(Stop::TooDeep(span));
        }
        self.add(cost, span)?;
        let kind = match &self.anchors[&anchor] {
            Anchored::Scalar(scalar) => Some(Kind::Scalar(scalar.clone())),
            Anchored::At { path, span, .. } => {
                self.find(path).filter(|node| node.span == *span).map(|node| node.kind.clone())
            }
        };
        // What stood behind a duplicate key is gone, and another node may stand at its path.
        let kind = kind.unwrap_or_else(|| Kind::Scalar(nothing()));
        if !self.awaits_key() {
            self.put(Node { span, kind }, cost);
            return Ok(());
        }
        match kind {
            Kind::Scalar(scalar) => self.key(scalar, span),
            Kind::List(_) => Err(Stop::Fault(Box::new(collection_as_key(Shape::List, span)))),
            Kind::Map(_) => Err(Stop::Fault(Box::new(collection_as_key(Shape::Map, span)))),
        }
    }

    /// The end of the last part that was read.
    pub(super) fn reached(&self) -> usize {
        self.reached
    }

    /// Where the innermost open bracket stands.
    pub(super) fn bracket(&self) -> Option<Span> {
        // `[a: b]` holds a mapping without brackets of its own.
        self.frames
            .iter()
            .rev()
            .find(|frame| frame.is_flow && frame.span.start < frame.span.end)
            .map(|frame| frame.span)
    }

    /// The innermost open mapping or list without brackets, and where it begins.
    pub(super) fn block(&self) -> Option<(Shape, Span)> {
        let frame = self.frames.iter().rev().find(|frame| !frame.is_flow)?;
        match frame.content {
            Content::List(_) => Some((Shape::List, frame.span)),
            Content::Map { .. } => Some((Shape::Map, frame.span)),
        }
    }

    /// The whole text has been read.
    pub(super) fn finish(mut self) -> (Option<Node>, Vec<Finding>) {
        self.root = self.root.filter(|root| !root.is_null());
        if self.root.is_none() && self.found.is_empty() {
            self.found.push(
                Finding::error(
                    Code(102),
                    Span::default(),
                    "the file is empty: a flow needs `flow`, `start`, `initial` and `states`",
                )
                .label("nothing but comments and blanks"),
            );
        }
        (self.root, self.found)
    }

    /// Reading ends here. The tree is kept only if it is whole: half a flow would yield findings
    /// that are not the author's.
    pub(super) fn stop(mut self, stop: Stop) -> (Option<Node>, Vec<Finding>) {
        let is_whole = matches!(stop, Stop::SecondDocument(_));
        self.found.push(stop.finding());
        (self.root.filter(|_| is_whole), self.found)
    }

    fn awaits_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { content: Content::Map { key: None, .. }, .. }))
    }

    /// Counts a key or a value as written. The text itself is bounded by the file's size.
    fn write(&mut self, span: Span) -> Result<(), Stop> {
        self.written += 1;
        if self.written > NODES_MAX { Err(Stop::TooMuch(span)) } else { Ok(()) }
    }

    /// Counts what an alias adds.
    fn add(&mut self, cost: Cost, span: Span) -> Result<(), Stop> {
        self.added.nodes = self.added.nodes.saturating_add(cost.nodes);
        self.added.bytes = self.added.bytes.saturating_add(cost.bytes);
        if self.added.nodes > ALIASED_NODES_MAX || self.added.bytes > ALIASED_BYTES_MAX {
            return Err(Stop::Multiplied(span));
        }
        Ok(())
    }

    /// Keeps what an anchor names.
    fn anchor(&mut self, anchor: usize, names: Anchored, span: Span) -> Result<(), Stop> {
        if self.anchors.len() >= ANCHORS_MAX {
            return Err(Stop::TooManyAnchors(span));
        }
        self.anchors.insert(anchor, names);
        Ok(())
    }

    fn tell(&mut self, finding: Finding) {
        if self.found.len() < FINDINGS_MAX {
            self.found.push(finding);
        }
    }

    /// A scalar as a key.
    fn key(&mut self, scalar: Scalar, span: Span) -> Result<(), Stop> {
        if scalar.style == Style::Plain && scalar.text.is_empty() {
            return Err(Stop::Fault(Box::new(
                Finding::error(Code(1), span, "a key is missing in front of `:`")
                    .label("expected a key")
                    .help("write `key: value`"),
            )));
        }
        if let Some(Frame { content: Content::Map { key, .. }, cost, .. }) = self.frames.last_mut() {
            cost.nodes += 1;
            cost.bytes += scalar.text.len();
            *key = Some(Spanned::new(scalar.text, span));
        }
        Ok(())
    }

    /// Puts a whole node where it belongs.
    fn put(&mut self, node: Node, cost: Cost) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.cost.nodes += cost.nodes;
        frame.cost.bytes += cost.bytes;
        frame.cost.height = frame.cost.height.max(cost.height);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => {
                let Some(key) = key.take() else { return };
                if key.value == "<<" {
                    self.tell(merge_key(key.span));
                    return;
                }
                match entries.entry(key.value) {
                    Slot::Vacant(slot) => {
                        slot.insert((key.span, node));
                    }
                    Slot::Occupied(slot) => {
                        let finding = twice(slot.key(), key.span, slot.get().0);
                        self.tell(finding);
                    }
                }
            }
        }
    }

    /// The way from the root to the node that is put next.
    fn path(&self) -> Vec<usize> {
        self.frames.iter().map(|frame| frame.content.len()).collect()
    }

    /// The closed node at a path, if it is still there.
    fn find(&self, path: &[usize]) -> Option<&Node> {
        let depth = path.iter().zip(&self.frames).position(|(index, frame)| *index < frame.content.len())?;
        let mut node = self.frames[depth].content.get(path[depth])?;
        for index in &path[depth + 1..] {
            node = match &node.kind {
                Kind::List(items) => items.get(*index)?,
                Kind::Map(entries) => &entries.get(*index)?.value,
                Kind::Scalar(_) => return None,
            };
        }
        Some(node)
    }

    /// Parsers place an empty value anywhere up to the next token: it stands right behind its colon.
    fn behind_colon(&self, span: Span) -> Span {
        let Some(Frame { content: Content::Map { key: Some(key), .. }, .. }) = self.frames.last() else {
            return Span::new(span.start, span.start);
        };
        let rest = &self.source.text()[key.span.end..];
        let blanks = rest.len() - rest.trim_start().len();
        let end = key.span.end + if rest[blanks..].starts_with(':') { blanks + 1 } else { 0 };
        Span::new(end, end)
    }

    /// Leaves out the blanks and line breaks behind a scalar.
    fn trim(&self, span: Span, style: Style) -> Span {
        match style {
            Style::Quoted => span,
            Style::Plain | Style::Block => {
                Span::new(span.start, span.start + self.source.slice(span).trim_end().len())
            }
        }
    }
}

impl Content {
    fn len(&self) -> usize {
        match self {
            Content::List(items) => items.len(),
            Content::Map { entries, .. } => entries.len(),
        }
    }

    fn get(&self, index: usize) -> Option<&Node> {
        match self {
            Content::List(items) => items.get(index),
            Content::Map { entries, .. } => entries.get_index(index).map(|(_, (_, node))| node),
        }
    }
}

fn twice(key: &str, span: Span, first: Span) -> Finding {
    Finding::error(Code(2), span, format!("the key `{}` stands here twice", brief(key)))
        .label("this one would be lost or would replace the first")
        .related(first, "the first")
        .help("rename or remove one of them")
}

fn nothing() -> Scalar {
    Scalar { text: String::new(), style: Style::Plain, verbatim: false }
}

fn extent(first: Span, last: &Node) -> Span {
    Span::new(first.start, last.span.end)
}
