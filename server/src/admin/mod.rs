//! The operators' side: who may, what they can ask and do, and the content that releases consist of.

mod api;
mod auth;
mod content;
mod events;
mod publish;
mod reply;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use crate::lobby::Lobby;
use crate::release::Releases;
use crate::shutdown::Shutdown;
use crate::storage::Store;

pub use auth::{Auth, AuthError};

/// Longest body of a call, bytes: a script with every character escaped, and words.
const MAX_BODY: usize = 512 * 1024;
/// Longest body of a call that carries an image, bytes: 8 MiB in base64, and words.
const MAX_IMAGE_BODY: usize = 12 * 1024 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub struct AdminState {
    store: Store,
    releases: Releases,
    lobby: Lobby,
    auth: Auth,
    shutdown: Shutdown,
}

impl AdminState {
    /// Puts together what the handlers need.
    #[must_use]
    pub fn new(store: Store, releases: Releases, lobby: Lobby, auth: Auth, shutdown: Shutdown) -> Self {
        Self { store, releases, lobby, auth, shutdown }
    }
}

/// Everything below `/api` and `/content`.
pub fn router(state: AdminState) -> Router {
    let operators = Router::new()
        .route("/api/config", get(api::config))
        .route("/api/clients", get(api::clients))
        .route("/api/rooms", get(api::rooms))
        .route("/api/releases", get(api::releases))
        .route("/api/releases/{number}", get(api::release))
        .route("/api/check_script", post(publish::check_script))
        .route("/api/update_script", post(publish::update_script))
        .route(
            "/api/update_background",
            post(publish::update_background).layer(DefaultBodyLimit::max(MAX_IMAGE_BODY)),
        )
        .route("/api/events", get(events::stream))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require))
        .method_not_allowed_fallback(reply::wrong_method);
    Router::new()
        .merge(operators)
        .route("/api/login", post(auth::log_in))
        .route("/api/logout", post(auth::log_out))
        .route("/api/{*path}", axum::routing::any(reply::unknown_path))
        .route("/content/{hash}", get(content::serve))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(state)
}
