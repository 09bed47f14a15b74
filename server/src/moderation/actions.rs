//! What operators and votes do: stored and written down first, then in force, then told to whom it concerns.

use std::net::IpAddr;

use protocol::{Removal, ServerMessage};
use sim::PlayerId;

use super::words::{DEFAULT, WordList, WordListError};
use crate::lobby::Lobby;
use crate::room::RoomEvent;
use crate::room::kick_vote::KickDecision;
use crate::storage::{Author, NewSanction, Sanction, SanctionKind, StoreError};
use crate::unix_ms;

/// For how long the players' vote keeps somebody out, minutes.
const VOTED_OUT_MINUTES: u32 = 10;

/// Somebody is to be kept from talking or from coming in.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// For how long; `None` until somebody lifts it.
    pub minutes: Option<u32>,
    /// For everybody who comes from there, too.
    pub address: Option<IpAddr>,
    /// Why.
    pub reason: String,
}

impl Order {
    fn sanction(&self, kind: SanctionKind, player: PlayerId) -> NewSanction {
        let until_ms = self.minutes.map(|minutes| unix_ms() + u64::from(minutes) * 60_000);
        NewSanction { kind, player, address: self.address, until_ms, reason: self.reason.clone() }
    }

    /// As the audit log says it.
    fn detail(&self) -> String {
        let time = match self.minutes {
            Some(1) => ", 1 minute".to_owned(),
            Some(minutes) => format!(", {minutes} minutes"),
            None => ", until it is lifted".to_owned(),
        };
        self.address.map_or_else(|| time.clone(), |address| format!("{time}, everybody from {address}"))
    }
}

/// Nobody reads any more what a player says. `None` when there is no such player.
///
/// # Errors
/// When the store fails; nothing has changed then.
pub async fn mute(
    lobby: &Lobby,
    player: PlayerId,
    order: Order,
    by: Author,
) -> Result<Option<Sanction>, StoreError> {
    let new = order.sanction(SanctionKind::Mute, player);
    let made = lobby.store().add_sanction(new, by, "mute", order.detail()).await?;
    let Some(mute) = made else { return Ok(None) };
    lobby.moderation().add(mute.clone());
    let message = ServerMessage::Muted { muted: true, seconds: mute.seconds_left(unix_ms()) };
    lobby.send_to(player, RoomEvent::Tell { player, message: Box::new(message) }).await;
    Ok(Some(mute))
}

/// Takes a player out of the arena; it may come back at once. `None` when it is not there.
///
/// # Errors
/// When the store fails; nothing has changed then.
pub async fn kick(
    lobby: &Lobby,
    player: PlayerId,
    reason: String,
    by: Author,
) -> Result<Option<String>, StoreError> {
    take_out(lobby, player, Removal { reason, ..Removal::default() }, by).await
}

/// Takes out whoever has a seat, also one who cannot come back and so is not stored. `None` when it is not there.
async fn take_out(
    lobby: &Lobby,
    player: PlayerId,
    removal: Removal,
    by: Author,
) -> Result<Option<String>, StoreError> {
    if !lobby.has_seat(player) {
        return Ok(None);
    }
    let stored = lobby.store().session_name(player).await?;
    let name = stored.unwrap_or_else(|| format!("Player {player}"));
    lobby.store().add_audit_note(by, "kick", format!("{name} ({player})"), removal.reason.clone()).await?;
    lobby.send_to(player, RoomEvent::Kick { player, removal }).await;
    Ok(Some(name))
}

/// Takes a player out of the arena and keeps it out. `None` when there is no such player.
///
/// # Errors
/// When the store fails; nothing has changed then.
pub async fn ban(
    lobby: &Lobby,
    player: PlayerId,
    order: Order,
    by: Author,
) -> Result<Option<Sanction>, StoreError> {
    keep_out(lobby, player, &order, by, ("ban", order.detail())).await
}

/// What somebody who is banned is told.
#[must_use]
pub fn removal(ban: &Sanction) -> Removal {
    // Operators always say why; a vote has no words.
    let voted = ban.reason.is_empty();
    Removal { reason: ban.reason.clone(), banned: true, seconds: ban.seconds_left(unix_ms()), voted }
}

async fn keep_out(
    lobby: &Lobby,
    player: PlayerId,
    order: &Order,
    by: Author,
    (action, detail): (&'static str, String),
) -> Result<Option<Sanction>, StoreError> {
    let new = order.sanction(SanctionKind::Ban, player);
    let made = lobby.store().add_sanction(new, by.clone(), action, detail).await?;
    let Some(ban) = made else {
        // Nobody can come back as this player, but it may still be there.
        let removal =
            Removal { reason: order.reason.clone(), voted: order.reason.is_empty(), ..Removal::default() };
        take_out(lobby, player, removal, by).await?;
        return Ok(None);
    };
    lobby.moderation().add(ban.clone());
    lobby.send_to(player, RoomEvent::Kick { player, removal: removal(&ban) }).await;
    Ok(Some(ban))
}

/// Lifts a mute or a ban. `None` when there is none with that number.
///
/// # Errors
/// When the store fails; nothing has changed then.
pub async fn lift(lobby: &Lobby, id: u64, by: Author) -> Result<Option<Sanction>, StoreError> {
    let Some(lifted) = lobby.store().lift_sanction(id, by).await? else { return Ok(None) };
    lobby.moderation().remove(id);
    if lifted.kind == SanctionKind::Mute {
        let player = lifted.player;
        let message = ServerMessage::Muted { muted: false, seconds: None };
        lobby.send_to(player, RoomEvent::Tell { player, message: Box::new(message) }).await;
    }
    Ok(Some(lifted))
}

/// Why a list of words was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SetWordsError {
    /// It is no good.
    #[error(transparent)]
    List(#[from] WordListError),
    /// It could not be stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// From now on chat and new names are held against this list. Gives the number of its words.
///
/// # Errors
/// [`SetWordsError`]; the list before stays then.
pub async fn set_words(lobby: &Lobby, text: String, by: Author) -> Result<usize, SetWordsError> {
    let count = WordList::parse(&text)?.len();
    lobby.store().set_word_list(text.clone(), DEFAULT, by).await?;
    lobby.moderation().take_words(&text)?;
    Ok(count)
}

/// What players decided: written down, and carried out.
pub(crate) async fn carry_out(lobby: &Lobby, decision: KickDecision) {
    let KickDecision { target, by, yes, no, passed, .. } = &decision;
    let votes = format!("{yes} for it, {no} against it; asked for by {} ({by})", decision.by_name);
    let author = Author::from("players");
    let done = if *passed {
        let order = Order { minutes: Some(VOTED_OUT_MINUTES), ..Order::default() };
        let detail = format!("{}: {votes}", order.detail());
        keep_out(lobby, *target, &order, author, ("vote_kick", detail)).await.map(drop)
    } else {
        let detail = format!("{} ({target}) stays: {votes}", decision.target_name);
        lobby.store().add_audit(author, "vote_kick", None, detail).await
    };
    if let Err(error) = done {
        tracing::error!(%target, "a vote could not be carried out: {error}");
    }
}
