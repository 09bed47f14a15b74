//! How operators prove who they are once they have logged in: sessions and tokens. Only hashes are stored.

use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::{self, Author};
use super::error::StoreError;
use super::operators::{self, Operator, Role};
use super::{Store, from_sql, to_sql, unix_ms};

/// Most sessions of one operator; the oldest ends for a new one.
const MAX_SESSIONS: u32 = 50;
/// A token's last use is noted at most so often, milliseconds: reading must not write all the time.
const NOTE_USE_EVERY_MS: u64 = 60_000;

/// A secret of an operator's scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorToken {
    /// From 1; never given twice.
    pub id: u32,
    /// What it is for.
    pub name: String,
    /// The most that it may do; never more than its operator.
    pub role: Role,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// When it was used last, to a minute, milliseconds since 1970.
    pub last_used_ms: Option<u64>,
    /// Name of its operator.
    pub operator: String,
}

/// A session that is to be opened.
#[derive(Clone, Debug)]
pub struct NewOperatorSession {
    /// SHA-256 of the cookie.
    pub hash: [u8; 32],
    /// Whose; `None` for the holder of the server's own token.
    pub operator: Option<u32>,
    /// The token that it was opened with.
    pub token: Option<u32>,
    /// For how long it is good, milliseconds.
    pub lasts_ms: u64,
}

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    /// `None` for the holder of the server's own token.
    pub operator: Option<Operator>,
    /// Id, name and role of the token that it was opened with.
    pub token: Option<(u32, String, Role)>,
    /// When it ends, milliseconds since 1970.
    pub expires_ms: u64,
}

const OPERATOR: &str = "o.id, o.name, o.role, o.disabled, o.created_ms, o.last_login_ms";

impl Store {
    /// Opens a session and notes who logged in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_operator_session(
        &self,
        session: NewOperatorSession,
        by: Author,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let now = unix_ms();
            db.prepare_cached("DELETE FROM operator_sessions WHERE expires_ms <= ?1")?
                .execute([to_sql(now)])?;
            db.prepare_cached(
                "DELETE FROM operator_sessions WHERE hash IN (
                     SELECT hash FROM operator_sessions WHERE operator IS ?1
                     ORDER BY created_ms DESC LIMIT -1 OFFSET ?2)",
            )?
            .execute((session.operator, MAX_SESSIONS - 1))?;
            db.prepare_cached(
                "INSERT INTO operator_sessions (hash, operator, token, created_ms, expires_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((
                session.hash,
                session.operator,
                session.token,
                to_sql(now),
                to_sql(now.saturating_add(session.lasts_ms)),
            ))?;
            db.prepare_cached("UPDATE operators SET last_login_ms = ?2 WHERE id = ?1")?
                .execute((session.operator, to_sql(now)))?;
            audit::add_by(db, &by, "log_in", None, "", "")
        })
        .await
    }

    /// The session of a cookie, if it is still good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator_session(&self, hash: [u8; 32]) -> Result<Option<OperatorSession>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT {OPERATOR}, s.expires_ms, t.id, t.name, t.role FROM operator_sessions AS s
                 LEFT JOIN operators AS o ON o.id = s.operator
                 LEFT JOIN operator_tokens AS t ON t.id = s.token
                 WHERE s.hash = ?1 AND s.expires_ms > ?2 AND coalesce(o.disabled, 0) = 0"
            ))?;
            Ok(query.query_row((hash, to_sql(unix_ms())), read_session).optional()?)
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_operator_session(&self, hash: [u8; 32]) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("DELETE FROM operator_sessions WHERE hash = ?1")?.execute([hash])?;
            Ok(())
        })
        .await
    }

    /// Ends all sessions of an operator, or of the server's own token, and says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_operator_sessions(
        &self,
        operator: Option<u32>,
        by: Author,
    ) -> Result<usize, StoreError> {
        self.write(move |db| {
            let ended = forget_sessions(db, operator)?;
            audit::add_by(db, &by, "log_out_everywhere", None, &format!("sessions ended: {ended}"), "")?;
            Ok(ended)
        })
        .await
    }

    /// Ends the sessions of the server's own token, which may be another one at the next start.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_server_token_sessions(&self) -> Result<(), StoreError> {
        self.write(|db| forget_sessions(db, None).map(|_| ())).await
    }

    /// Stores a token under its hash; `None` when the operator has one of this name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_operator_token(
        &self,
        operator: u32,
        name: String,
        role: Role,
        hash: [u8; 32],
        by: Author,
    ) -> Result<Option<u32>, StoreError> {
        self.write(move |db| {
            let id: Option<u32> = db
                .prepare_cached(
                    "INSERT INTO operator_tokens (operator, name, role, hash, created_ms)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (operator, name) DO NOTHING RETURNING id",
                )?
                .query_row((operator, &name, role.as_str(), hash, to_sql(unix_ms())), |row| row.get(0))
                .optional()?;
            if id.is_some() {
                let detail = format!("{name} as {}", role.as_str());
                audit::add_by(db, &by, "token_made", None, &detail, "")?;
            }
            Ok(id)
        })
        .await
    }

    /// All tokens, or those of one operator, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator_tokens(&self, operator: Option<u32>) -> Result<Vec<OperatorToken>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(
                "SELECT t.id, t.name, t.role, t.created_ms, t.last_used_ms, o.name
                 FROM operator_tokens AS t JOIN operators AS o ON o.id = t.operator
                 WHERE ?1 IS NULL OR o.id = ?1 ORDER BY t.id DESC",
            )?;
            let rows = query.query_map([operator], |row| read_token(row, 0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The token of this hash and its operator, if both are good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operator_token(
        &self,
        hash: [u8; 32],
    ) -> Result<Option<(Operator, OperatorToken)>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT {OPERATOR}, t.id, t.name, t.role, t.created_ms, t.last_used_ms, o.name
                 FROM operator_tokens AS t JOIN operators AS o ON o.id = t.operator
                 WHERE t.hash = ?1 AND NOT o.disabled"
            ))?;
            Ok(query.query_row([hash], |row| Ok((operators::read(row)?, read_token(row, 6)?))).optional()?)
        })
        .await
    }

    /// Notes that a token was used just now, unless that was noted a moment ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_token_use(&self, token: &OperatorToken) -> Result<(), StoreError> {
        let (id, now) = (token.id, unix_ms());
        if token.last_used_ms.is_some_and(|last| now < last.saturating_add(NOTE_USE_EVERY_MS)) {
            return Ok(());
        }
        self.write(move |db| {
            db.prepare_cached("UPDATE operator_tokens SET last_used_ms = ?2 WHERE id = ?1")?
                .execute((id, to_sql(now)))?;
            Ok(())
        })
        .await
    }

    /// Takes a token back, if it is one of `operator`'s or of anybody's; `false` when there is no such one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_operator_token(
        &self,
        id: u32,
        operator: Option<u32>,
        by: Author,
    ) -> Result<bool, StoreError> {
        self.write(move |db| {
            let revoked: Option<String> = db
                .prepare_cached(
                    "DELETE FROM operator_tokens WHERE id = ?1 AND (?2 IS NULL OR operator = ?2) RETURNING name",
                )?
                .query_row((id, operator), |row| row.get(0))
                .optional()?;
            if let Some(name) = &revoked {
                audit::add_by(db, &by, "token_revoked", None, name, "")?;
            }
            Ok(revoked.is_some())
        })
        .await
    }
}

fn forget_sessions(db: &Connection, operator: Option<u32>) -> Result<usize, StoreError> {
    Ok(db.prepare_cached("DELETE FROM operator_sessions WHERE operator IS ?1")?.execute([operator])?)
}

fn read_session(row: &Row<'_>) -> Result<OperatorSession, rusqlite::Error> {
    let operator: Option<u32> = row.get(0)?;
    let token: Option<u32> = row.get(7)?;
    Ok(OperatorSession {
        operator: operator.map(|_| operators::read(row)).transpose()?,
        token: token
            .map(|id| Ok::<_, rusqlite::Error>((id, row.get(8)?, operators::role(row, 9)?)))
            .transpose()?,
        expires_ms: from_sql(row.get(6)?),
    })
}

fn read_token(row: &Row<'_>, first: usize) -> Result<OperatorToken, rusqlite::Error> {
    Ok(OperatorToken {
        id: row.get(first)?,
        name: row.get(first + 1)?,
        role: operators::role(row, first + 2)?,
        created_ms: from_sql(row.get(first + 3)?),
        last_used_ms: row.get::<_, Option<i64>>(first + 4)?.map(from_sql),
        operator: row.get(first + 5)?,
    })
}
