//! Any text is formatted: nothing is lost, and formatted again it stays as it is.
//!
//! The formatter's library may panic, as `flowctl fmt` expects of it; our own part may not.

#![no_main]

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

use lang::{Source, format, yaml};
use libfuzzer_sys::fuzz_target;

static QUIET: Once = Once::new();

fuzz_target!(|text: &str| {
    // In place of libFuzzer's own, which ends the process at once.
    QUIET.call_once(|| {
        set_hook(Box::new(|panic| {
            let is_library = panic.location().is_some_and(|place| place.file().contains("/registry/"));
            if !is_library {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    });
    let source = Source::new("flow.yaml", text);
    let Ok(Ok(formatted)) = catch_unwind(AssertUnwindSafe(|| format::format(&source))) else { return };
    let again = Source::new("flow.yaml", formatted.as_str());
    assert_eq!(yaml::read(&again).1, []);
    assert_eq!(format::format(&again).as_ref(), Ok(&formatted));
    let (before, after) = (validate::check(vec![source]), validate::check(vec![again]));
    let found = |checked: &validate::Checked| {
        checked.reports[0].found.iter().map(|finding| (finding.code, finding.severity)).collect::<Vec<_>>()
    };
    assert_eq!(found(&before).len(), found(&after).len());
    for (before, after) in before.flows.iter().zip(&after.flows) {
        assert_eq!(before.hash(), after.hash());
    }
});
