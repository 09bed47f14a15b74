//! One server for one data directory.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::error::StoreError;

/// Name of the file whose lock says that a server runs here.
const LOCK_FILE: &str = "hotswap.lock";

/// Held as long as the database is open. The system lets go of it when the process ends, however it ends, so a crash
/// leaves nothing to clean up; the empty file stays.
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Takes the lock of `dir`.
    pub(super) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| StoreError::Unusable { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(StoreError::Unusable { path, source }),
        }
    }
}

/// Makes the data directory when it is missing; only this user may look into it, for it holds hashes of secrets.
pub(super) fn create_directory(dir: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| StoreError::Unusable { path: dir.to_owned(), source })
}
