//! `/build.json` and `/delta/{from}/{to}`.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::time::timeout;

use super::{BuildFile, Builds};
use crate::assets;

/// How long the manifest waits for deltas that are being made: pages ask for it right after a restart, and may wait.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `/build.json` says.
#[derive(Serialize)]
struct Manifest<'a> {
    /// The build that is served.
    id: &'a str,
    files: &'a [BuildFile],
    /// Builds before it that a delta is offered for, newest first.
    earlier: Vec<Earlier<'a>>,
}

#[derive(Serialize)]
struct Earlier<'a> {
    id: &'a str,
    deltas: Vec<Offer<'a>>,
}

/// A delta, at `/delta/{from}/{to}`.
#[derive(Serialize)]
struct Offer<'a> {
    path: &'a str,
    /// SHA-256 of the file that one has.
    from: &'a str,
    /// SHA-256 of the file that one gets.
    to: &'a str,
    /// Bytes over the wire.
    transfer: u64,
}

/// What clients ask about builds.
pub fn router(builds: Arc<Builds>) -> Router {
    Router::new()
        .route("/build.json", get(manifest))
        .route("/delta/{from}/{to}", get(delta))
        .with_state(builds)
        .layer(assets::gzip())
}

async fn manifest(State(builds): State<Arc<Builds>>) -> Response {
    let mut complete = builds.complete.subscribe();
    // Whatever is not made by then is left out.
    let _ = timeout(PATIENCE, complete.wait_for(|complete| *complete)).await;
    let mut response = Json(describe(&builds)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn describe(builds: &Builds) -> Manifest<'_> {
    let mut earlier = Vec::new();
    for build in &builds.earlier {
        let deltas: Vec<_> = build.files.iter().filter_map(|old| offer(builds, old)).collect();
        if !deltas.is_empty() {
            earlier.push(Earlier { id: &build.id, deltas });
        }
    }
    Manifest { id: &builds.current.id, files: &builds.current.files, earlier }
}

fn offer<'a>(builds: &'a Builds, old: &'a BuildFile) -> Option<Offer<'a>> {
    let new = builds.current.files.iter().find(|new| new.path == old.path)?;
    let delta = builds.delta(&old.sha256, &new.sha256)?;
    Some(Offer { path: &new.path, from: &old.sha256, to: &new.sha256, transfer: delta.transfer() })
}

/// Named by what it does, it never changes.
async fn delta(
    State(builds): State<Arc<Builds>>,
    Path((from, to)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(delta) = builds.delta(&from, &to) else {
        return (StatusCode::NOT_FOUND, "no such delta: take the whole file\n").into_response();
    };
    let mut response = delta.respond(&headers);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, forever);
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
