//! `http`: asks or tells another system.
//!
//! The flow says which host: a URL whose host came from a caller could be turned against the operator's
//! own network. Secrets may stand in headers only; they are named here and resolved when the request is sent.

use std::time::Duration;

use acs::Request;
use indexmap::IndexMap;
use lang::expr::Part;
use lang::{Entry, Expr, Fields, Finding, Kind, NoRoots, Roots, Template, Value};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, url};
use crate::argument::{Arg, Argument, Texts, Time, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::{Given, Visit, Wanted};

/// The engine itself sends it and raises its events.
pub const SPEC: Spec = Spec {
    name: "http",
    phases: &[Phase::Idle, Phase::Ringing, Phase::Connecting, Phase::Connected, Phase::Gone],
    success: &[EventKind::HttpCompleted],
    failure: EventKind::HttpFailed,
    canceled: &[],
    acknowledged: Acknowledged::Local,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Outside,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Asks or tells another system. HttpCompleted follows for any answer, HttpFailed if there is none.",
    keys: &[
        &[
            Key::new(
                "get",
                "Asks: GET this URL. Its host is written here, or comes from `config`.",
                Wants::Url,
            )
            .example("https://crm.example.com/customers/${call.from}"),
            Key::new("post", "Tells: POST to this URL.", Wants::Url).example("https://crm.example.com/calls"),
            Key::new("put", "Replaces: PUT to this URL.", Wants::Url),
            Key::new("patch", "Changes: PATCH this URL.", Wants::Url),
            Key::new("delete", "Deletes: DELETE this URL.", Wants::Url),
            Key::new(
                HEADERS,
                "Headers to send. Only here a secret of the operator's may stand: `${secrets.name}`.",
                Wants::Headers,
            )
            .example(r#"{"Authorization": "Bearer ${secrets.crm}"}"#),
            Key::of::<Texts>("query", "Parameters that are added to the URL.")
                .example(r#"{"from": "${call.from}"}"#),
            Key::of::<Value>("body", "What is sent: text as it is, all else as JSON.")
                .example(r#"{"caller": "${call.from}"}"#),
            Key::of::<Time<100, 300_000>>("timeout", "How long an answer is waited for.").default("10s"),
        ],
        routing(&SPEC),
    ],
    rules: &[Rule::ExactlyOne(&["get", "post", "put", "patch", "delete"])],
};

/// The argument in which alone `secrets` may stand.
pub const HEADERS: &str = "headers";

/// What it waits for an answer, if the flow does not say.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// What is done at the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    method: Method,
    url: Arg<String>,
    headers: Vec<(String, Template)>,
    query: Option<Arg<Texts>>,
    body: Option<Arg<Value>>,
    timeout: Option<Arg<Time<100, 300_000>>>,
}

/// The action as sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    /// What is done.
    pub method: Method,
    /// Where.
    pub url: String,
    /// By name; each value in parts, so that secrets stay names until it is sent.
    pub headers: IndexMap<String, Vec<HeaderPart>>,
    /// Added to the URL.
    pub query: IndexMap<String, String>,
    /// Sent as JSON, or as it is if it is text; null: no body.
    pub body: Value,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

impl Http {
    /// None: the engine does it by itself.
    pub(super) fn request(&self, _posting: &Posting<'_>) -> Result<Request, Unpostable> {
        Err(Unpostable::NotForProvider)
    }
}

/// A piece of a header's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HeaderPart {
    /// Text as it is.
    Text(String),
    /// The operator's secret of this name.
    Secret(String),
}

/// `https://host` has two slashes; the third begins the path.
const SLASHES_BEFORE_PATH: usize = 2;

const METHODS: [(&str, Method); 5] = [
    ("get", Method::Get),
    ("post", Method::Post),
    ("put", Method::Put),
    ("patch", Method::Patch),
    ("delete", Method::Delete),
];

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let before = found.len();
        let chosen = fields.one_of(&METHODS.map(|(name, _)| name), found);
        if chosen.is_none() && found.len() == before {
            let finding = Finding::error(lang::Code(102), fields.span(), "`http` does not say what to do")
                .label("no `get`, `post`, `put`, `patch` or `delete` here")
                .help("give one of them with a URL: `get: https://crm.example.com/customers`");
            fields.lacks(&METHODS.map(|(name, _)| name), finding, found);
        }
        let target = chosen.and_then(|entry| read_target(entry, found));
        let headers =
            fields.get(HEADERS).map_or_else(|| Some(Vec::new()), |entry| read_headers(entry, found));
        let query = optional(fields, "query", found);
        let body = optional(fields, "body", found);
        let timeout = optional(fields, "timeout", found);
        let (method, url) = target?;
        Some(Written { method, url, headers: headers?, query, body, timeout })
    }

    /// What it waits for an answer, where the flow says so for certain.
    #[must_use]
    pub fn waits_for(&self) -> Option<Duration> {
        self.timeout.as_ref()?.constant().map(|time| time.0)
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Http, Unfilled> {
        let roots = values.roots;
        let header =
            |(name, value): &(String, Template)| Ok((name.clone(), fill_header(name, value, roots)?));
        Ok(Http {
            method: self.method,
            url: self.url.fill("url", roots)?,
            headers: self.headers.iter().map(header).collect::<Result<_, Unfilled>>()?,
            query: fill(&self.query, "query", roots)?.unwrap_or_default().0,
            body: fill(&self.body, "body", roots)?.unwrap_or(Value::Null),
            timeout: fill(&self.timeout, "timeout", roots)?.map_or(TIMEOUT, |time| time.0),
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { method, url, headers, query, body, timeout } = self;
        let name = METHODS.iter().find(|(_, known)| known == method).map_or("url", |(name, _)| name);
        url.visit(name, see);
        for (_, template) in headers {
            if let Some(first) = template.expressions().next() {
                see(Given { name: HEADERS, span: first.origin(), wanted: Wanted::Text, template });
            }
        }
        query.visit("query", see);
        body.visit("body", see);
        timeout.visit("timeout", see);
    }
}

fn read_target(entry: &Entry, found: &mut Vec<Finding>) -> Option<(Method, Arg<String>)> {
    let (_, method) = METHODS.into_iter().find(|(name, _)| *name == entry.key.value)?;
    let what = format!("`{}`", entry.key.value);
    let url: Arg<String> = Arg::read(&entry.value, &what, found)?;
    let names_host = match (url.constant(), url.dynamic()) {
        // A password in it is CF602's.
        (Some(text), _) => has_host(&without_password(text)),
        (None, Some(Template::Text(parts))) => has_host_in(parts),
        (None, Some(Template::Expr(expr))) => is_the_operators(expr),
        (None, _) => false,
    };
    if !names_host {
        found.push(
            Finding::error(lang::Code(105), url.span, format!("{what} does not say which host to ask"))
                .label("the host must be written here, or come from `config`, `vars` or `input`")
                .note("a URL whose host comes from a caller could be turned against your own network")
                .help("begin with the host: `https://crm.example.com/customers/${call.from}`"),
        );
        return None;
    }
    if let Some(label) = url::blank_in(&url) {
        found.push(url::malformed(url.span, &what, label, &url::WEB));
        return None;
    }
    Some((method, url))
}

/// A URL that is written out. CF105 if it names no host.
pub(crate) fn read_fixed_url(entry: &Entry, found: &mut Vec<Finding>) -> Option<String> {
    let what = format!("`{}`", entry.key.value);
    let url = lang::value::text(&entry.value, &what, found)?;
    if !has_host(&without_password(&url.value)) || url.value.contains("${") {
        found.push(
            Finding::error(lang::Code(105), url.span, format!("{what} does not say which host to tell"))
                .label("it must be written out, with its host")
                .note("it is told long after the call, when nothing is left to fill it in from")
                .help("begin with the host: `https://archive.example.com/recordings`"),
        );
        return None;
    }
    if url::is_blank(&url.value) {
        found.push(url::malformed(url.span, &what, url::BLANK, &url::WEB));
        return None;
    }
    Some(url.value)
}

/// The headers as they are sent: text, and secrets by their names. CF105 if one reads anything else.
pub(crate) fn read_fixed_headers(
    entry: &Entry,
    found: &mut Vec<Finding>,
) -> Option<IndexMap<String, Vec<HeaderPart>>> {
    let mut headers = IndexMap::new();
    for (name, template) in read_headers(entry, found)? {
        match fill_header(&name, &template, &NoRoots) {
            Ok(parts) => drop(headers.insert(name, parts)),
            Err(Unfilled(why)) => {
                let span = template.expressions().next().map_or(entry.value.span, Expr::origin);
                found.push(
                    Finding::error(lang::Code(105), span, format!("header `{name}` is not known by then"))
                        .label(why)
                        .note("it is sent long after the call, when nothing is left to fill it in from")
                        .help("write text, and secrets of the operator's as `${secrets.name}`"),
                );
            }
        }
    }
    Some(headers)
}

/// `https://user:password@host` as `https://host`.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.split_once('@') {
        Some((user, host)) if user.contains(':') => format!("{scheme}://{host}{path}"),
        Some(_) | None => url.to_owned(),
    }
}

/// Whether everything up to the path is written, or the operator's.
fn has_host_in(parts: &[Part]) -> bool {
    let mut start = String::new();
    for part in parts {
        match part {
            Part::Text(text) => start.push_str(text),
            Part::Expr(expr) if !is_the_operators(expr) => return false,
            Part::Expr(_) if start.is_empty() => return true,
            // In the place of whatever it gives.
            Part::Expr(_) => start.push('x'),
        }
        if start.matches('/').count() > SLASHES_BEFORE_PATH {
            break;
        }
    }
    has_host(&start)
}

fn has_host(url: &str) -> bool {
    ["https://", "http://"].iter().filter_map(|scheme| url.strip_prefix(scheme)).any(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        !host.is_empty() && !host.contains(['@', ' ', '\\'])
    })
}

/// Whether only those say it who write the flow, run it or start it: never a caller, or another system's answer.
fn is_the_operators(expr: &Expr) -> bool {
    let reads = expr.reads();
    !reads.is_empty() && reads.iter().all(|read| matches!(read.root.as_str(), "config" | "vars" | "input"))
}

pub(crate) fn read_headers(entry: &Entry, found: &mut Vec<Finding>) -> Option<Vec<(String, Template)>> {
    let Kind::Map(entries) = &entry.value.kind else {
        // Reports the wrong shape in the same words as everywhere.
        Texts::read(&entry.value, "`headers`", found);
        return None;
    };
    let before = found.len();
    let headers = entries
        .iter()
        .map(|header| (header.key.value.clone(), Template::read_text(&header.value, found)))
        .collect();
    (found.len() == before).then_some(headers)
}

/// `secrets.NAME` and nothing else.
fn secret(expr: &Expr) -> Option<String> {
    let reads = expr.reads();
    match reads.as_slice() {
        [read] if read.root == "secrets" && read.path.len() == 1 => {
            (expr.text().trim() == format!("secrets.{}", read.path[0])).then(|| read.path[0].clone())
        }
        _ => None,
    }
}

fn fill_header(name: &str, template: &Template, roots: &dyn Roots) -> Result<Vec<HeaderPart>, Unfilled> {
    let unfilled = |error: lang::expr::EvalError| Unfilled(format!("header `{name}`: {}", error.message));
    let part = |expr: &Expr| match secret(expr) {
        Some(secret) => Ok(HeaderPart::Secret(secret)),
        None => {
            let value = expr.evaluate(roots).map_err(unfilled)?;
            Ok(HeaderPart::Text(value.to_text().map_err(unfilled)?))
        }
    };
    let parts = match template {
        Template::Expr(expr) => vec![part(expr)?],
        Template::Text(parts) => parts
            .iter()
            .map(|piece| match piece {
                Part::Text(text) => Ok(HeaderPart::Text(text.clone())),
                Part::Expr(expr) => part(expr),
            })
            .collect::<Result<_, Unfilled>>()?,
        Template::Constant(_) | Template::List(_) | Template::Map(_) => {
            let value = template.evaluate(roots).map_err(unfilled)?;
            vec![HeaderPart::Text(value.to_text().map_err(unfilled)?)]
        }
    };
    let breaks_line =
        |part: &HeaderPart| matches!(part, HeaderPart::Text(text) if text.contains(['\r', '\n', '\0']));
    if parts.iter().any(breaks_line) {
        return Err(Unfilled(format!("header `{name}`: a header cannot hold a line break")));
    }
    Ok(parts)
}
