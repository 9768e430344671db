//! Deliveries of several events, of which some may be no events at all.
//!
//! One bad element must not cost the others: an end of a call that came beside it would be lost. So the good ones
//! are taken, and the sender is told about the bad ones all the same; whether it sends everything again or nothing,
//! each good one has counted once.

use acs::callback::DecodeError;
use serde_json::value::RawValue;

use super::error::ApiError;
use crate::limits::ERROR_DETAILS_MAX;

/// A delivery as far as it can be read.
pub(crate) struct Delivered<T> {
    /// The events that can be read.
    pub(crate) events: Vec<T>,
    /// What to answer once they are durable, if others could not be read.
    pub(crate) refusal: Option<ApiError>,
}

/// Reads a delivery.
///
/// # Errors
/// 400: nothing of it can be read.
pub(crate) fn read<T>(
    body: &[u8],
    decode: impl Fn(&[u8]) -> Result<Vec<T>, DecodeError>,
) -> Result<Delivered<T>, ApiError> {
    match decode(body) {
        Ok(events) => Ok(Delivered { events, refusal: None }),
        Err(error @ (DecodeError::NotAnObject { .. } | DecodeError::Missing { .. })) => {
            // A bare event has no neighbours.
            let elements: Vec<&RawValue> = serde_json::from_slice(body).unwrap_or_default();
            if elements.len() < 2 {
                Err(ApiError::malformed(error.to_string()))
            } else {
                salvage(&elements, decode)
            }
        }
        Err(error @ (DecodeError::NotJson { .. } | DecodeError::NotEvents | DecodeError::TooMany { .. })) => {
            Err(ApiError::malformed(error.to_string()))
        }
    }
}

fn salvage<T>(
    elements: &[&RawValue],
    decode: impl Fn(&[u8]) -> Result<Vec<T>, DecodeError>,
) -> Result<Delivered<T>, ApiError> {
    let (mut events, mut wrong) = (Vec::new(), Vec::new());
    for (index, element) in elements.iter().enumerate() {
        match decode(element.get().as_bytes()) {
            Ok(read) => events.extend(read),
            Err(error) => wrong.push(at(index, error)),
        }
    }
    let (bad, all) = (wrong.len(), elements.len());
    wrong.truncate(ERROR_DETAILS_MAX);
    let refusal = |message| ApiError::malformed(message).details(wrong);
    if events.is_empty() {
        return Err(refusal(format!("none of the {all} events can be read")));
    }
    let message = format!("{bad} of the {all} events cannot be read; the others were taken");
    Ok(Delivered { events, refusal: Some(refusal(message)) })
}

/// The error of an element that was read alone, with its place among the others.
fn at(index: usize, error: DecodeError) -> String {
    match error {
        DecodeError::Missing { property, .. } => DecodeError::Missing { index, property }.to_string(),
        DecodeError::NotAnObject { .. }
        | DecodeError::NotEvents
        | DecodeError::NotJson { .. }
        | DecodeError::TooMany { .. } => DecodeError::NotAnObject { index }.to_string(),
    }
}
