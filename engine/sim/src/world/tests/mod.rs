//! The world in virtual time: what each action leads to, and what is refused.
#![allow(clippy::unwrap_used)]

mod calls;
mod faults;
mod group;
mod media;
mod refused;
mod robust;
mod scripted;
mod two_applications;

use std::time::Duration;

use acs::Operation;
use acs::callback::{Callback, decode};
use acs::event_grid::{self, GridKind, IncomingCall};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{World, WorldOptions};
use crate::call::CallId;
use crate::request::{Channel, Request};
use crate::script::PlaceCall;

pub(super) const CALLER: &str = "+14255550199";
pub(super) const AGENT: &str = "+14255550123";
pub(super) const SECOND: &str = "+14255550124";
pub(super) const LINE: &str = "+18005550100";
const CALLBACK: &str = "https://app.example.com/cb";

/// A world, what time it is there, and what the application has received.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) at: Timestamp,
    pub(super) callbacks: Vec<Callback>,
    pub(super) urls: Vec<String>,
    pub(super) incoming: Vec<IncomingCall>,
    pub(super) grid: Vec<Value>,
}

impl Scene {
    pub(super) fn new() -> Scene {
        Scene::with(WorldOptions::default())
    }

    pub(super) fn with(options: WorldOptions) -> Scene {
        let webhook = Some("https://app.example.com/grid".to_owned());
        Scene {
            world: World::new(WorldOptions { webhook, ..options }),
            at: "2026-03-17T10:20:30Z".parse().unwrap(),
            callbacks: Vec::new(),
            urls: Vec::new(),
            incoming: Vec::new(),
            grid: Vec::new(),
        }
    }

    pub(super) fn ask(&mut self, operation: Operation, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let response = self.world.on_request(&Request::new(operation, body), self.at);
        (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
    }

    /// A request that must be accepted.
    pub(super) fn ok(&mut self, operation: Operation, body: &Value) -> Value {
        let status = operation.row().success;
        let (answered, answer) = self.ask(operation, body);
        assert_eq!(answered, status, "{answer}");
        answer
    }

    /// A request that must be refused, with this status and code.
    #[track_caller]
    pub(super) fn refused(&mut self, operation: Operation, body: &Value, expected: (u16, &str)) {
        let (status, answer) = self.ask(operation, body);
        assert_eq!((status, answer["error"]["code"].as_str()), (expected.0, Some(expected.1)), "{answer}");
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, span: Duration) {
        let until = self.at + span;
        while let Some(due) = self.world.next_due().filter(|due| *due <= until) {
            assert!(due >= self.at, "time runs backwards");
            self.at = due;
            for delivery in self.world.advance(due) {
                match delivery.channel {
                    Channel::Callback { .. } => {
                        self.callbacks.extend(decode(&delivery.body).unwrap());
                        self.urls.push(delivery.url);
                    }
                    Channel::EventGrid { .. } => {
                        self.grid.push(serde_json::from_slice(&delivery.body).unwrap());
                        let headers = http::HeaderMap::new();
                        let decoded = event_grid::decode(&headers, &delivery.body).unwrap();
                        let event_grid::Delivery::Events(mut events) = decoded else { panic!("a handshake") };
                        if let GridKind::IncomingCall(call) = events.remove(0).kind {
                            self.incoming.push(*call);
                        }
                    }
                }
            }
        }
        self.at = until;
    }

    pub(super) fn seconds(&mut self, seconds: u64) {
        self.run(Duration::from_secs(seconds));
    }

    /// Everything that can happen by itself.
    pub(super) fn settle(&mut self) {
        self.seconds(600);
    }

    pub(super) fn place(&mut self, mut call: Value) -> CallId {
        call["from"] = call.get("from").cloned().unwrap_or_else(|| json!(CALLER));
        call["to"] = call.get("to").cloned().unwrap_or_else(|| json!(LINE));
        let call: PlaceCall = serde_json::from_value(call).unwrap();
        let id = self.world.place_call(call, self.at).unwrap();
        self.run(Duration::from_millis(100));
        id
    }

    pub(super) fn context(&self) -> String {
        self.incoming.last().unwrap().incoming_call_context.clone()
    }

    /// Answers the last announced call.
    pub(super) fn answer(&mut self) -> String {
        let body = json!({"incomingCallContext": self.context(), "callbackUri": CALLBACK, "operationContext": "leg",
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example.com/"}});
        let answer = self.ok(Operation::AnswerCall, &body);
        answer["callConnectionId"].as_str().unwrap().to_owned()
    }

    /// A call by this script that the application has answered, with nothing received since.
    pub(super) fn inbound(&mut self, call: Value) -> String {
        self.place(call);
        let leg = self.answer();
        self.run(Duration::from_millis(100));
        assert_eq!(sorted(&self.names()), ["CallConnected", "ParticipantsUpdated"]);
        self.callbacks.clear();
        leg
    }

    /// A call to these that is connected as far as they answered, with nothing received since.
    pub(super) fn outbound(&mut self, targets: &[&str]) -> String {
        let leg = self.create(targets);
        self.seconds(2);
        self.callbacks.clear();
        leg
    }

    pub(super) fn create(&mut self, targets: &[&str]) -> String {
        let targets: Vec<Value> = targets.iter().map(|target| who(target)).collect();
        let body = json!({"targets": targets, "callbackUri": CALLBACK, "operationContext": "leg",
            "sourceCallerIdNumber": {"value": LINE},
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example.com/"}});
        let answer = self.ok(Operation::CreateCall, &body);
        answer["callConnectionId"].as_str().unwrap().to_owned()
    }

    pub(super) fn person(&mut self, address: &str, person: Value) {
        let address = crate::Address::parse(address).unwrap();
        self.world.set_person(&address, serde_json::from_value(person).unwrap()).unwrap();
    }

    /// Names of the callbacks, in order.
    pub(super) fn names(&self) -> Vec<&str> {
        self.callbacks.iter().map(|callback| callback.kind.name()).collect()
    }

    /// Callbacks in order, with their codes.
    pub(super) fn trace(&self) -> Vec<String> {
        self.callbacks
            .iter()
            .map(|callback| {
                let result = callback.result.as_ref().unwrap();
                format!("{} {}/{}", callback.kind.name(), result.code.unwrap(), result.sub_code.unwrap())
            })
            .collect()
    }

    pub(super) fn only(&self, name: &str) -> &Callback {
        let found: Vec<&Callback> =
            self.callbacks.iter().filter(|callback| callback.kind.name() == name).collect();
        assert_eq!(found.len(), 1, "{:?}", self.names());
        found[0]
    }

    /// The raw ids of the last roster of a leg.
    pub(super) fn roster(&self, leg: &str) -> Vec<String> {
        let last = self.callbacks.iter().rfind(|callback| {
            callback.kind.name() == "ParticipantsUpdated"
                && callback.call_connection_id.as_deref() == Some(leg)
        });
        let people = last.unwrap().detail.participants.as_ref().unwrap();
        people.iter().map(|person| person.identifier.as_ref().unwrap().raw_id()).collect()
    }

    /// What the story of the only call says, by kind.
    pub(super) fn story(&self, call: CallId, kind: crate::Happened) -> Vec<String> {
        let view = self.world.call(call, 0).unwrap();
        view.story.into_iter().filter(|line| line.kind == kind).map(|line| line.text).collect()
    }
}

/// An identifier as the official Python client sends it: without a kind.
pub(super) fn who(address: &str) -> Value {
    if address.starts_with('+') {
        json!({"rawId": format!("4:{address}"), "phoneNumber": {"value": address}})
    } else {
        json!({"rawId": address, "communicationUser": {"id": address}})
    }
}

pub(super) fn text(text: &str) -> Value {
    json!({"kind": "text", "text": {"text": text, "sourceLocale": "en-US"}})
}

pub(super) fn sorted<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}

macro_rules! on {
    ($name:ident, $leg:expr) => {
        acs::Operation::$name { call_connection_id: $leg.to_string() }
    };
}
pub(super) use on;
