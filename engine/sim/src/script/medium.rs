//! What is behind a URL that the application names: a file to be played, or a WebSocket to stream to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::Span;
use super::is_false;
use crate::limits::{MEDIA_MAX, TEXT_BYTES_MAX};

/// What the service meets at a URL. Nothing is fetched and no WebSocket is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Medium {
    /// A file that takes so long to be played.
    Lasts(Span),
    /// A file that cannot be downloaded.
    Missing,
    /// A file that is no audio of the right kind.
    WrongFormat,
    /// A WebSocket that cannot be opened.
    Unreachable,
    /// A WebSocket that is cut off so long after it was opened.
    BreaksAfter(Span),
}

impl Medium {
    fn is_socket(self) -> bool {
        match self {
            Medium::Unreachable | Medium::BreaksAfter(_) => true,
            Medium::Lasts(_) | Medium::Missing | Medium::WrongFormat => false,
        }
    }
}

/// As written: exactly one of them.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    expecting = "what is there, such as `missing: true`"
)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    lasts: Option<Span>,
    #[serde(skip_serializing_if = "is_false")]
    missing: bool,
    #[serde(skip_serializing_if = "is_false")]
    wrong_format: bool,
    #[serde(skip_serializing_if = "is_false")]
    unreachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    breaks_after: Option<Span>,
}

impl TryFrom<Written> for Medium {
    type Error = String;

    fn try_from(written: Written) -> Result<Medium, String> {
        let ways = [
            written.lasts.map(Medium::Lasts),
            written.missing.then_some(Medium::Missing),
            written.wrong_format.then_some(Medium::WrongFormat),
            written.unreachable.then_some(Medium::Unreachable),
            written.breaks_after.map(Medium::BreaksAfter),
        ];
        let mut ways = ways.into_iter().flatten();
        match (ways.next(), ways.next()) {
            (Some(medium), None) => Ok(medium),
            (_, _) => Err("it is one of `lasts`, `missing` and `wrongFormat` for a file, `unreachable` and \
                           `breaksAfter` for a WebSocket"
                .to_owned()),
        }
    }
}

impl From<Medium> for Written {
    fn from(medium: Medium) -> Written {
        match medium {
            Medium::Lasts(span) => Written { lasts: Some(span), ..Written::default() },
            Medium::Missing => Written { missing: true, ..Written::default() },
            Medium::WrongFormat => Written { wrong_format: true, ..Written::default() },
            Medium::Unreachable => Written { unreachable: true, ..Written::default() },
            Medium::BreaksAfter(span) => Written { breaks_after: Some(span), ..Written::default() },
        }
    }
}

/// What the service meets outside, in one call or in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Conditions {
    /// By URL, to the letter.
    pub(crate) media: BTreeMap<String, Medium>,
    /// Answers are accepted and then the application does not get into the call.
    pub(crate) answer_fails: bool,
    /// Recordings are accepted and then do not begin.
    pub(crate) recording_fails: bool,
    /// Nothing can be spoken or understood.
    pub(crate) speech_fails: bool,
}

pub(super) fn check(media: &BTreeMap<String, Medium>) -> Result<(), String> {
    if media.len() > MEDIA_MAX {
        return Err(format!("`media` has more than {MEDIA_MAX} entries"));
    }
    for (url, medium) in media {
        let parsed: Option<::http::Uri> = url.parse().ok().filter(|_| url.len() <= TEXT_BYTES_MAX);
        let is_socket = match parsed.as_ref().and_then(::http::Uri::scheme_str) {
            Some("http" | "https") => false,
            Some("ws" | "wss") => true,
            Some(_) | None => {
                return Err("`media` has a key that is no absolute `https://` or `wss://` URL".to_owned());
            }
        };
        if is_socket != medium.is_socket() {
            return Err(format!(
                "`media`: {url} is {}: it can be {}",
                if is_socket { "a WebSocket" } else { "a file" },
                if is_socket {
                    "`unreachable`, or break (`breaksAfter`)"
                } else {
                    "`missing`, of a `wrongFormat`, or `lasts` some time"
                },
            ));
        }
    }
    Ok(())
}
