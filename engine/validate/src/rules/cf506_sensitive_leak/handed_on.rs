//! What becomes of digits that are passed to a sub-flow.

use std::collections::HashSet;

use lang::expr::Read;
use machine::ids::StateId;

use super::shown_by;
use crate::model::Model;
use crate::places::{Passed, Purpose, Receiver, Site, for_each_expression_inside};

/// Where the sub-flow that a state runs shows what it is passed as an input. Its variables are followed, and not the
/// paths through it: one that ever holds it counts as holding it.
pub(super) fn sink(model: &Model<'_>, run: StateId, input: &str) -> Option<&'static str> {
    let mut holders = Holders { input, variables: HashSet::new() };
    loop {
        let before = holders.variables.len();
        for_each_expression_inside(model, run, &mut |place, expr| {
            if let Purpose::Value(name) = place.purpose
                && expr.carries().iter().any(|read| holders.shows(read))
            {
                holders.variables.insert(&name.value);
            }
        });
        if holders.variables.len() == before {
            break;
        }
    }
    let mut sink = None;
    for_each_expression_inside(model, run, &mut |place, expr| {
        if sink.is_none() && expr.carries().iter().any(|read| holders.shows(read)) {
            sink = match place.purpose {
                Purpose::Argument(argument) => shown_by(&argument),
                Purpose::Passed(Passed { to: Receiver::Caller, .. }) => Some("the output"),
                Purpose::Passed(Passed { to: Receiver::Subflow(_), name, .. }) => match place.site {
                    // No flow runs itself, so that this ends.
                    Site::Leaving(inner) => self::sink(model, inner, &name.value),
                    _ => None,
                },
                Purpose::Guard | Purpose::Value(_) => None,
            };
        }
    });
    sink
}

/// What holds the value inside the sub-flow.
struct Holders<'a> {
    input: &'a str,
    variables: HashSet<&'a str>,
}

impl Holders<'_> {
    fn shows(&self, read: &Read) -> bool {
        match (read.root.as_str(), read.path.first()) {
            ("input", name) => name.is_none_or(|name| name == self.input),
            ("vars", Some(name)) => self.variables.contains(name.as_str()),
            ("vars", None) => !self.variables.is_empty(),
            _ => false,
        }
    }
}
