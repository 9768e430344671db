//! Reads `recordings`: who is told of their files.

use indexmap::IndexMap;
use lang::value::{self, Pattern};
use lang::{Code, Entry, Fields, Finding, Spanned};

use super::Start;
use crate::actions::http::{self, HEADERS, HeaderPart};
use crate::notice;

/// Who is told of the files of recordings, as written.
#[derive(Clone, Debug)]
pub enum Recipient {
    /// The flow of this name.
    Flow(Spanned<String>),
    /// Another system.
    Url {
        /// Where it is.
        url: String,
        /// What it is sent beside.
        headers: IndexMap<String, Vec<HeaderPart>>,
    },
}

impl Recipient {
    pub(crate) fn resolved(&self) -> notice::Recipient {
        match self {
            Recipient::Flow(name) => notice::Recipient::Flow(name.value.clone()),
            Recipient::Url { url, headers } => {
                notice::Recipient::Url { url: url.clone(), headers: headers.clone() }
            }
        }
    }
}

pub(super) fn read(entry: &Entry, start: Option<&Start>, found: &mut Vec<Finding>) -> Option<Recipient> {
    if let Some(start) = start
        && start.incoming.is_none()
        && start.api.is_none()
    {
        found.push(
            Finding::error(Code(104), entry.key.span, "`recordings` in a flow that only runs inside others")
                .label("no run ever begins with this flow")
                .note("what is recorded on a call belongs to the flow that began it")
                .help("write it in the flows that run this one"),
        );
    }
    let mut fields = Fields::of(&entry.value, "`recordings`", found)?;
    let tell = fields.require("tell", found);
    fields.finish(found);
    let mut fields = Fields::of(&tell?.value, "`tell`", found)?;
    let before = found.len();
    let chosen = fields.one_of(&["flow", "url"], found);
    if chosen.is_none() && found.len() == before {
        let finding = Finding::error(Code(102), fields.start(), "`tell` does not say whom to tell")
            .label("no `flow` or `url` here")
            .help("name a flow, `flow: archive-recording`, or give a `url`");
        fields.lacks(&["flow", "url"], finding, found);
    }
    let headers = fields.get(HEADERS);
    fields.finish(found);
    let chosen = chosen?;
    if chosen.key.value == "flow" {
        if let Some(headers) = headers {
            found.push(
                Finding::error(
                    Code(104),
                    headers.key.span,
                    "`flow` and `headers` exclude each other in `tell`",
                )
                .label("a flow is sent no headers")
                .related(chosen.key.span, "a flow is told")
                .help("remove it"),
            );
        }
        let name = value::name(&chosen.value, "the name of a flow", Pattern::Flow, found);
        return name.map(Recipient::Flow);
    }
    let url = http::read_fixed_url(chosen, found);
    let headers =
        headers.map_or_else(|| Some(IndexMap::new()), |entry| http::read_fixed_headers(entry, found));
    Some(Recipient::Url { url: url?, headers: headers? })
}
