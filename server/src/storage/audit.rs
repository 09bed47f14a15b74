//! Who did what, when, from where and why. Rows are only added: triggers of the database refuse everything else.

use rusqlite::{Connection, Row};

use super::error::StoreError;
use super::{Store, from_sql, to_sql, unix_ms};

/// Who does something, and from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// An operator, an operator's token, or `server` when it acts by itself.
    pub name: String,
    /// Address of the call; `None` for the server itself.
    pub address: Option<String>,
}

impl From<&str> for Author {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), address: None }
    }
}

impl From<String> for Author {
    fn from(name: String) -> Self {
        Self { name, address: None }
    }
}

/// One row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Counts up; there may be gaps.
    pub id: u64,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// Who: an operator, or `server` when it acted by itself.
    pub who: String,
    /// What, such as `publish`, `roll_back`, `log_in_failed`: see docs/operations.md.
    pub action: String,
    /// The release it was about.
    pub release: Option<u32>,
    /// What exactly.
    pub detail: String,
    /// From which address; `None` for the server itself.
    pub address: Option<String>,
    /// Why, in the operator's words.
    pub note: String,
}

/// Which rows of the audit log are wanted.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// Only rows with a smaller id.
    pub before: u64,
    /// At most so many.
    pub limit: u32,
    /// Only what those did whose name has this in it.
    pub who: Option<String>,
    /// Only this.
    pub action: Option<String>,
}

/// Adds a row in the running transaction.
pub(super) fn add(
    db: &Connection,
    who: &str,
    action: &str,
    release: Option<u32>,
    detail: &str,
) -> Result<(), StoreError> {
    add_by(db, &who.into(), action, release, detail, "")
}

/// Adds a row of what somebody did, with the note on why, in the running transaction.
pub(super) fn add_by(
    db: &Connection,
    author: &Author,
    action: &str,
    release: Option<u32>,
    detail: &str,
    note: &str,
) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT INTO audit (at_ms, who, action, release, detail, address, note)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute((to_sql(unix_ms()), &author.name, action, release, detail, &author.address, note))?;
    Ok(())
}

impl Store {
    /// Adds a row to the audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_audit(
        &self,
        who: impl Into<Author>,
        action: &'static str,
        release: Option<u32>,
        detail: String,
    ) -> Result<(), StoreError> {
        let who = who.into();
        self.write(move |db| add_by(db, &who, action, release, &detail, "")).await
    }

    /// Adds a row to the audit log, with the note on why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_audit_note(
        &self,
        who: Author,
        action: &'static str,
        detail: String,
        note: String,
    ) -> Result<(), StoreError> {
        self.write(move |db| add_by(db, &who, action, None, &detail, &note)).await
    }

    /// The newest `limit` rows of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_log(&self, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.audit_page(AuditQuery { before: u64::MAX, limit, who: None, action: None }).await
    }

    /// Rows of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit_page(&self, query: AuditQuery) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(move |db| {
            let mut select = db.prepare_cached(
                "SELECT id, at_ms, who, action, release, detail, address, note FROM audit
                 WHERE id < ?1 AND (?2 IS NULL OR instr(lower(who), lower(?2)) > 0) AND (?3 IS NULL OR action = ?3)
                 ORDER BY id DESC LIMIT ?4",
            )?;
            let params = (to_sql(query.before), query.who, query.action, query.limit);
            let rows = select.query_map(params, read_entry)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn read_entry(row: &Row<'_>) -> Result<AuditEntry, rusqlite::Error> {
    Ok(AuditEntry {
        id: from_sql(row.get(0)?),
        at_ms: from_sql(row.get(1)?),
        who: row.get(2)?,
        action: row.get(3)?,
        release: row.get(4)?,
        detail: row.get(5)?,
        address: row.get(6)?,
        note: row.get(7)?,
    })
}
