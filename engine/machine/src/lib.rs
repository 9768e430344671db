//! From tree to flow to step: the pure state machine of one call. Knows no YAML text and no HTTP.
