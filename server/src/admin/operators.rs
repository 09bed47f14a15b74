//! Managing operators: only admins can.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AdminState;
use super::door::MAX_LOGIN;
use super::password;
use super::principal::{Principal, check_name};
use super::reply::{Body, Refusal, success};
use crate::storage::{Operator, OperatorChange, Role};

/// Body of `POST /api/operators`.
#[derive(Deserialize)]
pub(super) struct NewOperator {
    name: String,
    role: String,
    password: String,
}

/// Body of `POST /api/operators/{name}`; what is absent stays.
#[derive(Deserialize)]
pub(super) struct Change {
    role: Option<String>,
    disabled: Option<bool>,
    password: Option<String>,
}

/// The role of this name.
pub(super) fn role(name: &str) -> Result<Role, Refusal> {
    Role::parse(name).ok_or_else(|| Refusal::Unusable("the roles are viewer, publisher and admin".to_owned()))
}

fn shown(operator: &Operator) -> Value {
    json!({
        "name": operator.name,
        "role": operator.role.as_str(),
        "disabled": operator.disabled,
        "created_ms": operator.created_ms,
        "last_login_ms": operator.last_login_ms,
    })
}

/// `GET /api/operators`: all accounts.
pub(super) async fn list(State(state): State<AdminState>) -> Result<Response, Refusal> {
    let operators: Vec<Value> = state.store.operators().await?.iter().map(shown).collect();
    Ok(success(json!({ "operators": operators })))
}

/// `POST /api/operators`: makes an account.
pub(super) async fn add(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(new): Body<NewOperator, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    let (name, role) = (new.name.trim(), role(&new.role)?);
    check_name(name)?;
    password::check(name, &new.password)?;
    let hash = state.auth.hashing().hash(&new.password).await?;
    let made = state.store.add_operator(name.to_owned(), role, hash, false, principal.author()).await??;
    Ok(success(json!({ "message": format!("{name} can log in"), "operator": shown(&made) })))
}

/// `POST /api/operators/{name}`: changes role or password, shuts the account or opens it again.
pub(super) async fn change(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(name): Path<String>,
    Body(body): Body<Change, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    let password_hash = match &body.password {
        Some(new) => {
            password::check(&name, new)?;
            Some(state.auth.hashing().hash(new).await?)
        }
        None => None,
    };
    let role = body.role.as_deref().map(role).transpose()?;
    let change = OperatorChange { role, disabled: body.disabled, password_hash };
    let changed = state.store.change_operator(name.clone(), change, principal.author()).await??;
    if body.password.is_some() {
        state.auth.unlock(&name);
    }
    Ok(success(json!({ "message": format!("{} is changed", changed.name), "operator": shown(&changed) })))
}
