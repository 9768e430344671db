//! What the world is asked, and what it answers: HTTP without a socket.

use std::time::Duration;

use acs::model::{CommunicationError, CommunicationErrorResponse};
use acs::{CallbackKind, Operation};
use jiff::Timestamp;
use serde::Serialize;

use crate::call::CallId;

/// A request as it arrived, routed and with a signature that was checked.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked for.
    pub operation: Operation,
    /// Value of `api-version`. The call's events repeat it.
    pub api_version: String,
    /// The raw query, for paging.
    pub skip: usize,
    /// Scheme and authority under which the simulator was reached, for links in answers.
    pub base: String,
    /// The body as it came; empty if there was none.
    pub body: Vec<u8>,
    /// Value of `Repeatability-Request-ID`.
    pub repeatability_request_id: Option<String>,
    /// Value of `Repeatability-First-Sent`.
    pub repeatability_first_sent: Option<String>,
}

impl Request {
    /// A request without the headers that only some operations take.
    pub fn new(operation: Operation, body: Vec<u8>) -> Request {
        Request {
            operation,
            api_version: acs::API_VERSION.to_owned(),
            skip: 0,
            base: String::new(),
            body,
            repeatability_request_id: None,
            repeatability_first_sent: None,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// JSON, or empty.
    pub body: Vec<u8>,
    /// Headers of the protocol, in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// How it gets back.
    pub way: Way,
}

/// How an answer gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// As fast as it can.
    AtOnce,
    /// So much later.
    Late(Duration),
    /// When an event of that leg was delivered, but at most so much later.
    AfterEvent {
        /// The leg.
        call_connection_id: String,
        /// How long it is held back at most.
        at_most: Duration,
    },
    /// Not at all: the connection breaks.
    Broken,
}

impl Response {
    pub(crate) fn empty(status: u16) -> Response {
        Response { status, body: Vec::new(), headers: Vec::new(), way: Way::AtOnce }
    }

    pub(crate) fn json(status: u16, body: &impl Serialize) -> Response {
        let body = serde_json::to_vec(body).expect("wire types have text keys and no failing serializer");
        Response { status, body, headers: Vec::new(), way: Way::AtOnce }
    }

    pub(crate) fn by(mut self, way: Way) -> Response {
        self.way = way;
        self
    }

    pub(crate) fn with(mut self, header: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((header, value.into()));
        self
    }
}

/// A request that is not executed, with the status and the code of the reference (2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: u32,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into() }
    }

    /// A property is wrong: 400/8523.
    pub(crate) fn argument(message: impl Into<String>) -> Refusal {
        Refusal::new(400, 8523, message)
    }

    /// There is no such call, or it is over: 404/8522.
    pub(crate) fn gone() -> Refusal {
        Refusal::new(404, 8522, "Call not found.")
    }

    /// Not in this state of the call: 400/8585.
    pub(crate) fn state(message: impl Into<String>) -> Refusal {
        Refusal::new(400, 8585, message)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Response {
        error_response(refusal.status, &refusal.code.to_string(), &refusal.message)
    }
}

/// A body of the service's form for an answer that is no success.
pub(crate) fn error_response(status: u16, code: &str, message: &str) -> Response {
    let error = CommunicationError {
        code: code.to_owned(),
        message: message.to_owned(),
        ..CommunicationError::default()
    };
    Response::json(status, &CommunicationErrorResponse { error })
}

/// Something to post to the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The event's id.
    pub id: String,
    /// Where to.
    pub url: String,
    /// The body, JSON.
    pub body: Vec<u8>,
    /// On which channel.
    pub channel: Channel,
    /// The call that it tells of.
    pub call: CallId,
    /// When it was to be posted first.
    pub first_at: Timestamp,
    /// How often it was posted in vain.
    pub failures: u32,
}

impl Delivery {
    /// What it tells, as the provider names it.
    pub fn kind(&self) -> &str {
        match &self.channel {
            Channel::Callback { kind, call_connection_id: _ } => kind.name(),
            Channel::EventGrid { event_type } => event_type,
        }
    }

    /// Whether an answer with this status means that it has arrived. Source: reference 6.4, 8.1.
    pub fn is_taken(&self, status: u16) -> bool {
        match self.channel {
            Channel::Callback { .. } => (200..300).contains(&status),
            Channel::EventGrid { .. } => (200..=204).contains(&status),
        }
    }
}

/// On which channel an event travels.
#[derive(Clone, Debug, PartialEq)]
pub enum Channel {
    /// To the callback URI of a call, with a token.
    Callback {
        /// The leg; events of one leg keep their order.
        call_connection_id: String,
        /// What happened.
        kind: CallbackKind,
    },
    /// To the webhook of an Event Grid subscription.
    EventGrid {
        /// The type of the event.
        event_type: String,
    },
}
