//! What hostile and strange texts cost: an error, and little of anything.
#![allow(clippy::unwrap_used)]

use super::check_tests::Known;
use super::tests::{World, evaluate, shown};
use super::*;
use crate::node::{Scalar, Style};
use proptest::prelude::*;

#[test]
fn hostile_texts_are_refused_at_once() {
    for text in [
        "(".repeat(10_000),
        format!("1{}", "+1".repeat(100_000)),
        format!("1{}", "+1".repeat(2_000)),
        format!("a{}", ".a".repeat(100_000)),
        format!("a{}", ".a".repeat(2_000)),
        format!("a{}", "[0]".repeat(1_000)),
        format!("{}1", "!".repeat(4_000)),
        format!("{}1", "-".repeat(4_000)),
        "[".repeat(4_000),
        "{'a':".repeat(800),
        "a?b:".repeat(1_000),
        "size(".repeat(800),
        "[1].map(a,".repeat(400),
        format!("[{}1]", "1,".repeat(2_000)),
    ] {
        assert!(Expr::parse(&text).is_err(), "{}", &text[..20]);
    }
    let nested = format!("((((({})))))", "(".repeat(20) + "1" + &")".repeat(20));
    assert_eq!(shown(&nested), "1");
}

#[test]
fn the_deepest_that_is_accepted_needs_little_stack() {
    let run = || {
        for (open, inner, close) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{'a': ", "1", "}"),
            ("true ? 1 : ", "1", ""),
            ("size([", "1", "])"),
            ("[1].map(a, ", "a", ")"),
            ("!", "true", ""),
            ("", "[1]", ".map(a, [a])"),
            ("", "{'a': 1}", ".a"),
        ] {
            let nested = |depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
            let accepted: Vec<_> = (0..100).map_while(|depth| Expr::parse(&nested(depth)).ok()).collect();
            assert!((12..40).contains(&accepted.len()), "{open}{close}: {}", accepted.len());
            let _ = accepted[accepted.len() - 1].evaluate(&World::new());
        }
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn hostile_evaluations_are_stopped() {
    let ten = "[1,2,3,4,5,6,7,8,9,0]";
    for text in [
        format!("{ten}.map(a, {ten}.map(b, {ten}.map(c, {ten}.map(d, a))))"),
        format!("{ten}.exists(a, {ten}.exists(b, {ten}.exists(c, {ten}.exists(d, a > 'x'))))"),
        format!("{ten}.all(a, {ten}.all(b, {ten}.all(c, {ten}.all(d, has(a.x.y) || true))))"),
        // Each step doubles what the one before made.
        format!("[1]{0} == [1]{0}", ".map(x, [x, x])".repeat(20)),
        format!("{ten}.map(a, {ten}.map(b, {ten}.map(c, 'x'.matches('a' + '{{1,100}}'))))"),
    ] {
        let error = evaluate(&text).unwrap_err();
        assert!(error.contains("more than") || error.contains("too large"), "{text}: {error}");
    }
    let doubled = format!("'{}'{}", "x".repeat(1000), ".replace('x', 'xxxxxxxxxx')".repeat(3));
    assert_eq!(shown(&doubled), "! the text becomes longer than 65536 bytes");
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "[-a-z0-9 .,:?!<>=&|+*/%()\\[\\]{}'\"\\\\$é\n]{0,60}|\\PC{0,40}") {
        if let Ok(expr) = Expr::parse(&text) {
            let _ = expr.evaluate(&World::new());
            let _ = (expr.reads(), expr.needs(), expr.carries(), expr.check_guard(&Known::new()));
        }
        let span = Span::new(100, 102 + text.len());
        let scalar = Scalar { text, style: Style::Quoted, verbatim: true };
        let mut found = Vec::new();
        let template = Template::read(&Node { span, kind: Kind::Scalar(scalar) }, &mut found);
        let _ = template.evaluate(&World::new());
        for finding in found {
            prop_assert!(finding.primary.span.start >= span.start && finding.primary.span.end <= span.end);
        }
    }

    #[test]
    fn no_mix_of_words_is_too_strange(words in prop::collection::vec(prop::sample::select(WORDS), 0..24)) {
        let text = words.join("");
        match Expr::parse(&text) {
            Ok(expr) => {
                let checked = expr.check(&Known::new());
                for fault in checked.faults {
                    prop_assert!(text.get(fault.start..fault.end).is_some(), "{}: {:?}", text, fault);
                }
                if let Ok(value) = expr.evaluate(&World::new()) {
                    prop_assert!(checked.of.agrees_with(&Type::of(&value)), "{}", text);
                }
            }
            Err(error) => prop_assert!(text.get(error.start..error.end).is_some(), "{:?}", error),
        }
    }
}

const WORDS: &[&str] = &[
    "event",
    ".",
    "data",
    "list",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ":",
    "?",
    ",",
    "1",
    "0.5",
    "'a'",
    "\"é\"",
    "x",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "<",
    " in ",
    "null",
    "true",
    ".size()",
    ".map(x,",
    ".all(x,",
    "has(",
    "now",
    ".getHours(",
    "'Europe/Berlin'",
    "duration('1h')",
    ".substring(",
    ".split(",
    ".matches(",
    "int(",
    "string(",
];
