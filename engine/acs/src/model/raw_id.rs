//! An identifier as one text, both ways, and when two identifiers are the same.
//!
//! Source: reference 3.2. Raw ids hold phone numbers; they are not for logs.

use super::{
    CommunicationCloudEnvironment as Cloud, CommunicationIdentifier, CommunicationIdentifierKind as Kind,
    CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier, MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier, TeamsExtensionUserIdentifier,
};

impl CommunicationIdentifier {
    /// The identifier of a raw id, in full: kind, raw id and nested object. Never fails; the kind may be `unknown`.
    pub fn from_raw_id(raw_id: &str) -> CommunicationIdentifier {
        let with_kind = |kind| CommunicationIdentifier {
            kind: Some(kind),
            raw_id: Some(raw_id.to_owned()),
            ..CommunicationIdentifier::default()
        };
        if let Some(number) = raw_id.strip_prefix("4:") {
            return CommunicationIdentifier {
                phone_number: Some(phone_number(number)),
                ..with_kind(Kind::PhoneNumber)
            };
        }
        let parts: Vec<&str> = raw_id.split(':').collect();
        let &[scope, realm, id] = parts.as_slice() else { return with_kind(Kind::Unknown) };
        match (scope, realm) {
            ("28", "orgid" | "dod" | "gcch") => CommunicationIdentifier {
                microsoft_teams_app: Some(MicrosoftTeamsAppIdentifier {
                    app_id: id.to_owned(),
                    cloud: Some(cloud(realm)),
                }),
                ..with_kind(Kind::MicrosoftTeamsApp)
            },
            ("8", "orgid" | "dod" | "gcch" | "teamsvisitor") => CommunicationIdentifier {
                microsoft_teams_user: Some(teams_user(realm, id)),
                ..with_kind(Kind::MicrosoftTeamsUser)
            },
            ("8", "acs" | "dod-acs" | "gcch-acs" | "spool") => match extension_user(realm, id) {
                Some(user) => CommunicationIdentifier {
                    teams_extension_user: Some(user),
                    ..with_kind(Kind::TeamsExtensionUser)
                },
                None => CommunicationIdentifier {
                    communication_user: Some(CommunicationUserIdentifier { id: raw_id.to_owned() }),
                    ..with_kind(Kind::CommunicationUser)
                },
            },
            _ => with_kind(Kind::Unknown),
        }
    }

    /// The identifier as one text: the raw id that came with it, else that of its nested object.
    ///
    /// Empty when it has neither.
    pub fn raw_id(&self) -> String {
        if let Some(raw_id) = self.raw_id.as_deref().filter(|raw_id| !raw_id.is_empty()) {
            raw_id.to_owned()
        } else if let Some(user) = &self.communication_user {
            user.id.clone()
        } else if let Some(phone) = &self.phone_number {
            format!("4:{}", phone.value)
        } else if let Some(user) = &self.microsoft_teams_user {
            let anonymous = user.is_anonymous == Some(true);
            let realm = if anonymous { "teamsvisitor" } else { realm(user.cloud.as_ref()) };
            format!("8:{realm}:{}", user.user_id)
        } else if let Some(app) = &self.microsoft_teams_app {
            format!("28:{}:{}", realm(app.cloud.as_ref()), app.app_id)
        } else if let Some(user) = &self.teams_extension_user {
            let realm = match user.cloud {
                None | Some(Cloud::Public | Cloud::Other(_)) => "acs",
                Some(Cloud::Dod) => "dod-acs",
                Some(Cloud::Gcch) => "gcch-acs",
            };
            format!("8:{realm}:{}_{}_{}", user.resource_id, user.tenant_id, user.user_id)
        } else {
            String::new()
        }
    }

    /// Whether any of the objects is there that say what kind of identifier it is.
    pub(crate) fn has_nested_object(&self) -> bool {
        self.communication_user.is_some()
            || self.phone_number.is_some()
            || self.microsoft_teams_user.is_some()
            || self.microsoft_teams_app.is_some()
            || self.teams_extension_user.is_some()
    }

    /// Whether both name the same endpoint: equal raw ids, a phone number with or without its `+`.
    ///
    /// Two identifiers that name nothing are not the same.
    pub fn same(&self, other: &CommunicationIdentifier) -> bool {
        let (left, right) = (self.raw_id(), other.raw_id());
        if left.is_empty() || right.is_empty() {
            return false;
        }
        match (left.strip_prefix("4:"), right.strip_prefix("4:")) {
            (Some(left), Some(right)) => digits(left).eq(digits(right)),
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => left == right,
        }
    }
}

/// `anonymous`, a number, or a number with an asserted id behind the last `_`, which stays in the number as well.
fn phone_number(number: &str) -> PhoneNumberIdentifier {
    PhoneNumberIdentifier {
        value: number.to_owned(),
        is_anonymous: (number == "anonymous").then_some(true),
        asserted_id: number.rsplit_once('_').map(|(_, asserted_id)| asserted_id.to_owned()),
    }
}

fn teams_user(realm: &str, id: &str) -> MicrosoftTeamsUserIdentifier {
    let anonymous = realm == "teamsvisitor";
    MicrosoftTeamsUserIdentifier {
        user_id: id.to_owned(),
        is_anonymous: Some(anonymous),
        cloud: (!anonymous).then(|| cloud(realm)),
    }
}

/// `resource_tenant_user`; anything else is a plain user of the resource.
fn extension_user(realm: &str, id: &str) -> Option<TeamsExtensionUserIdentifier> {
    let cloud = match realm {
        "acs" => Cloud::Public,
        "dod-acs" => Cloud::Dod,
        "gcch-acs" => Cloud::Gcch,
        _ => return None,
    };
    let parts: Vec<&str> = id.split('_').collect();
    let &[resource_id, tenant_id, user_id] = parts.as_slice() else { return None };
    Some(TeamsExtensionUserIdentifier {
        user_id: user_id.to_owned(),
        tenant_id: tenant_id.to_owned(),
        resource_id: resource_id.to_owned(),
        cloud: Some(cloud),
    })
}

fn cloud(realm: &str) -> Cloud {
    match realm {
        "dod" => Cloud::Dod,
        "gcch" => Cloud::Gcch,
        _ => Cloud::Public,
    }
}

fn realm(cloud: Option<&Cloud>) -> &'static str {
    match cloud {
        None | Some(Cloud::Public | Cloud::Other(_)) => "orgid",
        Some(Cloud::Dod) => "dod",
        Some(Cloud::Gcch) => "gcch",
    }
}

/// A number without the marks that people write into it.
fn digits(number: &str) -> impl Iterator<Item = char> {
    number.chars().filter(|mark| !matches!(mark, '+' | ' ' | '-' | '(' | ')' | '.'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    const USER: &str = "8:acs:11111111-2222-4333-8444-555555555555_0000aaaa-0b1c-2d3e-4f50-617283940001";

    /// Every form of the reference's 3.1 and 3.2: the raw id, and the rest of the object.
    fn table() -> Vec<(&'static str, Value)> {
        vec![
            ("4:+14255550123", json!({"kind": "phoneNumber", "phoneNumber": {"value": "+14255550123"}})),
            (
                "4:anonymous",
                json!({"kind": "phoneNumber", "phoneNumber": {"value": "anonymous", "isAnonymous": true}}),
            ),
            (
                "4:+14255550123_8f1a2b",
                json!({"kind": "phoneNumber",
                       "phoneNumber": {"value": "+14255550123_8f1a2b", "assertedId": "8f1a2b"}}),
            ),
            (USER, json!({"kind": "communicationUser", "communicationUser": {"id": USER}})),
            ("8:spool:x_y", json!({"kind": "communicationUser", "communicationUser": {"id": "8:spool:x_y"}})),
            (
                "8:spool:x_y_z",
                json!({"kind": "communicationUser", "communicationUser": {"id": "8:spool:x_y_z"}}),
            ),
            (
                "8:orgid:7f3c",
                json!({"kind": "microsoftTeamsUser",
                       "microsoftTeamsUser": {"userId": "7f3c", "isAnonymous": false, "cloud": "public"}}),
            ),
            (
                "8:gcch:7f3c",
                json!({"kind": "microsoftTeamsUser",
                       "microsoftTeamsUser": {"userId": "7f3c", "isAnonymous": false, "cloud": "gcch"}}),
            ),
            (
                "8:teamsvisitor:7f3c",
                json!({"kind": "microsoftTeamsUser",
                       "microsoftTeamsUser": {"userId": "7f3c", "isAnonymous": true}}),
            ),
            (
                "28:orgid:7f3c",
                json!({"kind": "microsoftTeamsApp", "microsoftTeamsApp": {"appId": "7f3c", "cloud": "public"}}),
            ),
            (
                "28:dod:7f3c",
                json!({"kind": "microsoftTeamsApp", "microsoftTeamsApp": {"appId": "7f3c", "cloud": "dod"}}),
            ),
            (
                "8:acs:RES_TENANT_USER",
                json!({"kind": "teamsExtensionUser",
                       "teamsExtensionUser": {"userId": "USER", "tenantId": "TENANT", "resourceId": "RES",
                                              "cloud": "public"}}),
            ),
            (
                "8:dod-acs:RES_TENANT_USER",
                json!({"kind": "teamsExtensionUser",
                       "teamsExtensionUser": {"userId": "USER", "tenantId": "TENANT", "resourceId": "RES",
                                              "cloud": "dod"}}),
            ),
            ("48:echo", json!({"kind": "unknown"})),
            ("28:x:y:z", json!({"kind": "unknown"})),
            ("9:acs:x", json!({"kind": "unknown"})),
            ("", json!({"kind": "unknown"})),
        ]
    }

    #[test]
    fn raw_ids_both_ways() {
        for (raw_id, mut expected) in table() {
            expected["rawId"] = json!(raw_id);
            let identifier = CommunicationIdentifier::from_raw_id(raw_id);
            assert_eq!(serde_json::to_value(&identifier).unwrap(), expected, "{raw_id}");
            let nested_only = CommunicationIdentifier { kind: None, raw_id: None, ..identifier.clone() };
            if identifier.kind != Some(Kind::Unknown) {
                assert_eq!(nested_only.raw_id(), raw_id);
                assert!(identifier.same(&nested_only), "{raw_id}");
            }
        }
    }

    #[test]
    fn sameness() {
        let same = |left: &str, right: &str| {
            CommunicationIdentifier::from_raw_id(left).same(&CommunicationIdentifier::from_raw_id(right))
        };
        assert!(same("4:+14255550123", "4:14255550123"));
        assert!(same("4:+1 (425) 555-0123", "4:+14255550123"));
        assert!(!same("4:+14255550123", "4:+14255550124"));
        assert!(!same("4:+14255550123_a", "4:+14255550123"));
        assert!(!same("8:acs:a_b", "8:acs:a_c"));
        assert!(!same("8:acs:4", "4:4"));
        assert!(!same("", ""));
    }
}
