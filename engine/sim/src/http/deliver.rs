//! Posts what the world says: callbacks with a token, and Event Grid's deliveries with their handshake.
//!
//! The events of one leg keep their order: the next is posted when the one before was answered, or was not in time.
//! What was not taken goes back to the world, which knows whether it is tried again. Source: reference 6.2, 6.3, 7,
//! 8.11.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use acs::event_grid::{
    ALLOWED_ORIGIN_HEADER, DELIVERY_COUNT_HEADER, EVENT_GRID_ORIGIN, EVENT_TYPE_HEADER,
    NOTIFICATION_DELIVERY, OutgoingGridEvent, REQUEST_ORIGIN_HEADER, SUBSCRIPTION_NAME_HEADER, Schema,
    VALIDATION_DELIVERY, encode_body,
};
use parking_lot::Mutex;
use reqwest::RequestBuilder;
use tokio::sync::{OnceCell, Semaphore};

use super::clients::Clients;
use super::{Error, Shared, now};
use crate::limits::{DELIVERIES_AT_ONCE_MAX, DELIVERIES_WAITING_MAX, DELIVERY_TIMEOUT};
use crate::request::{Channel, Delivery};

/// Webhooks that are remembered as greeted. Unit: webhooks.
const GREETED_MAX: usize = 1_000;
/// What an endpoint's answer to the handshake may have. Unit: bytes.
const HANDSHAKE_BYTES_MAX: usize = 64 * 1024;

pub(super) struct Deliverer {
    shared: Arc<Shared>,
    schema: Schema,
    clients: Clients,
    places: Semaphore,
    /// What waits behind a delivery of the same leg. A leg is in here while one of its deliveries is on its way.
    lanes: Mutex<HashMap<String, VecDeque<Delivery>>>,
    waiting: AtomicUsize,
    greeted: Mutex<HashMap<String, Arc<OnceCell<()>>>>,
}

impl Deliverer {
    pub(super) fn new(shared: Arc<Shared>, schema: Schema) -> Result<Arc<Deliverer>, Error> {
        Ok(Arc::new(Deliverer {
            shared,
            schema,
            clients: Clients::new()?,
            places: Semaphore::new(DELIVERIES_AT_ONCE_MAX),
            lanes: Mutex::new(HashMap::new()),
            waiting: AtomicUsize::new(0),
            greeted: Mutex::new(HashMap::new()),
        }))
    }

    /// Posts something as soon as what is before it on the same leg was posted.
    pub(super) fn push(self: &Arc<Self>, delivery: Delivery) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= DELIVERIES_WAITING_MAX {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(
                max = DELIVERIES_WAITING_MAX,
                "a delivery is dropped: too many wait for the application"
            );
            return;
        }
        let lane = match &delivery.channel {
            Channel::Callback { call_connection_id, kind: _ } => call_connection_id.clone(),
            // Event Grid keeps no order.
            Channel::EventGrid { event_type: _ } => delivery.id.clone(),
        };
        let mut lanes = self.lanes.lock();
        if let Some(waiting) = lanes.get_mut(&lane) {
            waiting.push_back(delivery);
        } else {
            lanes.insert(lane.clone(), VecDeque::new());
            tokio::spawn(self.clone().empty(lane, delivery));
        }
    }

    async fn empty(self: Arc<Self>, lane: String, first: Delivery) {
        let mut next = Some(first);
        while let Some(delivery) = next {
            let place = self.places.acquire().await;
            self.deliver(delivery).await;
            drop(place);
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            let mut lanes = self.lanes.lock();
            next = lanes.get_mut(&lane).and_then(VecDeque::pop_front);
            if next.is_none() {
                lanes.remove(&lane);
            }
        }
    }

    async fn deliver(&self, delivery: Delivery) {
        let answer = self.post(&delivery).await;
        if let Channel::Callback { call_connection_id, kind: _ } = &delivery.channel {
            // Without a receiver no answer waits for it.
            let _ = self.shared.delivered.send(call_connection_id.clone());
        }
        let (status, why) = match answer {
            Ok(status) if delivery.is_taken(status.as_u16()) => return,
            Ok(status) => (Some(status.as_u16()), format!("was answered with {status}")),
            Err(why) => (None, format!("could not be posted: {why}")),
        };
        tracing::warn!(kind = delivery.kind(), why, "a delivery did not arrive");
        self.shared.with_world(|world, now| world.not_taken(delivery, status, &why, now));
    }

    /// Posts something once: what was answered, or why nothing was.
    async fn post(&self, delivery: &Delivery) -> Result<reqwest::StatusCode, String> {
        let post = self.clients.of(&delivery.url).post(&delivery.url).body(delivery.body.clone());
        let request = match &delivery.channel {
            Channel::Callback { call_connection_id: _, kind: _ } => {
                let post = post.header("content-type", "application/json; charset=utf-8");
                match self.shared.issuer.token(now()) {
                    Some(token) => post.header("authorization", format!("Bearer {token}")),
                    None => post,
                }
            }
            Channel::EventGrid { event_type: _ } => {
                self.greet(&delivery.url).await;
                self.grid_headers(post, NOTIFICATION_DELIVERY, delivery.failures)
            }
        };
        let response = request.send().await.map_err(|error| cause(&error))?;
        let status = response.status();
        // Read to its end, so that the connection can be used again.
        let _ = read(response).await;
        Ok(status)
    }

    /// `failures` is how often the same was posted before. Source: reference 6.3.
    fn grid_headers(&self, post: RequestBuilder, delivery: &str, failures: u32) -> RequestBuilder {
        let content_type = match self.schema {
            Schema::EventGrid => "application/json; charset=utf-8",
            Schema::CloudEvents => "application/cloudevents+json; charset=utf-8",
        };
        post.header("content-type", content_type)
            .header(EVENT_TYPE_HEADER, delivery)
            .header(SUBSCRIPTION_NAME_HEADER, "SIMULATOR")
            .header(DELIVERY_COUNT_HEADER, failures)
    }

    /// The handshake, before the first event to a webhook. Events are delivered whatever comes of it.
    async fn greet(&self, url: &str) {
        let cell = {
            let mut greeted = self.greeted.lock();
            if greeted.len() >= GREETED_MAX && !greeted.contains_key(url) {
                return;
            }
            greeted.entry(url.to_owned()).or_default().clone()
        };
        cell.get_or_init(|| async {
            if let Err(why) = self.handshake(url).await {
                tracing::warn!(
                    why,
                    "the webhook did not answer the handshake; Event Grid would not deliver to it"
                );
            }
        })
        .await;
    }

    async fn handshake(&self, url: &str) -> Result<(), String> {
        match self.schema {
            Schema::EventGrid => {
                let id = "2d1781af-3a4c-4d7c-bd0c-e34b19da4e66";
                let code = "512d38b6-c7b8-40c8-89fe-f46f9e9622b6";
                let by_hand = "https://eventgrid.invalid/validate";
                let event = OutgoingGridEvent::validation(id, "simulator", now(), code, by_hand);
                let body = encode_body(&event, self.schema);
                let post = self.clients.of(url).post(url).body(body);
                let post = self.grid_headers(post, VALIDATION_DELIVERY, 0);
                let response = post.send().await.map_err(|error| cause(&error))?;
                let status = response.status();
                let body = read(response).await;
                let answer: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
                if status == 200
                    && answer.get("validationResponse").and_then(|code| code.as_str()) == Some(code)
                {
                    Ok(())
                } else {
                    Err(format!("it answered {status} without the validationResponse"))
                }
            }
            Schema::CloudEvents => {
                let options = self.clients.of(url).request(reqwest::Method::OPTIONS, url);
                let response = options.header(REQUEST_ORIGIN_HEADER, EVENT_GRID_ORIGIN).send().await;
                let response = response.map_err(|error| cause(&error))?;
                let allowed = response.headers().get(ALLOWED_ORIGIN_HEADER).map(|origin| origin.as_bytes());
                if allowed.is_some_and(|origin| origin == b"*" || origin == EVENT_GRID_ORIGIN.as_bytes()) {
                    Ok(())
                } else {
                    Err(format!("it answered OPTIONS with {} and allows no origin", response.status()))
                }
            }
        }
    }
}

/// An answer's body, up to a bound.
async fn read(mut response: reqwest::Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        if body.len() + chunk.len() > HANDSHAKE_BYTES_MAX {
            break;
        }
        body.extend_from_slice(&chunk);
    }
    body
}

/// Why a request failed, without its URL: that may hold a token.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", DELIVERY_TIMEOUT.as_secs());
    }
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    if error.is_connect() || error.is_request() {
        format!("the application cannot be reached ({deepest})")
    } else {
        deepest.to_string()
    }
}
