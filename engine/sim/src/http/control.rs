//! The control API, under `/sim`: placing calls, playing people, watching.
//!
//! Errors have the provider's form, with codes in words. A request that a web page of another site has sent is
//! refused: whoever can make a browser visit a page shall not be able to place calls.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acs::endpoint::is_loopback;
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Shared, issuer};
use crate::call::{CallId, CallState};
use crate::faults::{Chance, Fault, Faults};
use crate::identity::Address;
use crate::limits::LONG_POLL_MAX;
use crate::script::{Person, PlaceCall};
use crate::story::Line;
use crate::world::{CallView, ControlError};

/// Calls in a list.
const LATEST_CALLS: usize = 50;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/executions", get(executions))
        .route("/calls", post(place_call).get(latest_calls))
        .route("/calls/{id}", get(call))
        .route("/calls/{id}/events", get(events))
        .route("/calls/{id}/press", post(press))
        .route("/calls/{id}/say", post(say))
        .route("/calls/{id}/hangup", post(hang_up))
        .route("/people/{identifier}", put(set_person))
        .route("/faults", get(faults).put(set_faults))
        .route("/keys", post(rotate_keys))
        .fallback(no_such_path)
        .layer(from_fn(no_other_site))
}

type Answer = Result<Response, Refused>;

/// A request that is not carried out, in the provider's form.
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message}});
        (self.status, Json(body)).into_response()
    }
}

impl From<ControlError> for Refused {
    fn from(error: ControlError) -> Refused {
        let (status, code) = match &error {
            ControlError::NoCall(_) => (StatusCode::NOT_FOUND, "NotFound"),
            ControlError::NotNow(_) => (StatusCode::CONFLICT, "NotNow"),
            ControlError::Wrong(_) => (StatusCode::BAD_REQUEST, "BadRequest"),
            ControlError::Full(_) => (StatusCode::SERVICE_UNAVAILABLE, "Full"),
        };
        Refused { status, code, message: error.to_string() }
    }
}

async fn no_other_site(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let is_ours = origin.is_none_or(|origin| {
        origin.parse::<Uri>().is_ok_and(|origin| origin.host().is_some_and(is_loopback))
    });
    if is_ours {
        next.run(request).await
    } else {
        let message = "pages of other sites may not use the control API".to_owned();
        Refused { status: StatusCode::FORBIDDEN, code: "Forbidden", message }.into_response()
    }
}

async fn no_such_path() -> Refused {
    let message = "the control API has no such path".to_owned();
    Refused { status: StatusCode::NOT_FOUND, code: "NotFound", message }
}

async fn healthz() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

async fn executions(State(shared): State<Arc<Shared>>) -> Json<BTreeMap<&'static str, u64>> {
    Json(shared.world.lock().executions().clone())
}

async fn place_call(State(shared): State<Arc<Shared>>, body: Result<Bytes, BytesRejection>) -> Answer {
    let place: PlaceCall = read(body)?;
    let placed = shared.with_world(|world, now| {
        let id = world.place_call(place, now)?;
        world.call(id, 0)
    });
    Ok((StatusCode::CREATED, Json(placed?)).into_response())
}

async fn latest_calls(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let calls: Vec<CallView> = shared.world.lock().latest_calls(LATEST_CALLS);
    Json(json!({"calls": calls}))
}

/// How to watch a call.
#[derive(Deserialize)]
struct Watching {
    /// Only lines behind this number.
    #[serde(default)]
    after: usize,
    /// How long to wait for one. Unit: seconds.
    wait: Option<f64>,
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(watching): Query<Watching>,
) -> Answer {
    let id = call_id(&id)?;
    let view = shared.world.lock().call(id, watching.after);
    Ok(Json(view?).into_response())
}

/// What happened in a call, as soon as there is something.
#[derive(Serialize)]
struct Events {
    state: CallState,
    events: Vec<Line>,
}

async fn events(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(watching): Query<Watching>,
) -> Answer {
    let id = call_id(&id)?;
    let wait = watching.wait.and_then(|wait| Duration::try_from_secs_f64(wait).ok());
    let wait = wait.unwrap_or(LONG_POLL_MAX).min(LONG_POLL_MAX);
    let mut changed = shared.changed.subscribe();
    let something = async {
        loop {
            changed.mark_unchanged();
            let view = shared.world.lock().call(id, watching.after)?;
            if !view.story.is_empty() || view.state == CallState::Ended || changed.changed().await.is_err() {
                return Ok(view);
            }
        }
    };
    let view = match tokio::time::timeout(wait, something).await {
        Ok(view) => view,
        Err(_) => shared.world.lock().call(id, watching.after),
    };
    let view = view?;
    Ok(Json(Events { state: view.state, events: view.story }).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressing {
    keys: String,
    who: Option<Address>,
}

async fn press(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let (id, body) = (call_id(&id)?, read::<Pressing>(body)?);
    done(shared.with_world(|world, now| world.press(id, body.who.as_ref(), &body.keys, now)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saying {
    words: String,
    who: Option<Address>,
}

async fn say(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let (id, body) = (call_id(&id)?, read::<Saying>(body)?);
    done(shared.with_world(|world, now| world.say(id, body.who.as_ref(), &body.words, now)))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HangingUp {
    who: Option<Address>,
}

async fn hang_up(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let id = call_id(&id)?;
    let body = match body {
        Ok(body) if body.is_empty() => HangingUp::default(),
        body => read(body)?,
    };
    done(shared.with_world(|world, now| world.hang_up(id, body.who.as_ref(), now)))
}

async fn set_person(
    State(shared): State<Arc<Shared>>,
    Path(identifier): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let address = Address::parse(&identifier).map_err(wrong)?;
    let person: Person = read(body)?;
    done(shared.with_world(|world, _| world.set_person(&address, person)))
}

#[derive(Serialize)]
struct FaultsView {
    chances: Faults,
}

async fn faults(State(shared): State<Arc<Shared>>) -> Json<FaultsView> {
    Json(FaultsView { chances: shared.world.lock().faults().clone() })
}

/// What shall go wrong: as a profile says, except where `chances` says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disturbing {
    profile: Option<String>,
    #[serde(default)]
    chances: BTreeMap<Fault, Chance>,
}

async fn set_faults(State(shared): State<Arc<Shared>>, body: Result<Bytes, BytesRejection>) -> Answer {
    let Disturbing { profile, chances } = read(body)?;
    let named = profile.map_or_else(|| Ok(Faults::default()), |name| Faults::named(&name)).map_err(wrong)?;
    let faults = chances.into_iter().fold(named, |faults, (fault, chance)| faults.with(fault, chance));
    shared.with_world(|world, _| world.set_faults(faults));
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn rotate_keys(State(shared): State<Arc<Shared>>) -> Answer {
    shared.issuer.rotate().map_err(|error| Refused {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "NoKey",
        message: error.to_string(),
    })?;
    Ok((StatusCode::CREATED, issuer::keys(State(shared)).await).into_response())
}

fn call_id(text: &str) -> Result<CallId, Refused> {
    CallId::parse(text).ok_or_else(|| ControlError::NoCall(text.chars().take(40).collect()).into())
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refused> {
    let body = body.map_err(|rejection| Refused {
        status: rejection.status(),
        code: "BadRequest",
        message: rejection.body_text(),
    })?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&body)).map_err(|error| {
        let path = error.path().to_string();
        let at = if path == "." { String::new() } else { format!(" at `{path}`") };
        wrong(format!("the body is not valid{at}: {}", error.inner()))
    })
}

fn done(result: Result<(), ControlError>) -> Answer {
    result?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn wrong(message: String) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, code: "BadRequest", message }
}
