//! The rules over flows that could be read and resolved. One rule, one file, one page beside it.

use std::collections::HashSet;

use lang::{Code, Finding};
use machine::actions::Written;
use machine::ids::StateId;

use crate::graph::Graph;
use crate::model::Model;
use crate::names::Names;
use crate::outcomes::Outcomes;
use crate::product::{Met, Product, What};
use crate::reaches::Reaches;
use crate::surroundings::Surroundings;
use crate::typing::Typing;

mod cf102_listens_to_nobody;
mod cf204_subflow_outcomes;
mod cf206_subflow_inputs;
mod cf301_unreachable_state;
mod cf302_no_way_on;
mod cf303_never_waits;
mod cf304_endless_loop;
mod cf305_no_end;
mod cf306_shadowed_branch;
mod cf307_nothing_for_the_rest;
mod cf401_illegal_action;
mod cf402_expression_may_fail;
mod cf402_failure_unhandled;
mod cf403_success_unhandled;
mod cf404_impossible_event;
mod cf405_end_leaves_call_up;
mod cf406_unbounded_wait;
mod cf407_no_caller_id;
mod cf408_target_cannot_take;
mod cf409_media_overlaps;
mod cf410_not_started;
mod cf411_no_speech_endpoint;
mod cf412_private_media_overlaps;
mod cf413_long_silence;
mod cf414_transferee;
mod cf415_silence_as_consent;
mod cf502_unknown_name;
mod cf503_type_error;
mod cf504_unset_variable;
mod cf505_unused_variable;
mod cf506_sensitive_leak;
pub(crate) mod cf602_secret_in_flow;
mod subflow_on_this_call;
mod undeclared_output;

/// A rule: what it finds in one flow, given what the rules before it have found.
pub(crate) struct Rule {
    pub(crate) check: fn(&Subject<'_>, &mut Vec<Finding>),
}

/// One flow, with what several rules want to know of it.
pub(crate) struct Subject<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) graph: &'a Graph,
    pub(crate) product: &'a Product<'a>,
    pub(crate) names: &'a Names<'a>,
    pub(crate) reaches: &'a Reaches<'a>,
    pub(crate) outcomes: &'a Outcomes<'a>,
    pub(crate) surroundings: &'a Surroundings<'a>,
    /// What is wrong with the names and types of its expressions.
    pub(crate) typing: &'a Typing,
}

/// What was met of this sort, the first time for each action: the path to it is a shortest one.
fn once_per_action<'p, 'a>(
    product: &'p Product<'a>,
    is_wanted: impl Fn(&What) -> bool,
) -> Vec<(&'p Met<'a>, &'a Written)> {
    let mut told = HashSet::new();
    let wanted = product.met.iter().filter(|met| is_wanted(&met.what));
    wanted.filter_map(|met| Some((met, met.action?))).filter(|(_, action)| told.insert(action.name)).collect()
}

/// Whether one of these was found already, of which the rule at hand would only be an echo.
fn is_told(found: &[Finding], codes: &[u16]) -> bool {
    found.iter().any(|finding| codes.contains(&finding.code.0))
}

/// Whether a way that is missing in one state may be what should lead to another: that can be named there, and stands
/// behind it, since states are written in the order in which calls come to them.
fn may_lead(model: &Model<'_>, from: StateId, to: StateId) -> bool {
    let parent = model.state(to).parent;
    to > from && parent.is_none_or(|parent| model.outward(from).any(|state| state == parent))
}

/// Whether it is told already that a state waits for nothing (clarification 13).
fn has_no_way_on(subject: &Subject<'_>, state: StateId, found: &[Finding]) -> bool {
    let name = subject.model.written(state).name.span;
    found.iter().any(|finding| finding.code == Code(302) && finding.primary.span == name)
}

/// All of them. A rule stands behind those whose findings make its own an echo (clarification 13).
pub(crate) const RULES: &[Rule] = &[
    undeclared_output::RULE,
    cf204_subflow_outcomes::RULE,
    cf206_subflow_inputs::RULE,
    cf302_no_way_on::RULE,
    cf303_never_waits::RULE,
    cf305_no_end::RULE,
    cf304_endless_loop::RULE,
    cf306_shadowed_branch::RULE,
    cf307_nothing_for_the_rest::RULE,
    cf102_listens_to_nobody::RULE,
    cf401_illegal_action::RULE,
    cf402_failure_unhandled::RULE,
    cf403_success_unhandled::RULE,
    cf301_unreachable_state::RULE,
    cf404_impossible_event::RULE,
    cf405_end_leaves_call_up::RULE,
    cf406_unbounded_wait::RULE,
    cf407_no_caller_id::RULE,
    cf408_target_cannot_take::RULE,
    cf412_private_media_overlaps::RULE,
    cf409_media_overlaps::RULE,
    cf410_not_started::RULE,
    cf411_no_speech_endpoint::RULE,
    cf413_long_silence::RULE,
    cf414_transferee::RULE,
    cf415_silence_as_consent::RULE,
    cf502_unknown_name::RULE,
    cf503_type_error::RULE,
    cf504_unset_variable::RULE,
    cf505_unused_variable::RULE,
    cf506_sensitive_leak::RULE,
    cf402_expression_may_fail::RULE,
    subflow_on_this_call::RULE,
];
