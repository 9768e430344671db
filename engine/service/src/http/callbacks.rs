//! What the provider reports of calls: `POST /webhooks/calls/{token}`. Answered 200 only when all is durable.

use acs::callback;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::error::ApiError;
use super::events::{self, Delivered};
use super::{Surface, auth, body};
use crate::clock;
use crate::limits::CALLBACK_BYTES_MAX;

/// Takes a delivery: who sends it, what it says, and on to the run.
pub(crate) async fn receive(
    State(surface): State<Surface>,
    token: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let forged = || ApiError::unauthorized("this callback address was not given out by this service");
    let Path(token) = token.map_err(|_| forged())?;
    let run = surface.engine().run_of(&token).ok_or_else(forged)?;
    if let Some(issuer) = surface.issuer() {
        let Some(token) = auth::bearer(&headers).and_then(|token| std::str::from_utf8(token).ok()) else {
            return Err(ApiError::unauthorized(
                "the callback carries no token; the provider sends one as `Authorization: Bearer …`",
            ));
        };
        issuer.verify(token, clock::now()).await?;
    }
    let bytes = body::read(body, CALLBACK_BYTES_MAX).await?;
    let Delivered { events, refusal } = events::read(&bytes, callback::decode)?;
    surface.engine().callbacks(run, events).await?;
    refusal.map_or(Ok(StatusCode::OK), Err)
}
