//! Scripts and images, by the SHA-256 of their bytes. Images that no recent scene shows lose their bytes.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::{Store, audit, from_sql, to_sql, unix_ms};

/// Bytes that never change, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// For the `Content-Type` header.
    pub media_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// What is stored under a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The bytes.
    Here(Content),
    /// They were there, until nothing needed them any more.
    Collected,
    /// Nothing ever was.
    Nothing,
}

/// What a [collection](Store::collect_images) let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Images.
    pub images: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Stores `bytes` under `hash` in the running transaction, unless they are there already.
pub(super) fn put(db: &Connection, hash: &str, media_type: &str, bytes: &[u8]) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO content (hash, media_type, bytes, size, created_ms) VALUES (?1, ?2, ?3, length(?3), ?4)
         ON CONFLICT (hash) DO UPDATE SET bytes = excluded.bytes, collected_ms = NULL
             WHERE collected_ms IS NOT NULL",
    )?
    .execute((hash, media_type, bytes, to_sql(unix_ms())))?;
    Ok(())
}

impl Store {
    /// What is stored under a hash (lower-case hexadecimal), unless it was collected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn content(&self, hash: String) -> Result<Option<Content>, StoreError> {
        Ok(match self.find_content(hash).await? {
            Found::Here(content) => Some(content),
            Found::Collected | Found::Nothing => None,
        })
    }

    /// What is stored under a hash (lower-case hexadecimal).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_content(&self, hash: String) -> Result<Found, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT media_type, bytes, collected_ms IS NOT NULL FROM content WHERE hash = ?1",
            )?;
            let row = query.query_row([hash], |row| {
                if row.get(2)? {
                    return Ok(Found::Collected);
                }
                let bytes = Bytes::from(row.get::<_, Vec<u8>>(1)?);
                Ok(Found::Here(Content { media_type: row.get(0)?, bytes }))
            });
            Ok(row.optional()?.unwrap_or(Found::Nothing))
        })
        .await
    }

    /// The sizes of images, bytes, in the order of their hashes; `None` for what is no image, or is not here any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn image_sizes(&self, hashes: Vec<String>) -> Result<Vec<Option<u64>>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT size FROM content
                 WHERE hash = ?1 AND collected_ms IS NULL AND media_type LIKE 'image/%'",
            )?;
            let mut size = |hash: &String| query.query_row([hash], |row| row.get(0).map(from_sql)).optional();
            Ok(hashes.iter().map(&mut size).collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Lets go of the bytes of all images that neither the live scene nor one of the newest `keep` scenes shows. Scripts
    /// stay: they are small, and every one of them can be published again.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn collect_images(&self, keep: u32) -> Result<Collected, StoreError> {
        self.write(move |db| {
            let mut update = db.prepare_cached(
                "WITH kept AS (
                     SELECT number FROM releases WHERE kind = 'scene' AND (state = 'live' OR number IN (
                         SELECT number FROM releases WHERE kind = 'scene' ORDER BY number DESC LIMIT ?1)))
                 UPDATE content SET bytes = zeroblob(0), collected_ms = ?2
                 WHERE media_type LIKE 'image/%' AND collected_ms IS NULL
                     AND NOT EXISTS (
                         SELECT 1 FROM releases WHERE releases.hash = content.hash AND number IN kept)
                     AND NOT EXISTS (
                         SELECT 1 FROM scene_images WHERE scene_images.hash = content.hash AND release IN kept)
                 RETURNING size",
            )?;
            let sizes = update.query_map((keep, to_sql(unix_ms())), |row| row.get(0).map(from_sql))?;
            let mut collected = Collected::default();
            for size in sizes {
                collected.images += 1;
                collected.bytes += size?;
            }
            if collected.images > 0 {
                let Collected { images, bytes } = collected;
                let words = format!("{images} images, {bytes} bytes, of no scene among the newest {keep}");
                audit::add(db, "server", "collect", None, &words)?;
            }
            Ok(collected)
        })
        .await
    }
}
