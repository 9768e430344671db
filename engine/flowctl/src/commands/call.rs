//! `flowctl call`: somebody calls, in the simulator.

use clap::Args;
use serde_json::{Value, json};

use super::{Ended, runtime};
use crate::client::Client;
use crate::output;
use crate::placed_call::{self, Ending};

/// Where `flowctl dev` and `flowctl sim` listen when nothing else is said.
pub(crate) const SIMULATOR: &str = "http://127.0.0.1:8081";
const ENGINE: &str = "http://127.0.0.1:8080";
/// Who calls when nothing else is said: a number that is reserved for fiction.
pub(crate) const CALLER: &str = "+14255550199";

/// Place a call in the simulator, and watch it until it is over
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl call --to +18005550100 --press 1
  flowctl call --to +18005550100 --press 5 --press 1 --hangup-after 20s
  flowctl call --to +18005550100 --webhook http://127.0.0.1:9000/incoming

Each --press and each --say answers one question of the flow. With an engine, the run's journal is
shown, and what people hear and do between its lines; without one, what the simulator sees.

Exit status: 0 the call ended as its flow wants, 1 it ended with `error` or nobody took it, 2 it
could not be placed or watched.")]
pub(crate) struct Arguments {
    /// Which number is called
    #[arg(long, value_name = "IDENTIFIER")]
    to: String,
    /// Who calls
    #[arg(long, value_name = "IDENTIFIER", default_value = CALLER)]
    from: String,
    /// Keys that the caller presses when asked; may be repeated
    #[arg(long, value_name = "KEYS")]
    press: Vec<String>,
    /// Words that the caller says when asked; may be repeated
    #[arg(long, value_name = "WORDS")]
    say: Vec<String>,
    /// Hang up so long after the call was connected, such as 20s
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    hangup_after: Option<String>,
    /// Where this call is announced [default: where the simulator was told]
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// The simulator
    #[arg(long, value_name = "URL", default_value = SIMULATOR)]
    sim: String,
    /// The engine whose journal is shown, if there is one
    #[arg(long, value_name = "URL", default_value = ENGINE)]
    engine: String,
}

fn duration(text: &str) -> Result<String, String> {
    sim::script::Span::parse(text).map(|_| text.to_owned())
}

impl Arguments {
    /// The call, as the simulator's control API takes it.
    fn call(&self) -> Value {
        let mut call = json!({
            "from": self.from,
            "to": self.to,
            "script": {"press": self.press, "say": self.say},
        });
        if let Some(span) = &self.hangup_after {
            call["script"]["hangupAfter"] = json!(span);
        }
        if let Some(webhook) = &self.webhook {
            call["webhook"] = json!(webhook);
        }
        call
    }
}

/// Runs the command.
///
/// # Errors
/// The call cannot be placed or watched.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let simulator = Client::new(&arguments.sim, "the simulator")?;
    let engine = Client::new(&arguments.engine, "the engine")?;
    let call = arguments.call();
    let ending = runtime()?.block_on(placed_call::place(&simulator, &engine, &call, &mut output::line))?;
    output::line(&format!("\n{}", describe(&ending)))?;
    Ok(if ending.is_well() { Ended::Well } else { Ended::Badly })
}

/// How a call ended, in a sentence.
pub(crate) fn describe(ending: &Ending) -> String {
    match ending {
        Ending::Run { flow, outcome } => format!("Flow `{flow}` ended: {}", output::strong(outcome)),
        Ending::Taken => "The call is over.".to_owned(),
        Ending::NotTaken => {
            "Nobody took the call: see whether an engine runs, and which of its flows takes this number."
                .to_owned()
        }
    }
}
