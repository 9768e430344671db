//! Places a call in the simulator and tells what happens, line by line, until it is over.
//!
//! Two servers know of it: the simulator, what people hear and do; the engine, if there is one, what the flow does.

use anyhow::Context;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::client::{Client, Failure};
use crate::limits::{END_GRACE, RUN_GRACE, RUN_POLL, RUNS_LOOKED_AT, SETTLE};
use crate::output;

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A run of this flow steered it, and ended like this.
    Run { flow: String, outcome: String },
    /// No engine is known; somebody or something took the call.
    Taken,
    /// Nobody took it.
    NotTaken,
}

impl Ending {
    /// Whether it ended well. A flow's own outcomes all are endings that its author wanted.
    pub(crate) fn is_well(&self) -> bool {
        match self {
            Ending::Run { outcome, .. } => outcome != "error",
            Ending::Taken => true,
            Ending::NotTaken => false,
        }
    }
}

/// Who is told a line.
pub(crate) type Listener<'a> = &'a mut (dyn FnMut(&str) -> anyhow::Result<()> + Send);

/// Places a call, and tells what happens until it is over.
///
/// # Errors
/// The simulator cannot be reached or refuses the call, the run does not end, or the listener cannot go on.
pub(crate) async fn place(
    simulator: &Client,
    engine: &Client,
    call: &Value,
    listener: Listener<'_>,
) -> anyhow::Result<Ending> {
    let placed: Placed = simulator.post("/sim/calls", call).await.map_err(|failure| {
        simulator
            .error(failure, "start `flowctl dev flows` in another terminal, or name the simulator with --sim")
    })?;
    let (teller, told) = mpsc::channel(64);
    let story = tokio::spawn(tell_story(simulator.clone(), placed.id.clone(), teller.clone()));
    let journal = tokio::spawn(tell_journal(engine.clone(), placed.server_call_id.clone(), teller));
    let ending = Watching::new(placed.placed_at, listener).run(told).await;
    story.abort();
    journal.abort();
    ending
}

/// A call as the simulator's control API shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Placed {
    id: String,
    server_call_id: String,
    placed_at: Timestamp,
}

/// What has happened in a call.
#[derive(Deserialize)]
struct Story {
    state: String,
    events: Vec<StoryLine>,
}

#[derive(Deserialize)]
struct StoryLine {
    number: u64,
    at: Timestamp,
    kind: String,
    text: String,
}

#[derive(Deserialize)]
struct Runs {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    id: String,
    flow: String,
    outcome: Option<String>,
    server_call_id: Option<String>,
}

#[derive(Deserialize)]
struct Journal {
    entries: Vec<Entry>,
    more: bool,
}

#[derive(Deserialize)]
struct Entry {
    number: u64,
    at: Timestamp,
    line: String,
}

/// What the two watchers tell.
enum Told {
    /// A line of the simulator's.
    Story(StoryLine),
    /// The simulator's call is over.
    CallOver,
    /// The engine's run of the call.
    RunFound,
    /// A line of its journal.
    Entry(Entry),
    /// The run is over.
    RunOver(Run),
    /// There is no engine to ask.
    NoEngine,
    /// A watcher cannot go on.
    Failed(anyhow::Error),
}

async fn tell_story(simulator: Client, call: String, teller: mpsc::Sender<Told>) {
    let mut after = 0;
    loop {
        let told: Story = match simulator.wait(&format!("/sim/calls/{call}/events?after={after}")).await {
            Ok(told) => told,
            Err(failure) => {
                let error = simulator.error(failure, "see whether the simulator still runs");
                let _ = teller.send(Told::Failed(error)).await;
                return;
            }
        };
        for line in told.events {
            after = line.number;
            if teller.send(Told::Story(line)).await.is_err() {
                return;
            }
        }
        if told.state == "ended" {
            let _ = teller.send(Told::CallOver).await;
            return;
        }
    }
}

async fn tell_journal(engine: Client, server_call_id: String, teller: mpsc::Sender<Told>) {
    let run = match find_run(&engine, &server_call_id).await {
        Ok(run) => run,
        Err(_) => {
            let _ = teller.send(Told::NoEngine).await;
            return;
        }
    };
    let _ = teller.send(Told::RunFound).await;
    if let Err(failure) = tell_run(&engine, &run, &teller).await {
        let error = engine.error(failure, "see whether the engine still runs");
        let _ = teller.send(Told::Failed(error)).await;
    }
}

/// Looks for the run until there is one.
///
/// # Errors
/// There is no engine that could be asked.
async fn find_run(engine: &Client, server_call_id: &str) -> Result<String, Failure> {
    let mut others: Vec<String> = Vec::new();
    loop {
        let latest: Runs = engine.get(&format!("/api/v1/calls?limit={RUNS_LOOKED_AT}")).await?;
        for run in latest.runs {
            if others.contains(&run.id) {
                continue;
            }
            let run: Run = engine.get(&format!("/api/v1/calls/{}", run.id)).await?;
            if run.server_call_id.as_deref() == Some(server_call_id) {
                return Ok(run.id);
            }
            others.push(run.id);
        }
        sleep(RUN_POLL).await;
    }
}

async fn tell_run(engine: &Client, run: &str, teller: &mpsc::Sender<Told>) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let journal: Journal = engine.wait(&format!("/api/v1/calls/{run}/journal?after={after}")).await?;
        for entry in journal.entries {
            after = entry.number;
            let _ = teller.send(Told::Entry(entry)).await;
        }
        if !journal.more {
            let run = engine.get(&format!("/api/v1/calls/{run}")).await?;
            let _ = teller.send(Told::RunOver(run)).await;
            return Ok(());
        }
    }
}

/// Who tells a line.
#[derive(PartialEq, Eq)]
enum Voice {
    /// The engine: what the flow does.
    Journal,
    /// The simulator: what people hear and do.
    People,
    /// The simulator: what the application does, which a journal tells better.
    Application,
}

struct Line {
    at: Timestamp,
    voice: Voice,
    text: String,
}

/// What is known of a call while it goes on.
struct Watching<'l> {
    listener: Listener<'l>,
    /// What times are counted from.
    began: Timestamp,
    /// Lines that wait for earlier ones.
    lines: Vec<Line>,
    has_run: bool,
    /// No run is waited for any more.
    is_without_run: bool,
    was_taken: bool,
    /// When waiting for a run, or for its end, is over.
    deadline: Option<Instant>,
}

impl<'l> Watching<'l> {
    fn new(placed_at: Timestamp, listener: Listener<'l>) -> Watching<'l> {
        Watching {
            listener,
            began: placed_at,
            lines: Vec::new(),
            has_run: false,
            is_without_run: false,
            was_taken: false,
            deadline: None,
        }
    }

    async fn run(mut self, mut told: mpsc::Receiver<Told>) -> anyhow::Result<Ending> {
        let placed = Instant::now();
        let mut ticks = interval(SETTLE / 3);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_call_over = false;
        loop {
            tokio::select! {
                next = told.recv() => match next.context("nobody tells any more what happens")? {
                    Told::Story(line) => self.take(line),
                    Told::Entry(entry) => {
                        if entry.number == 1 {
                            self.began = entry.at;
                        }
                        self.lines.push(Line { at: entry.at, voice: Voice::Journal, text: entry.line });
                    }
                    Told::RunFound => {
                        self.has_run = true;
                        self.deadline = is_call_over.then(|| Instant::now() + END_GRACE);
                    }
                    Told::NoEngine => self.is_without_run = true,
                    Told::CallOver => {
                        is_call_over = true;
                        let grace = if self.has_run { END_GRACE } else { RUN_GRACE };
                        self.deadline = Some(Instant::now() + grace);
                    }
                    Told::RunOver(run) => {
                        self.print(None)?;
                        let outcome = run.outcome.context("the engine does not say how the run ended")?;
                        return Ok(Ending::Run { flow: run.flow, outcome });
                    }
                    Told::Failed(error) => {
                        self.print(None)?;
                        return Err(error);
                    }
                },
                _ = ticks.tick() => {}
            }
            if !self.has_run && placed.elapsed() >= RUN_GRACE {
                self.is_without_run = true;
            }
            if is_call_over && !self.has_run && (self.is_without_run || self.is_past_deadline()) {
                self.is_without_run = true;
                self.print(None)?;
                return Ok(if self.was_taken { Ending::Taken } else { Ending::NotTaken });
            }
            if self.has_run && self.is_past_deadline() {
                self.print(None)?;
                anyhow::bail!(
                    "the call is over, but its run is not: see `GET /api/v1/calls?live=true` of the engine"
                );
            }
            if self.has_run || self.is_without_run {
                self.print(Some(service::clock::now() - SETTLE))?;
            }
        }
    }

    fn is_past_deadline(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    fn take(&mut self, line: StoryLine) {
        let is_of_people = matches!(
            line.kind.as_str(),
            "ringing" | "joined" | "notReached" | "left" | "heard" | "pressed" | "said" | "trouble" | "fault"
        );
        self.was_taken |= line.kind == "joined";
        let voice = if is_of_people && !line.text.starts_with("the application") {
            Voice::People
        } else {
            Voice::Application
        };
        self.lines.push(Line { at: line.at, voice, text: line.text });
    }

    /// Prints the lines of what happened before a time, or all, in the order in which it happened.
    fn print(&mut self, before: Option<Timestamp>) -> anyhow::Result<()> {
        self.lines.sort_by_key(|line| line.at);
        let ready =
            before.map_or(self.lines.len(), |before| self.lines.partition_point(|line| line.at < before));
        for line in self.lines.drain(..ready) {
            match line.voice {
                Voice::Journal => (self.listener)(&line.text)?,
                Voice::Application if self.has_run => {}
                Voice::People if self.has_run => {
                    let text = format!("{}      {}", clock(self.began, line.at), line.text);
                    (self.listener)(&output::dim(&text))?;
                }
                Voice::People | Voice::Application => {
                    (self.listener)(&format!("{}  {}", clock(self.began, line.at), line.text))?;
                }
            }
        }
        Ok(())
    }
}

/// As the journal writes it: minutes, seconds and milliseconds.
fn clock(began: Timestamp, at: Timestamp) -> String {
    let elapsed = at.duration_since(began).as_millis().max(0);
    format!("{:02}:{:02}.{:03}", elapsed / 60_000, elapsed / 1000 % 60, elapsed % 1000)
}
