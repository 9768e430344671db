//! The simulated provider in virtual time, for tests that ask it in process: actions go in as the service would post
//! them, callbacks come out as the service would read them.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use machine::actions::{Action, Posting};
use machine::ids::OperationId;
use machine::input::{Ack, Fact, Incoming, Refusal};
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
    /// Ids of what was announced.
    known: HashSet<String>,
    /// Calls that were announced and that nobody has taken from here.
    pub(crate) announced: VecDeque<Incoming>,
    /// Callbacks that nobody has taken from here, in order, each with where it went.
    pub(crate) letters: VecDeque<(String, acs::Callback)>,
    /// All events that were ever posted, as they were written, where somebody wants them.
    pub(crate) written: Option<Vec<Value>>,
}

/// By what a repeated request is recognised.
#[derive(Clone, Copy)]
pub(crate) struct Repeatability {
    pub(crate) id: uuid::Uuid,
    pub(crate) first_sent: Timestamp,
}

impl Stage {
    /// The seed decides what comes first where the order is open.
    pub(crate) fn new(seed: u64, at: Timestamp) -> Stage {
        Stage::with(sim::WorldOptions { seed, ..sim::WorldOptions::default() }, at)
    }

    pub(crate) fn with(options: sim::WorldOptions, at: Timestamp) -> Stage {
        let webhook = Some("https://app.example.com/grid".to_owned());
        let world = sim::World::new(sim::WorldOptions { webhook, ..options });
        let (announced, letters) = (VecDeque::new(), VecDeque::new());
        Stage {
            world,
            at,
            placed: None,
            incoming: None,
            known: HashSet::new(),
            announced,
            letters,
            written: None,
        }
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

    /// Somebody calls; that it is announced comes later.
    pub(crate) fn place(&mut self, call: Value) {
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
        let request = action
            .request(&Posting::new(call, id, operation, "https://app.example.com/calls"))
            .map_err(|why| Refusal { status: 0, sub_code: None, message: why.to_string() })?;
        let response = self.ask(&request, None);
        match response.status {
            200..300 => Ok(translate::ack(action.kind(), &response.body)),
            status => Err(translate::refusal(status, &response.body)),
        }
    }

    /// Sends a request.
    pub(crate) fn ask(
        &mut self,
        request: &acs::Request,
        repeatability: Option<Repeatability>,
    ) -> sim::Response {
        let operation = acs::route(request.method.as_str(), &request.path_and_query)
            .unwrap_or_else(|| panic!("no operation has the path {}", request.path_and_query));
        let mut request = sim::Request::new(operation, request.body.clone().unwrap_or_default());
        if let Some(Repeatability { id, first_sent }) = repeatability {
            request.repeatability_request_id = Some(id.to_string());
            request.repeatability_first_sent = Some(acs::signature::http_date(first_sent));
        }
        self.world.on_request(&request, self.at)
    }

    /// Asks until there is an answer that means something.
    fn insist(&mut self, operation: acs::Operation) -> sim::Response {
        let request = sim::Request::new(operation, Vec::<u8>::new());
        loop {
            let response = self.world.on_request(&request, self.at);
            let is_lost = response.way == sim::Way::Broken;
            if !is_lost && service::retry::verdict(response.status) != service::retry::Verdict::Retry {
                return response;
            }
        }
    }

    /// What the provider says of a call connection.
    pub(crate) fn fact(&mut self, connection: &str) -> Fact {
        let response = self.insist(acs::Operation::GetCall { call_connection_id: connection.to_owned() });
        if response.status != 200 {
            return Fact::CallGone;
        }
        let call: Value = serde_json::from_slice(&response.body).unwrap();
        if call["callConnectionState"] != "connected" {
            return Fact::CallLives;
        }
        let list = acs::Operation::ListParticipants { call_connection_id: connection.to_owned() };
        let roster = serde_json::from_slice(&self.insist(list).body).unwrap();
        Fact::InCall { participants: translate::roster(&roster), recovered: false }
    }

    /// Nothing is to be heard any more on a call connection.
    pub(crate) fn silence(&mut self, connection: &str) {
        self.insist(acs::Operation::CancelAllMediaOperations { call_connection_id: connection.to_owned() });
    }

    /// Takes all callbacks that came since somebody took them.
    pub(crate) fn take(&mut self) -> Vec<acs::Callback> {
        self.letters.drain(..).map(|(_, callback)| callback).collect()
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, span: Duration) {
        let until = self.at + span;
        while let Some(due) = self.world.next_due().filter(|due| *due <= until) {
            self.at = due.max(self.at);
            self.advance();
        }
        self.at = until;
    }

    /// Lets happen what is due now.
    pub(crate) fn advance(&mut self) {
        for delivery in self.world.advance(self.at) {
            match delivery.channel {
                sim::Channel::Callback { .. } => {
                    if let Some(written) = &mut self.written {
                        written.extend(serde_json::from_slice::<Vec<Value>>(&delivery.body).unwrap());
                    }
                    let callbacks = acs::callback::decode(&delivery.body).unwrap();
                    let letters = callbacks.into_iter().map(|callback| (delivery.url.clone(), callback));
                    self.letters.extend(letters);
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
            if !self.known.insert(event.id) {
                continue;
            }
            if let acs::event_grid::GridKind::IncomingCall(call) = event.kind {
                let incoming = translate::incoming(*call).unwrap();
                self.announced.push_back(incoming.clone());
                self.incoming = Some(incoming);
            }
        }
    }
}
