//! Identifiers and keys, both ways.

use acs::model::{
    CallParticipant, CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier,
    PhoneNumberIdentifier, Tone,
};
use lang::{Identifier, Phone};
use machine::argument::Keys;
use machine::event::Participant;

pub(super) fn identifier(identifier: &Identifier) -> CommunicationIdentifier {
    CommunicationIdentifier::from_raw_id(&identifier.raw_id())
}

pub(super) fn identifiers(identifiers: &[Identifier]) -> Vec<CommunicationIdentifier> {
    identifiers.iter().map(identifier).collect()
}

pub(super) fn phone(phone: &Phone) -> PhoneNumberIdentifier {
    PhoneNumberIdentifier { value: phone.as_str().to_owned(), ..PhoneNumberIdentifier::default() }
}

pub(super) fn user(user: &Identifier) -> CommunicationUserIdentifier {
    CommunicationUserIdentifier { id: user.raw_id() }
}

pub(super) fn teams_app(app: &Identifier) -> MicrosoftTeamsAppIdentifier {
    // The provider says what is wrong with an identifier that is no Teams app.
    identifier(app)
        .microsoft_teams_app
        .unwrap_or_else(|| MicrosoftTeamsAppIdentifier { app_id: app.raw_id(), cloud: None })
}

pub(super) fn tones(keys: &Keys) -> Vec<Tone> {
    keys.0.chars().filter_map(Tone::from_char).collect()
}

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
