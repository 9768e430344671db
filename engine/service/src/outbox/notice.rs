//! Tells whom a flow names of a recording's file: begins a run of another flow, or posts to another system.
//!
//! The file may come when its run is long over, so nobody minds that it takes time: who cannot be reached now is told
//! later, by the run's own timer. A run that begins has an id of its notice, so it begins once.

use indexmap::IndexMap;
use lang::Value;
use machine::What;
use machine::actions::http::Http;
use machine::input::Start;
use machine::notice::{Told, Way};
use uuid::Uuid;

use super::{Fate, InFlight, bring_back, http, repeatability_id};
use crate::clock;
use crate::retry;
use crate::runs::{self, Order};
use crate::store::{RunId, Store, Urgency};

/// Whose ids are the runs that other runs have begun.
const RUNS: Uuid = Uuid::from_u128(0x5f1d_0b7e_5f0c_4c59_8a2b_6f0a_44f3_2e05);

/// Tells somebody, and the run what came of it.
pub(super) async fn tell<S: Store>(in_flight: InFlight<S>, way: Way) {
    let told = match way {
        Way::Begin { flow, facts } => begin(&in_flight, &flow, facts).await,
        Way::Post(http) => post(&in_flight, &http).await,
    };
    let notice = in_flight.operation;
    match &told {
        Told::Begun(_) | Told::Taken(_) => {}
        Told::NotYet(why) => tracing::warn!(%notice, why, "a recording's file is not told of yet"),
        Told::Never(why) => tracing::error!(%notice, why, "nobody is told of a recording's file"),
    }
    bring_back(in_flight, What::Told { notice, told }).await;
}

async fn begin<S: Store>(in_flight: &InFlight<S>, name: &str, mut facts: IndexMap<String, Value>) -> Told {
    let InFlight { parts, run, operation } = in_flight;
    let Some(flow) = parts.flows.current().named(name).cloned() else {
        return Told::Never(format!("no flow `{name}` is served"));
    };
    if !flow.flow.starts_by_api() {
        return Told::Never(format!("flow `{name}` has no `api` under its `start`"));
    }
    facts.retain(|fact, _| flow.flow.inputs().iter().any(|input| input.name == *fact));
    let input = match flow.flow.check_input(facts) {
        Ok(input) => input,
        Err(wrong) => return Told::Never(format!("flow `{name}` cannot begin: {}", wrong.join("; "))),
    };
    let begun = RunId(Uuid::new_v5(&RUNS, repeatability_id(*run, *operation).as_bytes()));
    let order = Order::Begin { flow, start: Box::new(Start::Api { input }) };
    let entered = match runs::enter(parts, begun, order, Urgency::Ride, clock::now()) {
        Ok(receipt) => receipt.dealt().await,
        Err(error) => Err(error),
    };
    match entered {
        Ok(_) => Told::Begun(begun.to_string()),
        Err(error) => Told::NotYet(format!("flow `{name}` could not begin: {error}")),
    }
}

/// Again after a crash, too: who has had it knows it by its key, and one file that is heard of twice is better than
/// one that nobody hears of.
async fn post<S: Store>(in_flight: &InFlight<S>, http: &Http) -> Told {
    let id = repeatability_id(in_flight.run, in_flight.operation);
    match http::exchange(in_flight, http, id, Fate::Fresh).await {
        Ok(answer) => match retry::verdict(answer.status) {
            retry::Verdict::Success => Told::Taken(answer.status),
            retry::Verdict::Retry => Told::NotYet(format!("the answer was {}", answer.status)),
            retry::Verdict::Final => Told::Never(format!("it was refused: {}", answer.status)),
        },
        // What is too large is an answer, and would come again.
        Err(http::Failed { reason: "badRequest" | "tooLarge", message }) => Told::Never(message),
        Err(http::Failed { message, .. }) => Told::NotYet(message),
    }
}
