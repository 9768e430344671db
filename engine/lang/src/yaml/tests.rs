//! Trees, places, limits and words.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::finding::Report;
use crate::limits::FINDINGS_MAX;
use crate::node::Kind;
use crate::render::{Style as Layout, human};

fn read_text(text: &str) -> (Option<Node>, Vec<Finding>) {
    read(&Source::new("flow.yaml", text))
}

/// A tree in one line: each scalar as `start..end text`, with `!` where its text is not verbatim.
fn sketch(node: &Node) -> String {
    let Span { start, end } = node.span;
    let content = match &node.kind {
        Kind::Scalar(scalar) => format!("{}{:?}", if scalar.verbatim { "" } else { "!" }, scalar.text),
        Kind::List(items) => format!("[{}]", items.iter().map(sketch).collect::<Vec<_>>().join(", ")),
        Kind::Map(entries) => {
            let entry = |entry: &crate::node::Entry| {
                let Span { start, end } = entry.key.span;
                format!("{start}..{end} {}: {}", entry.key.value, sketch(&entry.value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    };
    format!("{start}..{end} {content}")
}

#[test]
fn every_key_and_value_knows_its_place() {
    for (text, expected) in [
        ("a: b\n", r#"0..4 {0..1 a: 3..4 "b"}"#),
        ("a:\nb: ~\n", r#"0..7 {0..1 a: 2..2 "", 3..4 b: 6..7 "~"}"#),
        ("a :  # c\nb: 1", r#"0..13 {0..1 a: 3..3 "", 9..10 b: 12..13 "1"}"#),
        ("{a: , b}", r#"0..8 {1..2 a: 3..3 "", 6..7 b: 7..7 ""}"#),
        ("- \n- a\n", r#"2..6 [2..2 "", 5..6 "a"]"#),
        ("a:\n  - b\n  - c\n\n# d\n", r#"0..14 {0..1 a: 7..14 [7..8 "b", 13..14 "c"]}"#),
        ("\"a\": 'b' # c\n", r#"0..8 {0..3 a: 5..8 "b"}"#),
        ("a: 'it''s'\nb: \"\\x41\"", r#"0..20 {0..1 a: 3..10 !"it's", 11..12 b: 14..20 !"A"}"#),
        ("a: b\n  c\nd: 'e\n  f'", r#"0..19 {0..1 a: 3..8 !"b c", 9..10 d: 12..19 !"e f"}"#),
        ("a: |\n  b\n  c\n\nd: >-\n  e\n\n", r#"0..23 {0..1 a: 7..12 !"b\nc\n", 14..15 d: 22..23 "e"}"#),
        ("a: {b: [c, d]}", r#"0..14 {0..1 a: 3..14 {4..5 b: 7..13 [8..9 "c", 11..12 "d"]}}"#),
        ("[a: b]", r#"0..6 [1..5 {1..2 a: 4..5 "b"}]"#),
        ("to: +14255550123\non: no", r#"0..23 {0..2 to: 4..16 "+14255550123", 17..19 on: 21..23 "no"}"#),
        ("ß: é\n", r#"0..6 {0..2 ß: 4..6 "é"}"#),
        ("\u{feff}a: b", r#"3..7 {3..4 a: 6..7 "b"}"#),
        ("---\na\n...\n", r#"4..5 "a""#),
        ("a: b\r\nc: d\r\n", r#"0..10 {0..1 a: 3..4 "b", 6..7 c: 9..10 "d"}"#),
    ] {
        let (node, found) = read_text(text);
        assert_eq!(found, [], "{text}");
        assert_eq!(sketch(&node.unwrap()), expected, "{text}");
    }
}

#[test]
fn aliases_copy_what_is_closed() {
    for (text, expected) in [
        ("a: &x 1\nb: *x\n", r#"0..13 {0..1 a: 6..7 "1", 8..9 b: 11..13 !"1"}"#),
        (
            "a: &x {c: d}\nb: [*x]\n",
            r#"0..20 {0..1 a: 6..12 {7..8 c: 10..11 "d"}, 13..14 b: 16..20 [17..19 {7..8 c: 10..11 "d"}]}"#,
        ),
        ("- &x [1]\n- [2, *x]\n", r#"5..18 [5..8 [6..7 "1"], 11..18 [12..13 "2", 15..17 [6..7 "1"]]]"#),
        ("&x a: 1\nb: *x\n", r#"3..13 {3..4 a: 6..7 "1", 8..9 b: 11..13 !"a"}"#),
        ("a: &x b\n*x : c\n", r#"0..14 {0..1 a: 6..7 "b", 8..10 b: 13..14 "c"}"#),
    ] {
        let (node, found) = read_text(text);
        assert_eq!(found, [], "{text}");
        assert_eq!(sketch(&node.unwrap()), expected, "{text}");
    }
}

/// Code, place and headline, with the texts marked by related labels.
fn words(text: &str) -> Vec<String> {
    let source = Source::new("flow.yaml", text);
    read(&source)
        .1
        .iter()
        .map(|finding| {
            let place = source.place(finding.primary.span.start);
            let related: Vec<_> = finding.related.iter().map(|label| source.slice(label.span)).collect();
            let shown = source.slice(finding.primary.span);
            let (code, message) = (finding.code, &finding.message);
            format!("{code} {}:{} {message} @{shown:?} {related:?}", place.line, place.column)
        })
        .collect()
}

#[test]
fn what_is_no_yaml_is_said_in_plain_words() {
    for (text, expected) in [
        ("a:\n\tb: 1\n", r#"CF001 2:1 a tab stands where the line is indented @"\t" []"#),
        ("a:\n  b: 1\n\tc: 2\n", r#"CF001 3:1 a tab stands where the line is indented @"\t" []"#),
        ("a: [1, 2\nb: 3\n", r#"CF001 2:1 expected `,` or `]` @"b: 3" ["["]"#),
        ("a: {x: 1\nb: 3\n", r#"CF001 2:1 expected `,` or `}` @"b: 3" ["{"]"#),
        ("a: {t: b: c}\n", r#"CF001 1:9 expected `,` or `}` @":" ["{"]"#),
        ("a: [1\n", r#"CF001 1:4 the bracket `[` is never closed @"[" []"#),
        ("a: [1}\n", r#"CF001 1:6 `}` closes a bracket of the other kind @"}" ["["]"#),
        ("a: {b: 1}}\n", r#"CF001 1:10 `}` closes no bracket @"}" []"#),
        ("a: \"hello\nb: 1\n", r#"CF001 1:4 the quote " is never closed @"\"" []"#),
        ("a: 'one\nb: 'two'\n", r#"CF001 2:5 text stands behind a closing quote @"two'" ["'"]"#),
        ("a:\n  b: 1\n c: 2\n", r#"CF001 3:2 this line is indented like nothing above it @"c: 2" ["a:"]"#),
        (
            "a:\n  b: 1\n   c: 2\n",
            r#"CF001 3:4 this line is indented like nothing above it @"c: 2" ["b: 1"]"#,
        ),
        ("a:1\nb: 2\n", r#"CF001 1:1 a blank is missing behind `a:` @"a:" []"#),
        ("a: 1\nb\nc: 2\n", r#"CF001 2:1 a colon is missing in this line @"b" []"#),
        ("a\nb: 1\n", r#"CF001 1:1 a colon is missing in this line @"a" []"#),
        ("a: b: c\n", r#"CF001 1:5 a second `: ` stands in one line @":" []"#),
        ("a: 1\n- b\n", r#"CF001 2:1 an item of a list stands among the keys of a mapping @"- b" ["a:"]"#),
        ("a:\n  - x\n  y: 1\n", r#"CF001 3:3 a key stands among the items of a list @"y: 1" ["-"]"#),
        ("a: - b\n", r#"CF001 1:4 a list cannot begin on the line of its key @"-" []"#),
        ("a: @x\n", r#"CF001 1:4 a value cannot begin with `@` @"@" []"#),
        ("a: `x`\n", r#"CF001 1:4 a value cannot begin with a backtick @"`" []"#),
        ("*: x\n", r#"CF001 1:1 `*` and `&` need a name behind them @"*" []"#),
        ("a: *x\n", r#"CF001 1:4 no value above is marked `&x` @"*x" []"#),
        ("a: \"\\d+\"\n", r#"CF001 1:5 `\d` means nothing in double quotes @"\\d" []"#),
        ("a: [b, , c]\n", r#"CF001 1:8 a value is missing in front of `,` @"," []"#),
        ("a: {{ x }}\n", r#"CF001 1:5 a mapping stands where a key belongs @"{" []"#),
        (": x\n", r#"CF001 1:1 a key is missing in front of `:` @"" []"#),
        ("%YAML 1.2\n---\na: 1\n", r#"CF001 1:1 directives are not part of a flow @"%YAML 1.2" []"#),
        ("a: 1\n---\nb: 2\n", r#"CF001 2:1 a second document begins in this file @"---" []"#),
        ("a: !!str 1\n", r#"CF001 1:4 tags such as `!!str` are not part of a flow @"!!str" []"#),
        ("a: &x {b: 1}\nc: {<<: *x}\n", r#"CF001 2:5 merge keys (`<<`) are not part of a flow @"<<" []"#),
        ("a: &x {b: *x}\n", r#"CF002 1:11 the alias `*x` stands inside the value that it names @"*x" []"#),
        ("a: 1\nb: 2\n'a': 3\n", r#"CF002 3:1 the key `a` stands here twice @"'a'" ["a"]"#),
        ("a: 1\n...\nb: 2\n", r#"CF001 3:1 a second document begins in this file @"" []"#),
        ("%TAG ! tag:x\n---\na: 1\n", r#"CF001 1:1 directives are not part of a flow @"%TAG ! tag:x" []"#),
        ("? [a]\n: b\n", r#"CF001 1:3 a list stands where a key belongs @"[" []"#),
        ("a: |\n     b\n   c\n", r#"CF001 3:4 this line is indented like nothing above it @"c" ["a:"]"#),
        ("a: !!binary aGk=\n", r#"CF001 1:4 tags such as `!!binary` are not part of a flow @"!!binary" []"#),
        (
            "a: b\u{1b}[31m\n",
            r#"CF001 1:5 the control character U+001B does not belong in a text @"\u{1b}" []"#,
        ),
        (
            "a: b\u{fffe}\n",
            r#"CF001 1:5 the control character U+FFFE does not belong in a text @"\u{fffe}" []"#,
        ),
        ("a: b\u{0}", r#"CF001 1:5 the control character U+0000 does not belong in a text @"\0" []"#),
        ("", r#"CF102 1:1 the file is empty: a flow needs `flow`, `start`, `initial` and `states` @"" []"#),
        (
            "# a\n",
            r#"CF102 1:1 the file is empty: a flow needs `flow`, `start`, `initial` and `states` @"" []"#,
        ),
        (
            "---\n",
            r#"CF102 1:1 the file is empty: a flow needs `flow`, `start`, `initial` and `states` @"" []"#,
        ),
    ] {
        assert_eq!(words(text), [expected], "{text}");
    }
}

#[test]
fn an_expression_in_pieces_is_quoted_whole() {
    for (text, fixed) in [
        ("when: \"a\" == \"b\"\n", Some(r#"'"a" == "b"'"#)),
        ("when: 'a' == x # c\n", None),
        ("a: {when: \"a\" == \"b\"}\n", None),
        ("text: \"Hello\" dear caller\n", None),
    ] {
        let found = read_text(text).1;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.replacement.as_str()), fixed, "{text}");
    }
}

#[test]
fn findings_that_leave_a_tree_keep_it() {
    let (node, found) = read_text("a: &x [1]\na: &y [2]\nb: [3]\nc: [*x, *y]\nd: !t 4\n<<: *x\n");
    assert_eq!(found.iter().map(|finding| finding.code.0).collect::<Vec<_>>(), [2, 1, 1]);
    let tree = sketch(&node.unwrap());
    assert!(tree.contains(r#"c: 30..38 [31..33 [7..8 "1"], 35..37 !""]"#), "{tree}");
    assert!(!tree.contains("<<"), "{tree}");
}

#[test]
fn bytes_become_a_source() {
    assert_eq!(super::source("x", b"\xEF\xBB\xBFa: b").unwrap().text(), "a: b");
    let finding = super::source("x", b"a: \xFFb").unwrap_err();
    assert_eq!((finding.code.0, finding.primary.span.start), (1, 3));
    let finding = super::source("x", &vec![b' '; SOURCE_BYTES_MAX + 1]).unwrap_err();
    assert_eq!(finding.code.0, 2);
}

#[test]
fn what_is_not_utf_8_is_said_where_it_begins() {
    for (bytes, at, note) in [
        (&b"a: b\nc: \xE2\x82"[..], 8, "in another encoding"),
        (b"a: \xED\xA0\x80", 3, "in another encoding"),
        (b"a: \xC0\xAF", 3, "in another encoding"),
        (b"\xFF\xFEa\0:\0", 0, "in UTF-16"),
        (b"\xFE\xFF\0a\0:", 0, "in UTF-16"),
    ] {
        let finding = super::source("x", bytes).unwrap_err();
        assert_eq!((finding.code.0, finding.primary.span.start), (1, at), "{bytes:?}");
        assert!(finding.notes[0].contains(note), "{:?}", finding.notes);
    }
}

/// What other versions of YAML, or other readers, take for something else than text.
#[test]
fn words_stay_as_they_are_written() {
    for word in [
        "y",
        "n",
        "yes",
        "NO",
        "on",
        "off",
        "true",
        "0o17",
        "017",
        "0x1F",
        "1_000",
        ".inf",
        ".nan",
        "1e3",
        "-0",
        "2026-01-01",
        "12:30:45",
        "=",
        "a\u{2028}b\u{85}c",
        "a\u{202e}b",
        "9999999999999999999999999",
        "a#b",
        "a:b",
    ] {
        let text = format!("a: {word}\n");
        let (node, found) = read_text(&text);
        assert_eq!(found, [], "{word}");
        assert_eq!(node.unwrap().get("a").unwrap().scalar().unwrap().text, word);
    }
    for (text, value) in [
        ("a: ~\n", None),
        ("? a\n: b\n", Some("b")),
        ("a: b\n  c\n  d\n", Some("b c d")),
        ("a: &unused b\n", Some("b")),
        ("\u{feff}a: b\n...\n", Some("b")),
        ("a:\tb\n", Some("b")),
        ("a: b\rc: d\r", Some("b")),
        ("a: \"\\0\"\n", Some("\0")),
    ] {
        let (node, found) = read_text(text);
        assert_eq!(found, [], "{text:?}");
        assert_eq!(node.unwrap().get("a").unwrap().scalar().map(|scalar| &*scalar.text), value, "{text:?}");
    }
}

/// One that is not refused before it goes off takes minutes or gigabytes.
#[test]
fn bombs_are_refused() {
    let laughs = (1..10).fold(format!("a0: &a0 [{}]\n", "x, ".repeat(10)), |text, level| {
        let below = format!("*a{}, ", level - 1).repeat(10);
        format!("{text}a{level}: &a{level} [{below}]\n")
    });
    let nested: String = (0..3000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100 * 1024), "*a, ".repeat(3000));
    let wide = format!("[{}]", "a, ".repeat(600_000));
    let anchors = (0..60).map(|level| format!("{{b: &a{level} ")).collect::<String>() + &"}".repeat(60);
    for (name, text, code) in [
        ("laughs", laughs, 2),
        ("nested", nested, 2),
        ("long", long, 2),
        ("wide", wide, 2),
        ("brackets", "[".repeat(10_000), 2),
        ("braces", "{a: ".repeat(10_000), 2),
        ("dashes", "- ".repeat(10_000), 2),
        ("aliases of depth", format!("a: &a {0}1{1}\nb: {0}*a{1}", "[".repeat(40), "]".repeat(40)), 2),
        ("unclosed", format!("a: [{}", "'x', ".repeat(90_000)), 1),
        ("quotes", "a: '".to_owned() + &"''".repeat(1_000_000), 1),
        ("anchors", anchors, 0),
        ("many anchors", format!("{}{}{}", "[".repeat(60), "&a [],".repeat(20_000), "]".repeat(60)), 2),
        ("many anchored words", format!("[{}]", "&a b,".repeat(20_000)), 2),
        ("aliases of little", format!("a: &a x\nb: [{}]\n", "*a, ".repeat(200_000)), 2),
    ] {
        let (node, found) = read_text(&text);
        assert_eq!(found.first().map_or(0, |finding| finding.code.0), code, "{name}: {found:?}");
        assert_eq!(node.is_none(), code > 0, "{name}");
    }
}

/// Ten thousand states of the usual kind, which are near the limits, and no finding each of a hundred thousand.
#[test]
fn what_is_written_plainly_is_bounded_by_its_size() {
    let state = "  on: { A: [{ when: b, goto: c }, { goto: d }], E: [{ when: f, goto: g }, { goto: h }] }\n  do: [{ recognize: { dtmf: { maxTones: 1 }, prompt: { text: i } } }]\n";
    let states: String = (0..10_000).map(|number| format!("s{number}:\n{state}")).collect();
    let (node, found) = read_text(&states);
    assert_eq!((node.is_some(), found), (true, vec![]));
    for text in ["a: 1\n".repeat(50_000), "- !a b\n".repeat(50_000), "- {<<: a}\n".repeat(50_000)] {
        assert_eq!(read_text(&text).1.len(), FINDINGS_MAX, "{}", &text[..10]);
    }
}

fn every_span(node: &Node, visit: &mut dyn FnMut(Span)) {
    visit(node.span);
    match &node.kind {
        Kind::Scalar(scalar) => visit(node.inside(0, scalar.text.len())),
        Kind::List(items) => items.iter().for_each(|item| every_span(item, visit)),
        Kind::Map(entries) => entries.iter().for_each(|entry| {
            visit(entry.key.span);
            every_span(&entry.value, visit);
        }),
    }
}

/// Reading never panics, places lie inside the text, and what is found can be shown.
fn holds(text: &str) {
    let source = Source::new("flow.yaml", text);
    let (node, found) = read(&source);
    let mut visit = |span: Span| assert_eq!(source.clamp(span), span, "{text:?}");
    if let Some(node) = &node {
        every_span(node, &mut visit);
    }
    for finding in &found {
        visit(finding.primary.span);
        finding.related.iter().for_each(|label| visit(label.span));
        finding.fix.iter().for_each(|fix| visit(fix.span));
    }
    let report = Report { source: source.clone(), found };
    let shown = human(&report, Layout { color: true });
    assert_eq!(shown.is_empty(), report.found.is_empty());
    assert_eq!(crate::render::json(&report).lines().count(), report.found.len());
}

const FLOW: &str = "# a flow\nflow: support-line\nstart:\n  incoming: { to: [\"+18005550100\", '8:acs:x'] }\nvars: &v\n  sales: +14255550123\nstates:\n  menu:\n    do:\n      - play: { text: \"Grüße, \\\"you\\\"\" }\n      - log: |\n          two\n          lines\n    on:\n      RecognizeCompleted:\n        - when: event.digits == \"1\"\n          goto: sales\n        - goto: *v\n    after:\n      60s: end\n  end: { end: completed }\n";

proptest! {
    #[test]
    fn any_text_is_read(text in "(?s).{0,64}") {
        holds(&text);
    }

    #[test]
    fn anything_like_yaml_is_read(text in proptest::string::string_regex(
        "([\\-:,?&*!|>%@`#'\"\\[\\]{}\\\\ab~<\u{df}\u{85}\u{2028}\u{feff}\u{1b}\r\t \n]){0,48}").unwrap()) {
        holds(&text);
    }

    #[test]
    fn a_flow_with_slips_is_read(slips in prop::collection::vec((any::<prop::sample::Index>(), "[-:,'\"\\[\\]{}&*|#!<\u{df}\t\r\n ab]{0,3}", 0_usize..4), 1..5)) {
        let mut characters: Vec<char> = FLOW.chars().collect();
        for (place, inserted, removed) in slips {
            let at = place.index(characters.len());
            let end = (at + removed).min(characters.len());
            characters.splice(at..end, inserted.chars());
        }
        holds(&characters.into_iter().collect::<String>());
    }
}

/// What the library that everybody knows makes of a text, with all scalars as text.
fn same(node: &Node, other: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (&node.kind, other) {
        (Kind::Scalar(scalar), Value::Null) => scalar.is_null(),
        (Kind::Scalar(scalar), Value::Bool(value)) => scalar.text == value.to_string(),
        (Kind::Scalar(scalar), Value::Number(value)) => {
            scalar.text.parse::<f64>().ok() == value.as_f64() || scalar.text.starts_with('0')
        }
        (Kind::Scalar(scalar), Value::String(value)) => scalar.text == *value,
        (Kind::List(items), Value::Sequence(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| same(item, other))
        }
        (Kind::Map(entries), Value::Mapping(others)) => {
            entries.len() == others.len()
                && entries.iter().zip(others).all(|(entry, (key, other))| {
                    Some(entry.key.value.as_str()) == key.as_str() && same(&entry.value, other)
                })
        }
        (Kind::Scalar(_) | Kind::List(_) | Kind::Map(_), _) => false,
    }
}

#[test]
fn good_files_read_as_elsewhere() {
    for text in [
        FLOW,
        "a: >\n  b\n  c\n\n  d\ne: |+\n  f\n\ng: 'h''i\n\n  j'\nk: \"l\\\n  m\"\n? n\n: [o, {p: q}, r: s]\n",
        include_str!("../../../../flows/after-hours.yaml"),
        include_str!("../../../../flows/appointment-reminder.yaml"),
        include_str!("../../../../flows/conference.yaml"),
        include_str!("../../../../flows/support-line.yaml"),
    ] {
        let (node, found) = read_text(text);
        assert_eq!(found, [], "{text}");
        let other: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
        assert!(same(&node.unwrap(), &other), "{text}");
    }
}
