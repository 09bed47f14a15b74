//! Releases on their way: asking, widening, stopping, going back, and what is scheduled.

use std::time::Duration;

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use super::{AdminState, api, conflict, scenes};
use crate::release::{Draft, Reach, Terms};
use crate::storage::ReleaseKind;

/// Longest time until a canary goes on by itself, minutes: a week.
const MAX_MINUTES: u32 = 7 * 24 * 60;

/// Where rules go and when, as `POST /api/update_script` takes it: everything may be missing, which is all rooms, now.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    /// Only this room, at first.
    room: Option<u32>,
    /// Only so many per cent of the rooms, at first.
    share: Option<u8>,
    /// It goes on to more rooms by itself after so many minutes in which it was well.
    promote_minutes: Option<u32>,
    /// When, milliseconds since 1970.
    pub(super) at_ms: Option<u64>,
}

impl Wish {
    /// The same in terms of releases.
    pub(super) fn terms(&self) -> Result<Terms, Refusal> {
        if self.promote_minutes.is_some_and(|minutes| !(1..=MAX_MINUTES).contains(&minutes)) {
            return Err(Refusal::Unusable(format!("promote_minutes must be 1 to {MAX_MINUTES}")));
        }
        if self.share == Some(0) {
            return Err(crate::release::PublishError::BadReach.into());
        }
        let whole = if self.room.is_some() { 0 } else { 100 };
        let reach = Reach { room: self.room, share: self.share.unwrap_or(whole) };
        let widen_after = self.promote_minutes.map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
        Ok(Terms { reach, widen_after: widen_after.filter(|_| !reach.is_all()) })
    }
}

/// Body of `POST /api/rollouts/{number}/promote`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Promote {
    /// To so many per cent of the rooms; the next step when missing.
    share: Option<u8>,
}

/// Body of calls that take nothing but words.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    note: String,
}

/// Publishes rules, or schedules them.
pub(super) async fn publish(state: &AdminState, draft: Draft, wish: &Wish) -> Result<Response, Refusal> {
    let terms = wish.terms()?;
    let Some(at_ms) = wish.at_ms else {
        let published = state.releases.roll_out(draft, terms).await;
        return Ok(api::published(&conflict::explain(state, ReleaseKind::Logic, published).await?));
    };
    let scheduled = state.releases.schedule(draft, terms, at_ms).await;
    let id = conflict::explain(state, ReleaseKind::Logic, scheduled).await?;
    Ok(success(json!({
        "message": format!("schedule {id} waits for its time"),
        "schedule": id,
        "at_ms": at_ms,
    })))
}

/// `GET /api/rollouts`: what is on its way through the rooms or waits for its time, and what was lately.
pub(super) async fn list(State(state): State<AdminState>) -> Result<Response, Refusal> {
    Ok(success(payload(&state).await?))
}

/// What `/api/rollouts` and the event `rollouts` say.
pub(super) async fn payload(state: &AdminState) -> Result<serde_json::Value, Refusal> {
    let (rollouts, schedules) = state.releases.rollouts().await?;
    Ok(json!({ "rollouts": rollouts, "schedules": schedules }))
}

/// `GET /api/adoption`: how the connected clients take the canary, or else the live rules.
pub(super) async fn adoption(State(state): State<AdminState>) -> Response {
    success(adoption_payload(&state))
}

/// What `/api/adoption` and the event `adoption` say.
pub(super) fn adoption_payload(state: &AdminState) -> serde_json::Value {
    json!({ "adoption": state.releases.adoption() })
}

/// `POST /api/rollouts/{number}/promote`: to more rooms.
pub(super) async fn promote(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
    Body(body): Body<Promote>,
) -> Result<Response, Refusal> {
    let promoted = state.releases.promote(numbered(&number)?, body.share, principal.author()).await?;
    Ok(api::published(&promoted))
}

/// `POST /api/rollouts/{number}/stop`: out of its rooms.
pub(super) async fn stop(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
    Body(body): Body<Words>,
) -> Result<Response, Refusal> {
    let number = numbered(&number)?;
    let why = protocol::limits::clean_text(&body.note, crate::release::MAX_NOTE_CHARS);
    let why = if why.is_empty() { "by an operator".to_owned() } else { why };
    state.releases.stop_rollout(number, principal.author(), why).await?;
    Ok(success(json!({ "message": format!("release {number} is taken out of its rooms"), "number": number })))
}

/// `POST /api/releases/{number}/roll_back`: the same rules or the same scene as a new release, in all rooms.
pub(super) async fn roll_back(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
    Body(body): Body<Words>,
) -> Result<Response, Refusal> {
    let (number, author) = (numbered(&number)?, principal.author());
    let record = state.store.release(number).await?;
    if record.is_some_and(|record| record.kind == ReleaseKind::Scene) {
        let published = state.releases.roll_back_to_scene(number, body.note, author).await?;
        return Ok(scenes::published(&published));
    }
    Ok(api::published(&state.releases.roll_back_to(number, body.note, author).await?))
}

/// `POST /api/schedules/{id}/cancel`: it will not be published.
pub(super) async fn cancel(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
    Body(_): Body<Words>,
) -> Result<Response, Refusal> {
    let id = numbered(&id)?;
    state.releases.cancel_schedule(id, principal.author()).await?;
    Ok(success(json!({ "message": format!("schedule {id} is cancelled"), "schedule": id })))
}

fn numbered(text: &str) -> Result<u32, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound(format!("{text} is not a number")))
}
