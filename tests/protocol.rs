//! The one table of the protocol, held against the simulator and against the reference.

use libtest_mimic::Trial;

mod actors;
pub(crate) use actors::another_call;
mod outcomes;
mod phases;
mod recorded;
mod reference;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = phases::trials();
    trials.extend(outcomes::trials());
    trials.extend(reference::trials());
    trials.extend(recorded::trials());
    trials
}
