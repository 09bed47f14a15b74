//! Passwords: what is accepted as one, and the slow hash that is stored of it.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Shortest password, characters.
pub(crate) const MIN_CHARS: usize = 10;
/// Longest password, bytes: more would only keep the server busy.
const MAX_BYTES: usize = 256;
/// So many are hashed at once: argon2 takes 19 MiB and a core for each.
const AT_ONCE: usize = 2;

/// A hash of nothing in particular: whoever tries a name that does not exist waits as long as for one that does.
static NOBODYS: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Why a password was not accepted, or not hashed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    /// It is too short.
    #[error("a password has at least {MIN_CHARS} characters")]
    TooShort,
    /// It is too long.
    #[error("a password has at most {MAX_BYTES} bytes")]
    TooLong,
    /// It is the name of the account.
    #[error("the name is not a password")]
    IsName,
    /// The hash function failed.
    #[error("the password could not be hashed: {0}")]
    Hash(String),
}

/// Whether `password` may be that of the account `name`.
pub(crate) fn check(name: &str, password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < MIN_CHARS {
        return Err(PasswordError::TooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(PasswordError::TooLong);
    }
    if password.eq_ignore_ascii_case(name) {
        return Err(PasswordError::IsName);
    }
    Ok(())
}

/// argon2 with a salt of its own, in the PHC string format. Slow on purpose.
pub(crate) fn hash(secret: &str) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password(secret.as_bytes());
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Whether `text` is a hash at all.
pub(super) fn is_hash(text: &str) -> Result<(), PasswordError> {
    PasswordHash::new(text).map(|_| ()).map_err(|error| PasswordError::Hash(error.to_string()))
}

/// Hashes off the threads that serve players, a few at a time.
pub(super) struct Hashing {
    turns: Semaphore,
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self { turns: Semaphore::new(AT_ONCE) }
    }

    /// See [`hash`].
    pub(super) async fn hash(&self, secret: &str) -> Result<String, PasswordError> {
        let closed = |_| PasswordError::Hash("the server is stopping".to_owned());
        let _turn = self.turns.acquire().await.map_err(closed)?;
        let secret = secret.to_owned();
        let hashing = tokio::task::spawn_blocking(move || hash(&secret));
        hashing.await.unwrap_or_else(|error| Err(PasswordError::Hash(error.to_string())))
    }

    /// Whether `secret` is what was hashed; without a hash the answer is `false`, and takes as long.
    pub(super) async fn matches(&self, stored: Option<&str>, secret: &str) -> bool {
        let Ok(_turn) = self.turns.acquire().await else { return false };
        let (stored, secret) = (stored.map(str::to_owned), secret.to_owned());
        let matches = move || {
            let hash = stored.as_deref().unwrap_or(&NOBODYS);
            let same = PasswordHash::new(hash)
                .is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok());
            same && stored.is_some()
        };
        tokio::task::spawn_blocking(matches).await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_long_enough_and_not_the_name() {
        assert!(matches!(check("ada", "ninechars"), Err(PasswordError::TooShort)));
        assert!(matches!(check("countess.ada", "Countess.Ada"), Err(PasswordError::IsName)));
        assert!(matches!(check("ada", &"x".repeat(257)), Err(PasswordError::TooLong)));
        assert!(check("ada", "ten chars!").is_ok());
        assert!(check("ada", "зашифровано").is_ok(), "characters count, not bytes");
    }

    #[tokio::test]
    async fn only_the_right_password_matches_and_equal_ones_have_other_hashes() {
        let hashing = Hashing::new();
        let [one, two] = [hash("analytical engine").unwrap(), hash("analytical engine").unwrap()];
        assert_ne!(one, two);
        assert!(hashing.matches(Some(&one), "analytical engine").await);
        assert!(!hashing.matches(Some(&one), "difference engine").await);
        assert!(!hashing.matches(None, "nobody has this password").await);
    }
}
