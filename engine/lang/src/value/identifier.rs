//! People, as authors and the provider name them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::value::phone::{Phone, masked};

/// The cloud that a Teams identity lives in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// The public one.
    #[default]
    Public,
    /// The one of the United States Department of Defense.
    Dod,
    /// The one of the United States government, high.
    Gcch,
}

/// A person or an application that can be in a call. Two are the same if their raw ids are.
///
/// `Display` gives the E.164 number or the raw id, and is read back by [`Identifier::parse`];
/// `Debug` masks phone numbers. Source: reference 3.2.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Identifier {
    /// A phone: `+1…`, raw `4:+1…`.
    Phone(Phone),
    /// A communication user, by its whole raw id: `8:acs:…`.
    User(String),
    /// A Teams user: raw `8:orgid:…`, or `8:teamsvisitor:…` for an anonymous one.
    TeamsUser {
        /// The id behind the prefix.
        id: String,
        /// The cloud.
        cloud: Cloud,
        /// Whether it is a guest without an account.
        anonymous: bool,
    },
    /// A Teams application, such as a call queue: raw `28:orgid:…`.
    TeamsApp {
        /// The id behind the prefix.
        id: String,
        /// The cloud.
        cloud: Cloud,
    },
    /// A Teams user reached through a communication resource: raw `8:acs:resource_tenant_user`.
    TeamsExtensionUser {
        /// The resource's id.
        resource: String,
        /// The tenant's id.
        tenant: String,
        /// The user's id.
        user: String,
        /// The cloud.
        cloud: Cloud,
    },
    /// Anything else, by its raw id: `4:anonymous`, `48:…`.
    Raw(String),
}

impl Identifier {
    /// Reads a phone number in E.164 or a raw id.
    ///
    /// # Errors
    /// Says in words why it is neither.
    pub fn parse(text: &str) -> Result<Identifier, String> {
        let text = text.trim();
        if text.starts_with('+') {
            return Phone::parse(text).map(Identifier::Phone);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("a raw id has no spaces in it".to_owned());
        }
        match text.split_once(':') {
            Some((kind, id))
                if !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_digit()) && !id.is_empty() =>
            {
                Ok(from_raw_id(text))
            }
            Some(_) | None => {
                Err("write a phone number (`+14255550123`) or a raw id (`8:acs:…`, `8:orgid:…`, `28:…`)"
                    .to_owned())
            }
        }
    }

    /// The identifier as the provider compares it.
    #[must_use]
    pub fn raw_id(&self) -> String {
        match self {
            Identifier::Phone(phone) => format!("4:{phone}"),
            Identifier::User(id) | Identifier::Raw(id) => id.clone(),
            Identifier::TeamsUser { id, anonymous: true, .. } => format!("8:teamsvisitor:{id}"),
            Identifier::TeamsUser { id, cloud, anonymous: false } => {
                format!("8:{}:{id}", organisation(*cloud))
            }
            Identifier::TeamsApp { id, cloud } => format!("28:{}:{id}", organisation(*cloud)),
            Identifier::TeamsExtensionUser { resource, tenant, user, cloud } => {
                let prefix = match cloud {
                    Cloud::Public => "acs",
                    Cloud::Dod => "dod-acs",
                    Cloud::Gcch => "gcch-acs",
                };
                format!("8:{prefix}:{resource}_{tenant}_{user}")
            }
        }
    }

    /// As displayed, but with phone numbers masked.
    #[must_use]
    pub fn masked(&self) -> String {
        match self {
            Identifier::Phone(phone) => phone.masked(),
            // A phone in a form that is not known is still a phone.
            Identifier::Raw(id) if id.starts_with("4:") && id != "4:anonymous" => "4:***".to_owned(),
            Identifier::User(_)
            | Identifier::TeamsUser { .. }
            | Identifier::TeamsApp { .. }
            | Identifier::TeamsExtensionUser { .. }
            | Identifier::Raw(_) => masked(&self.raw_id()),
        }
    }
}

/// Source: reference 3.2, in its order.
fn from_raw_id(raw: &str) -> Identifier {
    let unknown = || Identifier::Raw(raw.to_owned());
    let parts: Vec<&str> = raw.splitn(4, ':').collect();
    match parts[..] {
        // What stands behind a number, as in `4:+1425_x`, would be lost; so such an id stays raw.
        ["4", number] if is_canonical(number) => {
            Phone::parse(number).map_or_else(|_| unknown(), Identifier::Phone)
        }
        [_, _, ""] => unknown(),
        ["28", cloud, id] => match cloud_of(cloud) {
            Some(cloud) => Identifier::TeamsApp { id: id.to_owned(), cloud },
            None => unknown(),
        },
        ["8", "teamsvisitor", id] => {
            Identifier::TeamsUser { id: id.to_owned(), cloud: Cloud::Public, anonymous: true }
        }
        ["8", "spool", _] => Identifier::User(raw.to_owned()),
        ["8", prefix, id] => {
            if let Some(cloud) = cloud_of(prefix) {
                return Identifier::TeamsUser { id: id.to_owned(), cloud, anonymous: false };
            }
            let cloud = match prefix {
                "acs" => Cloud::Public,
                "dod-acs" => Cloud::Dod,
                "gcch-acs" => Cloud::Gcch,
                _ => return unknown(),
            };
            match id.split('_').collect::<Vec<_>>()[..] {
                [resource, tenant, user] => Identifier::TeamsExtensionUser {
                    resource: resource.to_owned(),
                    tenant: tenant.to_owned(),
                    user: user.to_owned(),
                    cloud,
                },
                _ => Identifier::User(raw.to_owned()),
            }
        }
        _ => unknown(),
    }
}

fn is_canonical(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn cloud_of(prefix: &str) -> Option<Cloud> {
    match prefix {
        "orgid" => Some(Cloud::Public),
        "dod" => Some(Cloud::Dod),
        "gcch" => Some(Cloud::Gcch),
        _ => None,
    }
}

fn organisation(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Public => "orgid",
        Cloud::Dod => "dod",
        Cloud::Gcch => "gcch",
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Identifier::Phone(phone) => write!(f, "{phone}"),
            Identifier::User(_)
            | Identifier::TeamsUser { .. }
            | Identifier::TeamsApp { .. }
            | Identifier::TeamsExtensionUser { .. }
            | Identifier::Raw(_) => f.write_str(&self.raw_id()),
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// What was stored reads back, whatever form its raw id has. For what people write there is [`Identifier::parse`].
impl From<String> for Identifier {
    fn from(text: String) -> Identifier {
        Identifier::parse(&text).unwrap_or(Identifier::Raw(text))
    }
}

impl From<Identifier> for String {
    fn from(identifier: Identifier) -> String {
        identifier.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn raw_ids_round_trip() {
        for (text, kind, masked) in [
            ("+14255550123", "Phone", "+1425***0123"),
            ("4:anonymous", "Raw", "4:anonymous"),
            ("4:+14255550123_asserted", "Raw", "4:***"),
            ("4:14255550123", "Raw", "4:***"),
            ("8:acs:a_b", "User", "8:acs:a_b"),
            ("8:spool:a_b_c", "User", "8:spool:a_b_c"),
            ("8:gcch-acs:a_b_c", "TeamsExtensionUser", "8:gcch-acs:a_b_c"),
            ("8:orgid:x", "TeamsUser", "8:orgid:x"),
            ("8:teamsvisitor:x", "TeamsUser", "8:teamsvisitor:x"),
            ("8:other:x", "Raw", "8:other:x"),
            ("28:dod:x", "TeamsApp", "28:dod:x"),
            ("28:x", "Raw", "28:x"),
            ("28:orgid:x:y", "Raw", "28:orgid:x:y"),
            ("48:conference", "Raw", "48:conference"),
        ] {
            let identifier = Identifier::parse(text).unwrap();
            assert_eq!(identifier.to_string(), text);
            assert_eq!(format!("{identifier:?}"), masked);
            assert_eq!(Identifier::parse(&identifier.raw_id()).unwrap(), identifier);
            let json = serde_json::to_string(&identifier).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Identifier>(&json).unwrap(), identifier);
            let is_kind = match identifier {
                Identifier::Phone(_) => "Phone",
                Identifier::User(_) => "User",
                Identifier::TeamsUser { .. } => "TeamsUser",
                Identifier::TeamsApp { .. } => "TeamsApp",
                Identifier::TeamsExtensionUser { .. } => "TeamsExtensionUser",
                Identifier::Raw(_) => "Raw",
            };
            assert_eq!(is_kind, kind, "{text}");
        }
        for text in ["", "sales", "4:", ":x", "8:acs: x", "https://x", "14255550123", "+1x", "8:a\u{1b}"] {
            Identifier::parse(text).unwrap_err();
        }
    }
}
