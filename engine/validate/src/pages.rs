//! The page of each code, in the order of the codes. What the pages say is Markdown beside the rules.

use lang::Severity::{Error, Warning};
use lang::{Code, Page};

/// All pages.
pub const PAGES: &[Page] = &[
    Page::new(Code(1), "not-yaml", Error, include_str!("rules/cf001_not_yaml.md")),
    Page::new(Code(2), "duplicate-key", Error, include_str!("rules/cf002_duplicate_key.md")),
    Page::new(Code(3), "misread-scalar", Warning, include_str!("rules/cf003_misread_scalar.md")),
    Page::new(Code(101), "unknown-key", Error, include_str!("rules/cf101_unknown_key.md")),
    Page::new(Code(102), "missing-key", Error, include_str!("rules/cf102_missing_key.md")),
    Page::new(Code(103), "wrong-value", Error, include_str!("rules/cf103_wrong_value.md")),
    Page::new(Code(104), "exclusive-keys", Error, include_str!("rules/cf104_exclusive_keys.md")),
    Page::new(Code(105), "malformed", Error, include_str!("rules/cf105_malformed.md")),
    Page::new(Code(201), "unknown-target", Error, include_str!("rules/cf201_unknown_target.md")),
    Page::new(Code(202), "unknown-event", Error, include_str!("rules/cf202_unknown_event.md")),
    Page::new(Code(203), "no-subflow", Error, include_str!("rules/cf203_no_subflow.md")),
    Page::new(Code(204), "subflow-outcomes", Error, include_str!("rules/cf204_subflow_outcomes.md")),
    Page::new(Code(205), "conflicting-flows", Error, include_str!("rules/cf205_conflicting_flows.md")),
    Page::new(Code(206), "subflow-inputs", Error, include_str!("rules/cf206_subflow_inputs.md")),
    Page::new(Code(301), "unreachable-state", Error, include_str!("rules/cf301_unreachable_state.md")),
    Page::new(Code(302), "no-way-on", Error, include_str!("rules/cf302_no_way_on.md")),
    Page::new(Code(303), "never-waits", Error, include_str!("rules/cf303_never_waits.md")),
    Page::new(Code(304), "endless-loop", Warning, include_str!("rules/cf304_endless_loop.md")),
    Page::new(Code(305), "no-end", Error, include_str!("rules/cf305_no_end.md")),
    Page::new(Code(306), "shadowed-branch", Warning, include_str!("rules/cf306_shadowed_branch.md")),
    Page::new(
        Code(307),
        "nothing-for-the-rest",
        Warning,
        include_str!("rules/cf307_nothing_for_the_rest.md"),
    ),
    Page::new(Code(401), "illegal-action", Error, include_str!("rules/cf401_illegal_action.md")),
    Page::new(Code(402), "failure-unhandled", Error, include_str!("rules/cf402_failure_unhandled.md")),
    Page::new(Code(403), "success-unhandled", Error, include_str!("rules/cf403_success_unhandled.md")),
    Page::new(Code(404), "impossible-event", Warning, include_str!("rules/cf404_impossible_event.md")),
    Page::new(Code(405), "end-leaves-call-up", Error, include_str!("rules/cf405_end_leaves_call_up.md")),
    Page::new(Code(406), "unbounded-wait", Warning, include_str!("rules/cf406_unbounded_wait.md")),
    Page::new(Code(407), "no-caller-id", Error, include_str!("rules/cf407_no_caller_id.md")),
    Page::new(Code(408), "target-cannot-take", Error, include_str!("rules/cf408_target_cannot_take.md")),
    Page::new(Code(409), "media-overlaps", Warning, include_str!("rules/cf409_media_overlaps.md")),
    Page::new(Code(410), "not-started", Error, include_str!("rules/cf410_not_started.md")),
    Page::new(Code(411), "no-speech-endpoint", Error, include_str!("rules/cf411_no_speech_endpoint.md")),
    Page::new(
        Code(412),
        "private-media-overlaps",
        Error,
        include_str!("rules/cf412_private_media_overlaps.md"),
    ),
    Page::new(Code(413), "long-silence", Warning, include_str!("rules/cf413_long_silence.md")),
    Page::new(Code(414), "transferee", Error, include_str!("rules/cf414_transferee.md")),
    Page::new(Code(415), "silence-as-consent", Warning, include_str!("rules/cf415_silence_as_consent.md")),
    Page::new(Code(501), "expression", Error, include_str!("rules/cf501_expression.md")),
    Page::new(Code(502), "unknown-name", Error, include_str!("rules/cf502_unknown_name.md")),
    Page::new(Code(503), "type-error", Error, include_str!("rules/cf503_type_error.md")),
    Page::new(Code(504), "unset-variable", Error, include_str!("rules/cf504_unset_variable.md")),
    Page::new(Code(505), "unused-variable", Warning, include_str!("rules/cf505_unused_variable.md")),
    Page::new(Code(506), "sensitive-leak", Warning, include_str!("rules/cf506_sensitive_leak.md")),
    Page::new(Code(601), "preview-action", Warning, include_str!("rules/cf601_preview_action.md")),
    Page::new(Code(602), "secret-in-flow", Warning, include_str!("rules/cf602_secret_in_flow.md")),
];

/// The page of a code, if any rule finds it.
#[must_use]
pub fn explain(code: Code) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.code == code)
}
