//! Who somebody is: the identifiers of requests brought into the full form of events, and a key to compare them by.
//!
//! Source: reference 3.1, 3.2. Knows nothing of calls.

use std::fmt;

use acs::model::{CommunicationIdentifier, CommunicationIdentifierKind as Kind};
use serde::{Deserialize, Serialize};

use crate::limits::TEXT_BYTES_MAX;

/// Somebody, by raw id. Two identifiers are the same person if their keys are equal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(String);

/// The raw id is a phone number as often as not.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail = self.0.char_indices().rev().nth(2).map_or(0, |(at, _)| at);
        write!(f, "Key(…{})", &self.0[tail..])
    }
}

impl Key {
    pub(crate) fn of(identifier: &CommunicationIdentifier) -> Key {
        Key(identifier.raw_id())
    }

    pub(crate) fn identifier(&self) -> CommunicationIdentifier {
        CommunicationIdentifier::from_raw_id(&self.0)
    }
}

/// Somebody as scripts name them: a phone number (`+14255550123`) or a raw id (`8:acs:…`, `4:+1…`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(pub(crate) CommunicationIdentifier);

impl Address {
    /// Reads a phone number or a raw id.
    ///
    /// # Errors
    /// What is wrong with it, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Address, String> {
        let text = text.trim();
        let raw_id = if text.starts_with('+') || text == "anonymous" {
            format!("4:{text}")
        } else if text.contains(':') {
            text.to_owned()
        } else {
            return Err(format!(
                "`{}` is neither a phone number such as `+14255550123` nor a raw id such as `8:acs:…`",
                shortened(text)
            ));
        };
        complete(&CommunicationIdentifier::from_raw_id(&raw_id)).map(Address)
    }

    /// A number that belongs to nobody.
    pub(crate) fn fictional() -> Address {
        Address(CommunicationIdentifier::from_raw_id("4:+14255550199"))
    }

    pub(crate) fn key(&self) -> Key {
        Key::of(&self.0)
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Address, String> {
        Address::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        spoken(&address.0)
    }
}

impl PartialOrd for Address {
    fn partial_cmp(&self, other: &Address) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Address {
    fn cmp(&self, other: &Address) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

/// The full form of an identifier of a request: kind, raw id and nested object.
///
/// Official clients leave out one or two of them, so the nested object decides, then the raw id.
pub(crate) fn complete(given: &CommunicationIdentifier) -> Result<CommunicationIdentifier, String> {
    let nested = [
        given.communication_user.is_some(),
        given.phone_number.is_some(),
        given.microsoft_teams_user.is_some(),
        given.microsoft_teams_app.is_some(),
        given.teams_extension_user.is_some(),
    ];
    let count = nested.iter().filter(|present| **present).count();
    if count > 1 {
        return Err("an identifier may have only one of the nested objects".to_owned());
    }
    let raw_id = match count {
        0 => given.raw_id.clone().unwrap_or_default(),
        _ => CommunicationIdentifier { raw_id: None, ..given.clone() }.raw_id(),
    };
    if raw_id.is_empty() {
        return Err("an identifier needs a raw id or a nested object".to_owned());
    }
    if raw_id.len() > TEXT_BYTES_MAX {
        return Err(format!("an identifier has at most {TEXT_BYTES_MAX} bytes"));
    }
    let full = CommunicationIdentifier::from_raw_id(&raw_id);
    if let Some(phone) = &full.phone_number {
        check_number(&phone.value)?;
    }
    Ok(full)
}

/// E.164, or withheld. A suffix tells apart the same number in a call twice.
pub(crate) fn check_number(number: &str) -> Result<(), String> {
    let bare = number.split('_').next().unwrap_or(number);
    let digits = bare.strip_prefix('+').unwrap_or_default();
    let is_number = (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || number == "anonymous" {
        Ok(())
    } else {
        Err(format!("`{}` is not a phone number in E.164 form, such as `+14255550123`", shortened(number)))
    }
}

pub(crate) fn is_phone(identifier: &CommunicationIdentifier) -> bool {
    identifier.kind == Some(Kind::PhoneNumber)
}

pub(crate) fn is_user(identifier: &CommunicationIdentifier) -> bool {
    identifier.kind == Some(Kind::CommunicationUser)
}

/// As people say it: the number alone, or the raw id.
pub(crate) fn spoken(identifier: &CommunicationIdentifier) -> String {
    match &identifier.phone_number {
        Some(phone) => phone.value.clone(),
        None => identifier.raw_id(),
    }
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acs::model::PhoneNumberIdentifier;

    use super::*;

    #[test]
    fn requests_in_every_clients_form_name_the_same_person() {
        let full = CommunicationIdentifier::from_raw_id("4:+14255550123");
        let phone = Some(PhoneNumberIdentifier {
            value: "+14255550123".to_owned(),
            is_anonymous: Some(false),
            asserted_id: None,
        });
        for given in [
            full.clone(),
            CommunicationIdentifier { kind: None, phone_number: phone.clone(), ..full.clone() },
            CommunicationIdentifier { phone_number: phone, ..CommunicationIdentifier::default() },
            CommunicationIdentifier { raw_id: full.raw_id.clone(), ..CommunicationIdentifier::default() },
        ] {
            assert_eq!(complete(&given).unwrap(), full);
        }
    }

    #[test]
    fn addresses_that_are_none() {
        for (text, expected) in [
            ("14255550123", "neither a phone number"),
            ("", "neither a phone number"),
            ("+1 425", "E.164"),
            ("4:+", "E.164"),
            ("4:12", "E.164"),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(Address::parse("+14255550123").is_ok());
        assert!(Address::parse("48:echo").is_ok());
    }
}
