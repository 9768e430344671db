//! The documents that are open in the editor, and what is found in them.
//!
//! A document is checked as `flowctl validate` checks its file; documents of one folder are one set, as files are that
//! are named together.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use editor::{Document, Units};
use lang::{Finding, Source};
use lsp_types::{TextDocumentContentChangeEvent, Url};

use super::convert;
use crate::flow_files::{self, is_flow};

/// Documents that are checked together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Those of a folder.
    Folder(PathBuf),
    /// One that is no file.
    Alone(Url),
}

/// An open document.
pub(super) struct Open {
    /// As the editor counts them.
    pub(super) version: i32,
    pub(super) document: Document,
    group: Group,
    /// Scenarios and the like are no flows: nothing is found in them.
    is_flow: bool,
    pub(super) found: Vec<Finding>,
}

/// All open documents.
#[derive(Default)]
pub(super) struct Documents {
    open: BTreeMap<Url, Open>,
    /// Whose findings are not known yet.
    changed: BTreeSet<Group>,
    /// Whose findings the editor has not been told.
    untold: BTreeSet<Url>,
}

impl Documents {
    /// A document is opened, or opened once more.
    pub(super) fn open(&mut self, uri: Url, version: i32, text: &str) {
        let path = uri.to_file_path().ok();
        let is_flow = path.as_deref().is_none_or(|path| !is_yaml(path) || is_flow(path));
        let folder = path.as_deref().and_then(|path| path.parent()).map(PathBuf::from);
        let group = folder.map_or_else(|| Group::Alone(uri.clone()), Group::Folder);
        self.changed.insert(group.clone());
        let document = Document::new(source(&uri, text));
        self.open.insert(uri, Open { version, document, group, is_flow, found: Vec::new() });
    }

    /// A document has changed. What the editor sends of one that is not open is ignored.
    pub(super) fn change(
        &mut self,
        uri: &Url,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        units: Units,
    ) {
        let Some(open) = self.open.get_mut(uri) else { return };
        let mut text = open.document.source().text().to_owned();
        for change in changes {
            match change.range {
                None => text = change.text,
                Some(range) => {
                    let lines = editor::Lines::of(&text);
                    let [start, end] = [range.start, range.end]
                        .map(|position| lines.offset(&text, convert::position(position), units));
                    text.replace_range(start.min(end)..end.max(start), &change.text);
                }
            }
        }
        open.version = version;
        open.document = Document::new(source(uri, &text));
        self.changed.insert(open.group.clone());
    }

    /// A document is closed. Whether it was open.
    pub(super) fn close(&mut self, uri: &Url) -> bool {
        let closed = self.open.remove(uri);
        if let Some(open) = &closed {
            self.changed.insert(open.group.clone());
        }
        closed.is_some()
    }

    /// An open document.
    pub(super) fn get(&self, uri: &Url) -> Option<&Open> {
        self.open.get(uri)
    }

    /// The flows that are files beside the documents of a group, and are not open.
    fn beside(&self, group: &Group) -> Vec<Source> {
        let Group::Folder(folder) = group else { return Vec::new() };
        let Ok(folder) = std::fs::canonicalize(folder) else { return Vec::new() };
        let paths = self.open.keys().filter_map(|uri| uri.to_file_path().ok());
        let known = paths.filter_map(|path| std::fs::canonicalize(path).ok()).collect();
        flow_files::beside(&std::iter::once(folder).collect(), &known)
    }

    /// The flows beside a document, which it may run: first those that are open, as they are there.
    pub(super) fn flows_beside(&self, uri: &Url) -> Vec<(Url, Document)> {
        let Some(group) = self.open.get(uri).map(|open| &open.group) else { return Vec::new() };
        let members =
            self.open.iter().filter(|(other, open)| open.group == *group && open.is_flow && *other != uri);
        let open = members.map(|(uri, open)| (uri.clone(), open.document.source().clone()));
        let files = self.beside(group).into_iter().filter_map(|source| {
            let uri = Url::from_file_path(source.name()).ok()?;
            Some((uri, source))
        });
        open.chain(files).map(|(uri, source)| (uri, Document::new(source))).collect()
    }

    /// Something in the file system has changed: flows may run others that are not open.
    pub(super) fn refresh(&mut self) {
        self.changed.extend(self.open.values().map(|open| open.group.clone()));
    }

    /// The documents of which something new may be known, each told once.
    pub(super) fn news(&mut self) -> BTreeSet<Url> {
        self.check();
        std::mem::take(&mut self.untold)
    }

    /// Checks what has changed.
    pub(super) fn check(&mut self) {
        for group in std::mem::take(&mut self.changed) {
            // In the order of their paths, as files are read.
            let members: Vec<Url> = self
                .open
                .iter()
                .filter(|(_, open)| open.group == group)
                .map(|(uri, _)| uri.clone())
                .collect();
            let flows = members.iter().filter(|uri| self.open[*uri].is_flow);
            let flows: Vec<&Url> = flows.collect();
            let sources = flows.iter().map(|uri| self.open[*uri].document.source().clone()).collect();
            let reports = validate::check_among(sources, || self.beside(&group)).reports;
            for (uri, report) in flows.into_iter().zip(reports) {
                if let Some(open) = self.open.get_mut(uri) {
                    open.found = report.found;
                }
            }
            self.untold.extend(members);
        }
    }
}

fn is_yaml(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn source(uri: &Url, text: &str) -> Source {
    let name = uri.path_segments().and_then(|mut segments| segments.next_back()).unwrap_or(uri.as_str());
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    // Files are read without it, too.
    Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(text))
}
