//! Every bound of this crate: name, unit, reason.

/// Unit: files that one command takes. A hundred times what the largest known installation has.
pub(crate) const FILES_MAX: usize = 100_000;
/// Unit: folders inside each other. Deeper is no folder of flows.
pub(crate) const FOLDER_DEPTH_MAX: usize = 32;
