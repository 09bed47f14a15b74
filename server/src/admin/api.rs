//! What operators can ask.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::reply::{Asked, Refusal, success};
use super::{AdminState, scenes};
use crate::release::{AckSummary, MAX_NOTE_CHARS, MAX_VERSION_CHARS, Published, Reach, image, reencode};
use crate::room::ClientStatus;
use crate::room::rules::native_info;
use crate::storage::ReleaseRecord;

/// Most releases in one listing.
const MAX_LISTED: u32 = 500;

/// `GET /api/config`: what is in force.
pub(super) async fn config(State(state): State<AdminState>) -> Response {
    let rules = state.releases.rules();
    let release = rules.as_ref().map_or_else(native_info, |rules| rules.info.clone());
    let scene = state.releases.scene();
    success(json!({
        "script": rules.as_ref().map_or("", |rules| &rules.script),
        "version": release.version,
        "release": release,
        "background_color": scene.background_color,
        "background_image": scene.background_image.as_deref().map(scenes::path),
        "background_version": scene.version,
        "background_release": scene.number,
        "player_skins": scene.player_skins.iter().map(|hash| scenes::path(hash)).collect::<Vec<_>>(),
        "orb_skin": scene.orb_skin.as_deref().map(scenes::path),
        "music": scene.music,
        "tick_rate": state.lobby.tick_rate(),
        "tick": state.lobby.tick(),
        "max_script_bytes": hotlogic::MAX_SCRIPT_BYTES,
        "max_image_bytes": image::MAX_BYTES,
        "max_image_side": image::MAX_SIDE,
        "max_skin_side": reencode::MAX_SKIN_SIDE,
        "max_player_skins": protocol::scene::MAX_PLAYER_SKINS,
        "max_version_chars": MAX_VERSION_CHARS,
        "max_note_chars": MAX_NOTE_CHARS,
    }))
}

/// A client as the API shows it.
#[derive(Serialize)]
struct Client {
    /// Number of the release that its room plays.
    version: u32,
    /// Milliseconds since its last input, chat or heartbeat.
    last_active_ms: u64,
    #[serde(flatten)]
    status: ClientStatus,
}

/// `GET /api/clients`: who is here.
pub(super) async fn clients(State(state): State<AdminState>) -> Response {
    success(crowd_payloads(&state).await.0)
}

/// What `/api/clients` and `/api/rooms`, and the events `clients` and `rooms`, say.
pub(super) async fn crowd_payloads(state: &AdminState) -> (serde_json::Value, serde_json::Value) {
    let mut rooms = state.lobby.rooms().await;
    let clients: Vec<Client> = rooms
        .iter_mut()
        .flat_map(|room| std::mem::take(&mut room.clients))
        .map(|status| Client { version: status.release, last_active_ms: status.idle_ms, status })
        .collect();
    (json!({ "clients": clients }), json!({ "rooms": rooms }))
}

/// `GET /api/rooms`: which room plays what.
pub(super) async fn rooms(State(state): State<AdminState>) -> Response {
    success(crowd_payloads(&state).await.1)
}

/// A release as the API shows it.
#[derive(Serialize)]
pub(super) struct Release {
    number: u32,
    kind: &'static str,
    version: String,
    hash: Option<String>,
    note: String,
    author: String,
    created_ms: u64,
    state: &'static str,
    error: Option<String>,
    error_line: Option<u32>,
    error_column: Option<u32>,
    acks: AckSummary,
}

impl Release {
    pub(super) fn new(state: &AdminState, record: ReleaseRecord) -> Self {
        let acks = state.releases.acks(record.number, record.acks.as_deref());
        let fault = record.fault;
        Self {
            number: record.number,
            kind: record.kind.as_str(),
            version: record.version,
            hash: record.hash,
            note: record.note,
            author: record.author,
            created_ms: record.created_ms,
            state: record.state.as_str(),
            error: fault.as_ref().map(|fault| fault.message.clone()),
            error_line: fault.as_ref().and_then(|fault| fault.line),
            error_column: fault.as_ref().and_then(|fault| fault.column),
            acks,
        }
    }
}

/// A release and what it consists of.
#[derive(Serialize)]
pub(super) struct ReleaseWithContent {
    #[serde(flatten)]
    release: Release,
    #[serde(flatten)]
    content: serde_json::Value,
}

/// Which part of the history is wanted.
#[derive(Deserialize)]
pub(super) struct Page {
    /// Only releases with a smaller number.
    before: Option<u32>,
    /// At most so many.
    limit: Option<u32>,
}

/// `GET /api/releases`: the history, newest first.
pub(super) async fn releases(
    State(state): State<AdminState>,
    Asked(page): Asked<Page>,
) -> Result<Response, Refusal> {
    let limit = page.limit.unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let records = state.store.releases(page.before.unwrap_or(u32::MAX), limit).await?;
    let releases: Vec<Release> = records.into_iter().map(|record| Release::new(&state, record)).collect();
    Ok(success(json!({ "releases": releases })))
}

/// What the event `releases` says: the newest ones.
pub(super) async fn releases_payload(state: &AdminState) -> Result<serde_json::Value, Refusal> {
    let records = state.store.releases(u32::MAX, MAX_LISTED).await?;
    let releases: Vec<Release> = records.into_iter().map(|record| Release::new(state, record)).collect();
    Ok(json!({ "releases": releases }))
}

/// `GET /api/releases/{number}`: one of them, with its script.
pub(super) async fn release(
    State(state): State<AdminState>,
    Path(number): Path<String>,
) -> Result<Response, Refusal> {
    let missing = || Refusal::NotFound(format!("there is no release {number}"));
    let number = number.parse().map_err(|_| missing())?;
    let record = state.store.release(number).await?.ok_or_else(missing)?;
    Ok(success(with_content(&state, record).await?))
}

/// A release and what it consists of.
pub(super) async fn with_content(
    state: &AdminState,
    record: ReleaseRecord,
) -> Result<ReleaseWithContent, Refusal> {
    let content = match (&record.scene, &record.hash) {
        (Some(scene), _) => scenes::shown(scene),
        (None, hash) => {
            let script = state.store.content(hash.clone().unwrap_or_default()).await?;
            json!({ "script": script.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()) })
        }
    };
    Ok(ReleaseWithContent { release: Release::new(state, record), content })
}

/// What a publication answers.
pub(super) fn published(published: &Published) -> Response {
    let Published { release, activate_tick, reach } = published;
    let number = release.number;
    let rooms = match reach {
        Reach { share: 100.., .. } => "all rooms".to_owned(),
        Reach { room: Some(room), share: 0 } => format!("room {room}"),
        Reach { share, .. } => format!("{share} % of the rooms"),
    };
    success(json!({
        "message": format!("release {number} is live in {rooms} from tick {activate_tick} on"),
        "number": number,
        "release": release,
        "activate_tick": activate_tick,
        "room": reach.room,
        "share": reach.share,
    }))
}
