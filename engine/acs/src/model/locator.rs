//! Which running call is meant, by one of three ids.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::open_enum::open_enum;

open_enum! {
    /// Which of the three ids a locator carries.
    pub enum CallLocatorKind {
        GroupCallLocator = "groupCallLocator",
        ServerCallLocator = "serverCallLocator",
        RoomCallLocator = "roomCallLocator",
    }
}

/// Names a running call: exactly one id, fitting the kind.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallLocator {
    /// The id of a group call.
    pub group_call_id: Option<String>,
    /// The service's id of the call.
    pub server_call_id: Option<String>,
    /// The id of a room.
    pub room_id: Option<String>,
    /// Which of them is set.
    pub kind: Option<CallLocatorKind>,
}

impl CallLocator {
    /// By the id of a group call.
    pub fn group(id: String) -> CallLocator {
        let kind = Some(CallLocatorKind::GroupCallLocator);
        CallLocator { group_call_id: Some(id), kind, ..CallLocator::default() }
    }

    /// By the service's id of the call.
    pub fn server_call(id: String) -> CallLocator {
        let kind = Some(CallLocatorKind::ServerCallLocator);
        CallLocator { server_call_id: Some(id), kind, ..CallLocator::default() }
    }

    /// By the id of a room.
    pub fn room(id: String) -> CallLocator {
        let kind = Some(CallLocatorKind::RoomCallLocator);
        CallLocator { room_id: Some(id), kind, ..CallLocator::default() }
    }
}
