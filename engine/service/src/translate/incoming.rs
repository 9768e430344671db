//! A call that was announced, as the machine knows it.

use acs::event_grid::IncomingCall;
use machine::input::Incoming;

use super::people::person;

/// Reads an announcement.
///
/// # Errors
/// The property that names nobody whom a request could name.
pub fn incoming(call: IncomingCall) -> Result<Incoming, &'static str> {
    let from = person(&call.from).ok_or("data.from.rawId")?;
    let to = person(&call.to).ok_or("data.to.rawId")?;
    let context = call.custom_context.unwrap_or_default();
    // The same header in both would be the same one to whoever reads it.
    let headers = [context.voip_headers, context.sip_headers].into_iter().flatten().flatten().collect();
    Ok(Incoming {
        from,
        to,
        server_call_id: call.server_call_id,
        correlation_id: call.correlation_id,
        incoming_call_context: call.incoming_call_context,
        caller_display_name: call.caller_display_name,
        headers,
    })
}
