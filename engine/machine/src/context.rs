//! The `operationContext` as it travels: it names the visit and the operation, and keeps the author's own.

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
    /// The author's own context.
    pub own: Option<String>,
}

impl Context {
    /// The text that is posted: `callflow:<visit>:<operation>`, then the author's own behind another colon.
    #[must_use]
    pub fn encode(&self) -> String {
        let Context { visit, operation, own } = self;
        match own {
            Some(own) => format!("{MARK}:{}:{}:{own}", visit.0, operation.0),
            None => format!("{MARK}:{}:{}", visit.0, operation.0),
        }
    }

    /// What a text that came back says; `None`: it is not ours.
    #[must_use]
    pub fn decode(text: &str) -> Option<Context> {
        let mut parts = text.splitn(4, ':');
        if parts.next()? != MARK {
            return None;
        }
        let visit = Visit(parts.next()?.parse().ok()?);
        let operation = OperationId(parts.next()?.parse().ok()?);
        Some(Context { visit, operation, own: parts.next().map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        for own in [None, Some(""), Some("order:42")] {
            let context = Context { visit: Visit(3), operation: OperationId(7), own: own.map(str::to_owned) };
            assert_eq!(Context::decode(&context.encode()), Some(context));
        }
        assert_eq!(Context::decode("order-42"), None);
        assert_eq!(Context::decode("callflow:x:1"), None);
    }
}
