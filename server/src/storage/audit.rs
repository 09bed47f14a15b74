//! Who did what, when and why.

use rusqlite::Connection;

use super::error::StoreError;
use super::{Store, from_sql, to_sql, unix_ms};

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Who: an operator, or `server` when it acted by itself.
    pub who: String,
    /// What: `publish`, `roll_back`, `make_live`, `safe_mode`, `set`.
    pub action: String,
    /// The release it was about.
    pub release: Option<u32>,
    /// Why, or what exactly.
    pub detail: String,
}

/// Adds a row in the running transaction.
pub(super) fn add(
    db: &Connection,
    who: &str,
    action: &str,
    release: Option<u32>,
    detail: &str,
) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO audit (at_ms, who, action, release, detail) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((to_sql(unix_ms()), who, action, release, detail))?;
    Ok(())
}

impl Store {
    /// Adds a row to the audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_audit(
        &self,
        who: &'static str,
        action: &'static str,
        release: Option<u32>,
        detail: String,
    ) -> Result<(), StoreError> {
        self.write(move |db| add(db, who, action, release, &detail)).await
    }

    /// The newest `limit` rows of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT at_ms, who, action, release, detail FROM audit ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = query.query_map([limit], |row| {
                Ok(AuditEntry {
                    at_ms: from_sql(row.get(0)?),
                    who: row.get(1)?,
                    action: row.get(2)?,
                    release: row.get(3)?,
                    detail: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
