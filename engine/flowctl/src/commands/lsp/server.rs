//! The course of a session: begin, open and close documents, be asked, end. One message at a time.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types as lsp;
use lsp_types::notification::Notification as _;
use lsp_types::request::Request as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answers::{self, Refusal};
use super::convert::{Client, Scene};
use super::documents::Documents;
use super::wire::Outgoing;
use crate::commands::Ended;
use crate::output;

/// How far a session has come.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Course {
    /// The editor has not said who it is.
    #[default]
    New,
    Running,
    /// It was shut down: only the end may follow.
    ShutDown,
}

/// What follows a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    End(Ended),
}

/// A session with an editor.
#[derive(Default)]
pub(super) struct Server {
    course: Course,
    client: Client,
    documents: Documents,
}

impl Server {
    /// Takes a message: what is to be sent, and whether it was the last.
    pub(super) fn take(&mut self, message: Message) -> (Vec<Outgoing>, Then) {
        match message {
            Message::Request(request) => (vec![self.answer(request).into()], Then::GoOn),
            // It is only asked to watch files, and one that does not is as one that cannot.
            Message::Response(_) => (Vec::new(), Then::GoOn),
            Message::Notification(notification) if notification.method == lsp::notification::Exit::METHOD => {
                (Vec::new(), Then::End(self.gone()))
            }
            Message::Notification(notification) => (self.note(notification), Then::GoOn),
        }
    }

    /// How it ends if nothing more comes.
    pub(super) fn gone(&self) -> Ended {
        if self.course == Course::ShutDown { Ended::Well } else { Ended::Badly }
    }

    /// The findings that are not known to the editor yet.
    pub(super) fn publish(&mut self) -> Vec<Outgoing> {
        let news = self.documents.news();
        news.iter().filter_map(|uri| self.diagnostics(uri)).collect()
    }

    fn diagnostics(&self, uri: &lsp::Url) -> Option<Outgoing> {
        let open = self.documents.get(uri)?;
        let scene = Scene { document: &open.document, uri, units: self.client.units };
        let diagnostics = open
            .found
            .iter()
            .map(|finding| scene.diagnostic(editor::Diagnostic::of(open.document.source(), finding)))
            .collect();
        Some(told(uri.clone(), diagnostics, Some(open.version)))
    }

    fn answer(&mut self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let refuse = |id, code: ErrorCode, why: &str| Response::new_err(id, code as i32, why.to_owned());
        match (self.course, method.as_str()) {
            (Course::New, lsp::request::Initialize::METHOD) => self.initialize(id, params),
            (Course::New, _) => {
                refuse(id, ErrorCode::ServerNotInitialized, "the first request must be `initialize`")
            }
            (Course::Running, lsp::request::Initialize::METHOD) => {
                refuse(id, ErrorCode::InvalidRequest, "the session has begun already")
            }
            (Course::Running, lsp::request::Shutdown::METHOD) => {
                self.course = Course::ShutDown;
                Response::new_ok(id, ())
            }
            (Course::Running, method) => self.ask(id, method, params),
            (Course::ShutDown, _) => refuse(id, ErrorCode::InvalidRequest, "the session was shut down"),
        }
    }

    fn initialize(&mut self, id: RequestId, params: Value) -> Response {
        let params: lsp::InitializeParams = match read(params) {
            Ok(params) => params,
            Err(refusal) => return refused(id, refusal),
        };
        self.client = Client::of(&params.capabilities);
        self.course = Course::Running;
        let info = lsp::ServerInfo {
            name: "flowctl".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        let capabilities = answers::capabilities(self.client.units);
        Response::new_ok(id, lsp::InitializeResult { capabilities, server_info: Some(info) })
    }

    /// One question, one answer. Should we be at fault, the session goes on.
    fn ask(&mut self, id: RequestId, method: &str, params: Value) -> Response {
        let asked = catch_unwind(AssertUnwindSafe(|| {
            answers::answer(&mut self.documents, self.client, method, params)
        }));
        match asked {
            Ok(Ok(answer)) => Response::new_ok(id, answer),
            Ok(Err(refusal)) => refused(id, refusal),
            Err(_) => {
                let message = "this is a mistake in Callflow itself".to_owned();
                Response::new_err(id, ErrorCode::InternalError as i32, message)
            }
        }
    }

    fn note(&mut self, notification: Notification) -> Vec<Outgoing> {
        let Notification { method, params } = notification;
        if self.course != Course::Running {
            return Vec::new();
        }
        match self.note_document(&method, params) {
            Ok(outgoing) => outgoing,
            // A notification has no answer.
            Err(Refusal { message, .. }) => {
                output::warn(&format!("`{method}` is ignored: {message}\n"));
                Vec::new()
            }
        }
    }

    fn note_document(&mut self, method: &str, params: Value) -> Result<Vec<Outgoing>, Refusal> {
        match method {
            lsp::notification::Initialized::METHOD if self.client.watches_files => {
                return Ok(vec![watch_flows().into()]);
            }
            lsp::notification::DidOpenTextDocument::METHOD => {
                let lsp::DidOpenTextDocumentParams { text_document: opened } = read(params)?;
                self.documents.open(opened.uri, opened.version, &opened.text);
            }
            lsp::notification::DidChangeTextDocument::METHOD => {
                let lsp::DidChangeTextDocumentParams { text_document, content_changes } = read(params)?;
                let lsp::VersionedTextDocumentIdentifier { uri, version } = text_document;
                self.documents.change(&uri, version, content_changes, self.client.units);
            }
            lsp::notification::DidCloseTextDocument::METHOD => {
                let lsp::DidCloseTextDocumentParams { text_document } = read(params)?;
                if self.documents.close(&text_document.uri) {
                    return Ok(vec![told(text_document.uri, Vec::new(), None)]);
                }
            }
            lsp::notification::DidChangeWatchedFiles::METHOD
            | lsp::notification::DidSaveTextDocument::METHOD => {
                self.documents.refresh();
            }
            _ => {}
        }
        Ok(Vec::new())
    }
}

/// Asks the editor to tell what becomes of flows on the disk: sub-flows are read from there.
fn watch_flows() -> Request {
    let watcher = lsp::FileSystemWatcher {
        glob_pattern: lsp::GlobPattern::String("**/*.{yaml,yml}".to_owned()),
        kind: None,
    };
    let options = lsp::DidChangeWatchedFilesRegistrationOptions { watchers: vec![watcher] };
    let registration = lsp::Registration {
        id: "flows".to_owned(),
        method: lsp::notification::DidChangeWatchedFiles::METHOD.to_owned(),
        register_options: serde_json::to_value(options).ok(),
    };
    let params = lsp::RegistrationParams { registrations: vec![registration] };
    Request::new(
        RequestId::from("watch".to_owned()),
        lsp::request::RegisterCapability::METHOD.to_owned(),
        params,
    )
}

/// Reads what comes with a message.
pub(super) fn read<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal {
        code: ErrorCode::InvalidParams,
        message: format!("the parameters cannot be read: {error}"),
    })
}

fn refused(id: RequestId, refusal: Refusal) -> Response {
    Response::new_err(id, refusal.code as i32, refusal.message)
}

fn told(uri: lsp::Url, diagnostics: Vec<lsp::Diagnostic>, version: Option<i32>) -> Outgoing {
    let params = lsp::PublishDiagnosticsParams { uri, diagnostics, version };
    Notification::new(lsp::notification::PublishDiagnostics::METHOD.to_owned(), params).into()
}
