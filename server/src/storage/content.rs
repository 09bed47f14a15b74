//! Scripts and images, by the SHA-256 of their bytes.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use super::{Store, to_sql, unix_ms};

/// Bytes that never change, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// For the `Content-Type` header.
    pub media_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Stores `bytes` under `hash` in the running transaction, unless they are there already.
pub(super) fn put(db: &Connection, hash: &str, media_type: &str, bytes: &[u8]) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO content (hash, media_type, bytes, created_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash) DO NOTHING",
    )?
    .execute((hash, media_type, bytes, to_sql(unix_ms())))?;
    Ok(())
}

impl Store {
    /// What is stored under a hash (lower-case hexadecimal).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn content(&self, hash: String) -> Result<Option<Content>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached("SELECT media_type, bytes FROM content WHERE hash = ?1")?;
            let row = query.query_row([hash], |row| {
                Ok(Content { media_type: row.get(0)?, bytes: Bytes::from(row.get::<_, Vec<u8>>(1)?) })
            });
            Ok(row.optional()?)
        })
        .await
    }
}
