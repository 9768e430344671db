//! How long `flowctl validate` takes, as a whole process, beside what merely reading the YAML takes in the same run.
//!
//! `cargo bench` prints it. The bars are the design's: 1,000 states in 50 ms, 1,000 files in 2 s, near-linear growth to
//! 10,000 states. Times differ from machine to machine; the ratios are what to compare.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Unit: rounds, of which the median counts.
const ROUNDS: usize = 15;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    // `cargo test` only wants to know whether there is something to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        let file = folder.path().join("flow.yaml");
        std::fs::write(&file, flow("bench", 10)).unwrap();
        validate(&file);
        return;
    }
    println!(
        "validate, as a whole process; median of {ROUNDS} rounds, and the ratio to reading the YAML alone"
    );
    let mut thousand = None;
    for states in [100, 1_000, 10_000] {
        let text = flow("bench", states);
        let file = folder.path().join(format!("{states}.yaml"));
        std::fs::write(&file, &text).unwrap();
        let took = compared(&file, &[text]);
        let note = match (states, thousand) {
            (1_000, _) => bar(took, Duration::from_millis(50)),
            (10_000, Some(thousand)) => format!("{:.1} times as long as 1,000", ratio(took, thousand)),
            _ => String::new(),
        };
        if states == 1_000 {
            thousand = Some(took);
        }
        println!("    {note}");
    }
    let many = folder.path().join("many");
    std::fs::create_dir(&many).unwrap();
    let texts: Vec<String> = (0..1_000).map(|index| flow(&format!("bench-{index}"), 10)).collect();
    for (index, text) in texts.iter().enumerate() {
        std::fs::write(many.join(format!("{index}.yaml")), text).unwrap();
    }
    let took = compared(&many, &texts);
    println!("    {}", bar(took, Duration::from_secs(2)));
}

/// Validates a path, and reads the same texts as YAML; prints both. How long validating took.
fn compared(path: &Path, texts: &[String]) -> Duration {
    let (mut whole, mut read) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // One after the other, so that whatever else the machine does hits both.
        whole.push(timed(|| validate(path)));
        read.push(timed(|| {
            for text in texts {
                drop(std::hint::black_box(serde_yaml::from_str::<serde_yaml::Value>(text).unwrap()));
            }
        }));
    }
    let [whole, read] = [whole, read].map(median);
    let bytes: usize = texts.iter().map(String::len).sum();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    println!(
        "{name:>12}  {:>5} KiB  validate {:>8.1} ms  YAML alone {:>8.1} ms  ratio {:.2}",
        bytes / 1024,
        whole.as_secs_f64() * 1e3,
        read.as_secs_f64() * 1e3,
        ratio(whole, read)
    );
    whole
}

fn validate(path: &Path) {
    let arguments = ["validate", "--deny", "warnings"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowctl"));
    let status = command.args(arguments).arg(path).stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "the flow that is measured is not sound: {}", path.display());
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

fn bar(took: Duration, bar: Duration) -> String {
    let verdict = if took <= bar { "within" } else { "ABOVE" };
    format!("{verdict} the bar of {bar:?}")
}

/// A sound flow with so many states: menus that lead to each other, with what menus do in between.
fn flow(name: &str, states: usize) -> String {
    let mut text = format!(
        "flow: {name}\nstart: {{ incoming: {{ to: \"{name}\" }} }}\n\
         defaults: {{ callerId: \"+18005550100\", cognitiveServicesEndpoint: \"https://speech.example.com/\" }}\n\
         vars: {{ answer: \"\" }}\ninitial: answering\non: {{ CallDisconnected: {{ end: abandoned }} }}\nstates:\n\
         \x20 answering:\n    do: [answer: {{}}]\n    on: {{ CallConnected: menu0, AnswerFailed: {{ end: failed }} }}\n"
    )
    .replace(&format!("to: \"{name}\""), &format!("to: \"8:acs:{name}\""));
    let blocks = states.saturating_sub(2) / 4;
    for block in 0..blocks {
        let next = if block + 1 == blocks { "leaving".to_owned() } else { format!("menu{}", block + 1) };
        write!(
            text,
            "  menu{block}:
    do:
      - recognize:
          dtmf: {{ maxTones: 1 }}
          prompt: {{ text: \"This is menu {block}. Press 1 to hear more.\" }}
          initialSilence: 5s
    on:
      RecognizeCompleted:
        - when: event.digits == \"1\"
          goto: asking{block}
        - when: state.visits < 3
          goto: menu{block}
        - goto: {next}
      RecognizeFailed:
        - when: state.visits < 3
          goto: menu{block}
        - goto: {next}
  asking{block}:
    do:
      - http: {{ get: \"https://crm.example.com/news/{block}\", timeout: 5s }}
    on:
      HttpCompleted:
        - when: event.status == 200 && has(event.body.text)
          set: {{ answer: \"${{event.body.text}}\" }}
          goto: telling{block}
        - goto: {next}
      HttpFailed: {next}
  telling{block}:
    do:
      - play: {{ text: \"Here it is: ${{vars.answer}}\" }}
    on:
      PlayCompleted: choosing{block}
      PlayFailed: choosing{block}
    after:
      2m: leaving
  choosing{block}:
    choose:
      - when: vars.answer == \"again\" && state.visits < 2
        goto: menu{block}
      - goto: {next}
"
        )
        .unwrap();
    }
    text.push_str(
        "  leaving:\n    do: [hangUp: { forEveryone: true }]\n    on: { CallDisconnected: { end: completed } }\n",
    );
    text
}
