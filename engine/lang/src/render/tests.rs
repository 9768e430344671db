//! How findings look.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::finding::{Cause, Code, Finding, Report, Step};
use crate::source::{Source, Span};

fn plain(text: &str, found: Vec<Finding>) -> String {
    human(&Report { source: Source::new("flow.yaml", text), found }, Style { color: false })
}

#[test]
fn a_finding_shows_place_reason_and_mend() {
    let text = "states:\n  menu:\n    goto: menuu\n";
    let step = |cause, at| Step { cause, state: "menu".to_owned(), span: Span::new(at, at) };
    let mut finding = Finding::error(Code(201), Span::new(26, 31), "no state is named `menuu`")
        .label("this state does not exist")
        .related(Span::new(10, 14), "a state with a similar name")
        .note("a target is looked up among siblings first")
        .help("did you mean `menu`?")
        .fix(Span::new(26, 31), "menu");
    finding.trace = vec![
        step(Cause::Action("answer".to_owned()), 10),
        step(Cause::Event("CallConnected".to_owned()), 21),
    ];
    let expected = "\
error[CF201]: no state is named `menuu`
 --> flow.yaml:3:11
  |
2 |   menu:
  |   ---- a state with a similar name
3 |     goto: menuu
  |           ^^^^^ this state does not exist
  |
  = note: a target is looked up among siblings first
  = note: it happens so:
          `answer` is posted in `menu` (line 2)
          CallConnected in `menu` (line 3)
help: did you mean `menu`?
  |
3 -     goto: menuu
3 +     goto: menu
  |
";
    assert_eq!(plain(text, vec![finding.clone()]), expected);
    let line = json(&Report { source: Source::new("flow.yaml", text), found: vec![finding] });
    assert_eq!(
        line,
        "{\"file\":\"flow.yaml\",\"code\":\"CF201\",\"severity\":\"error\",\
         \"message\":\"no state is named `menuu`\",\"line\":3,\"column\":11,\"endLine\":3,\"endColumn\":16,\
         \"help\":\"did you mean `menu`?\",\
         \"trace\":[{\"action\":\"answer\",\"state\":\"menu\",\"line\":2},\
         {\"event\":\"CallConnected\",\"state\":\"menu\",\"line\":3}],\
         \"related\":[{\"file\":\"flow.yaml\",\"line\":2,\"column\":3,\"message\":\"a state with a similar name\"}]}\n"
    );
}

#[test]
fn absent_parts_are_null_or_empty_in_json() {
    let found = vec![Finding::warning(Code(3), Span::new(0, 1), "m")];
    let line = json(&Report { source: Source::new("x", "\u{df}"), found });
    assert!(line.contains(r#""severity":"warning""#), "{line}");
    assert!(
        line.ends_with("\"endLine\":1,\"endColumn\":2,\"help\":null,\"trace\":[],\"related\":[]}\n"),
        "{line}"
    );
}

#[test]
fn nothing_reaches_the_terminal_raw() {
    let text = "a: \"\u{1b}[2J\u{9b}2J\"\r\nb: c\r\n";
    let finding = Finding::error(Code(1), Span::new(3, 9), "m \u{1b}[2J\n\u{9b}2J")
        .label("l \u{1b}[2J\u{9b}")
        .note("n \u{1b}[2J\u{9b}")
        .help("h \u{1b}[2J\u{9b}")
        .fix(Span::new(3, 4), "\u{1b}[2J\u{9b}");
    let shown = plain(text, vec![finding]);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
}

#[test]
fn long_lines_and_far_labels_cost_little() {
    let text = format!("a: [{}]\n{}z: 1\n", "x, ".repeat(1 << 20), "b: 1\n".repeat(4000));
    let far = text.len() - 5;
    let found: Vec<Finding> = (0..200)
        .map(|at| {
            Finding::error(Code(2), Span::new(4 + at, 5 + at), "m").related(Span::new(far, far + 1), "there")
        })
        .collect();
    let shown = plain(&text, found);
    assert!(shown.contains("flow.yaml:1:5\n") && shown.contains("flow.yaml:4002:1\n"), "{}", &shown[..400]);
    assert!(shown.len() < 200 * 400, "{}", shown.len());
}
