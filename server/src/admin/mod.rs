//! The operators' side: who may, what they can ask and do, and the content that releases consist of.

mod account;
mod api;
mod audit;
mod auth;
mod cards;
mod conflict;
mod content;
mod diff;
mod door;
mod events;
mod export;
mod gate;
mod language;
mod moderation;
mod operators;
pub(crate) mod password;
mod principal;
mod publish;
mod rehearse;
mod reply;
mod rollouts;
mod scenes;
mod server_token;
mod tokens;

use axum::Router;
use axum::routing::{any, get, post};

use crate::lobby::Lobby;
use crate::public_url::PublicUrl;
use crate::release::Releases;
use crate::shutdown::Shutdown;
use crate::storage::{Role, Store};

pub use auth::{Auth, AuthError};

use gate::Call;

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

    /// Where players find the game, when a proxy stands in front of it.
    fn public_url(&self) -> Option<&PublicUrl> {
        self.lobby.config().public_url.as_ref()
    }
}

/// Every call that is not for everybody, with the least role that may make it.
fn calls() -> Vec<Call> {
    use Role::{Admin, Publisher, Viewer};
    vec![
        gate::get("/api/config", Viewer, api::config),
        gate::get("/api/clients", Viewer, api::clients),
        gate::get("/api/rooms", Viewer, api::rooms),
        gate::get("/api/events", Viewer, events::stream),
        gate::get("/api/releases", Viewer, api::releases),
        gate::get("/api/releases/{number}", Viewer, api::release),
        gate::post("/api/releases/{number}/roll_back", Publisher, rollouts::roll_back),
        gate::get("/api/rollouts", Viewer, rollouts::list),
        gate::post("/api/rollouts/{number}/promote", Publisher, rollouts::promote),
        gate::post("/api/rollouts/{number}/stop", Publisher, rollouts::stop),
        gate::post("/api/schedules/{id}/cancel", Publisher, rollouts::cancel),
        gate::get("/api/adoption", Viewer, rollouts::adoption),
        gate::post("/api/diff", Viewer, diff::diff),
        gate::get("/api/audit", Viewer, audit::list),
        gate::get("/api/export", Viewer, export::export),
        // Judges a script and changes nothing.
        gate::post("/api/check_script", Viewer, publish::check_script),
        gate::post("/api/rehearse", Viewer, rehearse::rehearse),
        gate::post("/api/diagnose_script", Viewer, language::diagnose_script),
        gate::post("/api/update_script", Publisher, publish::update_script),
        gate::post("/api/update_background", Publisher, scenes::update_background),
        gate::post("/api/scene", Publisher, scenes::update_scene),
        gate::get("/api/cards", Viewer, cards::list),
        gate::post("/api/cards", Publisher, cards::publish),
        gate::post("/api/cards/{name}", Publisher, cards::enable),
        gate::get("/api/moderation", Viewer, moderation::show),
        gate::post("/api/moderation/words", Publisher, moderation::set_words),
        gate::post("/api/moderation/mute", Publisher, moderation::mute),
        gate::post("/api/moderation/kick", Publisher, moderation::kick),
        gate::post("/api/moderation/ban", Publisher, moderation::ban),
        gate::post("/api/moderation/lift", Publisher, moderation::lift),
        // Everybody's own.
        gate::get("/api/me", Viewer, account::me),
        gate::post("/api/me/password", Viewer, account::change_password),
        gate::post("/api/logout_everywhere", Viewer, door::log_out_everywhere),
        gate::get("/api/tokens", Viewer, tokens::list),
        gate::post("/api/tokens", Viewer, tokens::add),
        gate::delete("/api/tokens/{id}", Viewer, tokens::revoke),
        gate::get("/api/operators", Admin, operators::list),
        gate::post("/api/operators", Admin, operators::add),
        gate::post("/api/operators/{name}", Admin, operators::change),
    ]
}

/// Method, path and least role of every call that is not for everybody: what documentation and tests walk.
#[must_use]
pub fn guarded_calls() -> Vec<(String, &'static str, Role)> {
    calls().into_iter().map(|call| (call.method.to_string(), call.path, call.role)).collect()
}

/// Everything below `/api` and `/content`.
pub fn router(state: AdminState) -> Router {
    Router::new()
        .merge(gate::guard(&state, calls()))
        .route("/api/door", get(door::door))
        .route("/api/login", post(door::log_in))
        .route("/api/logout", post(door::log_out))
        .route("/api/first_admin", post(door::first_admin))
        .route("/api/rules_reference", get(language::rules_reference))
        .route("/content/{hash}", get(content::serve))
        .method_not_allowed_fallback(reply::wrong_method)
        .route("/api", any(reply::unknown_path))
        .route("/api/", any(reply::unknown_path))
        .route("/api/{*path}", any(reply::unknown_path))
        .with_state(state)
}
