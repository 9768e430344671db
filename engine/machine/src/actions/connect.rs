//! `connect`: joins a call or room that is running already.

use acs::actions::ConnectRequest;
use acs::model::{CallLocator, CallLocatorKind};
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{CallOptions, Defaults, Posting, Unpostable, Values, call_options, routing};
use crate::argument::{Arg, Unfilled};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Rule, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "connect",
    phases: &[Phase::Idle],
    success: &[EventKind::CallConnected],
    failure: EventKind::ConnectFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Connection,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::BringsUp,
    takes_context: true,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Joins a call or room that is running already. CallConnected or ConnectFailed follows.",
    keys: &[
        &[
            Key::of::<String>("serverCallId", "The call to join, by its `serverCallId`.")
                .example("${input.serverCallId}"),
            Key::of::<String>("groupCallId", "The group call to join, by its id."),
            Key::of::<String>("roomId", "The room to join, by its id.").example("99445276259151407"),
        ],
        call_options::KEYS,
        routing(&SPEC),
    ],
    rules: &[Rule::ExactlyOne(&["serverCallId", "groupCallId", "roomId"])],
};

/// Which running call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Locator<T = String> {
    /// By the provider's name of the call.
    ServerCallId(T),
    /// By the id of a group call.
    GroupCallId(T),
    /// By the id of a room.
    RoomId(T),
}

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which running call.
    pub locator: Locator<Arg<String>>,
    /// What can be set only now.
    pub options: call_options::Written,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    /// Which running call.
    pub locator: Locator,
    /// What can be set only now.
    pub options: CallOptions,
}

impl Connect {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let options = self.options.wire();
        let body = ConnectRequest {
            call_locator: self.locator.wire(),
            callback_uri: posting.callback_url(),
            operation_context: posting.context(),
            call_intelligence_options: options.intelligence,
            media_streaming_options: options.streaming,
            transcription_options: options.transcription,
        };
        Ok(Operation::Connect.request().with_body(&body))
    }
}

impl Locator {
    fn wire(&self) -> CallLocator {
        let (kind, id) = match self {
            Locator::ServerCallId(id) => (CallLocatorKind::ServerCallLocator, id),
            Locator::GroupCallId(id) => (CallLocatorKind::GroupCallLocator, id),
            Locator::RoomId(id) => (CallLocatorKind::RoomCallLocator, id),
        };
        let is = |wanted: CallLocatorKind| (kind == wanted).then(|| id.clone());
        CallLocator {
            group_call_id: is(CallLocatorKind::GroupCallLocator),
            server_call_id: is(CallLocatorKind::ServerCallLocator),
            room_id: is(CallLocatorKind::RoomCallLocator),
            kind: Some(kind),
        }
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let before = found.len();
        let chosen = fields.one_of(&["serverCallId", "groupCallId", "roomId"], found);
        if chosen.is_none() && found.len() == before {
            let headline = "`connect` does not say which call to join";
            let finding = Finding::error(lang::Code(102), fields.span(), headline)
                .label("no `serverCallId`, `groupCallId` or `roomId` here")
                .help("give one of them: `roomId: \"99445276259151407\"`");
            fields.lacks(&["serverCallId", "groupCallId", "roomId"], finding, found);
        }
        let locator = chosen.and_then(|entry| {
            let id = Arg::read(&entry.value, &format!("`{}`", entry.key.value), found)?;
            Some(match entry.key.value.as_str() {
                "serverCallId" => Locator::ServerCallId(id),
                "groupCallId" => Locator::GroupCallId(id),
                _ => Locator::RoomId(id),
            })
        });
        let options = call_options::Written::read(fields, &defaults.options, found);
        Some(Written { locator: locator?, options })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Connect, Unfilled> {
        let locator = match &self.locator {
            Locator::ServerCallId(id) => Locator::ServerCallId(id.fill("serverCallId", values.roots)?),
            Locator::GroupCallId(id) => Locator::GroupCallId(id.fill("groupCallId", values.roots)?),
            Locator::RoomId(id) => Locator::RoomId(id.fill("roomId", values.roots)?),
        };
        Ok(Connect { locator, options: self.options.fill(values.roots)? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { locator, options } = self;
        match locator {
            Locator::ServerCallId(id) => id.visit("serverCallId", see),
            Locator::GroupCallId(id) => id.visit("groupCallId", see),
            Locator::RoomId(id) => id.visit("roomId", see),
        }
        options.visit(see);
    }
}
