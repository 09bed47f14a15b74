//! Cards: what there is, a new one or a new version, and which of them come up in votes.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AdminState;
use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use crate::config::OnOff;
use crate::release::CardStatus;

/// Body of `POST /api/cards`.
#[derive(Deserialize)]
pub(super) struct PublishCard {
    name: String,
    script: String,
}

/// Body of `POST /api/cards/{name}`.
#[derive(Deserialize)]
pub(super) struct EnableCard {
    enabled: bool,
}

/// `GET /api/cards`: all of them, with their scripts, and how they go with the live rules.
pub(super) async fn list(State(state): State<AdminState>) -> Result<Response, Refusal> {
    let cards: Vec<_> = state.releases.cards().await?.iter().map(describe).collect();
    let votes = state.lobby.config().votes == OnOff::On;
    Ok(success(json!({ "votes": votes, "cards": cards })))
}

/// `POST /api/cards`: checks a card with the live rules and stores it.
pub(super) async fn publish(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<PublishCard>,
) -> Result<Response, Refusal> {
    let PublishCard { name, script } = body;
    let card = state.releases.publish_card(name, script, principal.author()).await?;
    Ok(success(json!({ "message": "the card is published", "card": describe(&card) })))
}

/// `POST /api/cards/{name}`: lets it come up in votes, or not.
pub(super) async fn enable(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Path(name): Path<String>,
    Body(body): Body<EnableCard>,
) -> Result<Response, Refusal> {
    let card = state.releases.enable_card(name, body.enabled, principal.author()).await?;
    Ok(success(json!({ "card": describe(&card) })))
}

fn describe(card: &CardStatus) -> Value {
    let CardStatus { record, info, fault } = card;
    let fault = fault.as_ref().map(|fault| {
        let error = &fault.error;
        json!({ "message": error.message, "line": error.line.unwrap_or(1), "column": error.column.unwrap_or(1) })
    });
    json!({
        "name": record.name,
        "title": info.as_ref().map(|info| &info.title),
        "text": info.as_ref().map(|info| &info.text),
        "words": info.as_ref().map(|info| &info.words),
        "hash": record.hash,
        "script": record.script,
        "version": record.version,
        "enabled": record.enabled,
        "shipped": record.shipped,
        "author": record.author,
        "updated_ms": record.updated_ms,
        "fault": fault,
    })
}
