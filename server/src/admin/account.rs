//! What all operators can do for themselves: see who they are, and change their password.

use axum::extract::{Extension, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::AdminState;
use super::door::MAX_LOGIN;
use super::password;
use super::principal::{Principal, Proof};
use super::reply::{Body, Refusal, success};

/// Body of `POST /api/me/password`.
#[derive(Deserialize)]
pub(super) struct NewPassword {
    old_password: String,
    new_password: String,
}

/// `GET /api/me`: who the caller is.
pub(super) async fn me(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
) -> Result<Response, Refusal> {
    let first_run = !state.store.has_operators().await?;
    let by = match (&principal.operator, principal.proof) {
        (None, _) => "server_token",
        (Some(_), Proof::Token(_)) => "token",
        (Some(_), _) => "session",
    };
    Ok(success(json!({
        "name": principal.name,
        "role": principal.role.as_str(),
        "by": by,
        "operator": principal.operator.as_ref().map(|operator| operator.name.as_str()),
        "first_run": first_run,
        "min_password_chars": password::MIN_CHARS,
    })))
}

/// `POST /api/me/password`: gives oneself another password; all other sessions end.
pub(super) async fn change_password(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<NewPassword, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    let Some(operator) = &principal.operator else {
        return Err(Refusal::Unusable("the server's own token has no password".to_owned()));
    };
    state.auth.confirm_password(&principal, &operator.name, &body.old_password).await?;
    password::check(&operator.name, &body.new_password)?;
    let hash = state.auth.hashing().hash(&body.new_password).await?;
    let kept = match principal.proof {
        Proof::Session(session) => Some(session),
        _ => None,
    };
    state.store.set_own_password(operator.id, hash, kept, principal.author()).await?;
    Ok(success(json!({ "message": "the password is changed, and all other sessions have ended" })))
}
