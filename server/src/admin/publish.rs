//! Rules that operators publish.

use axum::extract::{Extension, State};
use axum::response::Response;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::AdminState;
use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use super::rollouts::{self, Wish};
use crate::release::{Draft, Origin};
use crate::room::costs;

/// Body of `POST /api/check_script`.
#[derive(Deserialize)]
pub(super) struct CheckScript {
    script: String,
}

/// Body of `POST /api/update_script`.
#[derive(Deserialize)]
pub(super) struct UpdateScript {
    script: String,
    #[serde(deserialize_with = "text_or_number")]
    version: String,
    #[serde(default)]
    note: String,
    /// The release in force when the operator began; if it no longer is, nothing is published.
    based_on: Option<u32>,
    #[serde(flatten)]
    wish: Wish,
}

/// `POST /api/check_script`: says what would happen, and changes nothing.
pub(super) async fn check_script(
    State(state): State<AdminState>,
    Body(body): Body<CheckScript>,
) -> Result<Response, Refusal> {
    let (rules, report) = state.releases.check_script(body.script).await?;
    let live = state.releases.live_cost().await;
    let warnings: Vec<_> = report
        .warnings(&rules)
        .into_iter()
        .map(|warning| json!({ "message": warning.message, "line": warning.line, "column": warning.column }))
        .collect();
    Ok(success(json!({
        "message": "the script is good",
        "report": {
            "ticks": report.ticks,
            "hook_calls": report.hook_calls,
            "operations": report.operations,
            "kills": report.kills,
            "respawns": report.respawns,
            "hooks": costs::of_draft(&rules, &report),
            "recorded_fights": report.recorded_fights,
            "recorded_ticks": report.recorded_ticks,
            "operations_per_tick": report.operations_per_tick(),
            "live_operations_per_tick": live,
            "warnings": warnings,
        },
    })))
}

/// `POST /api/update_script`: checks, stores and announces rules, in all rooms or some, now or later.
pub(super) async fn update_script(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<UpdateScript>,
) -> Result<Response, Refusal> {
    let UpdateScript { script, version, note, based_on, wish } = body;
    let origin = Origin { author: principal.author(), based_on };
    rollouts::publish(&state, Draft { script, version, note, origin }, &wish).await
}

/// A version is a label; callers who count send a number.
pub(super) fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Version {
        Text(String),
        Number(serde_json::Number),
    }
    Version::deserialize(deserializer)
        .map(|version| match version {
            Version::Text(text) => text,
            Version::Number(number) => number.to_string(),
        })
        .map_err(|_| serde::de::Error::custom("version must be a string or a number"))
}
