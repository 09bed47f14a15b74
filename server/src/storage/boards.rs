//! Who was best, of all time and on a day.

use rusqlite::{OptionalExtension, Row};
use sim::PlayerId;

use super::error::StoreError;
use super::{Store, from_sql};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Days of which the totals are kept.
pub(super) const DAYS_KEPT: u32 = 8;

/// The columns of [`PlayerRecord`], in both tables.
const COLUMNS: &str = "id, name, kills, deaths, rounds_won, points, rounds_played, best_streak, longest_shot";

/// What counts on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All that was ever recorded.
    AllTime,
    /// A UTC day, counted from 1970-01-01.
    Day(u32),
}

/// What a board is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Kills.
    Kills,
    /// Won rounds.
    Wins,
    /// The best streak.
    Streak,
    /// The furthest hit with the orb.
    Shot,
}

impl Measure {
    fn column(self) -> &'static str {
        match self {
            Self::Kills => "kills",
            Self::Wins => "rounds_won",
            Self::Streak => "best_streak",
            Self::Shot => "longest_shot",
        }
    }
}

/// Totals of a player, of all time or of a day. Kills, deaths and all that follows from them are those among people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlayerRecord {
    /// Who.
    pub player: PlayerId,
    /// The last name.
    pub name: String,
    /// Kills.
    pub kills: u64,
    /// Deaths.
    pub deaths: u64,
    /// Rounds won.
    pub rounds_won: u64,
    /// Points.
    pub points: u64,
    /// Rounds in which the player fought to the end.
    pub rounds_played: u64,
    /// Most kills without dying.
    pub best_streak: u64,
    /// Furthest hit with the orb, from where it was batted, units.
    pub longest_shot: u64,
}

/// The UTC day of a time in milliseconds since 1970.
#[must_use]
pub fn day_of(unix_ms: u64) -> u32 {
    u32::try_from(unix_ms / DAY_MS).unwrap_or(u32::MAX)
}

impl Store {
    /// The best `limit` players by `measure`; among equals who was here first. Who has nothing of it is on no board.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn board(
        &self,
        span: Span,
        measure: Measure,
        limit: u32,
    ) -> Result<Vec<PlayerRecord>, StoreError> {
        self.read(move |db| {
            let (table, day) = source(span);
            let by = measure.column();
            let mut query = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {table} WHERE {by} > 0 AND ?1 IS NOT NULL ORDER BY {by} DESC, id LIMIT ?2"
            ))?;
            let rows = query.query_map((day, limit), record)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Totals of one player, and its place on the board by `measure`, from 1. `None` when nothing was recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_of(
        &self,
        player: PlayerId,
        span: Span,
        measure: Measure,
    ) -> Result<Option<(PlayerRecord, u64)>, StoreError> {
        self.read(move |db| {
            let (table, day) = source(span);
            let by = measure.column();
            let own = db
                .prepare_cached(&format!("SELECT {COLUMNS} FROM {table} WHERE ?1 IS NOT NULL AND id = ?2"))?
                .query_row((day, player.0), record)
                .optional()?;
            let Some(own) = own else { return Ok(None) };
            let before: i64 = db
                .prepare_cached(&format!(
                    "SELECT count(*) FROM {table} AS other, (SELECT id AS me, {by} AS mine FROM {table}
                         WHERE ?1 IS NOT NULL AND id = ?2)
                     WHERE other.{by} > 0 AND (other.{by} > mine OR other.{by} = mine AND other.id < me)"
                ))?
                .query_row((day, player.0), |row| row.get(0))?;
            Ok(Some((own, from_sql(before) + 1)))
        })
        .await
    }
}

/// Where the rows of a span are, and what `?1` is; it is never null.
fn source(span: Span) -> (&'static str, u32) {
    match span {
        Span::AllTime => ("players", 0),
        Span::Day(day) => ("(SELECT * FROM player_days WHERE day = ?1)", day),
    }
}

fn record(row: &Row<'_>) -> Result<PlayerRecord, rusqlite::Error> {
    let count = |index: usize| row.get(index).map(from_sql);
    Ok(PlayerRecord {
        player: PlayerId(row.get(0)?),
        name: row.get(1)?,
        kills: count(2)?,
        deaths: count(3)?,
        rounds_won: count(4)?,
        points: count(5)?,
        rounds_played: count(6)?,
        best_streak: count(7)?,
        longest_shot: count(8)?,
    })
}
