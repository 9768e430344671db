//! How what is posted gets out: at once, unless something goes wrong with it; and again, if it was not taken.
//!
//! Source: reference 6.4, 8.1 to 8.3, 8.11.

use std::collections::hash_map::Entry;
use std::time::Duration;

use jiff::Timestamp;

use super::World;
use crate::agenda::Happening;
use crate::faults::EventFate;
use crate::limits::{
    CALLBACK_RETRIES_MAX, CALLBACK_RETRY_BASE, DELIVERIES_LATER_MAX, GRID_RETRIES_WITHIN, GRID_RETRY_SECONDS,
    SWAP_HOLD,
};
use crate::request::{Channel, Delivery};
use crate::story::Happened;

impl World {
    /// Posts something for the first time.
    pub(super) fn dispatch(&mut self, delivery: Delivery) {
        let fate = self.event_fate(&delivery);
        if fate == EventFate::default() {
            self.deliver_now(delivery);
            return;
        }
        let (call, kind) = (delivery.call, delivery.kind().to_owned());
        if fate.is_lost {
            self.tell(call, Happened::Fault, format!("{kind} is lost"));
            return;
        }
        if let Some(span) = fate.copy_after {
            self.tell(call, Happened::Fault, format!("{kind} is posted twice"));
            let span = self
                .scaled(span)
                .saturating_add(fate.late_by.map_or(Duration::ZERO, |late| self.scaled(late)));
            self.deliver_later(span, delivery.clone());
        }
        if let Some(span) = fate.late_by {
            self.tell(call, Happened::Fault, format!("{kind} is late"));
            self.deliver_later(self.scaled(span), delivery);
        } else if fate.behind_next {
            self.tell(call, Happened::Fault, format!("{kind} waits to be overtaken"));
            self.hold_back(delivery);
        } else {
            self.deliver_now(delivery);
        }
    }

    fn event_fate(&mut self, delivery: &Delivery) -> EventFate {
        if !self.fates.is_active() {
            return EventFate::default();
        }
        let Some(call) = self.calls.get_mut(&delivery.call) else { return EventFate::default() };
        let is_callback = matches!(delivery.channel, Channel::Callback { .. });
        self.fates.of_event(delivery.call, delivery.kind(), is_callback, &mut call.counts)
    }

    /// Posts something, and behind it what waited for it.
    fn deliver_now(&mut self, delivery: Delivery) {
        let overtaken = match &delivery.channel {
            Channel::Callback { call_connection_id, kind: _ } => self.held.remove(call_connection_id),
            Channel::EventGrid { event_type: _ } => None,
        };
        self.outbox.push(delivery);
        self.outbox.extend(overtaken);
    }

    fn hold_back(&mut self, delivery: Delivery) {
        let Channel::Callback { call_connection_id: connection, kind: _ } = &delivery.channel else {
            self.deliver_now(delivery);
            return;
        };
        let (connection, id) = (connection.clone(), delivery.id.clone());
        match self.held.entry(connection.clone()) {
            // One at a time, or none would ever come.
            Entry::Occupied(_) => self.deliver_now(delivery),
            Entry::Vacant(place) => {
                place.insert(delivery);
                self.later(SWAP_HOLD, Happening::LetGo { connection, id });
            }
        }
    }

    /// Nothing has overtaken it in time.
    pub(super) fn let_go(&mut self, connection: &str, id: &str) {
        if self.held.get(connection).is_some_and(|held| held.id == id) {
            self.outbox.extend(self.held.remove(connection));
        }
    }

    fn deliver_later(&mut self, span: Duration, delivery: Delivery) {
        if self.delivered_later >= DELIVERIES_LATER_MAX {
            let text = format!("{} is dropped: too many deliveries wait", delivery.kind());
            self.tell(delivery.call, Happened::Trouble, text);
            return;
        }
        self.delivered_later += 1;
        let span = span.max(Duration::from_millis(1));
        self.later_exactly(span, Happening::Deliver { delivery: Box::new(delivery) });
    }

    pub(super) fn deliver(&mut self, delivery: Delivery) {
        self.delivered_later = self.delivered_later.saturating_sub(1);
        self.outbox.push(delivery);
    }

    /// An application has not taken a delivery: it answered with `status`, or not at all. It may get it again.
    pub fn not_taken(&mut self, mut delivery: Delivery, status: Option<u16>, why: &str, at: Timestamp) {
        self.catch_up(at);
        self.tell(delivery.call, Happened::Trouble, format!("{} {why}", delivery.kind()));
        delivery.failures = delivery.failures.saturating_add(1);
        if let Some(pause) = self.pause(&delivery, status) {
            self.deliver_later(pause, delivery);
        }
    }

    /// When a delivery that has just failed is posted again, if it is.
    fn pause(&self, delivery: &Delivery, status: Option<u16>) -> Option<Duration> {
        match &delivery.channel {
            Channel::Callback { .. } => {
                let may_help = status.is_none_or(|status| matches!(status, 408 | 429 | 500..));
                let retries = self.options.callback_retries.min(CALLBACK_RETRIES_MAX);
                let doublings = delivery.failures.saturating_sub(1).min(CALLBACK_RETRIES_MAX);
                (may_help && delivery.failures <= retries)
                    .then(|| self.scaled(CALLBACK_RETRY_BASE.saturating_mul(1 << doublings)))
            }
            Channel::EventGrid { .. } => {
                let may_help = !matches!(status, Some(400 | 401 | 403 | 413));
                let place = usize::try_from(delivery.failures).unwrap_or(usize::MAX).saturating_sub(1);
                let pause = GRID_RETRY_SECONDS.get(place).or(GRID_RETRY_SECONDS.last()).copied();
                let pause = pause.map(Duration::from_secs).unwrap_or_default();
                let waited =
                    Duration::try_from(self.now.duration_since(delivery.first_at)).unwrap_or_default();
                (may_help && waited.saturating_add(pause) <= GRID_RETRIES_WITHIN).then_some(pause)
            }
        }
    }
}
