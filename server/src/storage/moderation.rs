//! Mutes and bans, and the list of words.

use std::net::IpAddr;

use rusqlite::{Connection, OptionalExtension, Row};
use sim::PlayerId;

use super::audit::{self, Author};
use super::error::StoreError;
use super::{Store, from_sql, to_sql, unix_ms};

/// What somebody may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SanctionKind {
    /// Talk.
    Mute,
    /// Come in.
    Ban,
}

impl SanctionKind {
    /// Its name in the database and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mute => "mute",
            Self::Ban => "ban",
        }
    }
}

/// A mute or a ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sanction {
    /// Its number.
    pub id: u64,
    /// What the player may not do.
    pub kind: SanctionKind,
    /// Who.
    pub player: PlayerId,
    /// The name that the player had.
    pub name: String,
    /// SHA-256 of the resume tokens that were good when it was made.
    pub tokens: [Option<[u8; 32]>; 2],
    /// Holds for everybody who comes from there, too.
    pub address: Option<IpAddr>,
    /// When it ends, milliseconds since 1970; `None` when somebody must lift it.
    pub until_ms: Option<u64>,
    /// Why.
    pub reason: String,
    /// Who made it.
    pub author: String,
    /// When, milliseconds since 1970.
    pub created_ms: u64,
}

impl Sanction {
    /// It is not over at `now_ms`, milliseconds since 1970.
    #[must_use]
    pub fn holds(&self, now_ms: u64) -> bool {
        self.until_ms.is_none_or(|until| until > now_ms)
    }

    /// Seconds that are left of it, rounded up; `None` when somebody must lift it.
    #[must_use]
    pub fn seconds_left(&self, now_ms: u64) -> Option<u32> {
        let left = self.until_ms?.saturating_sub(now_ms).div_ceil(1_000);
        Some(u32::try_from(left).unwrap_or(u32::MAX))
    }
}

/// A mute or a ban to be made.
#[derive(Clone, Debug)]
pub struct NewSanction {
    /// What the player may not do.
    pub kind: SanctionKind,
    /// Who.
    pub player: PlayerId,
    /// For everybody who comes from there, too.
    pub address: Option<IpAddr>,
    /// When it ends, milliseconds since 1970.
    pub until_ms: Option<u64>,
    /// Why.
    pub reason: String,
}

const COLUMNS: &str =
    "id, kind, player, name, token_hash, previous_token_hash, address, until_ms, reason, author, created_ms";

impl Store {
    /// Makes a mute or a ban in the place of an earlier one of that kind, and notes it in the audit log as `action` with
    /// `detail` behind the player's name. `None` when no such player can come back, so that there is nobody to mute or ban.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_sanction(
        &self,
        new: NewSanction,
        by: Author,
        action: &'static str,
        detail: String,
    ) -> Result<Option<Sanction>, StoreError> {
        self.write(move |db| {
            let session = db
                .prepare_cached("SELECT name, token_hash, previous_token_hash FROM sessions WHERE player = ?1")?
                .query_row([new.player.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((name, token, previous)) = session else { return Ok(None) };
            let (name, token, previous): (String, [u8; 32], Option<[u8; 32]>) = (name, token, previous);
            let now_ms = unix_ms();
            db.prepare_cached(
                "UPDATE sanctions SET lifted_ms = ?3 WHERE kind = ?1 AND player = ?2 AND lifted_ms IS NULL",
            )?
            .execute((new.kind.as_str(), new.player.0, to_sql(now_ms)))?;
            let made = db
                .prepare_cached(&format!(
                    "INSERT INTO sanctions (kind, player, name, token_hash, previous_token_hash, address, until_ms,
                                            reason, author, created_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING {COLUMNS}"
                ))?
                .query_row(
                    (
                        new.kind.as_str(),
                        new.player.0,
                        &name,
                        token,
                        previous,
                        new.address.map(|address| address.to_string()),
                        new.until_ms.map(to_sql),
                        &new.reason,
                        &by.name,
                        to_sql(now_ms),
                    ),
                    read,
                )?;
            let detail = format!("{name} ({}){detail}", new.player);
            audit::add_by(db, &by, action, None, &detail, &new.reason)?;
            Ok(Some(made))
        })
        .await
    }

    /// Lifts a mute or a ban. `None` when there is none with that number, or it was lifted before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lift_sanction(&self, id: u64, by: Author) -> Result<Option<Sanction>, StoreError> {
        self.write(move |db| {
            let lifted = db
                .prepare_cached(&format!(
                    "UPDATE sanctions SET lifted_ms = ?2 WHERE id = ?1 AND lifted_ms IS NULL RETURNING {COLUMNS}"
                ))?
                .query_row((to_sql(id), to_sql(unix_ms())), read)
                .optional()?;
            if let Some(sanction) = &lifted {
                let action = match sanction.kind {
                    SanctionKind::Mute => "unmute",
                    SanctionKind::Ban => "unban",
                };
                let detail = format!("{} ({})", sanction.name, sanction.player);
                audit::add_by(db, &by, action, None, &detail, "")?;
            }
            Ok(lifted)
        })
        .await
    }

    /// Mutes and bans that hold at `now_ms`, milliseconds since 1970, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sanctions(&self, now_ms: u64) -> Result<Vec<Sanction>, StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM sanctions
                 WHERE lifted_ms IS NULL AND (until_ms IS NULL OR until_ms > ?1) ORDER BY id DESC"
            ))?;
            let rows = select.query_map([to_sql(now_ms)], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The name of somebody who can come back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session_name(&self, player: PlayerId) -> Result<Option<String>, StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached("SELECT name FROM sessions WHERE player = ?1")?;
            Ok(select.query_row([player.0], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// The list of words, if an operator has written one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn word_list(&self) -> Result<Option<String>, StoreError> {
        self.read(stored_words).await
    }

    /// Stores the list of words, and notes how many came and went of those before, or else of `shipped`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_word_list(
        &self,
        words: String,
        shipped: &'static str,
        by: Author,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let before = stored_words(db)?.unwrap_or_else(|| shipped.to_owned());
            db.prepare_cached(
                "INSERT INTO word_list (id, words, author, changed_ms) VALUES (1, ?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET words = excluded.words, author = excluded.author,
                     changed_ms = excluded.changed_ms",
            )?
            .execute((&words, &by.name, to_sql(unix_ms())))?;
            let missing = |from: &str, whole: &str| {
                from.lines().filter(|line| !whole.lines().any(|other| other.trim() == line.trim())).count()
            };
            let detail = format!("{} more, {} less", missing(&words, &before), missing(&before, &words));
            audit::add_by(db, &by, "set_words", None, &detail, "")
        })
        .await
    }
}

fn stored_words(db: &Connection) -> Result<Option<String>, StoreError> {
    let mut select = db.prepare_cached("SELECT words FROM word_list WHERE id = 1")?;
    Ok(select.query_row([], |row| row.get(0)).optional()?)
}

fn read(row: &Row<'_>) -> Result<Sanction, rusqlite::Error> {
    let kind: String = row.get(1)?;
    let address: Option<String> = row.get(6)?;
    let until_ms: Option<i64> = row.get(7)?;
    Ok(Sanction {
        id: from_sql(row.get(0)?),
        // The table takes only these two.
        kind: if kind == "mute" { SanctionKind::Mute } else { SanctionKind::Ban },
        player: PlayerId(row.get(2)?),
        name: row.get(3)?,
        tokens: [row.get(4)?, row.get(5)?],
        address: address.and_then(|address| address.parse().ok()),
        until_ms: until_ms.map(from_sql),
        reason: row.get(8)?,
        author: row.get(9)?,
        created_ms: from_sql(row.get(10)?),
    })
}
