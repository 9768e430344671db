//! What goes wrong between the service and an application: by chance, and yet the same each time.
//!
//! A decision comes from the seed, the call, what is asked or told, and how often that was before. It does not
//! depend on other calls, nor on what is decided at the same time, so that a run can be repeated. Pure.
//!
//! Which faults there are: reference 8.11. None of their chances is known of the real service.

mod profiles;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::call::CallId;
use crate::limits::{FAULT_SPAN_MAX, FAULT_SPAN_MIN, FAULTS_IN_A_ROW_MAX};

pub use profiles::{PROFILES, Profile};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// A request is answered with 429 and `Retry-After`; it is not executed.
    Throttling,
    /// A request is answered with 500; it is not executed.
    Errors,
    /// A request is executed, and answered with 500.
    LateErrors,
    /// The connection of a request breaks; it is not executed.
    Drops,
    /// A request is executed, and its connection breaks before the answer.
    LateDrops,
    /// A request is executed at once, and answered later.
    Slow,
    /// A request is answered after the first event that follows from it.
    Early,
    /// An event of a call is not posted at all. Event Grid loses nothing: it delivers at least once.
    Loss,
    /// An event is posted again, with the same id.
    Duplicates,
    /// An event of a call is posted behind the next one.
    Reordering,
    /// An event is posted later.
    Delay,
}

/// How often something goes wrong: from 0, never, to 1, always.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64")]
pub struct Chance(f64);

/// How often what goes wrong. What is not in it does not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Faults(BTreeMap<Fault, Chance>);

impl Fault {
    /// All of them, first those of requests.
    pub const ALL: [Fault; 11] = [
        Fault::Throttling,
        Fault::Errors,
        Fault::LateErrors,
        Fault::Drops,
        Fault::LateDrops,
        Fault::Slow,
        Fault::Early,
        Fault::Loss,
        Fault::Duplicates,
        Fault::Reordering,
        Fault::Delay,
    ];

    /// What flags and the control API call it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Throttling => "throttling",
            Fault::Errors => "errors",
            Fault::LateErrors => "lateErrors",
            Fault::Drops => "drops",
            Fault::LateDrops => "lateDrops",
            Fault::Slow => "slow",
            Fault::Early => "early",
            Fault::Loss => "loss",
            Fault::Duplicates => "duplicates",
            Fault::Reordering => "reordering",
            Fault::Delay => "delay",
        }
    }

    /// What it is, for people.
    pub fn about(self) -> &'static str {
        match self {
            Fault::Throttling => "requests answered with 429 and Retry-After",
            Fault::Errors => "requests answered with 500, not executed",
            Fault::LateErrors => "requests executed, and answered with 500",
            Fault::Drops => "connections that break before the request is executed",
            Fault::LateDrops => "connections that break between execution and answer",
            Fault::Slow => "answers that come late",
            Fault::Early => "events that come before the answer of what caused them",
            Fault::Loss => "events of calls that are never posted",
            Fault::Duplicates => "events that are posted twice",
            Fault::Reordering => "events of calls that are posted behind the next one",
            Fault::Delay => "events that are posted late",
        }
    }

    /// Whether a request with this fault must be sent again.
    fn is_failure(self) -> bool {
        match self {
            Fault::Throttling | Fault::Errors | Fault::LateErrors | Fault::Drops | Fault::LateDrops => true,
            Fault::Slow
            | Fault::Early
            | Fault::Loss
            | Fault::Duplicates
            | Fault::Reordering
            | Fault::Delay => false,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<f64> for Chance {
    type Error = String;

    fn try_from(chance: f64) -> Result<Chance, String> {
        if (0.0..=1.0).contains(&chance) {
            Ok(Chance(chance))
        } else {
            Err(format!("a chance is a number from 0, never, to 1, always; `{chance}` is none"))
        }
    }
}

impl Faults {
    /// The faults of a profile.
    ///
    /// # Errors
    /// There is no profile of that name; the text says which there are.
    pub fn named(name: &str) -> Result<Faults, String> {
        let found = PROFILES.iter().find(|profile| profile.name == name).ok_or_else(|| {
            let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
            format!("`{name}` is no profile of faults; there are {}", names.join(", "))
        })?;
        Ok(Faults(found.chances.iter().map(|(fault, chance)| (*fault, Chance(*chance))).collect()))
    }

    /// The same, with another chance for one fault.
    #[must_use]
    pub fn with(mut self, fault: Fault, chance: Chance) -> Faults {
        self.0.insert(fault, chance);
        self
    }

    fn chance(&self, fault: Fault) -> f64 {
        self.0.get(&fault).map_or(0.0, |chance| chance.0)
    }

    fn is_none(&self) -> bool {
        self.0.values().all(|chance| chance.0 == 0.0)
    }
}

/// Reads `duplicates=0.1`.
///
/// # Errors
/// What is wrong with it, for the person who wrote it.
pub fn parse_fault(text: &str) -> Result<(Fault, Chance), String> {
    let (name, chance) = text.split_once('=').ok_or("write NAME=CHANCE, such as duplicates=0.1")?;
    let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        format!("`{name}` is no fault; there are {}", names.join(", "))
    })?;
    let number: f64 =
        chance.parse().map_err(|_| format!("`{chance}` is no number; write one from 0 to 1"))?;
    Ok((fault, Chance::try_from(number)?))
}

/// How often things happened in one call.
#[derive(Debug, Default)]
pub(crate) struct Counts(BTreeMap<u64, Count>);

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    times: u64,
    failed_in_a_row: u32,
}

/// Whether something goes wrong with a request, or with an event that is to be posted.
#[derive(Debug)]
pub(crate) struct Fates {
    pub(crate) faults: Faults,
    seed: u64,
}

/// What becomes of an event that is to be posted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventFate {
    pub(crate) is_lost: bool,
    /// The copy comes so much later.
    pub(crate) copy_after: Option<Duration>,
    pub(crate) late_by: Option<Duration>,
    pub(crate) behind_next: bool,
}

impl Fates {
    pub(crate) fn new(seed: u64, faults: Faults) -> Fates {
        Fates { faults, seed }
    }

    /// Whether anything can go wrong.
    pub(crate) fn is_active(&self) -> bool {
        !self.faults.is_none()
    }

    /// What goes wrong with a request, and for how long where that is a matter of time. `counts` are those of its call.
    pub(crate) fn of_request(
        &self,
        call: CallId,
        operation: &str,
        counts: &mut Counts,
    ) -> Option<(Fault, Duration)> {
        let count = counts.0.entry(number_of(operation)).or_default();
        let mut draw = self.draw(call, operation, count.times);
        count.times += 1;
        // Whoever tries again gets through, unless it shall always fail.
        let is_spared = |fault: Fault, chance: f64| {
            fault.is_failure() && chance < 1.0 && count.failed_in_a_row >= FAULTS_IN_A_ROW_MAX
        };
        let mut found = None;
        for fault in &Fault::ALL[..7] {
            let chance = self.faults.chance(*fault);
            if draw.strikes(chance) && !is_spared(*fault, chance) {
                found = Some((*fault, draw.span()));
                break;
            }
        }
        let failed = found.is_some_and(|(fault, _)| fault.is_failure());
        count.failed_in_a_row = if failed { count.failed_in_a_row + 1 } else { 0 };
        found
    }

    /// What becomes of an event of a kind. `counts` are those of its call; Event Grid keeps no order and loses nothing.
    pub(crate) fn of_event(
        &self,
        call: CallId,
        kind: &str,
        is_callback: bool,
        counts: &mut Counts,
    ) -> EventFate {
        let count = counts.0.entry(number_of(kind)).or_default();
        let mut draw = self.draw(call, kind, count.times);
        count.times += 1;
        let mut strikes = |fault| draw.strikes(self.faults.chance(fault));
        let (is_lost, is_doubled) = (strikes(Fault::Loss), strikes(Fault::Duplicates));
        let (is_swapped, is_late) = (strikes(Fault::Reordering), strikes(Fault::Delay));
        let (copy_after, late_by) = (draw.span(), draw.span());
        EventFate {
            is_lost: is_callback && is_lost,
            copy_after: is_doubled.then_some(copy_after),
            late_by: is_late.then_some(late_by),
            behind_next: is_callback && is_swapped && !is_late,
        }
    }

    /// Chance of its own for each decision.
    fn draw(&self, call: CallId, what: &str, times: u64) -> Draw {
        let mut seed = [0; 32];
        let parts = [self.seed, call.0, number_of(what), times];
        for (bytes, part) in seed.chunks_exact_mut(8).zip(parts) {
            bytes.copy_from_slice(&part.to_le_bytes());
        }
        Draw(StdRng::from_seed(seed))
    }
}

struct Draw(StdRng);

impl Draw {
    fn strikes(&mut self, chance: f64) -> bool {
        // The number is drawn in any case, so that the next does not depend on the chance. It is below 1.
        self.0.random::<f64>() < chance
    }

    fn span(&mut self) -> Duration {
        self.0.random_range(FAULT_SPAN_MIN..=FAULT_SPAN_MAX)
    }
}

/// A number for a name, the same with each build. Source: FNV-1a.
fn number_of(name: &str) -> u64 {
    name.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn always(fault: Fault) -> Fates {
        Fates::new(1, Faults::default().with(fault, Chance(1.0)))
    }

    #[test]
    fn names_are_those_of_the_control_api() {
        for fault in Fault::ALL {
            assert_eq!(serde_json::to_value(fault).unwrap(), fault.name());
            assert_eq!(parse_fault(&format!("{fault}=0.5")), Ok((fault, Chance(0.5))));
            assert!(!fault.about().is_empty());
        }
        for (text, expected) in [
            ("duplicates", "NAME=CHANCE"),
            ("twice=0.1", "`twice` is no fault; there are throttling, errors,"),
            ("loss=often", "`often` is no number"),
            ("loss=1.1", "from 0, never, to 1, always"),
            ("loss=-0.1", "from 0, never, to 1, always"),
            ("loss=NaN", "from 0, never, to 1, always"),
        ] {
            let error = parse_fault(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(Faults::named("mild").unwrap_err().contains("there are none, flaky,"));
        for profile in PROFILES {
            let faults = Faults::named(profile.name).unwrap();
            assert_eq!(faults.is_none(), profile.name == "none");
            assert!(profile.chances.iter().all(|(_, chance)| Chance::try_from(*chance).is_ok()));
        }
    }

    #[test]
    fn each_fault_strikes_where_it_is_certain() {
        for fault in Fault::ALL {
            let (fates, counts) = (always(fault), &mut Counts::default());
            let request = fates.of_request(CallId(1), "play", counts).map(|(fault, _)| fault);
            let fate = fates.of_event(CallId(1), "PlayCompleted", true, counts);
            let struck = match fault {
                Fault::Loss => fate.is_lost,
                Fault::Duplicates => fate.copy_after.is_some(),
                Fault::Reordering => fate.behind_next,
                Fault::Delay => fate.late_by.is_some(),
                Fault::Throttling
                | Fault::Errors
                | Fault::LateErrors
                | Fault::Drops
                | Fault::LateDrops
                | Fault::Slow
                | Fault::Early => request == Some(fault) && fate == EventFate::default(),
            };
            assert!(struck, "{fault}: {request:?} {fate:?}");
        }
        let lossy = always(Fault::Loss);
        assert!(!lossy.of_event(CallId(1), "Microsoft.X", false, &mut Counts::default()).is_lost);
    }

    #[test]
    fn decisions_depend_on_their_own_call_only() {
        let decide = |seed, others: u64| {
            let fates = Fates::new(seed, Faults::named("storm").unwrap());
            let counts = &mut Counts::default();
            let mut decided = Vec::new();
            for _ in 0..50 {
                for other in 0..others {
                    fates.of_request(CallId(100 + other), "play", &mut Counts::default());
                }
                let request = fates.of_request(CallId(1), "play", counts);
                let event = fates.of_event(CallId(1), "PlayCompleted", true, counts);
                decided.push((request, event));
            }
            decided
        };
        assert_eq!(decide(7, 0), decide(7, 3));
        assert_ne!(decide(7, 0), decide(8, 0));
    }

    #[test]
    fn whoever_tries_again_gets_through_unless_it_always_fails() {
        let row = |chance| {
            let fates = Fates::new(3, Faults::default().with(Fault::Errors, Chance(chance)));
            let counts = &mut Counts::default();
            let failed = (0..500).map(|_| fates.of_request(CallId(1), "play", counts).is_some());
            let failed: Vec<bool> = failed.collect();
            failed.split(|failed| !failed).map(<[bool]>::len).max().unwrap()
        };
        assert_eq!(row(0.9), FAULTS_IN_A_ROW_MAX as usize);
        assert_eq!(row(1.0), 500);
    }
}
