//! What operators can change.

use axum::extract::{Extension, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use super::rollouts::{self, Wish};
use super::{AdminState, conflict};
use crate::release::{Draft, ImageChange, Origin};
use crate::room::costs;
use crate::storage::ReleaseKind;

/// Longest body of a call that carries an image, bytes: 8 MiB in base64, and words.
const MAX_IMAGE_BODY: usize = 12 * 1024 * 1024;

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

/// Body of `POST /api/update_background`.
#[derive(Deserialize)]
pub(super) struct UpdateBackground {
    background_color: Option<[u8; 3]>,
    /// Absent keeps the image, `null` removes it.
    #[serde(default, deserialize_with = "present")]
    background_image: Option<Option<String>>,
    #[serde(deserialize_with = "text_or_number")]
    version: String,
    #[serde(default)]
    note: String,
    /// The release in force when the operator began; if it no longer is, nothing is published.
    based_on: Option<u32>,
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

/// `POST /api/update_background`: checks, stores and announces a scene.
pub(super) async fn update_background(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<UpdateBackground, MAX_IMAGE_BODY>,
) -> Result<Response, Refusal> {
    let image = match body.background_image {
        None => ImageChange::Keep,
        Some(None) => ImageChange::Remove,
        Some(Some(text)) => ImageChange::Set(decode_image(&text)?),
    };
    let origin = Origin { author: principal.author(), based_on: body.based_on };
    let published =
        state.releases.publish_scene(body.background_color, image, body.version, body.note, origin).await;
    let published = conflict::explain(&state, ReleaseKind::Scene, published).await?;
    let message =
        format!("scene {} is live from tick {} on", published.scene.number, published.activate_tick);
    Ok(success(json!({
        "message": message,
        "scene": published.scene,
        "activate_tick": published.activate_tick,
    })))
}

/// Bytes from base64 of either alphabet, with or without padding, also as a `data:` URL.
fn decode_image(text: &str) -> Result<Bytes, Refusal> {
    const FORGIVING: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let encoded = match text.strip_prefix("data:") {
        Some(url) => url
            .split_once(";base64,")
            .map(|(_, encoded)| encoded)
            .ok_or_else(|| Refusal::Unusable("a data: URL must be in base64".to_owned()))?,
        None => text,
    };
    let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let alphabet =
        if encoded.contains(['-', '_']) { base64::alphabet::URL_SAFE } else { base64::alphabet::STANDARD };
    GeneralPurpose::new(&alphabet, FORGIVING)
        .decode(encoded)
        .map(Bytes::from)
        .map_err(|error| Refusal::Unusable(format!("background_image is not base64: {error}")))
}

/// A version is a label; callers who count send a number.
fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
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

/// Tells `null` from a field that is not there.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
