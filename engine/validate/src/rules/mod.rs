//! The rules over flows that could be read and resolved. One rule, one file, one page beside it.

use lang::Finding;

use crate::graph::Graph;
use crate::model::Model;

mod cf301_unreachable_state;
mod cf302_no_way_on;
mod cf303_never_waits;
mod cf304_endless_loop;
mod cf305_no_end;
mod cf306_shadowed_branch;
mod cf307_nothing_for_the_rest;

/// A rule: what it finds in one flow, given what the rules before it have found.
pub(crate) struct Rule {
    pub(crate) check: fn(&Subject<'_>, &mut Vec<Finding>),
}

/// One flow, with what several rules want to know of it.
pub(crate) struct Subject<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) graph: &'a Graph,
}

/// Whether one of these was found already, of which the rule at hand would only be an echo.
fn is_told(found: &[Finding], codes: &[u16]) -> bool {
    found.iter().any(|finding| codes.contains(&finding.code.0))
}

/// All of them. A rule stands behind those whose findings make its own an echo (clarification 13).
pub(crate) const RULES: &[Rule] = &[
    cf301_unreachable_state::RULE,
    cf302_no_way_on::RULE,
    cf303_never_waits::RULE,
    cf305_no_end::RULE,
    cf304_endless_loop::RULE,
    cf306_shadowed_branch::RULE,
    cf307_nothing_for_the_rest::RULE,
];
