//! Scenes that operators publish, and how the API shows them.

use axum::extract::{Extension, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use protocol::Music;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::principal::Principal;
use super::publish::text_or_number;
use super::reply::{Body, Refusal, success};
use super::{AdminState, conflict};
use crate::release::{ImageChange, ImageSource, Origin, PublishedScene, SceneChange};
use crate::storage::{ReleaseKind, SceneFields};

/// Longest body of a call that carries one image, bytes: 8 MiB in base64, and words.
const MAX_IMAGE_BODY: usize = 12 * 1024 * 1024;
/// Longest body of a call that carries all images of a scene, bytes.
const MAX_SCENE_BODY: usize = 32 * 1024 * 1024;

/// An image in a call: base64, or the hash of one that is stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Image {
    Base64(String),
    Stored { hash: String },
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

/// Body of `POST /api/scene`. What is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateScene {
    background_color: Option<[u8; 3]>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    background_image: Option<Option<Image>>,
    player_skins: Option<Vec<Image>>,
    /// `null` removes it.
    #[serde(default, deserialize_with = "present")]
    orb_skin: Option<Option<Image>>,
    music: Option<String>,
    #[serde(deserialize_with = "text_or_number")]
    version: String,
    #[serde(default)]
    note: String,
    /// The scene in force when the operator began; if it no longer is, nothing is published.
    based_on: Option<u32>,
}

/// `POST /api/update_background`: checks, stores and announces a scene with another background.
pub(super) async fn update_background(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<UpdateBackground, MAX_IMAGE_BODY>,
) -> Result<Response, Refusal> {
    let change = SceneChange {
        color: body.background_color,
        background: image_change(
            "background_image",
            body.background_image.map(|image| image.map(Image::Base64)),
        )?,
        ..SceneChange::default()
    };
    let origin = Origin { author: principal.author(), based_on: body.based_on };
    publish(&state, change, body.version, body.note, origin).await
}

/// `POST /api/scene`: checks, stores and announces a scene.
pub(super) async fn update_scene(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<UpdateScene, MAX_SCENE_BODY>,
) -> Result<Response, Refusal> {
    let music = body.music.as_deref().map(str::parse::<Music>).transpose();
    let skins = |skins: Vec<Image>| skins.into_iter().map(|skin| source("player_skins", skin)).collect();
    let change = SceneChange {
        color: body.background_color,
        background: image_change("background_image", body.background_image)?,
        player_skins: body.player_skins.map(skins).transpose()?,
        orb_skin: image_change("orb_skin", body.orb_skin)?,
        music: music.map_err(|unknown| Refusal::Unusable(unknown.to_string()))?,
    };
    let origin = Origin { author: principal.author(), based_on: body.based_on };
    publish(&state, change, body.version, body.note, origin).await
}

async fn publish(
    state: &AdminState,
    change: SceneChange,
    version: String,
    note: String,
    origin: Origin,
) -> Result<Response, Refusal> {
    let outcome = state.releases.publish_scene(change, version, note, origin).await;
    Ok(published(&conflict::explain(state, ReleaseKind::Scene, outcome).await?))
}

/// What the publication of a scene answers.
pub(super) fn published(published: &PublishedScene) -> Response {
    let PublishedScene { scene, activate_tick } = published;
    success(json!({
        "message": format!("scene {} is live from tick {activate_tick} on", scene.number),
        "number": scene.number,
        "scene": scene,
        "activate_tick": activate_tick,
    }))
}

/// A stored scene as the API shows it; images by their paths.
pub(super) fn shown(fields: &SceneFields) -> Value {
    json!({
        "background_color": fields.color,
        "background_image": fields.background.as_deref().map(path),
        "player_skins": fields.player_skins.iter().map(|hash| path(hash)).collect::<Vec<_>>(),
        "orb_skin": fields.orb_skin.as_deref().map(path),
        "music": fields.music,
    })
}

/// What two scenes do not have in common, field by field.
pub(super) fn differences(from: &SceneFields, to: &SceneFields) -> Vec<Value> {
    let (from, to) = (shown(from), shown(to));
    let fields = from.as_object().into_iter().flatten();
    fields
        .filter(|(name, before)| to[*name] != **before)
        .map(|(name, before)| json!({ "field": name, "from": before, "to": to[name] }))
        .collect()
}

/// Path of a content hash.
pub(super) fn path(hash: &str) -> String {
    format!("/content/{hash}")
}

fn image_change(field: &str, image: Option<Option<Image>>) -> Result<ImageChange, Refusal> {
    Ok(match image {
        None => ImageChange::Keep,
        Some(None) => ImageChange::Remove,
        Some(Some(image)) => ImageChange::Set(source(field, image)?),
    })
}

fn source(field: &str, image: Image) -> Result<ImageSource, Refusal> {
    Ok(match image {
        Image::Base64(text) => ImageSource::Upload(decode(field, &text)?),
        Image::Stored { hash } => ImageSource::Stored(hash),
    })
}

/// Bytes from base64 of either alphabet, with or without padding, also as a `data:` URL.
fn decode(field: &str, text: &str) -> Result<Bytes, Refusal> {
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
        .map_err(|error| Refusal::Unusable(format!("{field} is not base64: {error}")))
}

/// Tells `null` from a field that is not there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
