//! Operators: accounts with a role and a password.

use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::{self, Author};
use super::error::StoreError;
use super::{Store, from_sql, to_sql, unix_ms};

/// What somebody may do; each role includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees everything and changes nothing.
    Viewer,
    /// Publishes and rolls back.
    Publisher,
    /// Manages operators, too.
    Admin,
}

impl Role {
    /// All of them, from the least on.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Publisher, Self::Admin];

    /// The word for it, in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Publisher => "publisher",
            Self::Admin => "admin",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// From 1; never given twice.
    pub id: u32,
    /// As it was written when the account was made.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// Cannot log in, and the tokens are not good.
    pub disabled: bool,
    /// When the account was made, milliseconds since 1970.
    pub created_ms: u64,
    /// The last login, milliseconds since 1970.
    pub last_login_ms: Option<u64>,
}

/// Why an account was not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// There is one of this name.
    #[error("there is an operator of this name already")]
    NameTaken,
    /// There is none of this name.
    #[error("there is no operator of this name")]
    Unknown,
    /// The change would leave nobody who can manage operators.
    #[error("this is the last admin: make somebody else an admin first")]
    LastAdmin,
    /// The first account was made already.
    #[error("there is an account already: log in with it, or let an admin make another one")]
    NotFirst,
}

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct OperatorChange {
    /// The new role.
    pub role: Option<Role>,
    /// Whether the account is shut.
    pub disabled: Option<bool>,
    /// Hash of the new password.
    pub password_hash: Option<String>,
}

/// What identifies an operator, whatever the spelling.
fn key(name: &str) -> String {
    name.to_lowercase()
}

const COLUMNS: &str = "id, name, role, disabled, created_ms, last_login_ms";

impl Store {
    /// Makes an account. With `only_first` only when there is none yet.
    ///
    /// # Errors
    /// When the database fails; the inner error when the account cannot be.
    pub async fn add_operator(
        &self,
        name: String,
        role: Role,
        password_hash: String,
        only_first: bool,
        by: Author,
    ) -> Result<Result<Operator, OperatorError>, StoreError> {
        self.write(move |db| {
            if only_first && count(db)? > 0 {
                return Ok(Err(OperatorError::NotFirst));
            }
            if find(db, &name)?.is_some() {
                return Ok(Err(OperatorError::NameTaken));
            }
            let operator = db
                .prepare_cached(&format!(
                    "INSERT INTO operators (name, key, role, password_hash, created_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5) RETURNING {COLUMNS}"
                ))?
                .query_row((&name, key(&name), role.as_str(), password_hash, to_sql(unix_ms())), read)?;
            let detail = format!("{name} as {}", role.as_str());
            audit::add_by(db, &by, "operator_added", None, &detail, "")?;
            Ok(Ok(operator))
        })
        .await
    }

    /// Changes an account. Who gets a new password or is shut out is logged out everywhere.
    ///
    /// # Errors
    /// When the database fails; the inner error when the account cannot be changed so.
    pub async fn change_operator(
        &self,
        name: String,
        change: OperatorChange,
        by: Author,
    ) -> Result<Result<Operator, OperatorError>, StoreError> {
        self.write(move |db| {
            let Some((before, _)) = find(db, &name)? else { return Ok(Err(OperatorError::Unknown)) };
            let role = change.role.unwrap_or(before.role);
            let disabled = change.disabled.unwrap_or(before.disabled);
            let leaves = role != Role::Admin || disabled;
            if leaves && before.role == Role::Admin && !before.disabled && admins(db)? < 2 {
                return Ok(Err(OperatorError::LastAdmin));
            }
            db.prepare_cached("UPDATE operators SET role = ?2, disabled = ?3 WHERE id = ?1")?.execute((
                before.id,
                role.as_str(),
                disabled,
            ))?;
            let name = &before.name;
            if role != before.role {
                let detail = format!("{name}: {} to {}", before.role.as_str(), role.as_str());
                audit::add_by(db, &by, "role_changed", None, &detail, "")?;
            }
            if disabled != before.disabled {
                let action = if disabled { "operator_disabled" } else { "operator_enabled" };
                audit::add_by(db, &by, action, None, name, "")?;
            }
            if let Some(hash) = &change.password_hash {
                db.prepare_cached("UPDATE operators SET password_hash = ?2 WHERE id = ?1")?
                    .execute((before.id, hash))?;
                audit::add_by(db, &by, "password_reset", None, name, "")?;
            }
            if disabled || change.password_hash.is_some() {
                db.prepare_cached("DELETE FROM operator_sessions WHERE operator = ?1")?
                    .execute([before.id])?;
            }
            Ok(Ok(Operator { role, disabled, ..before }))
        })
        .await
    }

    /// Gives an operator another password; all sessions but `kept` end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_own_password(
        &self,
        operator: u32,
        password_hash: String,
        kept: Option<[u8; 32]>,
        by: Author,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("UPDATE operators SET password_hash = ?2 WHERE id = ?1")?
                .execute((operator, password_hash))?;
            db.prepare_cached(
                "DELETE FROM operator_sessions WHERE operator = ?1 AND (?2 IS NULL OR hash <> ?2)",
            )?
            .execute((operator, kept))?;
            audit::add_by(db, &by, "password_changed", None, "", "")
        })
        .await
    }

    /// An account and the hash of its password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator(&self, name: String) -> Result<Option<(Operator, String)>, StoreError> {
        self.read(move |db| find(db, &name)).await
    }

    /// All accounts, in the order of their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operators(&self) -> Result<Vec<Operator>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM operators ORDER BY key"))?;
            let rows = query.query_map([], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Whether there is any account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_operators(&self) -> Result<bool, StoreError> {
        self.read(|db| Ok(count(db)? > 0)).await
    }
}

fn count(db: &Connection) -> Result<u32, StoreError> {
    Ok(db.prepare_cached("SELECT count(*) FROM operators")?.query_row([], |row| row.get(0))?)
}

/// Admins who can log in.
fn admins(db: &Connection) -> Result<u32, StoreError> {
    let sql = "SELECT count(*) FROM operators WHERE role = 'admin' AND NOT disabled";
    Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

fn find(db: &Connection, name: &str) -> Result<Option<(Operator, String)>, StoreError> {
    let mut query =
        db.prepare_cached(&format!("SELECT {COLUMNS}, password_hash FROM operators WHERE key = ?1"))?;
    Ok(query.query_row([key(name)], |row| Ok((read(row)?, row.get(6)?))).optional()?)
}

/// Reads [`COLUMNS`] from the first column on.
pub(super) fn read(row: &Row<'_>) -> Result<Operator, rusqlite::Error> {
    Ok(Operator {
        id: row.get(0)?,
        name: row.get(1)?,
        role: role(row, 2)?,
        disabled: row.get(3)?,
        created_ms: from_sql(row.get(4)?),
        last_login_ms: row.get::<_, Option<i64>>(5)?.map(from_sql),
    })
}

/// The role in a column. A word that this version does not know grants the least.
pub(super) fn role(row: &Row<'_>, column: usize) -> Result<Role, rusqlite::Error> {
    let word: String = row.get(column)?;
    Ok(Role::parse(&word).unwrap_or(Role::Viewer))
}
