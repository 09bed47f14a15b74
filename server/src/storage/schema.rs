//! Opening the file and bringing it to the newest schema.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;

/// Marks a SQLite file as ours: "hswp" in ASCII.
const APPLICATION_ID: i64 = 0x6873_7770;

/// Each entry leads to the version that it names, the oldest first. Entries are never edited, only added.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("migrations/0001_start.sql")),
    (2, include_str!("migrations/0002_operators.sql")),
    (3, include_str!("migrations/0003_rollouts.sql")),
    (4, include_str!("migrations/0004_scenes.sql")),
    (5, include_str!("migrations/0005_boards.sql")),
    (6, include_str!("migrations/0006_cards.sql")),
    (7, include_str!("migrations/0007_moderation.sql")),
];

/// How long a statement waits for somebody else who has the file locked, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The connection that writes; the file is checked and migrated.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| StoreError::opening(path, error))?;
    check(&connection, path)?;
    prepare(&connection).map_err(|error| StoreError::opening(path, error))?;
    Ok(connection)
}

/// The connection that only reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    };
    open().map_err(|error| StoreError::opening(path, error))
}

/// Refuses files that are damaged, foreign or newer, before anything is written.
fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let opening = |error| StoreError::opening(path, error);
    connection.busy_timeout(BUSY_TIMEOUT).map_err(opening)?;
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(opening)?;
    let version = number("user_version").map_err(opening)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(opening)?;
    let empty = application == 0 && version == 0 && tables == 0;
    if !empty && application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let known = MIGRATIONS.last().map_or(0, |(newest, _)| *newest);
    if version > known {
        return Err(StoreError::Newer { path: path.to_owned(), found: version, known });
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(opening)?;
    if verdict != "ok" {
        return Err(StoreError::Damaged { path: path.to_owned(), reason: verdict });
    }
    Ok(())
}

/// Sets what is needed for durability and runs the migrations that are missing, each in one transaction.
fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // FULL syncs the log at every commit; NORMAL could lose the last ones when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (next, migration) in MIGRATIONS.iter().filter(|(next, _)| *next > version) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;\n{migration}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {next};\nCOMMIT;"
        ))?;
    }
    Ok(())
}
