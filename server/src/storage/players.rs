//! Numbers of players, and their lifetime totals.

use std::ops::Range;

use sim::PlayerId;

use super::boards::{DAYS_KEPT, day_of};
use super::error::StoreError;
use super::{Store, to_sql};

/// What a player did since the last report; the counts are added to what is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Points to add.
    pub points: u32,
    /// Rounds to add in which the player fought to the end.
    pub rounds_played: u32,
    /// Kills without dying so far; the most are kept.
    pub streak: u32,
    /// How far a hit with the orb was, units; the furthest is kept.
    pub shot: u32,
    /// When the player was here last, milliseconds since 1970.
    pub last_seen_ms: u64,
}

impl PlayerTotals {
    /// Adds what the same player did at another time.
    pub fn merge(&mut self, other: &Self) {
        for (sum, more) in [
            (&mut self.kills, other.kills),
            (&mut self.deaths, other.deaths),
            (&mut self.rounds_won, other.rounds_won),
            (&mut self.points, other.points),
            (&mut self.rounds_played, other.rounds_played),
        ] {
            *sum = sum.saturating_add(more);
        }
        self.streak = self.streak.max(other.streak);
        self.shot = self.shot.max(other.shot);
        if other.last_seen_ms >= self.last_seen_ms {
            self.name.clone_from(&other.name);
            self.last_seen_ms = other.last_seen_ms;
        }
    }
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

    /// Adds to the lifetime totals of these players and to those of their day, all or none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_totals(&self, totals: Vec<PlayerTotals>) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut of_life = db.prepare_cached(
                "INSERT INTO players (id, name, kills, deaths, rounds_won, points, rounds_played, best_streak,
                     longest_shot, first_seen_ms, last_seen_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
                 ON CONFLICT (id) DO UPDATE SET
                     name = excluded.name,
                     kills = kills + excluded.kills,
                     deaths = deaths + excluded.deaths,
                     rounds_won = rounds_won + excluded.rounds_won,
                     points = points + excluded.points,
                     rounds_played = rounds_played + excluded.rounds_played,
                     best_streak = max(best_streak, excluded.best_streak),
                     longest_shot = max(longest_shot, excluded.longest_shot),
                     last_seen_ms = max(last_seen_ms, excluded.last_seen_ms)",
            )?;
            let mut of_day = db.prepare_cached(
                "INSERT INTO player_days (id, name, kills, deaths, rounds_won, points, rounds_played, best_streak,
                     longest_shot, day)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (day, id) DO UPDATE SET
                     name = excluded.name,
                     kills = kills + excluded.kills,
                     deaths = deaths + excluded.deaths,
                     rounds_won = rounds_won + excluded.rounds_won,
                     points = points + excluded.points,
                     rounds_played = rounds_played + excluded.rounds_played,
                     best_streak = max(best_streak, excluded.best_streak),
                     longest_shot = max(longest_shot, excluded.longest_shot)",
            )?;
            let mut today = 0;
            for player in &totals {
                let day = day_of(player.last_seen_ms);
                today = today.max(day);
                let PlayerTotals { kills, deaths, rounds_won, points, rounds_played, streak, shot, .. } = *player;
                let (id, name, seen) = (player.player.0, &player.name, to_sql(player.last_seen_ms));
                of_life.execute((
                    id, name, kills, deaths, rounds_won, points, rounds_played, streak, shot, seen,
                ))?;
                of_day
                    .execute((id, name, kills, deaths, rounds_won, points, rounds_played, streak, shot, day))?;
            }
            // The days are the first part of the key, so this looks at what it deletes and at nothing else.
            db.prepare_cached("DELETE FROM player_days WHERE day < ?1")?
                .execute([today.saturating_sub(DAYS_KEPT - 1)])?;
            Ok(())
        })
        .await
    }
}
