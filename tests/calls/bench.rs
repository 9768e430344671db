//! The same inbound call (incoming, answer, connected, recognise, digit, transfer, accepted, disconnected), steered by the
//! engine with full durability and by a bare program that stores nothing, in turns: calls in a second, time from a
//! webhook to the next action, bytes written and processor time for each call; then twice the load that the engine can
//! take; services on the official client libraries; then a million calls that wait.
//!
//! `cargo bench -p tests --bench calls` prints it. Linux only. Times differ from machine to machine, and whoever calls
//! takes its share of the same processors: the ratios are what to compare.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use service::config::Config;
use tokio::net::TcpListener;

mod bare;
mod idle;
mod official;
mod process;
mod provider;

use process::Process;
use provider::{Went, World};

/// As `flowctl` has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the engine follows: the flow for people who begin.
const FLOW: &str = include_str!("../../flows/support-line.yaml");
/// Unit: rounds of each; the median counts.
const ROUNDS: usize = 5;
/// Unit: calls at a time, in closed loop: enough that nobody waits for anybody's disk.
const AT_ONCE: usize = 256;
/// Unit: calls of one round.
const CALLS: usize = 4_000;
/// Unit: calls that wait for a key.
const WAITING: usize = 5_000;
/// Pause before it is looked again whether they have come so far.
const LOOK: Duration = Duration::from_millis(1);
/// How long calls come in open loop.
const SPAN: Duration = Duration::from_secs(5);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match arguments.as_slice() {
        ["engine", provider, data] => runtime.block_on(engine(provider, Path::new(data))),
        ["bare", provider] => runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            println!("http://{}", listener.local_addr().unwrap());
            bare::serve(listener, &connection(provider)).await;
        }),
        ["fill", data, runs] => runtime.block_on(idle::fill(Path::new(data), runs.parse().unwrap())),
        _ if arguments.contains(&"--bench") => {
            runtime.block_on(measure());
            runtime.block_on(idle::measure());
            runtime.block_on(beside());
        }
        // `cargo test` only wants to know that it builds.
        _ => {}
    }
}

fn connection(provider: &str) -> String {
    format!("endpoint=http://{provider}/;accesskey=c2VjcmV0IGtleSBvZiBhIGJlbmNobWFyaw==")
}

async fn engine(provider: &str, data: &Path) {
    let config = Config {
        acs_connection_string: Some(connection(provider).into()),
        data: Some(data.to_owned()),
        ..Config::default()
    };
    let checked = validate::check(vec![
        lang::Source::new("support-line.yaml", FLOW),
        lang::Source::new("waiting.yaml", idle::FLOW),
    ]);
    assert!(checked.is_sound(), "{:#?}", checked.reports);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let running = service::start(config.check().unwrap(), checked.flows, listener).await.unwrap();
    println!("http://{}", running.address);
    std::future::pending::<()>().await;
}

/// What one round has shown.
struct Round {
    rate: f64,
    /// Unit: seconds.
    p50: f64,
    p99: f64,
    cpu: f64,
    written: f64,
}

async fn measure() {
    let world = World::open().await;
    let address = world.address.to_string();
    let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let engine = Process::start(&["engine", &address, data.path().to_str().unwrap()]);
    let bare = Process::start(&["bare", &address]);
    for process in [&engine, &bare] {
        closed(&world, process, 500).await;
    }
    println!("closed loop, {AT_ONCE} calls at a time; median of {ROUNDS} rounds of {CALLS} calls");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // One after the other, so that whatever else the machine does hits both.
        ours.push(closed(&world, &engine, CALLS).await);
        theirs.push(closed(&world, &bare, CALLS).await);
    }
    let throughput = report(&ours, &theirs);

    let half = throughput / 2.0;
    println!(
        "\nopen loop at half of the engine's load: {half:.0} calls a second for {SPAN:?}; median of {ROUNDS} rounds"
    );
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(open(&world, &engine, half).await.0);
        theirs.push(open(&world, &bare, half).await.0);
    }
    report(&ours, &theirs);

    let double = throughput * 2.0;
    println!("\nopen loop at twice the engine's load: {double:.0} calls a second for {SPAN:?}");
    let (round, [through, shed, lost]) = open(&world, &engine, double).await;
    println!(
        "engine   {through} calls went through, {shed} were refused with 503, {lost} were lost; {} callbacks were refused and came again; from webhook to action p50 {:.1} ms, p99 {:.1} ms",
        world.repeated.load(Ordering::Relaxed),
        round.p50 * 1e3,
        round.p99 * 1e3
    );
}

/// The same calls through services on the official libraries, and what a call that waits takes of each in memory.
async fn beside() {
    let world = World::open().await;
    let address = world.address.to_string();
    let data = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!(
        "\nclosed loop, {AT_ONCE} calls at a time, {CALLS} calls; then {WAITING} calls that wait for a key"
    );
    let mut processes = vec![
        ("engine", Ok(Process::start(&["engine", &address, data.path().to_str().unwrap()]))),
        ("bare", Ok(Process::start(&["bare", &address]))),
    ];
    let official = official::start(&connection(&address));
    processes.extend(official.into_iter().map(|official| (official.name, official.process)));
    for (name, process) in processes {
        let process = match process {
            Ok(process) => process,
            Err(why) => {
                println!("{name:8} not measured: {why}");
                continue;
            }
        };
        closed(&world, &process, 500).await;
        let round = closed(&world, &process, CALLS).await;
        show(name, &round);
        let before = process.resident();
        hold(&world, &process).await;
        let after = process.resident();
        println!(
            "{name:8} {:>6.1} KiB for each call that waits",
            (after - before) as f64 / 1024.0 / WAITING as f64
        );
    }
}

/// Lets people call who then say nothing.
async fn hold(world: &Arc<World>, process: &Process) {
    world.are_silent.store(true, Ordering::Relaxed);
    let wanted = world.asked.load(Ordering::Relaxed) + WAITING;
    let mut callers = Vec::with_capacity(WAITING);
    for number in 1..=WAITING {
        let (caller, url) = (world.clone(), process.url.clone());
        callers.push(tokio::spawn(async move { caller.call(&url).await }));
        // No more at a time than in the closed loop: what is measured is waiting.
        while number % AT_ONCE == 0 && wanted - asked(world) > WAITING - number {
            tokio::time::sleep(LOOK).await;
        }
    }
    while asked(world) < wanted {
        tokio::time::sleep(LOOK).await;
    }
    callers.into_iter().for_each(|caller| caller.abort());
    world.are_silent.store(false, Ordering::Relaxed);
}

fn asked(world: &World) -> usize {
    world.asked.load(Ordering::Relaxed)
}

async fn closed(world: &Arc<World>, process: &Process, calls: usize) -> Round {
    let left = Arc::new(AtomicUsize::new(calls));
    measured(world, process, calls, async {
        let callers = (0..AT_ONCE).map(|_| {
            let (world, left, url) = (world.clone(), left.clone(), process.url.clone());
            tokio::spawn(async move {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                    .is_ok()
                {
                    assert!(world.call(&url).await == Went::Through, "a call was lost");
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
    })
    .await
}

/// Calls come as they come, however many are there already. How many went through, were refused, and were lost.
async fn open(world: &Arc<World>, process: &Process, rate: f64) -> (Round, [usize; 3]) {
    let calls = (rate * SPAN.as_secs_f64()) as usize;
    let mut went = [0; 3];
    let round = measured(world, process, calls, async {
        let began = Instant::now();
        let mut callers = Vec::with_capacity(calls);
        for number in 0..calls {
            let due = began + Duration::from_secs_f64(number as f64 / rate);
            if due > Instant::now() {
                tokio::time::sleep_until(due.into()).await;
            }
            let (world, url) = (world.clone(), process.url.clone());
            callers.push(tokio::spawn(async move { world.call(&url).await }));
        }
        for caller in callers {
            let place = match caller.await.unwrap() {
                Went::Through => 0,
                Went::Shed => 1,
                Went::Lost => 2,
            };
            went[place] += 1;
        }
    })
    .await;
    (round, went)
}

async fn measured(world: &World, process: &Process, calls: usize, work: impl Future<Output = ()>) -> Round {
    drop(world.take_latencies());
    let (before, began) = (process.used(), Instant::now());
    work.await;
    let (after, took) = (process.used(), began.elapsed());
    let mut latencies = world.take_latencies();
    latencies.sort_unstable();
    let share = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64();
    Round {
        rate: calls as f64 / took.as_secs_f64(),
        p50: share(0.5),
        p99: share(0.99),
        cpu: (after.cpu - before.cpu).as_secs_f64() / calls as f64,
        written: (after.written - before.written) as f64 / calls as f64,
    }
}

/// Prints the medians of both, and their ratios. The engine's calls in a second.
fn report(ours: &[Round], theirs: &[Round]) -> f64 {
    let [ours, theirs] = [ours, theirs].map(|rounds| {
        let median = |of: fn(&Round) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Round {
            rate: median(|round| round.rate),
            p50: median(|round| round.p50),
            p99: median(|round| round.p99),
            cpu: median(|round| round.cpu),
            written: median(|round| round.written),
        }
    });
    show("engine", &ours);
    show("bare", &theirs);
    println!(
        "ratio    {:>6.2} of the calls a second (wanted: 0.5); p50 {:.2} times, p99 {:.2} times as long (wanted, at half load: 3); {:.2} times the processor",
        ours.rate / theirs.rate,
        ours.p50 / theirs.p50,
        ours.p99 / theirs.p99,
        ours.cpu / theirs.cpu
    );
    ours.rate
}

fn show(name: &str, round: &Round) {
    println!(
        "{name:8} {:>6.0} calls a second; from webhook to action p50 {:>6.2} ms, p99 {:>6.2} ms; {:>5.0} µs of processor and {:>6.0} bytes written for each call",
        round.rate,
        round.p50 * 1e3,
        round.p99 * 1e3,
        round.cpu * 1e6,
        round.written
    );
}
