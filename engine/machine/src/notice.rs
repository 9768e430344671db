//! Who is told of the files of recordings: another flow, which begins a run of its own, or another system.
//!
//! A file comes long after its call, so nobody waits for it: what is still to be told stays in the run's snapshot,
//! also after its end, until it is told or nobody could be reached for too long.

use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::Value;
use serde::{Deserialize, Serialize};

use crate::actions::http::{HeaderPart, Http, Method, TIMEOUT};
use crate::announcement::{Document, Recorded};
use crate::event::mapping;
use crate::flow::Type;
use crate::limits::{NOTICE_AGAIN_AFTER, NOTICE_AGAIN_MAX, NOTICE_DOUBLINGS_MAX};

/// Who is told of each file, as the flow says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The flow of this name begins.
    Flow(String),
    /// It is posted there.
    Url {
        /// Where.
        url: String,
        /// By name; each value in parts, so that secrets stay names until it is sent.
        headers: IndexMap<String, Vec<HeaderPart>>,
    },
}

/// One file that somebody is still to be told of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// How.
    pub way: Way,
    /// Since when.
    pub since: Timestamp,
    /// When it is tried again; `None`: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Timestamp>,
    /// How often it failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failures: u32,
}

/// How somebody is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// A run of this flow begins; of the facts it gets those that are among its inputs.
    Begin {
        /// The flow's name.
        flow: String,
        /// What is known, by the names of [`FACTS`].
        facts: IndexMap<String, Value>,
    },
    /// The facts are posted.
    Post(Box<Http>),
}

/// What became of telling somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Told {
    /// The flow has begun: the run's id.
    Begun(String),
    /// The other system took it, with this status.
    Taken(u16),
    /// Not now, and why; later perhaps.
    NotYet(String),
    /// Never, and why.
    Never(String),
}

/// What is told of a file: each name with its type. What the provider did not say is `""`, or 0.
pub const FACTS: [(&str, Type); 13] = [
    ("run", Type::String),
    ("recordingId", Type::String),
    ("chunk", Type::Number),
    ("documentId", Type::String),
    ("contentLocation", Type::String),
    ("metadataLocation", Type::String),
    ("deleteLocation", Type::String),
    ("startTime", Type::String),
    ("durationMs", Type::Number),
    ("contentType", Type::String),
    ("channelType", Type::String),
    ("formatType", Type::String),
    ("endReason", Type::String),
];

/// The type of a fact; `None`: nothing is told under this name.
#[must_use]
pub fn fact(name: &str) -> Option<Type> {
    FACTS.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// What is known of one file.
fn facts(run: &str, recorded: &Recorded, chunk: usize, document: &Document) -> IndexMap<String, Value> {
    let text = |text: &Option<String>| Value::from(text.clone().unwrap_or_default());
    #[expect(clippy::cast_precision_loss, reason = "neither a recording nor their number is that long")]
    let (chunk, duration) = (chunk as f64, recorded.duration_ms.unwrap_or_default() as f64);
    let value = |name: &str| match name {
        "run" => Value::from(run.to_owned()),
        "recordingId" => text(&recorded.recording_id),
        "chunk" => Value::from(chunk),
        "documentId" => text(&document.document_id),
        "contentLocation" => text(&document.content_location),
        "metadataLocation" => text(&document.metadata_location),
        "deleteLocation" => text(&document.delete_location),
        "startTime" => text(&recorded.start_time),
        "durationMs" => Value::from(duration),
        "contentType" => text(&recorded.content_type),
        "channelType" => text(&recorded.channel_type),
        "formatType" => text(&recorded.format_type),
        _ => text(&document.end_reason),
    };
    FACTS.iter().map(|(name, _)| ((*name).to_owned(), value(name))).collect()
}

impl Recipient {
    /// One notice for each file of a recording.
    pub(crate) fn notices(&self, run: &str, recorded: &Recorded, since: Timestamp) -> Vec<Notice> {
        let notice = |(chunk, document)| {
            let facts = facts(run, recorded, chunk, document);
            Notice { way: self.way(facts), since, again_at: None, failures: 0 }
        };
        recorded.documents.iter().enumerate().map(notice).collect()
    }

    fn way(&self, facts: IndexMap<String, Value>) -> Way {
        match self {
            Recipient::Flow(flow) => Way::Begin { flow: flow.clone(), facts },
            Recipient::Url { url, headers } => Way::Post(Box::new(Http {
                method: Method::Post,
                url: url.clone(),
                headers: headers.clone(),
                query: IndexMap::new(),
                body: mapping(facts.iter().map(|(name, value)| (name.as_str(), value.clone()))),
                timeout: TIMEOUT,
            })),
        }
    }
}

impl Notice {
    /// The pause before it is tried again: twice as long each time.
    pub(crate) fn pause(&self) -> Duration {
        let doublings = self.failures.saturating_sub(1).min(NOTICE_DOUBLINGS_MAX);
        (NOTICE_AGAIN_AFTER * 2u32.pow(doublings)).min(NOTICE_AGAIN_MAX)
    }

    /// To whom, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        match &self.way {
            Way::Begin { flow, .. } => format!("tell flow {flow}"),
            Way::Post(_) => "tell by POST".to_owned(),
        }
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
