//! Words, mutes, kicks and bans.

use axum::extract::{Extension, State};
use axum::response::Response;
use protocol::limits;
use serde::Deserialize;
use serde_json::{Value, json};
use sim::PlayerId;

use super::AdminState;
use super::principal::Principal;
use super::reply::{Body, Refusal, success};
use crate::moderation::actions::{self, Order, SetWordsError};
use crate::moderation::words::{DEFAULT, MAX_LIST_BYTES};
use crate::storage::{Sanction, SanctionKind};

/// Longest body with a list of words, bytes: every character may be escaped.
const MAX_WORDS_BODY: usize = 6 * MAX_LIST_BYTES + 1_024;
/// Longest body of the other calls, bytes.
const MAX_ORDER_BODY: usize = 4 * 1_024;
/// Longest reason, characters.
const MAX_REASON_CHARS: usize = 200;
/// Longest time of a mute or a ban that ends by itself, minutes: a year.
const MAX_MINUTES: u32 = 366 * 24 * 60;

/// Body of `POST /api/moderation/words`.
#[derive(Deserialize)]
pub(super) struct NewWords {
    words: String,
}

/// Body of the calls about one player.
#[derive(Deserialize)]
pub(super) struct About {
    player: u32,
    /// Until somebody lifts it when missing.
    minutes: Option<u32>,
    reason: String,
    /// For everybody who comes from the same address, too.
    #[serde(default)]
    address: bool,
}

/// Body of `POST /api/moderation/lift`.
#[derive(Deserialize)]
pub(super) struct Lift {
    id: u64,
}

impl About {
    fn player(&self) -> PlayerId {
        PlayerId(self.player)
    }

    /// Players are told why.
    fn reason(&self) -> Result<String, Refusal> {
        let reason = limits::clean_text(&self.reason, MAX_REASON_CHARS);
        if reason.is_empty() { Err(Refusal::Unusable("say why".to_owned())) } else { Ok(reason) }
    }

    fn order(&self) -> Result<Order, Refusal> {
        if self.minutes.is_some_and(|minutes| !(1..=MAX_MINUTES).contains(&minutes)) {
            return Err(Refusal::Unusable(format!("minutes are a number from 1 to {MAX_MINUTES}")));
        }
        Ok(Order { minutes: self.minutes, address: None, reason: self.reason()? })
    }

    fn missing(&self) -> Refusal {
        Refusal::NotFound(format!("there is no player {} who could come back", self.player))
    }
}

fn shown(sanction: &Sanction) -> Value {
    json!({
        "id": sanction.id,
        "kind": sanction.kind.as_str(),
        "player": sanction.player,
        "name": sanction.name,
        "address": sanction.address,
        "until_ms": sanction.until_ms,
        "reason": sanction.reason,
        "author": sanction.author,
        "created_ms": sanction.created_ms,
    })
}

/// What the event `moderation` says.
pub(super) fn payload(state: &AdminState) -> Value {
    let moderation = state.lobby.moderation();
    let sanctions: Vec<Value> = moderation.in_force().iter().map(shown).collect();
    json!({ "sanctions": sanctions, "word_count": moderation.words().len() })
}

/// `GET /api/moderation`: the list of words, and the mutes and bans that hold.
pub(super) async fn show(State(state): State<AdminState>) -> Response {
    let mut all = payload(&state);
    all["words"] = state.lobby.moderation().words_text().as_ref().into();
    all["shipped_words"] = DEFAULT.into();
    success(all)
}

/// `POST /api/moderation/words`: another list, from now on.
pub(super) async fn set_words(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(new): Body<NewWords, MAX_WORDS_BODY>,
) -> Result<Response, Refusal> {
    let count = actions::set_words(&state.lobby, new.words, principal.author()).await;
    let count = count.map_err(|error| match error {
        SetWordsError::List(error) => Refusal::Unusable(error.to_string()),
        SetWordsError::Store(error) => error.into(),
    })?;
    Ok(success(json!({ "message": format!("{count} words are hidden from now on"), "word_count": count })))
}

/// `POST /api/moderation/mute`: nobody reads what a player says.
pub(super) async fn mute(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(about): Body<About, MAX_ORDER_BODY>,
) -> Result<Response, Refusal> {
    let made = actions::mute(&state.lobby, about.player(), about.order()?, principal.author()).await?;
    let mute = made.ok_or_else(|| about.missing())?;
    Ok(success(json!({ "message": format!("{} is muted", mute.name), "sanction": shown(&mute) })))
}

/// `POST /api/moderation/kick`: out of the arena; the player may come back.
pub(super) async fn kick(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(about): Body<About, MAX_ORDER_BODY>,
) -> Result<Response, Refusal> {
    let kicked = actions::kick(&state.lobby, about.player(), about.reason()?, principal.author()).await?;
    let name = kicked.ok_or_else(|| Refusal::NotFound(format!("player {} is not here", about.player)))?;
    Ok(success(json!({ "message": format!("{name} is out of the arena") })))
}

/// `POST /api/moderation/ban`: out of the arena, and not back for a while.
pub(super) async fn ban(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(about): Body<About, MAX_ORDER_BODY>,
) -> Result<Response, Refusal> {
    let mut order = about.order()?;
    if about.address {
        let address = state.lobby.address_of(about.player()).await;
        let missing =
            || Refusal::NotFound(format!("player {} is not here, so its address is not known", about.player));
        order.address = Some(address.ok_or_else(missing)?);
    }
    let made = actions::ban(&state.lobby, about.player(), order, principal.author()).await?;
    let ban = made.ok_or_else(|| about.missing())?;
    Ok(success(json!({ "message": format!("{} is banned", ban.name), "sanction": shown(&ban) })))
}

/// `POST /api/moderation/lift`: a mute or a ban is over.
pub(super) async fn lift(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(Lift { id }): Body<Lift, MAX_ORDER_BODY>,
) -> Result<Response, Refusal> {
    let lifted = actions::lift(&state.lobby, id, principal.author()).await?;
    let lifted = lifted.ok_or_else(|| Refusal::NotFound(format!("there is no mute or ban {id} in force")))?;
    let may = match lifted.kind {
        SanctionKind::Mute => "talk",
        SanctionKind::Ban => "come back",
    };
    Ok(success(json!({ "message": format!("{} may {may}", lifted.name), "sanction": shown(&lifted) })))
}
