//! Random things happen to every flow, in any order; then the call is over. No run panics, reads back as another
//! one, or stays for ever. A failure names its seed: `SEED=n` repeats it.

use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use machine::event::{Event, EventKind};
use machine::ids::{OperationId, TimerId};
use machine::input::{Beginning, Fact, Incoming, Input, Refusal, Start, What};
use machine::snapshot::StartKind;
use machine::{Flow, Snapshot, Step, trace};

use crate::{files, root, shown};

/// Unit: runs of each flow.
const SEEDS: u64 = 300;
/// Unit: inputs before the call is over.
const INPUTS: u64 = 40;
/// Unit: inputs within which a run must have ended once its call is over.
const FAREWELL: usize = 60;

pub(crate) fn trials() -> Vec<Trial> {
    let folders = ["tests/ok", "flows"].map(|folder| root().join(folder));
    let flows = folders.iter().flat_map(|folder| files(folder, ".yaml"));
    let flows = flows.filter(|path| !path.to_string_lossy().ends_with(".test.yaml"));
    flows
        .map(|path| {
            Trial::test(format!("never stuck {}", shown(&path)), move || {
                let source = lang::Source::new(shown(&path), std::fs::read_to_string(&path)?);
                let checked = validate::check_among(vec![source], || crate::findings::beside(&path));
                let flow = checked.flows.first().ok_or("the flow is not sound")?;
                if flow.is_only_subflow() {
                    // It runs where others run it.
                    return Ok(());
                }
                let seeds = match std::env::var("SEED") {
                    Ok(seed) => vec![seed.parse()?],
                    Err(_) => (0..SEEDS).collect(),
                };
                seeds.into_iter().try_for_each(|seed| follow(flow, seed))
            })
        })
        .collect()
}

/// A small generator: the same seed, the same run. Source: Marsaglia, xorshift64*.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }
}

struct World<'f> {
    flow: &'f Flow,
    chance: Chance,
    started_at: Timestamp,
    now: Timestamp,
    snapshot: Snapshot,
    lines: Vec<String>,
    asks: bool,
}

fn follow(flow: &Flow, seed: u64) -> Result<(), Failed> {
    let mut world = World::begin(flow, seed);
    for _ in 0..INPUTS {
        if world.snapshot.is_ended() {
            break;
        }
        let what = world.anything();
        world.give(what);
    }
    for _ in 0..FAREWELL {
        if world.snapshot.is_ended() {
            return Ok(());
        }
        match world.farewell() {
            Some(what) => world.give(what),
            None => break,
        }
    }
    if world.snapshot.is_ended() {
        return Ok(());
    }
    let lines = world.lines.join("\n");
    Err(format!("SEED={seed}: the run never ends\n{lines}\n{:#?}", world.snapshot).into())
}

impl<'f> World<'f> {
    fn begin(flow: &'f Flow, seed: u64) -> World<'f> {
        let started_at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let start = if flow.initial(StartKind::Incoming).is_some() {
            Start::Incoming(Incoming {
                from: lang::Identifier::parse("+14255550199").unwrap(),
                to: lang::Identifier::parse("+18005550100").unwrap(),
                server_call_id: "server-call".to_owned(),
                correlation_id: "correlation".to_owned(),
                incoming_call_context: "context".to_owned(),
                caller_display_name: String::new(),
                headers: indexmap::IndexMap::new(),
            })
        } else {
            Start::Api { input: indexmap::IndexMap::new() }
        };
        let beginning = Beginning { run: "run".to_owned(), config: indexmap::IndexMap::new(), start };
        let input = Input { at: started_at, what: What::Start(Box::new(beginning)) };
        let Step { snapshot, account } = machine::begin(flow, &input);
        let lines = vec![trace::line(flow, started_at, &input, &account)];
        let chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        World { flow, chance, started_at, now: started_at, snapshot, lines, asks: false }
    }

    fn give(&mut self, what: What) {
        self.now += Duration::from_millis(self.chance.below(2_000));
        let input = Input { at: self.now, what };
        let stored = serde_json::to_string(&self.snapshot).unwrap();
        let restored: Snapshot = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, self.snapshot, "a snapshot reads back as another one: {stored}");
        let Step { snapshot, account } = machine::step(self.flow, restored, &input);
        self.lines.push(trace::line(self.flow, self.started_at, &input, &account));
        self.asks = account.effects.contains(&machine::Effect::AskCall);
        self.snapshot = snapshot;
    }

    fn anything(&mut self) -> What {
        let operation = OperationId(self.chance.below(u64::from(self.snapshot.last_operation.0) + 2) as u32);
        match self.chance.below(10) {
            0..=3 => match self.unanswered() {
                Some(operation) => What::Acknowledged { operation, ack: Box::default() },
                None => self.event(operation),
            },
            4 => What::Refused { operation, refusal: self.refusal() },
            5 if self.chance.below(4) == 0 => What::Learned(self.fact()),
            5 => self.timer().map_or(What::Learned(Fact::CallLives), What::Timer),
            6 if self.chance.below(8) == 0 => What::Learned(Fact::CallGone),
            7 if self.chance.below(30) == 0 => What::Cancel,
            _ => self.event(operation),
        }
    }

    fn fact(&mut self) -> Fact {
        let recovered = self.chance.below(2) == 0;
        match self.chance.below(2) {
            0 => Fact::CallUp,
            _ => Fact::InCall { participants: self.snapshot.call.participants.clone(), recovered },
        }
    }

    fn event(&mut self, operation: OperationId) -> What {
        let kinds = EventKind::ALL;
        let kind = kinds[self.chance.below(kinds.len() as u64) as usize].clone();
        let mut event = Event::new(kind);
        event.operation = (self.chance.below(3) > 0).then_some(operation);
        event.code = Some([200, 400, 486][self.chance.below(3) as usize]);
        event.sub_code = Some([0, 8510, 560_486][self.chance.below(3) as usize]);
        event.digits = Some(["1", "2", ""][self.chance.below(3) as usize].to_owned());
        event.sequence_number = Some(self.chance.below(9) as i64);
        What::Event(Box::new(event))
    }

    fn refusal(&mut self) -> Refusal {
        let (status, sub_code) =
            [(404, Some(8522)), (400, Some(8528)), (412, Some(8583)), (0, None), (500, None)]
                [self.chance.below(5) as usize];
        Refusal { status, sub_code, message: "refused".to_owned() }
    }

    fn unanswered(&self) -> Option<OperationId> {
        self.snapshot.operations.iter().find(|(_, operation)| operation.action.is_some()).map(|(id, _)| *id)
    }

    fn timer(&self) -> Option<TimerId> {
        self.snapshot.timers.iter().min_by_key(|armed| (armed.at, armed.timer)).map(|armed| armed.timer)
    }

    /// The provider knows nothing any more and every request fails; only time passes.
    fn farewell(&mut self) -> Option<What> {
        if self.asks {
            return Some(What::Learned(Fact::CallGone));
        }
        if let Some(operation) = self.unanswered() {
            let refusal = Refusal { status: 404, sub_code: Some(8522), message: "gone".to_owned() };
            return Some(What::Refused { operation, refusal });
        }
        if let Some(timer) = self.timer() {
            return Some(What::Timer(timer));
        }
        // What a call that is over brings at last, where the flow waits for nothing else.
        Some(What::Event(Box::new(Event::new(EventKind::CallDisconnected))))
    }
}
