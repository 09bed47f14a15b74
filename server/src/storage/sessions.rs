//! Who may come back with which token, and as what.
//!
//! A token is used once: `welcome` brings the next one. Until the player is known to have it, the one before is good
//! too, or an answer lost on the way would lock the player out.

use rusqlite::{OptionalExtension, Row, ToSql, params_from_iter};
use sim::{PlayerId, Vec2};

use super::error::StoreError;
use super::{Store, from_sql, to_sql};

/// A player's place in the arena.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// Who.
    pub player: PlayerId,
    /// The name.
    pub name: String,
    /// Number of the room.
    pub room: u32,
    /// SHA-256 of the newest token.
    pub token_hash: [u8; 32],
    /// SHA-256 of the token before, until the newest one is known to have arrived.
    pub previous_token_hash: Option<[u8; 32]>,
    /// When the player was here last, milliseconds since 1970.
    pub last_seen_ms: u64,
    /// What the player comes back as.
    pub saved: SavedPlayer,
}

/// What of a player outlives the connection and the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SavedPlayer {
    /// Centre, units.
    pub position: Vec2,
    /// Unit vector of the view.
    pub facing: Vec2,
    /// Hit points, 0 when dead.
    pub hp: i32,
    /// Points of the round.
    pub score: i32,
    /// Kills of the round.
    pub kills: u32,
    /// Deaths of the round.
    pub deaths: u32,
    /// Kills since the last death.
    pub streak: i32,
    /// Ticks until the respawn; only counts while dead.
    pub respawn_ticks: u32,
}

impl SavedPlayer {
    /// The same for another round.
    #[must_use]
    pub fn without_points(self) -> Self {
        Self { score: 0, kills: 0, deaths: 0, streak: 0, ..self }
    }

    /// What is stored, in the order of the columns from `x` to `respawn_ticks`.
    fn columns(&self) -> [&dyn ToSql; 10] {
        let Self { position, facing, hp, score, kills, deaths, streak, respawn_ticks } = self;
        [&position.x, &position.y, &facing.x, &facing.y, hp, score, kills, deaths, streak, respawn_ticks]
    }

    /// The way back, from the columns that begin at `x`.
    fn read(row: &Row<'_>, x: usize) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            position: Vec2 { x: row.get(x)?, y: row.get(x + 1)? },
            facing: Vec2 { x: row.get(x + 2)?, y: row.get(x + 3)? },
            hp: row.get(x + 4)?,
            score: row.get(x + 5)?,
            kills: row.get(x + 6)?,
            deaths: row.get(x + 7)?,
            streak: row.get(x + 8)?,
            respawn_ticks: row.get(x + 9)?,
        })
    }
}

/// The state of a player between two tokens.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerCheckpoint {
    /// Who.
    pub player: PlayerId,
    /// Number of the room.
    pub room: u32,
    /// The name.
    pub name: String,
    /// What the player comes back as.
    pub saved: SavedPlayer,
    /// When the player was here last, milliseconds since 1970.
    pub last_seen_ms: u64,
}

/// Which of a session's tokens was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenMatch {
    /// The newest one.
    Current,
    /// The one before.
    Previous,
}

impl Store {
    /// Stores the session of a player in place of the one before.
    ///
    /// # Errors
    /// When the database fails, or another player has the same token.
    pub async fn save_session(&self, session: SessionRecord) -> Result<(), StoreError> {
        self.write(move |db| {
            let SessionRecord { player, name, room, token_hash, previous_token_hash, last_seen_ms, saved } = session;
            let last_seen = to_sql(last_seen_ms);
            let row: [&dyn ToSql; 6] = [&player.0, &name, &room, &token_hash, &previous_token_hash, &last_seen];
            db.prepare_cached(
                "INSERT INTO sessions (player, name, room, token_hash, previous_token_hash, last_seen_ms,
                                       x, y, facing_x, facing_y, hp, score, kills, deaths, streak, respawn_ticks)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
                 ON CONFLICT (player) DO UPDATE SET
                     name = excluded.name, room = excluded.room, token_hash = excluded.token_hash,
                     previous_token_hash = excluded.previous_token_hash, last_seen_ms = excluded.last_seen_ms,
                     x = excluded.x, y = excluded.y, facing_x = excluded.facing_x, facing_y = excluded.facing_y,
                     hp = excluded.hp, score = excluded.score, kills = excluded.kills, deaths = excluded.deaths,
                     streak = excluded.streak, respawn_ticks = excluded.respawn_ticks",
            )?
            .execute(params_from_iter(row.into_iter().chain(saved.columns())))?;
            Ok(())
        })
        .await
    }

    /// The session that a token belongs to, as its newest one or the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_session(
        &self,
        token_hash: [u8; 32],
    ) -> Result<Option<(SessionRecord, TokenMatch)>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT player, name, room, token_hash, previous_token_hash, last_seen_ms,
                        x, y, facing_x, facing_y, hp, score, kills, deaths, streak, respawn_ticks
                 FROM sessions WHERE token_hash = ?1 OR previous_token_hash = ?1",
            )?;
            let session = query.query_row([token_hash], read_session).optional()?;
            Ok(session.map(|session| {
                let current = session.token_hash == token_hash;
                (session, if current { TokenMatch::Current } else { TokenMatch::Previous })
            }))
        })
        .await
    }

    /// The player has the token with this hash: the one before is void, unless another one was given out meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm_token(&self, player: PlayerId, token_hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE sessions SET previous_token_hash = NULL WHERE player = ?1 AND token_hash = ?2",
            )?
            .execute((player.0, token_hash))?;
            Ok(())
        })
        .await
    }

    /// Stores the state of many players at once, all or none. Players without a session are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn checkpoint(&self, players: Vec<PlayerCheckpoint>) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut update = db.prepare_cached(
                "UPDATE sessions SET name = ?2, room = ?3, last_seen_ms = ?4, x = ?5, y = ?6, facing_x = ?7,
                     facing_y = ?8, hp = ?9, score = ?10, kills = ?11, deaths = ?12, streak = ?13,
                     respawn_ticks = ?14
                 WHERE player = ?1",
            )?;
            for PlayerCheckpoint { player, room, name, saved, last_seen_ms } in players {
                let last_seen = to_sql(last_seen_ms);
                let row: [&dyn ToSql; 4] = [&player.0, &name, &room, &last_seen];
                update.execute(params_from_iter(row.into_iter().chain(saved.columns())))?;
            }
            Ok(())
        })
        .await
    }

    /// The player left for good, with the token that has this hash. When it has come back meanwhile, through another
    /// connection and so with another token, that session stays.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, player: PlayerId, token_hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("DELETE FROM sessions WHERE player = ?1 AND token_hash = ?2")?
                .execute((player.0, token_hash))?;
            Ok(())
        })
        .await
    }

    /// Forgets everybody who was here last before `unix_ms`; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_sessions_before(&self, unix_ms: u64) -> Result<usize, StoreError> {
        self.write(move |db| {
            let mut delete = db.prepare_cached("DELETE FROM sessions WHERE last_seen_ms < ?1")?;
            Ok(delete.execute([to_sql(unix_ms)])?)
        })
        .await
    }
}

fn read_session(row: &Row<'_>) -> Result<SessionRecord, rusqlite::Error> {
    Ok(SessionRecord {
        player: PlayerId(row.get(0)?),
        name: row.get(1)?,
        room: row.get(2)?,
        token_hash: row.get(3)?,
        previous_token_hash: row.get(4)?,
        last_seen_ms: from_sql(row.get(5)?),
        saved: SavedPlayer::read(row, 6)?,
    })
}
