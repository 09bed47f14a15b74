//! What the server remembers, in one SQLite file.
//!
//! [`Store`] is a cheap handle. Everything that changes the file goes through one writer thread, which commits what
//! has queued up together and answers only when it is on disk: what a method has answered survives `kill -9` and power
//! loss. Everything that only reads has a thread of its own and never waits for the disk.

mod audit;
mod boards;
mod cards;
mod content;
mod error;
mod lock;
mod moderation;
mod operator_access;
mod operators;
mod players;
mod releases;
mod rollouts;
mod schema;
mod sessions;
mod settings;
mod worker;

#[cfg(test)]
mod board_tests;
#[cfg(test)]
mod operator_tests;
#[cfg(test)]
mod scene_tests;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

pub use audit::{AuditEntry, AuditQuery, Author};
pub use boards::{Measure, PlayerRecord, Span, day_of};
pub use cards::CardRecord;
pub use content::{Collected, Content, Found};
pub use error::StoreError;
pub use moderation::{NewSanction, Sanction, SanctionKind};
pub use operator_access::{NewOperatorSession, OperatorSession, OperatorToken};
pub use operators::{Operator, OperatorChange, OperatorError, Role};
pub use players::PlayerTotals;
pub use releases::{
    NewContent, NewRelease, ReleaseKind, ReleaseRecord, ReleaseState, RunTimeFault, SceneFields,
};
pub use rollouts::{NewSchedule, RolloutRecord, RolloutState, RolloutTerms, ScheduleRecord, ScheduleState};
pub use sessions::{PlayerCheckpoint, SavedPlayer, SessionRecord, TokenMatch};

use crate::unix_ms;
use lock::DirectoryLock;
use worker::Worker;

/// Name of the database inside of the data directory.
pub const DATABASE_FILE: &str = "hotswap.sqlite3";

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Threads>);

/// The last handle that is dropped waits for both threads, so the file can be opened again right after.
struct Threads {
    // Dropped in this order: the reader lets go of the file before the writer folds the log into it.
    reader: Worker,
    writer: Worker,
    /// Content that was read lately.
    recent: content::Recent,
    path: PathBuf,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.0.path).finish()
    }
}

impl Store {
    /// Opens the database in `dir`, creating both when they are missing, and brings it to the newest schema. Blocks;
    /// meant for the start of the server.
    ///
    /// # Errors
    /// When another server uses the directory, or the file is damaged, foreign or from a newer version. The file is
    /// not changed then.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        lock::create_directory(dir)?;
        let lock = DirectoryLock::take(dir)?;
        let path = dir.join(DATABASE_FILE);
        let writable = schema::open_writer(&path)?;
        let readable = schema::open_reader(&path)?;
        let writer = Worker::writer(writable, lock).map_err(|source| StoreError::thread(&path, source))?;
        let reader = Worker::reader(readable).map_err(|source| StoreError::thread(&path, source))?;
        Ok(Self(Arc::new(Threads { reader, writer, recent: content::Recent::default(), path })))
    }

    /// Finishes everything that was asked before, folds the write-ahead log into the file and lets go of it. Other
    /// handles answer [`StoreError::Closed`] from then on.
    pub async fn close(self) {
        self.0.reader.close().await;
        self.0.writer.close().await;
    }

    /// Runs `work` in a transaction of its own; an error undoes all of it. Answers when the result is on disk.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.writer.call(work).await
    }

    /// Runs `work`, which must not change anything. Sees all that was written before, and nothing that is written while
    /// it runs.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.0.reader.call(work).await
    }
}

/// SQLite has only signed 64-bit integers. Times and counts stay far below; a broken value is capped, not wrapped.
fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The way back of [`to_sql`].
fn from_sql(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
