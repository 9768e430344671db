//! Identifiers and keys, as they come in.

use acs::model::{CallParticipant, CommunicationIdentifier, Tone};
use lang::Identifier;
use machine::event::Participant;

pub(super) fn digits(tones: &[Tone]) -> String {
    tones.iter().filter_map(Tone::to_char).collect()
}

/// `None` where the provider names nobody. A raw id of a form that is not known is kept as it is.
/// Source: reference 3.2, 8.9.
pub(super) fn person(identifier: &CommunicationIdentifier) -> Option<Identifier> {
    let raw_id = identifier.raw_id();
    let is_named = !raw_id.is_empty();
    is_named.then(|| Identifier::parse(&raw_id).unwrap_or(Identifier::Raw(raw_id)))
}

pub(super) fn participants(roster: &[CallParticipant]) -> Vec<Participant> {
    let one = |participant: &CallParticipant| {
        Some(Participant {
            identifier: person(participant.identifier.as_ref()?)?,
            is_muted: participant.is_muted.unwrap_or(false),
            is_on_hold: participant.is_on_hold.unwrap_or(false),
        })
    };
    roster.iter().filter_map(one).collect()
}
