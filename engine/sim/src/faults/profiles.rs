//! The faults that have a name together: one table.

use super::Fault;

/// Faults that have a name together.
#[derive(Debug)]
pub struct Profile {
    /// What flags and the control API call it.
    pub name: &'static str,
    /// What it stands for, for people.
    pub about: &'static str,
    pub(super) chances: &'static [(Fault, f64)],
}

/// All of them.
pub const PROFILES: &[Profile] = &[
    Profile { name: "none", about: "nothing goes wrong", chances: &[] },
    Profile {
        name: "flaky",
        about: "a little of everything but loss, as on a bad day",
        chances: &[
            (Fault::Throttling, 0.05),
            (Fault::Errors, 0.03),
            (Fault::LateErrors, 0.02),
            (Fault::Drops, 0.02),
            (Fault::LateDrops, 0.02),
            (Fault::Slow, 0.05),
            (Fault::Early, 0.05),
            (Fault::Duplicates, 0.05),
            (Fault::Reordering, 0.05),
            (Fault::Delay, 0.05),
        ],
    },
    Profile {
        name: "shuffled",
        about: "events come twice, late, in another order and before the answer",
        chances: &[
            (Fault::Early, 0.3),
            (Fault::Duplicates, 0.3),
            (Fault::Reordering, 0.3),
            (Fault::Delay, 0.1),
        ],
    },
    Profile {
        name: "throttled",
        about: "many requests are answered with 429",
        chances: &[(Fault::Throttling, 0.4)],
    },
    Profile {
        name: "failing",
        about: "requests are answered with 500, slowly or not at all, executed or not",
        chances: &[
            (Fault::Errors, 0.1),
            (Fault::LateErrors, 0.1),
            (Fault::Drops, 0.1),
            (Fault::LateDrops, 0.1),
            (Fault::Slow, 0.1),
        ],
    },
    Profile { name: "lossy", about: "events of calls are lost", chances: &[(Fault::Loss, 0.1)] },
    Profile {
        name: "storm",
        about: "much of everything but loss",
        chances: &[
            (Fault::Throttling, 0.1),
            (Fault::Errors, 0.05),
            (Fault::LateErrors, 0.1),
            (Fault::Drops, 0.05),
            (Fault::LateDrops, 0.1),
            (Fault::Slow, 0.1),
            (Fault::Early, 0.2),
            (Fault::Duplicates, 0.3),
            (Fault::Reordering, 0.2),
            (Fault::Delay, 0.2),
        ],
    },
];
