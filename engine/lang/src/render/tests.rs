//! How findings look.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::finding::{Cause, Code, Finding, Report, Severity, Step};
use crate::page::Page;
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

#[test]
fn workflow_commands_are_one_line_each() {
    let text = "a: 1\nb: {\n  c: 2 }\n";
    let mut finding = Finding::error(Code(201), Span::new(3, 4), "100 % of `x\n::error::y`")
        .label("here")
        .note("why\r")
        .help("do this: that");
    finding.trace =
        vec![Step { cause: Cause::Event("E".to_owned()), state: "s".to_owned(), span: Span::new(5, 6) }];
    let lines = Finding::warning(Code(3), Span::new(8, 17), "two lines");
    let report = Report { source: Source::new("a:b,c\n%.yaml", text), found: vec![finding, lines] };
    assert_eq!(
        github(&report),
        "::error file=a%3Ab%2Cc%0A%25.yaml,line=1,endLine=1,col=4,endColumn=5,title=CF201::\
         100 %25 of `x\u{240a}::error::y`%0Ahere%0Anote: why\u{240d}%0A\
         note: it happens so:%0AE in `s` (line 2)%0Ahelp: do this: that\n\
         ::warning file=a%3Ab%2Cc%0A%25.yaml,line=2,endLine=3,title=CF003::two lines\n"
    );
}

#[test]
fn a_log_has_one_run_for_all_files() {
    const PAGES: &[Page] = &[
        Page::new(Code(2), "duplicate-key", Severity::Error, "# CF002: a key twice\n"),
        Page::new(Code(3), "misread", Severity::Warning, "# CF003: a misread\n\n## What it finds\n\nIt.\n"),
    ];
    let mut finding = Finding::warning(Code(3), Span::new(4, 5), "write {x}")
        .label("here")
        .related(Span::new(0, 2), "there")
        .help("quote it")
        .fix(Span::new(4, 5), "\"b\"");
    finding.trace =
        vec![Step { cause: Cause::Action("play".to_owned()), state: "s".to_owned(), span: Span::new(0, 1) }];
    let unlisted = Finding::error(Code(999), Span::new(0, 0), "new");
    let reports = [
        Report { source: Source::new("a b/x:y.yaml", "\u{df}: b\n"), found: vec![finding] },
        Report { source: Source::new("/flows/z.yaml", ""), found: vec![unlisted] },
    ];
    let text = sarif(&reports, Tool { name: "flowctl", version: "1.2.3", pages: PAGES });
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let place = |column, end| {
        serde_json::json!({
            "artifactLocation": { "uri": "a%20b/x%3Ay.yaml" },
            "region": { "startLine": 1, "startColumn": column, "endLine": 1, "endColumn": end },
        })
    };
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["tool"]["driver"]["rules"][1]["fullDescription"]["text"], "It.");
    assert_eq!(run["tool"]["driver"]["rules"][1]["defaultConfiguration"]["level"], "warning");
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "CF003");
    assert_eq!(result["ruleIndex"], 1);
    assert_eq!(result["message"]["text"], "write {{x}}.\nhere\nhelp: quote it");
    assert_eq!(result["locations"][0]["physicalLocation"], place(4, 5));
    assert_eq!(result["relatedLocations"][0]["physicalLocation"], place(1, 2));
    let flow = &result["codeFlows"][0]["threadFlows"][0]["locations"];
    assert_eq!(flow[0]["location"]["message"]["text"], "`play` is posted in `s`");
    assert_eq!(flow[1]["location"]["physicalLocation"], place(4, 5));
    let change = &result["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["replacements"][0]["deletedRegion"], place(4, 5)["region"]);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "\"b\"");
    let other = &run["results"][1];
    assert_eq!(other["ruleIndex"], serde_json::Value::Null);
    assert_eq!(other["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "file:///flows/z.yaml");
}
