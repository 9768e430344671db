//! The orders in which the events of one leg may arrive: each keeps what causes what, and nothing else.

use serde_json::Value;

use super::kind;
use crate::never_stuck::Chance;

/// Unit: orders of one leg. Where there are more, so many are drawn.
const ORDERS_MAX: usize = 24;
/// Of what is drawn: the same each time.
const SEED: u64 = 0x5EED;

/// Every order that keeps the events of each action as they are, or as many of them as are enough. As places in
/// `events`; the recorded order is the first.
pub(super) fn orders(events: &[Value]) -> Vec<Vec<usize>> {
    let before: Vec<Vec<usize>> = (0..events.len())
        .map(|later| (0..later).filter(|earlier| causes(&events[*earlier], &events[later])).collect())
        .collect();
    let mut found = Vec::new();
    extend(&before, &mut Vec::new(), &mut found);
    if found.len() > ORDERS_MAX {
        found.truncate(1);
        let mut chance = Chance(SEED);
        while found.len() < ORDERS_MAX {
            found.push(drawn(&before, &mut chance));
        }
    }
    found
}

/// The places that may come next.
fn free<'b>(before: &'b [Vec<usize>], order: &'b [usize]) -> impl Iterator<Item = usize> + 'b {
    let is_free = |place: &usize| {
        !order.contains(place) && before[*place].iter().all(|earlier| order.contains(earlier))
    };
    (0..before.len()).filter(is_free)
}

fn extend(before: &[Vec<usize>], order: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    if found.len() > ORDERS_MAX {
        return;
    }
    if order.len() == before.len() {
        found.push(order.clone());
        return;
    }
    for next in free(before, order).collect::<Vec<_>>() {
        order.push(next);
        extend(before, order, found);
        order.pop();
    }
}

fn drawn(before: &[Vec<usize>], chance: &mut Chance) -> Vec<usize> {
    let mut order = Vec::new();
    while order.len() < before.len() {
        let free: Vec<_> = free(before, &order).collect();
        order.push(free[chance.below(free.len() as u64) as usize]);
    }
    order
}

/// Whether the first is a cause of the second, which came after it.
fn causes(first: &Value, second: &Value) -> bool {
    // A call that fails to come up is reported twice, in either order.
    let is_failure = |event: &Value| kind(event) == "CreateCallFailed";
    !is_failure(first) && !is_failure(second) && action(first).is_some_and(|of| action(second) == Some(of))
}

/// The action that an event belongs to. Rosters belong to none.
fn action(event: &Value) -> Option<String> {
    let data = &event["data"];
    let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
    match kind(event) {
        "ParticipantsUpdated" => None,
        "CallConnected" | "CallDisconnected" | "CreateCallFailed" | "AnswerFailed" | "ConnectFailed" => {
            Some("the call".to_owned())
        }
        "RecordingStateChanged" => Some(text("recordingId")),
        other => {
            let family: String = other.chars().take(4).collect();
            Some(format!("{family} {}", text("operationContext")))
        }
    }
}
