//! Single values of the server, and counters.

use rusqlite::OptionalExtension;

use super::error::StoreError;
use super::{Store, audit};

impl Store {
    /// The value of a setting.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setting(&self, name: &'static str) -> Result<Option<String>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached("SELECT value FROM settings WHERE name = ?1")?;
            Ok(query.query_row([name], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Sets a setting and notes in the audit log that `who` did it; the value itself is not noted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_setting(
        &self,
        name: &'static str,
        value: String,
        who: &'static str,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute((name, value))?;
            audit::add(db, who, "set", None, name)
        })
        .await
    }
}
