//! The `operationContext` as it travels: it names the visit, the operation and the attempt, and keeps the author's own.

use crate::ids::{OperationId, Visit};

/// What marks a context as ours.
const MARK: &str = "callflow";

/// What a context says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The visit of the state that posted the action.
    pub visit: Visit,
    /// The action.
    pub operation: OperationId,
    /// Which attempt of it: 0, unless it was cancelled and posted again.
    pub attempt: u32,
    /// The author's own context.
    pub own: Option<String>,
}

impl Context {
    /// The text that is posted: `callflow:<visit>:<operation>`, then `.<attempt>` unless that is 0, then the author's
    /// own behind another colon.
    #[must_use]
    pub fn encode(&self) -> String {
        let Context { visit, operation, attempt, own } = self;
        let attempt = if *attempt == 0 { String::new() } else { format!(".{attempt}") };
        let own = own.as_ref().map(|own| format!(":{own}")).unwrap_or_default();
        format!("{MARK}:{}:{}{attempt}{own}", visit.0, operation.0)
    }

    /// What a text that came back says; `None`: it is not ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Context> {
        let mut parts = text.splitn(4, ':');
        if parts.next()? != MARK {
            return None;
        }
        let visit = Visit(parts.next()?.parse().ok()?);
        let operation = parts.next()?;
        let (operation, attempt) = match operation.split_once('.') {
            Some((operation, attempt)) => (operation, attempt.parse().ok()?),
            None => (operation, 0),
        };
        let operation = OperationId(operation.parse().ok()?);
        Some(Context { visit, operation, attempt, own: parts.next().map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for own in [None, Some(""), Some("order:42")] {
            for attempt in [0, 1_500] {
                let own = own.map(str::to_owned);
                let context = Context { visit: Visit(3), operation: OperationId(7), attempt, own };
                assert_eq!(Context::decode(&context.encode()), Some(context));
            }
        }
        assert_eq!(Context::decode("order-42"), None);
        assert_eq!(Context::decode("callflow:x:1"), None);
        assert_eq!(Context::decode("callflow:1:1.x"), None);
    }
}
