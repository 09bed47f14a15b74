//! Scripts and images, by the SHA-256 of their bytes. Images that no recent scene shows lose their bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Most that is kept of what was read lately: scripts and images of some scenes.
const RECENT_ITEMS: usize = 64;
/// The same in bytes.
const RECENT_BYTES: usize = 32 * 1024 * 1024;

/// Content that was read lately, by its hash, what was used last at the end. All who ask for one image share its bytes.
#[derive(Clone, Default)]
pub(super) struct Recent(Arc<Mutex<VecDeque<(String, Content)>>>);

impl Recent {
    fn get(&self, hash: &str) -> Option<Content> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|(known, _)| known == hash)?;
        let found = kept.remove(index)?;
        let content = found.1.clone();
        kept.push_back(found);
        Some(content)
    }

    fn keep(&self, hash: String, content: Content) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((hash, content));
        let mut bytes: usize = kept.iter().map(|(_, content)| content.bytes.len()).sum();
        while kept.len() > RECENT_ITEMS || bytes > RECENT_BYTES {
            let Some((_, oldest)) = kept.pop_front() else { return };
            bytes -= oldest.bytes.len();
        }
    }
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

/// Whether the bytes of a hash were collected; `None` when they were never there.
fn is_collected(db: &Connection, hash: &str) -> Result<Option<bool>, StoreError> {
    let mut query = db.prepare_cached("SELECT collected_ms IS NOT NULL FROM content WHERE hash = ?1")?;
    Ok(query.query_row([hash], |row| row.get(0)).optional()?)
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
        let recent = self.0.recent.clone();
        self.read(move |db| {
            match is_collected(db, &hash)? {
                None => return Ok(Found::Nothing),
                Some(true) => return Ok(Found::Collected),
                Some(false) => {}
            }
            if let Some(content) = recent.get(&hash) {
                return Ok(Found::Here(content));
            }
            let mut query = db.prepare_cached("SELECT media_type, bytes FROM content WHERE hash = ?1")?;
            let content = query.query_row([&hash], |row| {
                let bytes = Bytes::from(row.get::<_, Vec<u8>>(1)?);
                Ok(Content { media_type: row.get(0)?, bytes })
            })?;
            recent.keep(hash, content.clone());
            Ok(Found::Here(content))
        })
        .await
    }

    /// Whether [`Store::content`] would find something; the bytes are not read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_content(&self, hash: String) -> Result<bool, StoreError> {
        self.read(move |db| Ok(is_collected(db, &hash)? == Some(false))).await
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

#[cfg(test)]
mod tests {
    use super::*;

    fn content(bytes: usize) -> Content {
        Content { media_type: "image/png".to_owned(), bytes: vec![0; bytes].into() }
    }

    #[test]
    fn what_was_used_last_is_kept_within_its_bounds() {
        let recent = Recent::default();
        let third = RECENT_BYTES / 3;
        for name in ["a", "b", "c"] {
            recent.keep(name.to_owned(), content(third));
        }
        assert!(recent.get("a").is_some());
        recent.keep("d".to_owned(), content(third));
        let kept = ["a", "b", "c", "d"].map(|name| recent.get(name).is_some());
        assert_eq!(kept, [true, false, true, true], "b was used least lately");
        recent.keep("larger than all".to_owned(), content(RECENT_BYTES + 1));
        assert!(recent.0.lock().unwrap().is_empty());
        (0..2 * RECENT_ITEMS).for_each(|n| recent.keep(n.to_string(), content(1)));
        assert_eq!(recent.0.lock().unwrap().len(), RECENT_ITEMS);
    }
}
