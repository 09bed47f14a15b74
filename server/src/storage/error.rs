//! Everything that can go wrong with the database, in words for who runs the server.

use std::io;
use std::path::{Path, PathBuf};

/// Why the store cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The data directory or a file in it cannot be made or opened.
    #[error("cannot use {}: {source}. Check that the directory exists and that this user may write to it, or choose another one with --data", path.display())]
    Unusable {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another server has this data directory open.
    #[error("{} is in use by another hotswap server. Stop that one first, or give this one a directory of its own with --data", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error("{} is damaged ({reason}). Nothing was changed. Put a backup in its place, or move it away to start with an empty one", path.display())]
    Damaged {
        /// The database.
        path: PathBuf,
        /// What SQLite found.
        reason: String,
    },
    /// A newer version of the server wrote the file.
    #[error("{} was written by a newer version of hotswap (schema {found}, this one knows {known}). Nothing was changed. Start the newer version, or choose another directory with --data", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema version that this build knows.
        known: i64,
    },
    /// The file is a database of some other program.
    #[error("{} is a database of another program. Nothing was changed. Choose another directory with --data", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// SQLite refused a statement: the disk is full, the file was taken away, or a constraint was broken.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Others' changes that were to be committed together with this one could not be; nothing of it was stored.
    #[error("the database could not store this: {0}")]
    Commit(String),
    /// What is stored cannot be understood.
    #[error("the database holds something unexpected: {0}")]
    Unexpected(String),
    /// All 32-bit player numbers were given away.
    #[error("there are no player numbers left")]
    IdsExhausted,
    /// The store was closed.
    #[error("the database is closed: the server is stopping")]
    Closed,
}

impl StoreError {
    /// Names the database of an error that happened while it was opened.
    pub(super) fn opening(path: &Path, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseCorrupt, NotADatabase, ReadOnly};
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged { path, reason: error.to_string() },
            Some(DatabaseBusy) => Self::InUse { path },
            Some(CannotOpen | ReadOnly) => {
                Self::Unusable { path, source: io::Error::other(error.to_string()) }
            }
            _ => Self::Sqlite(error),
        }
    }

    /// The system did not give us a thread.
    pub(super) fn thread(path: &Path, source: io::Error) -> Self {
        Self::Unusable { path: path.to_owned(), source }
    }
}
