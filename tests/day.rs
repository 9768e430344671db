//! A day of calls in virtual time: people of all kinds, the flows of `flows/`, and a provider with whom things go
//! wrong. Everything comes from one seed, every run ends, and nobody is left in a call. `SEEDS=n` lets so many days pass
//! for each profile, and a failure names its seed.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::Value;
use libtest_mimic::{Failed, Trial};
use machine::input::{Incoming, Start};
use serde::Deserialize;
use sim::faults::{Faults, PROFILES};

use crate::driver::{Driver, Happened, Run};
use crate::stage::Stage;

/// Unit: calls of a day in the tests; the benchmark has more.
const CALLS: u64 = 200;
/// When everybody must have gone home, after the last call.
const FAREWELL: Duration = Duration::from_secs(8 * 3600);
/// Unit: numbers that are used before the first is used again.
const NUMBERS: u64 = 90_000;

/// How a day is.
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Unit: calls.
    pub(crate) calls: u64,
    pub(crate) span: Duration,
    pub(crate) faults: Faults,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Day {
    /// Of all journals, in the order in which the runs ended.
    pub(crate) hash: u64,
    /// Unit: records of journals.
    pub(crate) records: usize,
    /// Unit: requests that the provider executed.
    pub(crate) executions: u64,
    /// How the runs ended: flow and outcome.
    pub(crate) outcomes: BTreeMap<String, usize>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |profile: &'static sim::faults::Profile| {
        Trial::test(format!("day {}", profile.name), move || {
            let faults = Faults::named(profile.name)?;
            let plan =
                |seed| Plan { seed, calls: CALLS, span: Duration::from_secs(3600), faults: faults.clone() };
            let flows = flows();
            if let Ok(seeds) = std::env::var("SEEDS") {
                return (1..=seeds.parse()?).try_for_each(|seed| pass(&flows, &plan(seed)).map(drop));
            }
            let first = pass(&flows, &plan(1))?;
            if first != pass(&flows, &plan(1))? {
                return Err("the same seed gives another day".into());
            }
            if first.hash == pass(&flows, &plan(2))?.hash {
                return Err("another seed gives the same day".into());
            }
            Ok(())
        })
    };
    PROFILES.iter().map(trial).collect()
}

/// Who calls, or is called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scene {
    pub(crate) call: Option<serde_json::Value>,
    pub(crate) flow: Option<String>,
    #[serde(default)]
    pub(crate) input: IndexMap<String, Value>,
    #[serde(default)]
    pub(crate) people: BTreeMap<String, serde_json::Value>,
}

impl Scene {
    /// A scene with the phone numbers of its own.
    pub(crate) fn read(text: &str, number: u64) -> Result<Scene, Failed> {
        let mut text = text.to_owned();
        for person in 1..=4 {
            let digits = (number * 4 + person) % NUMBERS;
            text = text.replace(&format!("${person}"), &format!("+1425{digits:07}"));
        }
        Ok(serde_json::from_str(&text)?)
    }
}

/// The scenes of a day, as text with places for phone numbers.
pub(crate) fn scenes() -> Result<Vec<String>, Failed> {
    let scenes = serde_yaml::from_str::<Vec<serde_yaml::Value>>(include_str!("day/people.yaml"))?;
    let written = scenes.iter().map(|scene| serde_json::to_string(scene).map_err(|error| error.to_string()));
    Ok(written.collect::<Result<_, _>>()?)
}

/// The flow that takes a call.
pub(crate) fn taker<'f>(
    flows: &'f [validate::Validated],
    incoming: &Incoming,
) -> Option<&'f validate::Validated> {
    flows.iter().find(|flow| {
        let taken = flow.incoming();
        taken.is_some_and(|taken| taken.pattern.fit(&incoming.from, &incoming.to).is_some())
    })
}

/// The flows that a day is made of.
pub(crate) fn flows() -> Vec<validate::Validated> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../flows");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(".yaml"));
    paths.sort();
    let source = |path: std::path::PathBuf| {
        lang::Source::new(path.display().to_string(), std::fs::read_to_string(&path).unwrap())
    };
    validate::check(paths.into_iter().map(source).collect()).flows
}

/// Lets the day pass.
pub(crate) fn pass(flows: &[validate::Validated], plan: &Plan) -> Result<Day, Failed> {
    let scenes = scenes()?;
    let began: Timestamp = "2026-11-23T00:00:00Z".parse()?;
    let options =
        sim::WorldOptions { seed: plan.seed, faults: plan.faults.clone(), ..sim::WorldOptions::default() };
    let mut passing = Passing {
        seed: plan.seed,
        flows,
        driver: Driver::new(Stage::with(options, began), |_| {}),
        hasher: DefaultHasher::new(),
        records: 0,
        outcomes: BTreeMap::new(),
    };
    let mut chance = Chance(plan.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let pause = plan.span / u32::try_from(plan.calls.max(1))?;
    for number in 0..plan.calls {
        let at = began + pause * u32::try_from(number)? + pause.mul_f64(chance.share());
        passing.until(at)?;
        let index = (chance.share() * scenes.len() as f64) as usize;
        passing.begin(&scenes[index.min(scenes.len() - 1)], number)?;
    }
    passing.until(began + plan.span + FAREWELL)?;
    passing.over()
}

/// A small generator: the same seed, the same day. Source: Marsaglia, xorshift64*.
struct Chance(u64);

impl Chance {
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f64 / (1_u64 << 24) as f64
    }
}

struct Passing<'f> {
    seed: u64,
    flows: &'f [validate::Validated],
    driver: Driver<'f>,
    hasher: DefaultHasher,
    records: usize,
    outcomes: BTreeMap<String, usize>,
}

impl<'f> Passing<'f> {
    fn begin(&mut self, scene: &str, number: u64) -> Result<(), Failed> {
        let scene = Scene::read(scene, number)?;
        for (address, person) in scene.people {
            self.driver.stage.person(&address, person);
        }
        if let Some(call) = scene.call {
            self.driver.stage.place(call);
        }
        if let Some(name) = scene.flow {
            let flow = self.flows.iter().find(|flow| flow.name() == name).ok_or("no such flow")?;
            let ended = self.driver.begin(flow, IndexMap::new(), Start::Api { input: scene.input });
            self.note(ended);
        }
        Ok(())
    }

    /// Lets time pass.
    fn until(&mut self, limit: Timestamp) -> Result<(), Failed> {
        while let Happened::Something(ended) = self.driver.next(limit) {
            self.note(ended);
            while let Some(incoming) = self.driver.stage.announced.pop_front() {
                self.take(incoming)?;
            }
        }
        self.driver.stage.at = limit.max(self.driver.stage.at);
        Ok(())
    }

    /// A call is announced: the flow for its number takes it, once.
    fn take(&mut self, incoming: Incoming) -> Result<(), Failed> {
        let flow = taker(self.flows, &incoming).ok_or("no flow takes the call")?;
        let ended = self.driver.begin(flow, IndexMap::new(), Start::Incoming(incoming));
        self.note(ended);
        Ok(())
    }

    fn note(&mut self, ended: Option<Box<Run<'f>>>) {
        let Some(run) = ended else { return };
        run.lines.hash(&mut self.hasher);
        self.records += run.lines.len();
        let outcome = run.snapshot.outcome().map_or("none", |outcome| outcome.as_str());
        *self.outcomes.entry(format!("{} {outcome}", run.flow.name())).or_default() += 1;
    }

    fn over(self) -> Result<Day, Failed> {
        if let Some(run) = self.driver.live().next() {
            let lines = run.lines.join("\n");
            return Err(format!("seed {}: a run is stuck:\n{lines}\n{:#?}", self.seed, run.snapshot).into());
        }
        let world = &self.driver.stage.world;
        let up = world.latest_calls(usize::MAX);
        if let Some(call) = up.iter().find(|call| call.state != sim::CallState::Ended) {
            return Err(format!("seed {}: a call is left up: {call:#?}", self.seed).into());
        }
        Ok(Day {
            hash: self.hasher.finish(),
            records: self.records,
            executions: world.executions().values().sum(),
            outcomes: self.outcomes,
        })
    }
}
