//! What crosses the Socket.IO door: event names and their data.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sim::{PlayerId, Tick};

/// What a client may say of itself when it connects (`auth` in the clients' options).
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Auth {
    /// Player name.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// Token of an earlier `welcome`, to come back as the same player.
    #[serde(default)]
    pub(super) resume: Option<String>,
    /// Wanted room.
    #[serde(default)]
    pub(super) room: Option<String>,
}

/// Where a player is, and how well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Position {
    /// Units.
    pub(super) x: f32,
    /// Units.
    pub(super) y: f32,
    /// Hit points.
    pub(super) hp: i32,
}

/// `move`: where the player wants to be, units.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct MoveTo {
    pub(super) x: f32,
    pub(super) y: f32,
}

/// What the client is told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Event {
    /// The client is in the fight.
    Welcome { id: PlayerId, name: String, resume: String, room: u32, tick: Tick, tick_rate: u32 },
    /// Somebody is there; at the beginning everybody, the client itself too.
    NewPlayer { id: PlayerId, name: String, position: Position },
    /// Somebody is not there any more.
    PlayerLeft { id: PlayerId },
    /// Somebody is somewhere else now.
    PlayerMoved { id: PlayerId, position: Position },
    /// Somebody was hurt.
    PlayerAttacked { id: PlayerId, hp: i32, attacker: PlayerId, damage: i32 },
    /// Somebody died.
    PlayerKilled { id: PlayerId, killer: PlayerId },
    /// Somebody is back.
    PlayerRespawned { id: PlayerId },
    /// Somebody said something.
    Chat { id: PlayerId, text: String },
    /// The rules change at a tick.
    HotUpdate { number: u32, version: String, note: String, activate_tick: Tick },
    /// The server did not accept something.
    GameError { code: Value, message: String },
    /// Every seat is taken: the client waits in line.
    Queued { place: u32, of: u32 },
    /// The connection ends.
    Closing { code: u16, reason: String },
}

impl Event {
    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::NewPlayer { .. } => "new_player",
            Self::PlayerLeft { .. } => "player_left",
            Self::PlayerMoved { .. } => "player_moved",
            Self::PlayerAttacked { .. } => "player_attacked",
            Self::PlayerKilled { .. } => "player_killed",
            Self::PlayerRespawned { .. } => "player_respawned",
            Self::Chat { .. } => "chat",
            Self::HotUpdate { .. } => "hot_update",
            Self::GameError { .. } => "game_error",
            Self::Queued { .. } => "queued",
            Self::Closing { .. } => "closing",
        }
    }
}

/// What the callback of a `move` or an `attack` gets, once the server has played it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Answer {
    /// It was played; what came of it is in the other fields.
    pub(super) ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'static str>,
    /// The tick in which it was played.
    pub(super) tick: Tick,
    /// The player.
    pub(super) id: PlayerId,
    /// Where the player is now.
    pub(super) position: Position,
    /// Whom an attack has hurt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) hits: Vec<Hit>,
}

/// Somebody whom an attack has hurt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Hit {
    pub(super) id: PlayerId,
    pub(super) hp: i32,
    pub(super) damage: i32,
}
