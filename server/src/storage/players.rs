//! Numbers of players, and their lifetime totals.

use std::ops::Range;

use sim::PlayerId;

use super::error::StoreError;
use super::{Store, from_sql, to_sql};

/// What a player did since the last report; the counts are added to what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerTotals {
    /// Who.
    pub player: PlayerId,
    /// The name now.
    pub name: String,
    /// Kills to add.
    pub kills: u32,
    /// Deaths to add.
    pub deaths: u32,
    /// Won rounds to add.
    pub rounds_won: u32,
    /// When the player was here last, milliseconds since 1970.
    pub last_seen_ms: u64,
}

/// Lifetime totals of a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerRecord {
    /// Who.
    pub player: PlayerId,
    /// The last name.
    pub name: String,
    /// Kills in all.
    pub kills: u64,
    /// Deaths in all.
    pub deaths: u64,
    /// Rounds won in all.
    pub rounds_won: u64,
    /// When the player was recorded first, milliseconds since 1970.
    pub first_seen_ms: u64,
    /// When the player was here last, milliseconds since 1970.
    pub last_seen_ms: u64,
}

impl Store {
    /// Reserves `count` player numbers that nobody had before and nobody else will get, also not after a crash.
    /// The first number ever is 1.
    ///
    /// # Errors
    /// When the database fails, or the numbers are used up.
    pub async fn reserve_player_ids(&self, count: u32) -> Result<Range<u32>, StoreError> {
        self.write(move |db| {
            let end: i64 = db
                .prepare_cached(
                    "INSERT INTO counters (name, value) VALUES ('next_player', 1 + ?1)
                     ON CONFLICT (name) DO UPDATE SET value = value + ?1 RETURNING value",
                )?
                .query_row([count], |row| row.get(0))?;
            let end = u32::try_from(end).map_err(|_| StoreError::IdsExhausted)?;
            Ok(end - count..end)
        })
        .await
    }

    /// Adds to the lifetime totals of these players, all or none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_totals(&self, totals: Vec<PlayerTotals>) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut upsert = db.prepare_cached(
                "INSERT INTO players (id, name, kills, deaths, rounds_won, first_seen_ms, last_seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
                 ON CONFLICT (id) DO UPDATE SET
                     name = excluded.name,
                     kills = kills + excluded.kills,
                     deaths = deaths + excluded.deaths,
                     rounds_won = rounds_won + excluded.rounds_won,
                     last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
            )?;
            for player in totals {
                upsert.execute((
                    player.player.0,
                    player.name,
                    player.kills,
                    player.deaths,
                    player.rounds_won,
                    to_sql(player.last_seen_ms),
                ))?;
            }
            Ok(())
        })
        .await
    }

    /// The best `limit` players: most rounds won, then most kills, then fewest deaths.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn player_records(&self, limit: u32) -> Result<Vec<PlayerRecord>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT id, name, kills, deaths, rounds_won, first_seen_ms, last_seen_ms FROM players
                 ORDER BY rounds_won DESC, kills DESC, deaths, id LIMIT ?1",
            )?;
            let rows = query.query_map([limit], |row| {
                Ok(PlayerRecord {
                    player: PlayerId(row.get(0)?),
                    name: row.get(1)?,
                    kills: from_sql(row.get(2)?),
                    deaths: from_sql(row.get(3)?),
                    rounds_won: from_sql(row.get(4)?),
                    first_seen_ms: from_sql(row.get(5)?),
                    last_seen_ms: from_sql(row.get(6)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
