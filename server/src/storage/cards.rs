//! The cards that rounds may be played with. A card has one script at a time; earlier ones stay in the content.

use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::{self, Author};
use super::error::StoreError;
use super::{NewContent, Store, content, from_sql, to_sql, unix_ms};

/// A stored card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardRecord {
    /// Its name.
    pub name: String,
    /// SHA-256 of its script.
    pub hash: String,
    /// Its script.
    pub script: String,
    /// How often it was published.
    pub version: u32,
    /// Whether it comes up in votes.
    pub enabled: bool,
    /// It is as it came with the server.
    pub shipped: bool,
    /// Who published it last.
    pub author: String,
    /// When, milliseconds since 1970.
    pub updated_ms: u64,
}

impl Store {
    /// All cards, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cards(&self) -> Result<Vec<CardRecord>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT name, cards.hash, bytes, version, enabled, shipped, author, updated_ms
                 FROM cards JOIN content ON content.hash = cards.hash ORDER BY place, name",
            )?;
            let rows = query.query_map([], read_card)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Stores the cards that come with the server: new ones, and new versions of those that nobody has changed.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn ship_cards(&self, cards: Vec<(&'static str, NewContent)>) -> Result<(), StoreError> {
        self.write(move |db| {
            for (name, script) in &cards {
                content::put(db, &script.hash, script.media_type, &script.bytes)?;
                db.prepare_cached(
                    "INSERT INTO cards (name, hash, version, enabled, shipped, place, author, updated_ms)
                     VALUES (?1, ?2, 1, 1, 1, (SELECT count(*) FROM cards), 'built-in', ?3)
                     ON CONFLICT (name) DO UPDATE
                         SET hash = excluded.hash, version = version + 1, updated_ms = excluded.updated_ms
                         WHERE shipped = 1 AND hash <> excluded.hash",
                )?
                .execute((name, &script.hash, to_sql(unix_ms())))?;
            }
            Ok(())
        })
        .await
    }

    /// Stores a new card, which is enabled, or a new version of one. Returns its version.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn put_card(
        &self,
        name: String,
        script: NewContent,
        author: Author,
    ) -> Result<u32, StoreError> {
        self.write(move |db| {
            content::put(db, &script.hash, script.media_type, &script.bytes)?;
            let version: u32 = db
                .prepare_cached(
                    "INSERT INTO cards (name, hash, version, enabled, shipped, place, author, updated_ms)
                     VALUES (?1, ?2, 1, 1, 0, (SELECT count(*) FROM cards), ?3, ?4)
                     ON CONFLICT (name) DO UPDATE
                         SET hash = excluded.hash, version = version + 1, shipped = 0,
                             author = excluded.author, updated_ms = excluded.updated_ms
                     RETURNING version",
                )?
                .query_row((&name, &script.hash, &author.name, to_sql(unix_ms())), |row| row.get(0))?;
            let detail = format!("{name}, version {version}, {}", script.hash);
            audit::add_by(db, &author, "publish_card", None, &detail, "")?;
            Ok(version)
        })
        .await
    }

    /// Lets a card come up in votes, or not. `false` when there is none of that name.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn enable_card(&self, name: String, enabled: bool, author: Author) -> Result<bool, StoreError> {
        self.write(move |db| {
            let Some(before) = is_enabled(db, &name)? else { return Ok(false) };
            if before != enabled {
                db.prepare_cached("UPDATE cards SET enabled = ?2 WHERE name = ?1")?
                    .execute((&name, enabled))?;
                let action = if enabled { "enable_card" } else { "disable_card" };
                audit::add_by(db, &author, action, None, &name, "")?;
            }
            Ok(true)
        })
        .await
    }
}

fn is_enabled(db: &Connection, name: &str) -> Result<Option<bool>, StoreError> {
    let mut query = db.prepare_cached("SELECT enabled FROM cards WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

fn read_card(row: &Row<'_>) -> Result<CardRecord, rusqlite::Error> {
    let script: Vec<u8> = row.get(2)?;
    Ok(CardRecord {
        name: row.get(0)?,
        hash: row.get(1)?,
        // Only text is ever stored; what is damaged does not compile.
        script: String::from_utf8_lossy(&script).into_owned(),
        version: row.get(3)?,
        enabled: row.get(4)?,
        shipped: row.get(5)?,
        author: row.get(6)?,
        updated_ms: from_sql(row.get(7)?),
    })
}
