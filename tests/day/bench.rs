//! How long a day of calls takes in virtual time, for each profile of faults.
//!
//! `cargo bench -p tests` prints it. Times differ from machine to machine; that a day has the same hash each time is
//! what the tests are for.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]
// What is shared with the tests is more than is needed here.
#![allow(dead_code)]

use std::time::{Duration, Instant};

use sim::faults::{Faults, PROFILES};

#[path = "../day.rs"]
mod day;
#[path = "../driver.rs"]
mod driver;
#[path = "../stage.rs"]
mod stage;

/// As `flowctl` has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Unit: calls of a day: one each 43 seconds, day and night.
const CALLS: u64 = 2_000;

fn main() {
    // `cargo test --benches` and the like only want to know that it builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let flows = day::flows();
    println!("{CALLS} calls, spread over a day of virtual time");
    for profile in PROFILES {
        let faults = Faults::named(profile.name).unwrap();
        let span = Duration::from_secs(24 * 3600);
        let began = Instant::now();
        let day = match day::pass(&flows, &day::Plan { seed: 1, calls: CALLS, span, faults }) {
            Ok(day) => day,
            Err(_) => {
                println!("{:10} a run is stuck", profile.name);
                continue;
            }
        };
        let took = began.elapsed();
        println!(
            "{:10} {:6.2} s  {} records, {} requests executed, journals {:016x}",
            profile.name,
            took.as_secs_f64(),
            day.records,
            day.executions,
            day.hash
        );
        for (outcome, times) in &day.outcomes {
            println!("           {times:6} {outcome}");
        }
    }
}
