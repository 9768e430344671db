//! What an invitation carries to the one who is called: headers, and details for a Teams phone agent.

use acs::model::CustomCallingContext;
use indexmap::IndexMap;
use lang::{Fields, Finding, Roots};
use serde::{Deserialize, Serialize};

use super::{TeamsPhoneCallDetails, teams_phone, wire};
use crate::argument::{Arg, Texts, Unfilled, fill, optional};
use crate::shape::Key;
use crate::wanted::{Given, Visit};

/// What may be written of them among an action's arguments.
pub const KEYS: &[Key] = &[
    Key::of::<Texts>("voipHeaders", "Headers for a communication user, by name.")
        .example(r#"{"priority": "high"}"#),
    Key::of::<Texts>(
        "sipHeaders",
        "Headers for a phone or Teams target, at most 5; each name begins with `X-MS-Custom-`.",
    )
    .example(r#"{"X-MS-Custom-Case": "42"}"#),
    Key::of::<String>("userToUser", "The SIP header User-To-User, for a phone or Teams target.")
        .example("ticket=42;encoding=ascii"),
    teams_phone::KEY,
];

/// The header in which a phone or Teams user receives the User-To-User text. Source: reference 3.4.
const USER_TO_USER: &str = "User-To-User";

/// What is carried, as posted. Source: reference 3.4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallingContext {
    /// For communication users.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub voip_headers: IndexMap<String, String>,
    /// For phones and Teams, without User-To-User.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub sip_headers: IndexMap<String, String>,
    /// The SIP header User-To-User.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_to_user: Option<String>,
    /// For a Teams phone agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teams_phone_call_details: Option<TeamsPhoneCallDetails>,
}

impl CallingContext {
    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == CallingContext::default()
    }

    /// `None`: there is nothing to carry.
    pub(super) fn wire(&self) -> Option<CustomCallingContext> {
        if self.is_empty() {
            return None;
        }
        let user_to_user = self.user_to_user.iter().map(|text| (USER_TO_USER.to_owned(), text.clone()));
        let sip = self.sip_headers.clone().into_iter();
        Some(CustomCallingContext {
            voip_headers: wire::some(self.voip_headers.clone()),
            sip_headers: wire::some(user_to_user.chain(sip).collect()),
            teams_phone_call_details: self.teams_phone_call_details.as_ref().map(TeamsPhoneCallDetails::wire),
        })
    }
}

/// What is carried, as written among an action's arguments.
#[derive(Clone, Debug)]
pub struct Written {
    /// See [`CallingContext::voip_headers`].
    pub voip_headers: Option<Arg<Texts>>,
    /// See [`CallingContext::sip_headers`].
    pub sip_headers: Option<Arg<Texts>>,
    /// See [`CallingContext::user_to_user`].
    pub user_to_user: Option<Arg<String>>,
    /// See [`CallingContext::teams_phone_call_details`].
    pub teams_phone_call_details: Option<teams_phone::Written>,
}

impl Written {
    /// Reads what stands among an action's arguments.
    pub fn read(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Written {
        Written {
            voip_headers: optional(fields, "voipHeaders", found),
            sip_headers: optional(fields, "sipHeaders", found),
            user_to_user: optional(fields, "userToUser", found),
            teams_phone_call_details: teams_phone::Written::read(fields, found),
        }
    }

    /// What is carried, as it is now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, roots: &dyn Roots) -> Result<CallingContext, Unfilled> {
        Ok(CallingContext {
            voip_headers: fill(&self.voip_headers, "voipHeaders", roots)?.unwrap_or_default().0,
            sip_headers: fill(&self.sip_headers, "sipHeaders", roots)?.unwrap_or_default().0,
            user_to_user: fill(&self.user_to_user, "userToUser", roots)?,
            teams_phone_call_details: self
                .teams_phone_call_details
                .as_ref()
                .map(|details| details.fill(roots))
                .transpose()?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { voip_headers, sip_headers, user_to_user, teams_phone_call_details } = self;
        voip_headers.visit("voipHeaders", see);
        sip_headers.visit("sipHeaders", see);
        user_to_user.visit("userToUser", see);
        if let Some(details) = teams_phone_call_details {
            details.visit(see);
        }
    }
}
