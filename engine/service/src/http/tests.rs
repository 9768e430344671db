//! The surface as senders meet it: real requests over loopback, against a service with a provider that says yes.
#![allow(clippy::unwrap_used)]

mod announcements;
mod api;
mod deploying;
mod listening;
mod peer;
mod tokens;
mod webhooks;
