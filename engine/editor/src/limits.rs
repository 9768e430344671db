//! Every bound of this crate: name, unit, reason.

/// Unit: lines that are left out of a text that is no YAML. Whoever types breaks one or two; a text that needs more is
/// read only as far as it can be.
pub(crate) const LINES_LEFT_OUT_MAX: usize = 12;
/// Unit: ways to a state, or places that set a variable, of which hovering tells. More cover the text.
pub(crate) const WAYS_SHOWN: usize = 12;
