//! Answers of `editor` as messages of the protocol.

use editor::{Diagnostic, Document, Item, ItemKind, Lines, Named, Outline, OutlineKind, Units};
use lang::finding::Fix;
use lang::{Severity, Span};
use lsp_types as lsp;

/// A document and how its editor counts.
#[derive(Clone, Copy)]
pub(super) struct Scene<'d> {
    pub(super) document: &'d Document,
    pub(super) uri: &'d lsp::Url,
    pub(super) units: Units,
}

pub(super) fn position(position: lsp::Position) -> editor::Position {
    editor::Position { line: position.line, unit: position.character }
}

impl Scene<'_> {
    fn lines(&self) -> &Lines {
        self.document.lines()
    }

    pub(super) fn offset(&self, at: lsp::Position) -> usize {
        self.lines().offset(self.document.source().text(), position(at), self.units)
    }

    pub(super) fn span(&self, range: lsp::Range) -> Span {
        Span::new(self.offset(range.start), self.offset(range.end))
    }

    pub(super) fn range(&self, span: Span) -> lsp::Range {
        let place = |offset| {
            let at = self.lines().position(self.document.source().text(), offset, self.units);
            lsp::Position { line: at.line, character: at.unit }
        };
        lsp::Range { start: place(span.start), end: place(span.end) }
    }

    pub(super) fn location(&self, span: Span) -> lsp::Location {
        lsp::Location { uri: self.uri.clone(), range: self.range(span) }
    }

    pub(super) fn edit(&self, fix: &Fix) -> lsp::TextEdit {
        lsp::TextEdit { range: self.range(fix.span), new_text: fix.replacement.clone() }
    }

    pub(super) fn workspace_edit<'f>(&self, fixes: impl IntoIterator<Item = &'f Fix>) -> lsp::WorkspaceEdit {
        let edits = fixes.into_iter().map(|fix| self.edit(fix)).collect();
        lsp::WorkspaceEdit {
            changes: Some(std::iter::once((self.uri.clone(), edits)).collect()),
            ..lsp::WorkspaceEdit::default()
        }
    }

    pub(super) fn diagnostic(&self, told: Diagnostic) -> lsp::Diagnostic {
        let related = told.related.into_iter().map(|(span, message)| lsp::DiagnosticRelatedInformation {
            location: self.location(span),
            message,
        });
        let related: Vec<_> = related.collect();
        lsp::Diagnostic {
            range: self.range(told.span),
            severity: Some(match told.severity {
                Severity::Error => lsp::DiagnosticSeverity::ERROR,
                Severity::Warning => lsp::DiagnosticSeverity::WARNING,
            }),
            code: Some(lsp::NumberOrString::String(told.code)),
            source: Some("callflow".to_owned()),
            message: told.message,
            related_information: (!related.is_empty()).then_some(related),
            ..lsp::Diagnostic::default()
        }
    }

    pub(super) fn completion(&self, at: usize, item: Item, client: Client) -> lsp::CompletionItem {
        let snippet = item.snippet.filter(|_| client.knows_snippets);
        let format = match snippet {
            Some(_) => lsp::InsertTextFormat::SNIPPET,
            None => lsp::InsertTextFormat::PLAIN_TEXT,
        };
        let edit = lsp::TextEdit { range: self.range(item.replaces), new_text: snippet.unwrap_or(item.text) };
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        lsp::CompletionItem {
            kind: Some(match item.kind {
                ItemKind::Key => lsp::CompletionItemKind::PROPERTY,
                ItemKind::Action | ItemKind::Function => lsp::CompletionItemKind::FUNCTION,
                ItemKind::Event => lsp::CompletionItemKind::EVENT,
                ItemKind::State => lsp::CompletionItemKind::CLASS,
                ItemKind::Variable => lsp::CompletionItemKind::VARIABLE,
                ItemKind::Field => lsp::CompletionItemKind::FIELD,
                ItemKind::Value => lsp::CompletionItemKind::VALUE,
            }),
            detail: some(item.detail),
            documentation: some(item.documentation)
                .map(|text| lsp::Documentation::MarkupContent(client.markup(text))),
            // In the order in which they come.
            sort_text: Some(format!("{at:04}")),
            filter_text: Some(item.label.clone()),
            insert_text_format: Some(format),
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            label: item.label,
            ..lsp::CompletionItem::default()
        }
    }

    pub(super) fn symbol(&self, part: Outline) -> lsp::DocumentSymbol {
        let children: Vec<_> = part.parts.into_iter().map(|part| self.symbol(part)).collect();
        #[expect(deprecated, reason = "the field has no default")]
        lsp::DocumentSymbol {
            // Editors refuse an empty name.
            name: if part.name.trim().is_empty() { "?".to_owned() } else { part.name },
            detail: Some(part.detail).filter(|detail| !detail.is_empty()),
            kind: match part.kind {
                OutlineKind::Name(Named::Flow | Named::Told) => lsp::SymbolKind::FILE,
                OutlineKind::Section => lsp::SymbolKind::NAMESPACE,
                OutlineKind::Handler => lsp::SymbolKind::EVENT,
                OutlineKind::Name(Named::State) => lsp::SymbolKind::CLASS,
                OutlineKind::Name(Named::Variable) => lsp::SymbolKind::VARIABLE,
                OutlineKind::Name(Named::Input | Named::Output) => lsp::SymbolKind::PROPERTY,
                OutlineKind::Name(Named::Constant) => lsp::SymbolKind::CONSTANT,
                OutlineKind::Name(Named::Event) => lsp::SymbolKind::EVENT,
            },
            tags: None,
            deprecated: None,
            range: self.range(part.span),
            selection_range: self.range(part.name_span),
            children: (!children.is_empty()).then_some(children),
        }
    }
}

/// What the editor can show.
#[derive(Clone, Copy, Default)]
pub(super) struct Client {
    pub(super) units: Units,
    pub(super) knows_snippets: bool,
    /// It can be asked to tell what becomes of files.
    pub(super) watches_files: bool,
    /// It shows Markdown as it is written.
    pub(super) is_plain: bool,
}

impl Client {
    pub(super) fn of(capabilities: &lsp::ClientCapabilities) -> Client {
        let general = capabilities.general.as_ref();
        let encodings = general.and_then(|general| general.position_encodings.as_ref());
        let offers_utf8 = encodings.is_some_and(|all| all.contains(&lsp::PositionEncodingKind::UTF8));
        let text = capabilities.text_document.as_ref();
        let item = text.and_then(|text| text.completion.as_ref()?.completion_item.as_ref());
        let shown = text.and_then(|text| text.hover.as_ref()?.content_format.as_ref());
        let workspace = capabilities.workspace.as_ref();
        let watched = workspace.and_then(|workspace| workspace.did_change_watched_files.as_ref());
        Client {
            watches_files: watched.and_then(|watched| watched.dynamic_registration).unwrap_or_default(),
            units: if offers_utf8 { Units::Utf8 } else { Units::Utf16 },
            knows_snippets: item.and_then(|item| item.snippet_support).unwrap_or_default(),
            is_plain: shown.is_some_and(|formats| !formats.contains(&lsp::MarkupKind::Markdown)),
        }
    }

    pub(super) fn markup(self, text: String) -> lsp::MarkupContent {
        match self.is_plain {
            true => lsp::MarkupContent { kind: lsp::MarkupKind::PlainText, value: text.replace("**", "") },
            false => lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: text },
        }
    }
}
