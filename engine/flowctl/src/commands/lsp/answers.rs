//! Requests and their answers, one function each.

use editor::{Beside, Units};
use lang::fix;
use lsp_server::ErrorCode;
use lsp_types as lsp;
use lsp_types::request::{self as ask, Request as _};
use serde_json::Value;

use super::convert::{Client, Scene};
use super::documents::{Documents, Open};
use super::server::read;

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) code: ErrorCode,
    pub(super) message: String,
}

/// What may be asked.
pub(super) fn capabilities(units: Units) -> lsp::ServerCapabilities {
    let sync = lsp::TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
        save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
        ..lsp::TextDocumentSyncOptions::default()
    };
    let completion = lsp::CompletionOptions {
        trigger_characters: Some([".", ":", " ", "{", "\""].map(str::to_owned).to_vec()),
        ..lsp::CompletionOptions::default()
    };
    let rename = lsp::RenameOptions {
        prepare_provider: Some(true),
        work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
    };
    let actions = lsp::CodeActionOptions {
        code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX, lsp::CodeActionKind::SOURCE_FIX_ALL]),
        ..lsp::CodeActionOptions::default()
    };
    lsp::ServerCapabilities {
        position_encoding: Some(match units {
            Units::Utf8 => lsp::PositionEncodingKind::UTF8,
            Units::Utf16 => lsp::PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(sync)),
        completion_provider: Some(completion),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        definition_provider: Some(lsp::OneOf::Left(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        rename_provider: Some(lsp::OneOf::Right(rename)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(actions)),
        ..lsp::ServerCapabilities::default()
    }
}

/// Answers a request.
pub(super) fn answer(
    documents: &mut Documents,
    client: Client,
    method: &str,
    params: Value,
) -> Result<Value, Refusal> {
    match method {
        ask::Completion::METHOD => shown(complete(documents, client, read(params)?)?),
        ask::HoverRequest::METHOD => shown(hover(documents, client, read(params)?)?),
        ask::GotoDefinition::METHOD => shown(definition(documents, client, read(params)?)?),
        ask::References::METHOD => shown(references(documents, client, read(params)?)?),
        ask::PrepareRenameRequest::METHOD => shown(prepare(documents, client, read(params)?)?),
        ask::Rename::METHOD => shown(rename(documents, client, read(params)?)?),
        ask::DocumentSymbolRequest::METHOD => shown(symbols(documents, client, read(params)?)?),
        ask::CodeActionRequest::METHOD => shown(actions(documents, client, read(params)?)?),
        other => {
            Err(Refusal { code: ErrorCode::MethodNotFound, message: format!("`{other}` is not known here") })
        }
    }
}

fn shown(answer: impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(answer)
        .map_err(|error| Refusal { code: ErrorCode::InternalError, message: error.to_string() })
}

fn opened<'d>(documents: &'d Documents, uri: &lsp::Url) -> Result<&'d Open, Refusal> {
    documents
        .get(uri)
        .ok_or_else(|| Refusal { code: ErrorCode::InvalidParams, message: format!("{uri} is not open") })
}

/// A document that is asked about, and the place in it.
fn at<'d>(
    documents: &'d Documents,
    client: Client,
    place: &'d lsp::TextDocumentPositionParams,
) -> Result<(Scene<'d>, usize), Refusal> {
    let uri = &place.text_document.uri;
    let document = &opened(documents, uri)?.document;
    let scene = Scene { document, uri, units: client.units };
    Ok((scene, scene.offset(place.position)))
}

fn complete(
    documents: &Documents,
    client: Client,
    params: lsp::CompletionParams,
) -> Result<Vec<lsp::CompletionItem>, Refusal> {
    let (scene, offset) = at(documents, client, &params.text_document_position)?;
    let others = || documents.flows_beside(scene.uri).into_iter().map(|(_, document)| document).collect();
    let items = editor::complete(scene.document, offset, &Beside::new(&others)).into_iter().enumerate();
    Ok(items.map(|(at, item)| scene.completion(at, item, client)).collect())
}

fn hover(
    documents: &Documents,
    client: Client,
    params: lsp::HoverParams,
) -> Result<Option<lsp::Hover>, Refusal> {
    let (scene, offset) = at(documents, client, &params.text_document_position_params)?;
    let others = || documents.flows_beside(scene.uri).into_iter().map(|(_, document)| document).collect();
    Ok(editor::hover(scene.document, offset, &Beside::new(&others)).map(|hover| lsp::Hover {
        range: Some(scene.range(hover.span)),
        contents: lsp::HoverContents::Markup(client.markup(hover.text)),
    }))
}

fn definition(
    documents: &Documents,
    client: Client,
    params: lsp::GotoDefinitionParams,
) -> Result<Vec<lsp::Location>, Refusal> {
    let (scene, offset) = at(documents, client, &params.text_document_position_params)?;
    if let Some(elsewhere) = editor::elsewhere(scene.document, offset) {
        let others = documents.flows_beside(scene.uri);
        let found = others.iter().map(|(uri, document)| {
            let scene = Scene { document, uri, units: scene.units };
            let places = editor::given(document, &elsewhere).into_iter();
            places.map(|span| scene.location(span)).collect::<Vec<_>>()
        });
        return Ok(found.into_iter().find(|places| !places.is_empty()).unwrap_or_default());
    }
    let places = editor::definition(scene.document, offset);
    Ok(places.into_iter().map(|span| scene.location(span)).collect())
}

fn references(
    documents: &Documents,
    client: Client,
    params: lsp::ReferenceParams,
) -> Result<Vec<lsp::Location>, Refusal> {
    let (scene, offset) = at(documents, client, &params.text_document_position)?;
    let wants_declaration = params.context.include_declaration;
    let all = editor::references(scene.document, offset).into_iter();
    let wanted = all.filter(|reference| wants_declaration || !reference.is_declaration);
    Ok(wanted.map(|reference| scene.location(reference.span)).collect())
}

fn prepare(
    documents: &Documents,
    client: Client,
    params: lsp::TextDocumentPositionParams,
) -> Result<lsp::PrepareRenameResponse, Refusal> {
    let (scene, offset) = at(documents, client, &params)?;
    let (span, placeholder) = editor::prepare(scene.document, offset).map_err(failed)?;
    Ok(lsp::PrepareRenameResponse::RangeWithPlaceholder { range: scene.range(span), placeholder })
}

fn rename(
    documents: &Documents,
    client: Client,
    params: lsp::RenameParams,
) -> Result<lsp::WorkspaceEdit, Refusal> {
    let (scene, offset) = at(documents, client, &params.text_document_position)?;
    let edits = editor::rename(scene.document, offset, &params.new_name).map_err(failed)?;
    Ok(scene.workspace_edit(&edits))
}

fn symbols(
    documents: &Documents,
    client: Client,
    params: lsp::DocumentSymbolParams,
) -> Result<Vec<lsp::DocumentSymbol>, Refusal> {
    let uri = &params.text_document.uri;
    let scene = Scene { document: &opened(documents, uri)?.document, uri, units: client.units };
    Ok(editor::outline(scene.document).into_iter().map(|part| scene.symbol(part)).collect())
}

/// The mends of the findings in a range; all that is certain in the document, where that is asked for by its kind.
fn actions(
    documents: &mut Documents,
    client: Client,
    params: lsp::CodeActionParams,
) -> Result<Vec<lsp::CodeAction>, Refusal> {
    // Those of the text as it is now, though the editor may not have been told of them yet.
    documents.check();
    let uri = &params.text_document.uri;
    let open = opened(documents, uri)?;
    let scene = Scene { document: &open.document, uri, units: client.units };
    let source = open.document.source();
    let only = params.context.only;
    let is_asked = |kind: &lsp::CodeActionKind, by_default: bool| match &only {
        None => by_default,
        Some(only) => only.iter().any(|asked| {
            let [asked, kind] = [asked.as_str(), kind.as_str()];
            asked.is_empty() || kind == asked || kind.starts_with(&format!("{asked}."))
        }),
    };
    let mut actions = Vec::new();
    if is_asked(&lsp::CodeActionKind::QUICKFIX, true) {
        for fix in editor::quick_fixes(source, &open.found, scene.span(params.range)) {
            actions.push(lsp::CodeAction {
                title: fix.title,
                kind: Some(lsp::CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![scene.diagnostic(fix.diagnostic)]),
                edit: Some(scene.workspace_edit([&fix.fix])),
                is_preferred: Some(true),
                ..lsp::CodeAction::default()
            });
        }
    }
    let all = fix::together(source, &open.found);
    if is_asked(&lsp::CodeActionKind::SOURCE_FIX_ALL, false) && !all.is_empty() {
        actions.push(lsp::CodeAction {
            title: "Mend all that can be mended with certainty".to_owned(),
            kind: Some(lsp::CodeActionKind::SOURCE_FIX_ALL),
            edit: Some(scene.workspace_edit(all)),
            ..lsp::CodeAction::default()
        });
    }
    Ok(actions)
}

fn failed(message: String) -> Refusal {
    Refusal { code: ErrorCode::RequestFailed, message }
}
