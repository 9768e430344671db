//! What the service answers to: routes, and what every handler needs. The only folder that names axum.
//!
//! A handler reads, asks the engine, and words the answer. Decides nothing about a call.

mod auth;
mod body;
mod callbacks;
mod calls;
mod error;
mod event_grid;
mod events;
mod flows;
mod health;
mod listener;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::FutureExt;
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use auth::SharedSecret;
use error::{ApiError, Refused};
pub(crate) use listener::{Close, serve};

use crate::engine::Engine;
use crate::issuer::Issuer;
use crate::limits::VALIDATIONS_MAX;

/// What every handler needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Surface(Arc<Parts>);

struct Parts {
    engine: Engine,
    api_token: Option<SharedSecret>,
    eventgrid_key: Option<SharedSecret>,
    issuer: Option<Issuer>,
    validations: Semaphore,
    closing: watch::Receiver<bool>,
}

impl Surface {
    /// The surface of an engine. `closing` turns true when nobody should wait here any more.
    pub(crate) fn new(
        engine: Engine,
        api_token: Option<&SecretString>,
        eventgrid_key: Option<&SecretString>,
        issuer: Option<Issuer>,
        closing: watch::Receiver<bool>,
    ) -> Surface {
        Surface(Arc::new(Parts {
            engine,
            api_token: api_token.map(SharedSecret::new),
            eventgrid_key: eventgrid_key.map(SharedSecret::new),
            issuer,
            validations: Semaphore::new(VALIDATIONS_MAX),
            closing,
        }))
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn api_token(&self) -> Option<&SharedSecret> {
        self.0.api_token.as_ref()
    }

    fn eventgrid_key(&self) -> Option<&SharedSecret> {
        self.0.eventgrid_key.as_ref()
    }

    fn issuer(&self) -> Option<&Issuer> {
        self.0.issuer.as_ref()
    }

    /// The right to validate a flow now; it ends when it is dropped.
    async fn validation_turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.0.validations.acquire().await.ok()
    }

    /// Returns when the service is about to end.
    async fn closing(&self) {
        // A sender that is gone has ended too.
        drop(self.0.closing.clone().wait_for(|closing| *closing).await);
    }
}

/// All routes.
pub(crate) fn router(surface: Surface) -> Router {
    let api = Router::new()
        .route("/calls", get(calls::list).post(calls::start))
        .route("/calls/{id}", get(calls::show).delete(calls::cancel))
        .route("/calls/{id}/journal", get(calls::journal))
        .route("/calls/{id}/events", post(calls::event))
        .route("/flows", get(flows::list).put(flows::deploy))
        .route("/flows/validate", post(flows::validate))
        .route_layer(middleware::from_fn_with_state(surface.clone(), auth::api));
    Router::new()
        .route("/webhooks/eventgrid", post(event_grid::receive).options(event_grid::handshake))
        .route("/webhooks/calls/{token}", post(callbacks::receive))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .nest("/api/v1", api)
        .fallback(error::unknown_path)
        .method_not_allowed_fallback(error::wrong_method)
        // Each handler has a bound of its own.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn(contain))
        .with_state(surface)
}

/// Keeps a panic to the request in which it happened, and leaves a line in the log about what was refused.
async fn contain(request: Request, next: Next) -> Response {
    // The path itself may name a run's token, and the query a key.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let response = answered.unwrap_or_else(|panic| {
        ApiError::ours(&format!("a request of {route} panicked: {}", words(panic.as_ref()))).into_response()
    });
    if let Some(Refused(code)) = response.extensions().get() {
        tracing::info!(route, status = response.status().as_u16(), code, "a request was refused");
    }
    response
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}
