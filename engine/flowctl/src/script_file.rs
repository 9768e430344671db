//! Reads scripts of people: YAML, in the shapes that the simulator's control API takes as JSON.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use lang::{Severity, Source};
use serde::de::DeserializeOwned;
use sim::limits::CONTROL_BYTES_MAX;
use sim::script::{PlaceCall, Scene};

use crate::advice::{self, Advise};

/// Reads who is behind which number, in every call.
///
/// # Errors
/// It cannot be read, or is no scene.
pub(crate) fn scene(path: &Path) -> anyhow::Result<Scene> {
    let (name, text) = text(path)?;
    parse(&name, &text, Scene::check)
        .map_err(|what| advised(what, "`flowctl sim --help` shows such a script"))
}

/// Reads one call: who calls whom, and what all of them do.
///
/// # Errors
/// It cannot be read, or is no call. Whom it is to may be missing: the command line can say it.
pub(crate) fn call(path: &Path) -> anyhow::Result<PlaceCall> {
    let (name, text) = text(path)?;
    let has_shape = |_: &PlaceCall| Ok(());
    parse(&name, &text, has_shape).map_err(|what| advised(what, "`flowctl call --help` shows such a script"))
}

fn advised(what: String, next: &str) -> anyhow::Error {
    advice::error(what, next)
}

fn text(path: &Path) -> anyhow::Result<(String, String)> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(CONTROL_BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
    read.advise(|| {
        (format!("cannot read the script {name}"), "check the path, and whether you may read it".to_owned())
    })?;
    if bytes.len() > CONTROL_BYTES_MAX {
        return Err(advice::error(
            format!("{name} has more than the {CONTROL_BYTES_MAX} bytes that a script may have"),
            "see whether it is a script at all",
        ));
    }
    let source = lang::yaml::source(&name, &bytes)
        .map_err(|finding| advice::error(format!("{name}: {}", finding.message), "save the file as UTF-8"))?;
    Ok((name, source.text().to_owned()))
}

/// Reads a text of a shape, or says where it is wrong: `FILE:LINE:COLUMN: what`.
fn parse<T: DeserializeOwned>(
    name: &str,
    text: &str,
    check: impl Fn(&T) -> Result<(), String>,
) -> Result<T, String> {
    let source = Source::new(name, text);
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_blank) {
        return Err(format!("{name}: the script is empty"));
    }
    // The reader of flows keeps the limits on nesting and aliases, and sees keys that are there twice.
    let (node, found) = lang::yaml::read(&source);
    if let Some(finding) = found.iter().find(|finding| finding.severity == Severity::Error) {
        let place = source.place(finding.primary.span.start);
        return Err(format!("{name}:{}:{}: {}", place.line, place.column, finding.message));
    }
    if node.is_none_or(|node| node.is_null()) {
        return Err(format!("{name}: the script is empty"));
    }
    let read: T = serde_yaml::from_str(text).map_err(|error| {
        let what = error.to_string();
        let Some(place) = error.location() else { return format!("{name}: {what}") };
        let (line, column) = (place.line(), place.column());
        let what = what.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&what);
        format!("{name}:{line}:{column}: {what}")
    })?;
    check(&read).map_err(|what| format!("{name}: {what}"))?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    const CALL: &str = "
from: +14255550177
to: +18005550100
callerDisplayName: Ada
script:
  press: [1, '2#', { keys: 4, after: 2s }, { keys: '*', at: 1m 30s }, null]
  say: [sales, { words: a person, after: 500ms }, { unclear: true }, null]
  giveUpAfter: 20s
  keysLost: true
people:
  +14255550123: { answerAfter: 5s, press: [1], hangupAfter: 1m }
  +14255550124: { busy: true }
  +14255550125: { noAnswer: true }
  +14255550126: { voicemail: true, after: 3s }
  '8:acs:a_b': { joinsAfter: 10s, hangupAfterPrompts: 2 }
  4:anonymous: {}
media:
  https://media.example.com/long.wav: { lasts: 2m }
  https://media.example.com/gone.wav: { missing: true }
  https://media.example.com/text.wav: { wrongFormat: true }
  wss://media.example.com/audio: { unreachable: true }
  wss://media.example.com/text: { breaksAfter: 5s }
recordingFails: true
customContext: { sipHeaders: { User-To-User: ticket=42 } }
";

    /// Every shape of a file is one that the control API takes, and means the same there.
    #[test]
    fn a_file_and_the_control_api_read_the_same() {
        let read: PlaceCall = parse("call.yaml", CALL, PlaceCall::check).unwrap();
        let sent = serde_json::to_value(&read).unwrap();
        assert_eq!(serde_json::from_value::<PlaceCall>(sent.clone()).unwrap(), read, "{sent:#}");
        let by_hand = json!({
            "from": "+14255550177", "to": "+18005550100", "callerDisplayName": "Ada",
            "script": {
                "press": ["1", "2#", {"keys": "4", "after": "2s"}, {"keys": "*", "at": "90s"}, null],
                "say": ["sales", {"words": "a person", "after": "0.5s"}, {"unclear": true}, null],
                "giveUpAfter": "20s", "keysLost": true,
            },
            "people": {
                "+14255550123": {"answerAfter": "5s", "press": ["1"], "hangupAfter": "60s"},
                "+14255550124": {"busy": true},
                "4:+14255550125": {"noAnswer": true},
                "+14255550126": {"voicemail": true, "after": "3s"},
                "8:acs:a_b": {"joinsAfter": "10s", "hangupAfterPrompts": 2},
                "anonymous": {},
            },
            "media": {
                "https://media.example.com/long.wav": {"lasts": "2m"},
                "https://media.example.com/gone.wav": {"missing": true},
                "https://media.example.com/text.wav": {"wrongFormat": true},
                "wss://media.example.com/audio": {"unreachable": true},
                "wss://media.example.com/text": {"breaksAfter": "5s"},
            },
            "recordingFails": true,
            "customContext": {"sipHeaders": {"User-To-User": "ticket=42"}},
        });
        assert_eq!(serde_json::from_value::<PlaceCall>(by_hand).unwrap(), read);
    }

    #[test]
    fn the_examples_of_the_help_are_scripts() {
        let mut cli = <crate::Cli as clap::CommandFactory>::command();
        let mut example = |command: &str, from: &str, to: &str| {
            let help = cli.find_subcommand_mut(command).unwrap().render_long_help().to_string();
            let (_, example) = help.split_once(from).unwrap();
            example.split_once(to).unwrap().0.to_owned()
        };
        let scene: Scene =
            parse("people.yaml", &example("sim", "people.yaml:\n", "It may also"), Scene::check).unwrap();
        assert!(scene.people.len() == 2 && scene.rooms.len() == 1 && scene.media.len() == 2);
        let call: PlaceCall =
            parse("ada.yaml", &example("call", "ada.yaml:\n", "Exit status"), PlaceCall::check).unwrap();
        assert_eq!(call.people.len(), 2);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, expected) in [
            ("", "s.yaml: the script is empty"),
            ("people: [", "s.yaml:1:9: "),
            ("people: {}\npeople: {}\n", "s.yaml:2:1: "),
            ("peeple: {}\n", "s.yaml:1:1: unknown field `peeple`"),
            (
                "people:\n  +14255550123: { buzy: true }\n",
                "s.yaml:2:19: people.+14255550123: unknown field `buzy`",
            ),
            ("people:\n  14: {}\n", "s.yaml:2:3: people: `14` is neither a phone number"),
            (
                "people:\n  +14255550123:\n    press: [x]\n",
                "s.yaml:3:12: people.+14255550123.press: `x` is no key",
            ),
            (
                "people:\n  +14255550123: { answerAfter: soon }\n",
                "`soon` is not a length of time such as `20s`",
            ),
            ("people:\n  +14255550123: { joinsAfter: 1s }\n", "s.yaml: `joinsAfter` says when"),
            ("media:\n  https://a.example/b.wav: { unreachable: true }\n", "is a file: it can be `missing`"),
            ("media:\n  b.wav: { missing: true }\n", "no absolute `https://`"),
            (
                "a: &a [1,2,3,4,5,6,7,8,9]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
              d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
                "s.yaml:",
            ),
        ] {
            let error = parse("s.yaml", text, Scene::check).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
