//! What several actions write into their requests: identifiers, keys, spans of time.

use std::time::Duration;

use acs::model::{
    CommunicationIdentifier, CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier, PhoneNumberIdentifier,
    Tone,
};
use indexmap::IndexMap;
use lang::{Identifier, Phone};

use crate::argument::Keys;

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

/// Whole seconds, rounded up: a wait that was asked for is not cut short.
pub(super) fn seconds(duration: Duration) -> i32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}

/// An empty mapping is left out.
pub(super) fn some<T>(entries: IndexMap<String, T>) -> Option<IndexMap<String, T>> {
    (!entries.is_empty()).then_some(entries)
}
