//! Bearer tokens for scripts: made for oneself, or by an admin for somebody else. Each is shown once.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use protocol::limits::clean_text;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AdminState;
use super::auth::{TOKEN_PREFIX, digest};
use super::door::MAX_LOGIN;
use super::operators::role;
use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use crate::session::resume::Token;
use crate::storage::{Operator, OperatorError, Role};

/// Longest name of a token, characters.
const MAX_NAME_CHARS: usize = 40;

/// Body of `POST /api/tokens`.
#[derive(Deserialize)]
pub(super) struct NewToken {
    name: String,
    role: String,
    /// For whom; oneself when it is absent.
    operator: Option<String>,
}

/// `GET /api/tokens`: one's own; an admin sees everybody's.
pub(super) async fn list(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
) -> Result<Response, Refusal> {
    let tokens = state.store.operator_tokens(whose(&principal)).await?;
    let shown = tokens.iter().map(|token| {
        json!({
            "id": token.id,
            "name": token.name,
            "operator": token.operator,
            "role": token.role.as_str(),
            "created_ms": token.created_ms,
            "last_used_ms": token.last_used_ms,
        })
    });
    Ok(success(json!({ "tokens": shown.collect::<Vec<Value>>() })))
}

/// `POST /api/tokens`: makes one, and tells it this once.
pub(super) async fn add(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(new): Body<NewToken, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    let role = role(&new.role)?;
    let owner = owner(&state, &principal, new.operator.as_deref()).await?;
    let most = principal.role.min(owner.role);
    if role > most {
        return Err(Refusal::Forbidden { name: principal.name, role: most, needs: role });
    }
    let name = clean_text(&new.name, MAX_NAME_CHARS);
    if name.is_empty() || new.name.trim().chars().count() > MAX_NAME_CHARS {
        return Err(Refusal::Unusable(format!("a token's name has 1 to {MAX_NAME_CHARS} characters")));
    }
    let random = Token::generate().map_err(|_| Refusal::Internal)?.secret;
    let secret = format!("{TOKEN_PREFIX}{random}");
    let made = state
        .store
        .add_operator_token(owner.id, name.clone(), role, digest(&secret), principal.author())
        .await?
        .ok_or_else(|| Refusal::Unusable(format!("{} has a token {name:?} already", owner.name)))?;
    Ok(success(json!({
        "message": "this token is shown only this once",
        "id": made,
        "token": secret,
        "name": name,
        "operator": owner.name,
        "role": role.as_str(),
    })))
}

/// `DELETE /api/tokens/{id}`: takes one back; sessions that were opened with it end.
pub(super) async fn revoke(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let missing = || Refusal::NotFound(format!("there is no token {id}"));
    let number = id.parse().map_err(|_| missing())?;
    let revoked = state.store.revoke_operator_token(number, whose(&principal), principal.author()).await?;
    if !revoked {
        return Err(missing());
    }
    Ok(success(json!({ "message": "the token is revoked" })))
}

/// Whose tokens the caller may see and revoke: their own, or everybody's.
fn whose(principal: &Principal) -> Option<u32> {
    match (&principal.operator, principal.role) {
        (_, Role::Admin) | (None, _) => None,
        (Some(operator), _) => Some(operator.id),
    }
}

/// For whom a token is made.
async fn owner(state: &AdminState, principal: &Principal, name: Option<&str>) -> Result<Operator, Refusal> {
    let Some(name) = name else {
        return principal.operator.clone().ok_or_else(|| {
            Refusal::Unusable("the server's own token belongs to nobody: name an operator".to_owned())
        });
    };
    let own = principal.operator.as_ref().is_some_and(|operator| operator.name == name);
    if !own && principal.role < Role::Admin {
        let Principal { name, role, .. } = principal.clone();
        return Err(Refusal::Forbidden { name, role, needs: Role::Admin });
    }
    let found = state.store.operator(name.to_owned()).await?;
    found.map(|(operator, _)| operator).ok_or_else(|| OperatorError::Unknown.into())
}
