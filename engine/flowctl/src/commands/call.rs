//! `flowctl call`: somebody calls, in the simulator.

use std::path::PathBuf;

use anyhow::Context;
use clap::{ArgGroup, Args};
use sim::Address;
use sim::script::{Person, PlaceCall, Press, Say, Span};

use super::{Ended, runtime};
use crate::client::Client;
use crate::placed_call::{self, Ending};
use crate::{advice, output, script_file};

/// Where `flowctl dev` and `flowctl sim` listen when nothing else is said.
pub(crate) const SIMULATOR: &str = "http://127.0.0.1:8081";
const ENGINE: &str = "http://127.0.0.1:8080";
/// Who calls when nothing else is said: a number that is reserved for fiction.
pub(crate) const CALLER: &str = "+14255550199";

/// Place a call in the simulator, and watch it until it is over
#[derive(Args)]
#[command(group = ArgGroup::new("callee of the call").args(["to", "group", "room"]))]
#[command(after_help = "Examples:
  flowctl call --to +18005550100 --press 1
  flowctl call --to +18005550100 --press 5 --press 1 --hangup-after 20s
  flowctl call --to +18005550100 --callee +14255550123=busy --callee +14255550124=answer:5s
  flowctl call --room 99445276259151407 --callee 8:acs:a_b=join:10s
  flowctl call --script ada.yaml --press 2
  flowctl call --to +18005550100 --webhook http://127.0.0.1:9000/incoming

Each --press and each --say answers one question of the flow. Each --callee is somebody whom the flow
may reach: WAY is answer, voicemail, decline, busy, unavailable, unknown, no-answer or application
(another number of yours), with the time that it takes behind a colon; join comes into the call
without being asked. With an engine, the run's journal is shown, and what people hear and do between
its lines; without one, what the simulator sees.

A script says all of that and more, in the shape of the simulator's control API; flags go before it.
Like this, ada.yaml:
  from: +14255550177
  to: +18005550100
  script: { press: [1, { keys: 12#, after: 2s }], say: [a person], giveUpAfter: 20s }
  people:
    +14255550123: { answerAfter: 5s, press: [1], hangupAfter: 20s }
    +14255550124: { decline: true }
  media: { https://media.example.com/hold.wav: { lasts: 2m } }

Exit status: 0 the call ended as its flow wants, 1 it ended with `error` or nobody took it, 2 it
could not be placed or watched.")]
pub(crate) struct Arguments {
    /// Which number is called
    #[arg(long, value_name = "IDENTIFIER", value_parser = Address::parse, required_unless_present_any = ["group", "room", "script"])]
    to: Option<Address>,
    /// Start a group call of this id instead, which an application can join
    #[arg(long, value_name = "ID")]
    group: Option<String>,
    /// Enter this room instead; the call goes on until everyone has left it
    #[arg(long, value_name = "ID")]
    room: Option<String>,
    /// What people do, as YAML
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Who calls [default: +14255550199]
    #[arg(long, value_name = "IDENTIFIER", value_parser = Address::parse)]
    from: Option<Address>,
    /// The caller's name, if the network knows it
    #[arg(long, value_name = "NAME")]
    caller_name: Option<String>,
    /// Keys that the caller presses when asked; may be repeated
    #[arg(long, value_name = "KEYS", value_parser = Press::asked)]
    press: Vec<Press>,
    /// Words that the caller says when asked; may be repeated
    #[arg(long, value_name = "WORDS", value_parser = Say::asked)]
    say: Vec<Say>,
    /// Hang up so long after the call was connected, such as 20s
    #[arg(long, value_name = "DURATION", value_parser = Span::parse)]
    hangup_after: Option<Span>,
    /// Hang up if nobody has answered after so long
    #[arg(long, value_name = "DURATION", value_parser = Span::parse)]
    give_up_after: Option<Span>,
    /// How somebody else takes calls, such as +14255550123=busy; may be repeated
    #[arg(long, value_name = "IDENTIFIER=WAY[:DURATION]", value_parser = callee)]
    callee: Vec<(Address, Person)>,
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

fn callee(text: &str) -> Result<(Address, Person), String> {
    let (address, way) = text.split_once('=').ok_or_else(|| {
        "somebody and how they take a call are wanted, such as +14255550123=busy".to_owned()
    })?;
    Ok((Address::parse(address)?, Person::parse(way)?))
}

impl Arguments {
    /// The call of the script, if there is one, with what the flags say.
    ///
    /// # Errors
    /// The script cannot be read, or what comes of both is no call.
    fn call(&self) -> anyhow::Result<PlaceCall> {
        let mut call = self.script.as_deref().map(script_file::call).transpose()?.unwrap_or_default();
        if self.to.is_some() || self.group.is_some() || self.room.is_some() {
            call.to = self.to.clone();
            call.group_call_id = self.group.clone();
            call.room_id = self.room.clone();
        }
        if let Some(from) = &self.from {
            call.from = from.clone();
        }
        if let Some(name) = &self.caller_name {
            call.caller_display_name = name.clone();
        }
        if !self.press.is_empty() {
            call.script.press = self.press.clone();
        }
        if !self.say.is_empty() {
            call.script.say = self.say.clone();
        }
        call.script.hangup_after = self.hangup_after.or(call.script.hangup_after);
        call.script.give_up_after = self.give_up_after.or(call.script.give_up_after);
        call.people.extend(self.callee.iter().cloned());
        call.webhook = self.webhook.clone().or(call.webhook);
        call.check().map_err(|what| {
            let next = "say whom to call with --to, --group or --room; `flowctl call --help` has examples";
            advice::error(format!("this call cannot be placed: {what}"), next)
        })?;
        Ok(call)
    }
}

/// Runs the command.
///
/// # Errors
/// The call cannot be placed or watched.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let call = serde_json::to_value(arguments.call()?).context("the call cannot be written as JSON")?;
    let simulator = Client::new(&arguments.sim, "the simulator")?;
    let engine = Client::new(&arguments.engine, "the engine")?;
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn sent(flags: &[&str]) -> anyhow::Result<Value> {
        let line = Line::try_parse_from(std::iter::once("call").chain(flags.iter().copied()))?;
        Ok(serde_json::to_value(line.arguments.call()?)?)
    }

    #[test]
    fn flags_say_what_a_script_can_say() {
        let flags = ["--to", "+18005550100", "--press", "1", "--say", "sales", "--hangup-after", "20s"];
        assert_eq!(
            sent(&flags).unwrap(),
            json!({"from": "+14255550199", "to": "+18005550100",
                   "script": {"press": ["1"], "say": ["sales"], "hangupAfter": "20s"}})
        );
        let callees = [
            "--room",
            "99",
            "--give-up-after",
            "5s",
            "--callee",
            "+14255550123=answer:5s",
            "--callee",
            "8:acs:a_b=no-answer",
            "--callee",
            "+14255550124=join:1m",
        ];
        assert_eq!(
            sent(&callees).unwrap(),
            json!({"from": "+14255550199", "roomId": "99", "script": {"giveUpAfter": "5s"}, "people": {
                "+14255550123": {"answerAfter": "5s"}, "8:acs:a_b": {"noAnswer": true},
                "+14255550124": {"joinsAfter": "1m"}}})
        );
    }

    #[test]
    fn flags_go_before_the_script() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = "{from: +14255550177, roomId: '99', script: {press: [1, 2], hangupAfter: 1m}, \
                       people: {+14255550123: {busy: true}, +14255550124: {busy: true}}}";
        std::fs::write(&file, script).unwrap();
        let path = file.path().to_str().unwrap();
        let flags =
            ["--script", path, "--to", "+18005550100", "--press", "3", "--callee", "+14255550124=decline"];
        assert_eq!(
            sent(&flags).unwrap(),
            json!({"from": "+14255550177", "to": "+18005550100", "script": {"press": ["3"], "hangupAfter": "1m"},
                   "people": {"+14255550123": {"busy": true}, "+14255550124": {"decline": true}}})
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (flags, expected) in [
            (vec![], "--to"),
            (vec!["--to", "+18005550100", "--room", "99"], "cannot be used with"),
            (vec!["--to", "18005550100"], "neither a phone number"),
            (vec!["--to", "+18005550100", "--press", "x"], "`x` is no key"),
            (vec!["--to", "+18005550100", "--callee", "+14255550123"], "such as +14255550123=busy"),
            (
                vec!["--to", "+18005550100", "--callee", "+14255550123=rude"],
                "`rude` is none of answer, voicemail",
            ),
            (vec!["--to", "+18005550100", "--callee", "+14255550123=busy:soon"], "not a length of time"),
            (vec!["--to", "+18005550100", "--webhook", "x"], "`webhook` is not an absolute"),
            (vec!["--script", "/no/such/file"], "cannot read the script"),
        ] {
            let error = format!("{:#}", sent(&flags).unwrap_err());
            assert!(error.contains(expected), "{flags:?}: {error}");
        }
    }
}
