//! The operators' side: who may, what they can ask and do, and the content that releases consist of.

mod api;
mod auth;
mod content;
mod events;
mod publish;
mod reply;
mod rollouts;
mod throttle;

use axum::routing::{any, get, post};
use axum::{Router, middleware};

use crate::lobby::Lobby;
use crate::release::Releases;
use crate::shutdown::Shutdown;
use crate::storage::Store;

pub use auth::{Auth, AuthError};

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
        .route("/api/releases/{number}/roll_back", post(rollouts::roll_back))
        .route("/api/rollouts", get(rollouts::list))
        .route("/api/rollouts/{number}/promote", post(rollouts::promote))
        .route("/api/rollouts/{number}/stop", post(rollouts::stop))
        .route("/api/schedules/{id}/cancel", post(rollouts::cancel))
        .route("/api/adoption", get(rollouts::adoption))
        .route("/api/check_script", post(publish::check_script))
        .route("/api/update_script", post(publish::update_script))
        .route("/api/update_background", post(publish::update_background))
        .route("/api/events", get(events::stream))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require));
    Router::new()
        .merge(operators)
        .route("/api/login", post(auth::log_in))
        .route("/api/logout", post(auth::log_out))
        .route("/content/{hash}", get(content::serve))
        .method_not_allowed_fallback(reply::wrong_method)
        .route("/api", any(reply::unknown_path))
        .route("/api/", any(reply::unknown_path))
        .route("/api/{*path}", any(reply::unknown_path))
        .with_state(state)
}
