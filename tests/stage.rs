//! The simulated provider in virtual time, for tests that ask it in process: actions go in as the service would post
//! them, callbacks come out as the service would read them.

use std::time::Duration;

use jiff::Timestamp;
use machine::actions::Action;
use machine::ids::OperationId;
use machine::input::{Ack, Incoming, Refusal};
use machine::snapshot::{Call, Operation};
use serde_json::{Value, json};
use service::translate;

pub(crate) const CALLER: &str = "+14255550199";
pub(crate) const LINE: &str = "+18005550100";

/// The provider, the people, and what was heard of them.
pub(crate) struct Stage {
    pub(crate) world: sim::World,
    pub(crate) at: Timestamp,
    /// The call that somebody has placed.
    pub(crate) placed: Option<sim::CallId>,
    /// The call that was announced last.
    pub(crate) incoming: Option<Incoming>,
    /// All callbacks, in order.
    pub(crate) heard: Vec<acs::Callback>,
}

impl Stage {
    /// The seed decides what comes first where the order is open.
    pub(crate) fn new(seed: u64, at: Timestamp) -> Stage {
        let webhook = Some("https://app.example.com/grid".to_owned());
        let world = sim::World::new(sim::WorldOptions { seed, webhook, ..sim::WorldOptions::default() });
        Stage { world, at, placed: None, incoming: None, heard: Vec::new() }
    }

    /// Somebody calls, and it is announced.
    pub(crate) fn ring(&mut self, mut call: Value) {
        let mut fill = |key: &str, value: &str| {
            if call.get(key).is_none() {
                call[key] = json!(value);
            }
        };
        fill("from", CALLER);
        fill("to", LINE);
        self.place(call);
        self.pass(Duration::from_millis(100));
    }

    /// Somebody begins a group call.
    pub(crate) fn gather(&mut self, group: &str) {
        self.place(json!({ "from": CALLER, "groupCallId": group }));
    }

    fn place(&mut self, call: Value) {
        let call = serde_json::from_value(call).unwrap();
        self.placed = Some(self.world.place_call(call, self.at).unwrap());
    }

    /// How somebody takes calls from now on.
    pub(crate) fn person(&mut self, address: &str, person: Value) {
        let address = sim::Address::parse(address).unwrap();
        self.world.set_person(&address, serde_json::from_value(person).unwrap()).unwrap();
    }

    /// The caller hangs up.
    pub(crate) fn caller_leaves(&mut self) {
        if let Some(call) = self.placed {
            // Whoever has left already stays away.
            let _ = self.world.hang_up(call, Some(&sim::Address::parse(CALLER).unwrap()), self.at);
        }
    }

    /// Posts an action as the service does.
    pub(crate) fn post(
        &mut self,
        call: &Call,
        id: OperationId,
        operation: &Operation,
        action: &Action,
    ) -> Result<Ack, Refusal> {
        let request = translate::request(call, id, operation, action, "https://app.example.com/calls")
            .map_err(|why| Refusal { status: 0, sub_code: None, message: why.to_string() })?;
        let operation = acs::route(request.method.as_str(), &request.path_and_query)
            .unwrap_or_else(|| panic!("no operation has the path {}", request.path_and_query));
        let request = sim::Request::new(operation, request.body.unwrap_or_default());
        let response = self.world.on_request(&request, self.at);
        match response.status {
            200..300 => Ok(translate::ack(action.kind(), &response.body)),
            status => Err(translate::refusal(status, &response.body)),
        }
    }

    /// Whether the provider still knows a call connection.
    pub(crate) fn knows(&mut self, connection: &str) -> bool {
        let operation = acs::Operation::GetCall { call_connection_id: connection.to_owned() };
        let request = sim::Request::new(operation, Vec::<u8>::new());
        self.world.on_request(&request, self.at).status == 200
    }

    /// Lets time pass, and gives what was heard meanwhile.
    pub(crate) fn pass(&mut self, span: Duration) -> Vec<acs::Callback> {
        let (until, known) = (self.at + span, self.heard.len());
        while let Some(due) = self.world.next_due().filter(|due| *due <= until) {
            self.at = due.max(self.at);
            self.advance();
        }
        self.at = until;
        self.heard[known..].to_vec()
    }

    /// Lets happen what is due now.
    pub(crate) fn advance(&mut self) {
        for delivery in self.world.advance(self.at) {
            match delivery.channel {
                sim::Channel::Callback { .. } => {
                    self.heard.extend(acs::callback::decode(&delivery.body).unwrap());
                }
                sim::Channel::EventGrid { .. } => self.hear_grid(&delivery.body),
            }
        }
    }

    fn hear_grid(&mut self, body: &[u8]) {
        let headers = axum::http::HeaderMap::new();
        let acs::event_grid::Delivery::Events(events) = acs::event_grid::decode(&headers, body).unwrap()
        else {
            return;
        };
        for event in events {
            if let acs::event_grid::GridKind::IncomingCall(call) = event.kind {
                self.incoming = Some(translate::incoming(*call).unwrap());
            }
        }
    }
}
