//! Who takes part in a call: the discriminated identifier and its nested objects.
//!
//! Source: reference 3.1. Phone numbers are in here, so none of this may be logged as it is.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::open_enum::open_enum;

open_enum! {
    /// The kind of an identifier.
    #[derive(Default)]
    pub enum CommunicationIdentifierKind {
        #[default]
        Unknown = "unknown",
        CommunicationUser = "communicationUser",
        PhoneNumber = "phoneNumber",
        MicrosoftTeamsUser = "microsoftTeamsUser",
        MicrosoftTeamsApp = "microsoftTeamsApp",
        TeamsExtensionUser = "teamsExtensionUser",
    }
}

open_enum! {
    /// The cloud that a Teams identity belongs to. Absent means public.
    #[derive(Default)]
    pub enum CommunicationCloudEnvironment {
        #[default]
        Public = "public",
        Dod = "dod",
        Gcch = "gcch",
    }
}

/// A participant of a call: at most one nested object, fitting the kind.
///
/// Requests may leave out `kind` and `raw_id`, and the official clients do, so the kind is that of the nested
/// object which is there.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommunicationIdentifier {
    /// Set in responses and events, optional in requests.
    pub kind: Option<CommunicationIdentifierKind>,
    /// The identifier as one text. Set in responses and events, optional in requests.
    pub raw_id: Option<String>,
    /// A user of the Communication Services resource.
    pub communication_user: Option<CommunicationUserIdentifier>,
    /// A phone number.
    pub phone_number: Option<PhoneNumberIdentifier>,
    /// A Teams user.
    pub microsoft_teams_user: Option<MicrosoftTeamsUserIdentifier>,
    /// A Teams application, such as an auto attendant.
    pub microsoft_teams_app: Option<MicrosoftTeamsAppIdentifier>,
    /// A Teams Phone user who is extended by a Communication Services resource.
    pub teams_extension_user: Option<TeamsExtensionUserIdentifier>,
}

/// A user of the Communication Services resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommunicationUserIdentifier {
    /// The user's id, which is also its raw id: `8:acs:…`.
    pub id: String,
}

/// A phone number.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneNumberIdentifier {
    /// The number in E.164 form, or `anonymous`.
    pub value: String,
    /// Whether the caller withheld the number. Absent means no.
    pub is_anonymous: Option<bool>,
    /// Tells apart the same number joining the same call more than once.
    pub asserted_id: Option<String>,
}

/// A Teams user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MicrosoftTeamsUserIdentifier {
    /// The Entra object id, unless the user is anonymous.
    pub user_id: String,
    /// Whether this is a visitor without an account. Absent means no.
    pub is_anonymous: Option<bool>,
    /// The cloud; absent means public.
    pub cloud: Option<CommunicationCloudEnvironment>,
}

/// A Teams application.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MicrosoftTeamsAppIdentifier {
    /// The id of the application.
    pub app_id: String,
    /// The cloud; absent means public.
    pub cloud: Option<CommunicationCloudEnvironment>,
}

/// A Teams Phone user who is extended by a Communication Services resource.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsExtensionUserIdentifier {
    /// The Entra object id of the user.
    pub user_id: String,
    /// The user's tenant.
    pub tenant_id: String,
    /// The Communication Services resource.
    pub resource_id: String,
    /// The cloud; absent means public.
    pub cloud: Option<CommunicationCloudEnvironment>,
}
