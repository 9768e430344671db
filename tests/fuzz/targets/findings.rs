//! Any bytes are read, checked and shown in every format; places lie inside the text, and JSON is JSON.

#![no_main]

use lang::finding::Report;
use lang::render::{self, Style, Tool};
use lang::{Finding, Source, Span, fix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reports = match lang::yaml::source("flow.yaml", bytes) {
        Ok(source) => validate::check(vec![source]).reports,
        Err(finding) => {
            let source = Source::new("flow.yaml", String::from_utf8_lossy(bytes));
            vec![Report { source, found: vec![finding] }]
        }
    };
    for report in &reports {
        report.found.iter().for_each(|finding| lies_inside(finding, &report.source));
        let _ = render::human(report, Style { color: true });
        let _ = render::github(report);
        for line in render::json(report).lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON");
        }
        let _ = fix::apply(&report.source, &report.found);
    }
    let sarif = render::sarif(&reports, Tool { name: "fuzz", version: "0", pages: validate::PAGES });
    serde_json::from_str::<serde_json::Value>(&sarif).expect("a log is JSON");
});

fn lies_inside(finding: &Finding, source: &Source) {
    let check = |span: Span| assert_eq!(source.clamp(span), span, "{finding:?}");
    check(finding.primary.span);
    finding.related.iter().for_each(|label| check(label.span));
    finding.trace.iter().for_each(|step| check(step.span));
    finding.fix.iter().for_each(|fix| check(fix.span));
}
