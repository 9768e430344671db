//! What an action's request is made of besides its arguments.

use crate::context::Context;
use crate::ids::OperationId;
use crate::snapshot::{Call, Operation};

/// An action on its way to the provider.
#[derive(Clone, Debug)]
pub struct Posting<'a> {
    call: &'a Call,
    context: String,
    callback_uri: Option<&'a str>,
    callback_url: &'a str,
}

/// Why an action is no request. The texts go to the flow as the reason of the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpostable {
    /// It acts on a call that has no connection yet.
    #[error("the call has no connection yet")]
    NoConnection,
    /// It acts on an incoming call, and there is none any more.
    #[error("there is no incoming call that could be answered, redirected or rejected")]
    NoIncomingCall,
    /// The provider has no part in it.
    #[error("the engine does this by itself")]
    NotForProvider,
}

impl<'a> Posting<'a> {
    /// An attempt of an operation of this call. `callback_url` is the run's own place for events.
    #[must_use]
    pub fn new(
        call: &'a Call,
        id: OperationId,
        operation: &'a Operation,
        callback_url: &'a str,
    ) -> Posting<'a> {
        let context = Context {
            visit: operation.visit,
            operation: id,
            attempt: operation.attempt,
            own: operation.context.clone(),
        };
        let callback_uri = operation.callback_uri.as_deref();
        Posting { call, context: context.encode(), callback_uri, callback_url }
    }

    /// The application's leg.
    pub(super) fn connection(&self) -> Result<String, Unpostable> {
        self.call.connection_id.clone().ok_or(Unpostable::NoConnection)
    }

    /// The call as a whole, once that is known.
    pub(super) fn server_call_id(&self) -> Option<String> {
        self.call.server_call_id.clone()
    }

    /// The key of the call that rings.
    pub(super) fn incoming(&self) -> Result<String, Unpostable> {
        let incoming = self.call.incoming.as_deref().ok_or(Unpostable::NoIncomingCall)?;
        Ok(incoming.incoming_call_context.clone())
    }

    /// What its events carry.
    pub(super) fn context(&self) -> Option<String> {
        Some(self.context.clone())
    }

    /// The author's own place for the events of this action.
    pub(super) fn callback_uri(&self) -> Option<String> {
        self.callback_uri.map(str::to_owned)
    }

    /// The run's own place for events.
    pub(super) fn callback_url(&self) -> String {
        self.callback_url.to_owned()
    }
}
