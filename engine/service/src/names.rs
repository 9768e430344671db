//! What the provider calls a call and its recordings, as names by which the store finds the run.
//!
//! Not the chain of calls: that is of several runs, and names none of them.

use uuid::Uuid;

use crate::store::Name;

/// Whose names are those of calls.
const CALLS: Uuid = Uuid::from_u128(0x5f1d_0b7e_5f0c_4c59_8a2b_6f0a_44f3_2e03);
/// Whose names are those of recordings.
const RECORDINGS: Uuid = Uuid::from_u128(0x5f1d_0b7e_5f0c_4c59_8a2b_6f0a_44f3_2e04);

/// The name of a call by its `serverCallId`; an empty one names nothing.
pub(crate) fn call(server_call_id: &str) -> Option<Name> {
    name(&CALLS, server_call_id)
}

/// The name of a recording by its id; an empty one names nothing.
pub(crate) fn recording(id: &str) -> Option<Name> {
    name(&RECORDINGS, id)
}

fn name(kind: &Uuid, id: &str) -> Option<Name> {
    (!id.is_empty()).then(|| Name(Uuid::new_v5(kind, id.as_bytes())))
}
