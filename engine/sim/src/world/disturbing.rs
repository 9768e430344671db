//! What goes wrong with a request: whether it is executed, what is answered, and how the answer gets back.

use serde::Deserialize;

use super::World;
use crate::call::CallId;
use crate::faults::Fault;
use crate::limits::{EARLY_HOLD_MAX, RETRY_AFTER_SECONDS};
use crate::request::{Request, Response, Way, error_response};
use crate::story::Happened;

/// What a request without a call in its path may name one by.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Named {
    incoming_call_context: Option<String>,
    call_locator: Locator,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Locator {
    server_call_id: Option<String>,
}

impl World {
    /// A request, with what goes wrong with it.
    pub(super) fn disturbed(&mut self, request: &Request) -> Response {
        if !self.fates.is_active() {
            return self.respond(request);
        }
        let call = self.call_of(request);
        let name = request.operation.name();
        let counts = call.and_then(|call| self.calls.get_mut(&call)).map(|call| &mut call.counts);
        let counts = counts.unwrap_or(&mut self.outside_calls);
        // Calls are counted from 1.
        let key = call.unwrap_or(CallId(0));
        let Some((fault, span)) = self.fates.of_request(key, name, counts) else {
            return self.respond(request);
        };
        let (response, text) = match fault {
            Fault::Throttling => (throttled(), "answered with 429"),
            Fault::Errors => (failed(), "answered with 500"),
            Fault::LateErrors => {
                self.respond(request);
                (failed(), "executed, and answered with 500")
            }
            Fault::Drops => (Response::empty(500).by(Way::Broken), "not executed: its connection breaks"),
            Fault::LateDrops => {
                let response = self.respond(request);
                (response.by(Way::Broken), "executed, and its connection breaks")
            }
            Fault::Slow => {
                let way = Way::Late(self.scaled(span));
                (self.respond(request).by(way), "answered late")
            }
            Fault::Early => {
                let response = self.respond(request);
                let way = way_after_event(request, &response);
                (response.by(way), "answered after the first event that follows")
            }
            // These are of events.
            Fault::Loss | Fault::Duplicates | Fault::Reordering | Fault::Delay => {
                return self.respond(request);
            }
        };
        // A call that it made is known only now.
        if let Some(call) = call.or_else(|| self.call_of_answer(&response)) {
            self.tell(call, Happened::Fault, format!("{name} is {text}"));
        }
        response
    }

    /// The call that a request belongs to, if there is one.
    fn call_of(&self, request: &Request) -> Option<CallId> {
        if let Some(connection) = request.operation.call_connection_id() {
            return self.call_of_connection(connection);
        }
        let named: Named = serde_json::from_slice(&request.body).unwrap_or_default();
        let offer = named.incoming_call_context.and_then(|context| self.offers.get(&context));
        let located = named.call_locator.server_call_id.and_then(|id| self.server_calls.get(&id).copied());
        offer.map(|offer| offer.call).or(located)
    }

    fn call_of_connection(&self, connection: &str) -> Option<CallId> {
        let leg = self.connections.get(connection)?;
        self.legs.get(leg).map(|leg| leg.call)
    }

    fn call_of_answer(&self, response: &Response) -> Option<CallId> {
        self.call_of_connection(&connection_in(response)?)
    }
}

fn throttled() -> Response {
    error_response(429, "TooManyRequests", "Too many requests; try again later.")
        .with("retry-after", RETRY_AFTER_SECONDS.to_string())
}

/// Source: reference 8.11.
fn failed() -> Response {
    error_response(500, "9999", "Something went wrong.")
}

/// Nothing follows from a request that only reads or was refused.
fn way_after_event(request: &Request, response: &Response) -> Way {
    let reads = request.operation.row().method == acs::Method::Get;
    let connection = match request.operation.call_connection_id() {
        Some(connection) => Some(connection.to_owned()),
        None => connection_in(response),
    };
    match connection {
        Some(call_connection_id) if !reads && response.status < 300 => {
            Way::AfterEvent { call_connection_id, at_most: EARLY_HOLD_MAX }
        }
        _ => Way::AtOnce,
    }
}

/// The leg that a request has made, as its answer names it.
fn connection_in(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Made {
        call_connection_id: Option<String>,
    }
    serde_json::from_slice::<Made>(&response.body).ok()?.call_connection_id
}
