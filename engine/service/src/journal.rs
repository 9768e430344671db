//! The record: what one input did to a run, as it is kept. Versioned, and checked against a golden sample.
//!
//! Knows no store and no flow. A record holds phone numbers and is not for logs.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use jiff::Timestamp;
use machine::input::{Beginning, Incoming, Start};
use machine::step::Account;
use machine::{Input, Snapshot, What};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::limits::SEEN_MAX;

/// The version of records written now.
const VERSION: u32 = 1;

/// What one input did to a run, and where the run stands after it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// What came in.
    pub(crate) input: Input,
    /// What was done.
    pub(crate) account: Account,
    /// Where the run stands now.
    pub(crate) snapshot: Snapshot,
    /// Which events were delivered lately.
    pub(crate) seen: Seen,
    /// When the run ended; later records keep it.
    pub(crate) ended_at: Option<Timestamp>,
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// It is not what this version writes.
    #[error("the record is damaged")]
    Damaged(#[source] serde_json::Error),
    /// A later version wrote it.
    #[error("the record is of version {0}; this service reads version {VERSION}")]
    Version(u32),
}

/// The latest events that a run has seen, oldest first, by their keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(Vec<u64>);

impl Seen {
    /// Whether the event was delivered before.
    pub(crate) fn contains(&self, hash: u64) -> bool {
        self.0.contains(&hash)
    }

    /// Remembers an event, and forgets the oldest if there are too many.
    pub(crate) fn insert(&mut self, hash: u64) {
        if self.0.len() >= SEEN_MAX {
            self.0.remove(0);
        }
        self.0.push(hash);
    }
}

/// As text of the eight bytes each: a third of what numbers would take.
impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        serializer.serialize_str(&STANDARD_NO_PAD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = STANDARD_NO_PAD.decode(text.as_ref()).map_err(serde::de::Error::custom)?;
        let (hashes, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() || hashes.len() > SEEN_MAX {
            return Err(serde::de::Error::custom("not a list of hashes"));
        }
        Ok(Seen(hashes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect()))
    }
}

/// The record as it is written.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    v: u32,
    input: Cow<'a, Input>,
    account: Cow<'a, Account>,
    snapshot: Cow<'a, Snapshot>,
    #[serde(default)]
    seen: Cow<'a, Seen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

impl Record {
    /// The record as bytes.
    pub(crate) fn encode(&self) -> Bytes {
        let Record { input, account, snapshot, seen, ended_at } = self;
        let stored = Stored {
            v: VERSION,
            input: without_context(input, snapshot),
            account: Cow::Borrowed(account),
            snapshot: Cow::Borrowed(snapshot),
            seen: Cow::Borrowed(seen),
            ended_at: *ended_at,
        };
        serde_json::to_vec(&stored).expect("records have text keys and no failing serializer").into()
    }

    /// The record of some bytes.
    ///
    /// # Errors
    /// See [`RecordError`].
    pub(crate) fn decode(bytes: &[u8]) -> Result<Record, RecordError> {
        let VersionOnly { v } = serde_json::from_slice(bytes).map_err(RecordError::Damaged)?;
        if v != VERSION {
            return Err(RecordError::Version(v));
        }
        let stored: Stored<'static> = serde_json::from_slice(bytes).map_err(RecordError::Damaged)?;
        let mut record = Record {
            input: stored.input.into_owned(),
            account: stored.account.into_owned(),
            snapshot: stored.snapshot.into_owned(),
            seen: stored.seen.into_owned(),
            ended_at: stored.ended_at,
        };
        restore_context(&mut record);
        Ok(record)
    }
}

/// The context of an incoming call has some kilobytes. The snapshot keeps it as long as it is needed, so the input
/// beside it does without.
fn without_context<'a>(input: &'a Input, snapshot: &Snapshot) -> Cow<'a, Input> {
    let Some(incoming) = incoming(input) else { return Cow::Borrowed(input) };
    let kept = snapshot.call.incoming.as_deref().map(|kept| &kept.incoming_call_context);
    if kept != Some(&incoming.incoming_call_context) {
        return Cow::Borrowed(input);
    }
    let mut input = input.clone();
    if let Some(incoming) = incoming_mut(&mut input) {
        incoming.incoming_call_context.clear();
    }
    Cow::Owned(input)
}

fn restore_context(record: &mut Record) {
    if let Some(incoming) = incoming_mut(&mut record.input)
        && incoming.incoming_call_context.is_empty()
        && let Some(kept) = &record.snapshot.call.incoming
    {
        incoming.incoming_call_context.clone_from(&kept.incoming_call_context);
    }
}

fn incoming(input: &Input) -> Option<&Incoming> {
    match &input.what {
        What::Start(beginning) => match &beginning.start {
            Start::Incoming(incoming) => Some(incoming),
            Start::Api { .. } => None,
        },
        What::Event(_)
        | What::Timer(_)
        | What::Acknowledged { .. }
        | What::Refused { .. }
        | What::Learned(_)
        | What::Announced(_)
        | What::Told { .. }
        | What::Cancel => None,
    }
}

fn incoming_mut(input: &mut Input) -> Option<&mut Incoming> {
    match &mut input.what {
        What::Start(beginning) => {
            let Beginning { start, .. } = &mut **beginning;
            match start {
                Start::Incoming(incoming) => Some(incoming),
                Start::Api { .. } => None,
            }
        }
        What::Event(_)
        | What::Timer(_)
        | What::Acknowledged { .. }
        | What::Refused { .. }
        | What::Learned(_)
        | What::Announced(_)
        | What::Told { .. }
        | What::Cancel => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// A record as version 1 wrote it. Never to be changed: such records lie in stores.
    const SAMPLE: &str = include_str!("journal/v1.json");

    #[test]
    fn the_sample_is_read_and_written_as_it_is() {
        let record = Record::decode(SAMPLE.trim_end().as_bytes()).unwrap();
        assert_eq!(String::from_utf8(record.encode().to_vec()).unwrap(), SAMPLE.trim_end());
        let incoming = incoming(&record.input).unwrap();
        assert_eq!(incoming.incoming_call_context, "ticket", "kept in the snapshot only");
        assert_eq!(SAMPLE.matches("ticket").count(), 1);
        assert!(record.seen.contains(7) && !record.seen.contains(8));
    }

    #[test]
    fn what_is_no_record_says_so() {
        let later = SAMPLE.replacen("\"v\":1", "\"v\":2", 1);
        assert!(matches!(Record::decode(later.as_bytes()), Err(RecordError::Version(2))));
        for wrong in ["", "{}", "[1]", r#"{"v":1}"#, &SAMPLE[..SAMPLE.len() / 2]] {
            assert!(matches!(Record::decode(wrong.as_bytes()), Err(RecordError::Damaged(_))), "{wrong}");
        }
    }

    #[test]
    fn the_oldest_event_is_forgotten_first() {
        let mut seen = Seen::default();
        (0..=SEEN_MAX as u64).for_each(|hash| seen.insert(hash));
        assert!(!seen.contains(0) && seen.contains(1) && seen.contains(SEEN_MAX as u64));
        let read: Seen = serde_json::from_str(&serde_json::to_string(&seen).unwrap()).unwrap();
        assert_eq!(read, seen);
    }
}
