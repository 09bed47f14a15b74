//! Coming in and going out: log in by password or token, the first admin, log out here or everywhere.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::AdminState;
use super::auth::SESSION;
use super::gate::{self, COOKIE};
use super::password;
use super::principal::{Principal, Proof, check_name};
use super::reply::{Body, Refusal, success};
use crate::storage::Role;

/// Longest body of a login, bytes.
pub(super) const MAX_LOGIN: usize = 4 * 1024;

/// Body of `POST /api/login`: a token, or a name and a password.
#[derive(Deserialize)]
pub(super) struct Login {
    token: Option<String>,
    name: Option<String>,
    password: Option<String>,
}

/// Body of `POST /api/first_admin`.
#[derive(Deserialize)]
pub(super) struct FirstAdmin {
    token: String,
    name: String,
    password: String,
}

/// `GET /api/door`: what the door must ask for.
pub(super) async fn door(State(state): State<AdminState>) -> Result<Response, Refusal> {
    let first_run = !state.store.has_operators().await?;
    Ok(success(json!({ "first_run": first_run, "min_password_chars": password::MIN_CHARS })))
}

/// `POST /api/login`: exchanges a token, or a name and its password, for a session cookie.
pub(super) async fn log_in(
    State(state): State<AdminState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(login): Body<Login, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    gate::from_our_page(&headers, state.public_url())?;
    let principal = match login {
        Login { token: Some(token), .. } => state.auth.by_token(token.trim(), address.ip()).await?,
        Login { name: Some(name), password: Some(password), .. } => {
            state.auth.by_password(name.trim(), &password, address.ip()).await?
        }
        _ => return Err(Refusal::BadRequest("send a token, or a name and a password".to_owned())),
    };
    welcome(&state, &principal, &headers).await
}

/// `POST /api/first_admin`: with the server's token, and only once, makes the first account and logs it in.
pub(super) async fn first_admin(
    State(state): State<AdminState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(first): Body<FirstAdmin, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    gate::from_our_page(&headers, state.public_url())?;
    let holder = state.auth.by_token(first.token.trim(), address.ip()).await?;
    if holder.proof != Proof::ServerToken {
        return Err(Refusal::WrongToken);
    }
    let name = first.name.trim();
    check_name(name)?;
    password::check(name, &first.password)?;
    let hash = state.auth.hashing().hash(&first.password).await?;
    let made = state.store.add_operator(name.to_owned(), Role::Admin, hash, true, holder.author()).await?;
    let principal = Principal::operator(made?, None, Proof::Password, address.ip());
    welcome(&state, &principal, &headers).await
}

/// `POST /api/logout`: ends the session.
pub(super) async fn log_out(
    State(state): State<AdminState>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    gate::from_our_page(&headers, state.public_url())?;
    if let Some(cookie) = gate::cookie(&headers) {
        state.auth.close_session(cookie).await?;
    }
    set_cookie("", 0, gate::is_https(&headers, state.public_url()), json!({ "message": "ok" }))
}

/// `POST /api/logout_everywhere`: ends all sessions of the operator. Tokens stay.
pub(super) async fn log_out_everywhere(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let operator = principal.operator.as_ref().map(|operator| operator.id);
    let ended = state.store.close_operator_sessions(operator, principal.author()).await?;
    set_cookie(
        "",
        0,
        gate::is_https(&headers, state.public_url()),
        json!({ "message": "ok", "ended": ended }),
    )
}

async fn welcome(
    state: &AdminState,
    principal: &Principal,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let cookie = state.auth.open_session(principal).await?;
    tracing::info!(address = %principal.address, operator = principal.name, "logged in");
    let body = json!({ "message": "ok", "name": principal.name, "role": principal.role.as_str() });
    set_cookie(&cookie, SESSION.as_secs(), gate::is_https(headers, state.public_url()), body)
}

/// The cookie names no path, so browsers send it with what is in the folder of the call that set it: `/api`, and what a
/// proxy may have put in front of that.
fn set_cookie(value: &str, max_age: u64, https: bool, body: serde_json::Value) -> Result<Response, Refusal> {
    let secure = if https { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Refusal::Internal)?;
    Ok(([(header::SET_COOKIE, cookie)], success(body)).into_response())
}
