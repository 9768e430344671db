//! Whatever the order: in every scene of the flows in `flows/`, what the provider sends arrives later than something that
//! it sent after it, or twice, or before the answer to the request that caused it. What the flow does and how it ends
//! does not depend on that. A failure shows the fewest such changes; `CASES=n` tries so many for each scene.
//!
//! Not compared is a scene in which somebody hangs up by their own clock: how far the flow has come by then is a race in
//! the world itself, not in what is told of it. Such a run must end, and leave nobody in a call.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use machine::input::Start;
use proptest::strategy::{Just, Strategy};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use validate::Validated;

use crate::day::{self, Scene};
use crate::driver::{Bend, Driver, Happened};
use crate::stage::Stage;

/// Unit: orders of each scene.
const CASES: u32 = 48;
/// Unit: things that arrive. A scene has fewer, or the rest comes as it was sent.
const ARRIVALS: usize = 48;
/// Unit: ms. Less than the first half of a pair of events is held back: after that its other half is too late by design.
const LATER_MAX: u64 = 900;
/// Unit: ms.
const AGAIN_MAX: u64 = 60_000;
/// When everybody must have gone home.
const FAREWELL: Duration = Duration::from_secs(8 * 3600);
/// What people do by their own clock.
const BY_CLOCK: [&str; 2] = ["hangupAfter\"", "giveUpAfter\""];

pub(crate) fn trials() -> Vec<Trial> {
    let count = day::scenes().map_or(0, |scenes| scenes.len());
    let scene = |number: usize| {
        Trial::test(format!("ordered scene {number}"), move || {
            let (flows, scenes) = (day::flows(), day::scenes()?);
            any_order(&flows, &scenes[number], number as u64)
        })
    };
    let all = Trial::test("ordered every flow has a scene", || {
        let (flows, mut played) = (day::flows(), BTreeSet::new());
        for scene in day::scenes()? {
            played.extend(play(&flows, &scene, 0, BTreeMap::new())?.into_iter().map(|run| run.flow));
        }
        let missing = flows.iter().filter(|flow| !flow.is_only_subflow() && !played.contains(flow.name()));
        let missing: Vec<_> = missing.map(|flow| flow.name()).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("no scene plays {missing:?}").into()) }
    });
    (0..count).map(scene).chain([all]).collect()
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Played {
    flow: String,
    outcome: String,
    /// The actions that were decided, with their arguments.
    posted: Vec<String>,
}

fn any_order(flows: &[Validated], scene: &str, number: u64) -> Result<(), Failed> {
    let wanted = play(flows, scene, number, BTreeMap::new())?;
    let is_race = BY_CLOCK.iter().any(|way| scene.contains(way));
    let later = proptest::prop_oneof![Just(0), 1..LATER_MAX];
    let bend = (later, proptest::option::weighted(0.3, 1..AGAIN_MAX)).prop_map(|(later, again)| Bend {
        later: Duration::from_millis(later),
        again: again.map(Duration::from_millis),
    });
    let bends = proptest::collection::btree_map(1..=ARRIVALS, bend, 0..ARRIVALS);
    let cases = std::env::var("CASES").map_or(Ok(CASES), |cases| cases.parse())?;
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[u8::try_from(number)?; 32]);
    let tried = TestRunner::new_with_rng(config, seed).run(&bends, |bends| {
        let came =
            play(flows, scene, number, bends).map_err(|why| fail(why.message().unwrap_or_default()))?;
        if is_race || came == wanted { Ok(()) } else { Err(fail(&format!("{came:#?}, not {wanted:#?}"))) }
    });
    tried.map_err(|error| format!("{scene}\n{error}").into())
}

fn fail(why: &str) -> TestCaseError {
    TestCaseError::fail(why.to_owned())
}

/// Plays a scene until everybody has gone home.
fn play(
    flows: &[Validated],
    scene: &str,
    number: u64,
    bends: BTreeMap<usize, Bend>,
) -> Result<Vec<Played>, Failed> {
    let began: Timestamp = "2026-11-23T00:00:00Z".parse()?;
    let mut driver = Driver::new(Stage::new(1, began), |_| {});
    driver.bends = bends;
    driver.keeps_posted = true;
    let scene = Scene::read(scene, number)?;
    for (address, person) in scene.people {
        driver.stage.person(&address, person);
    }
    let mut ended = Vec::new();
    if let Some(call) = scene.call {
        driver.stage.place(call);
    }
    if let Some(name) = scene.flow {
        let flow = flows.iter().find(|flow| flow.name() == name).ok_or("no such flow")?;
        ended.extend(driver.begin(flow, IndexMap::new(), Start::Api { input: scene.input }));
    }
    while let Happened::Something(run) = driver.next(began + FAREWELL) {
        ended.extend(run);
        while let Some(incoming) = driver.stage.announced.pop_front() {
            let flow = day::taker(flows, &incoming).ok_or("no flow takes the call")?;
            ended.extend(driver.begin(flow, IndexMap::new(), Start::Incoming(incoming)));
        }
    }
    if let Some(run) = driver.live().next() {
        return Err(format!("a run is stuck:\n{}", run.lines.join("\n")).into());
    }
    let calls = driver.stage.world.latest_calls(usize::MAX);
    if let Some(call) = calls.iter().find(|call| call.state != sim::CallState::Ended) {
        return Err(format!("a call is left up: {call:#?}").into());
    }
    let played = ended.into_iter().map(|mut run| {
        run.posted.sort();
        let outcome = run.snapshot.outcome().map_or("none", |outcome| outcome.as_str()).to_owned();
        Played { flow: run.flow.name().to_owned(), outcome, posted: run.posted }
    });
    Ok(played.collect())
}
