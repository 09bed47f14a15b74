//! The server's own token: the key of the first start, and of scripts that need no operator.
//!
//! One that the server made has 256 random bits and is stored as an argon2 hash. One that was given in the environment is
//! not stored at all and wins while it is set.

use std::sync::Mutex;

use super::auth::{AuthError, digest, locked};
use super::password::{self, Hashing};
use crate::session::resume::Token;
use crate::storage::Store;

/// Where the hash of the token is stored.
const SETTING: &str = "admin_token_hash";
/// Characters from which on a token of somebody's own cannot be guessed by asking the server.
const LONG: usize = 20;

/// Knows the right token.
pub(super) struct ServerToken {
    secret: Secret,
    /// SHA-256 of the right token, once it was seen: argon2 is slow on purpose.
    verified: Mutex<Option<[u8; 32]>>,
}

enum Secret {
    /// One that was given.
    Given {
        /// SHA-256 of it.
        digest: [u8; 32],
        /// It is long enough that nobody finds it by trying.
        long: bool,
    },
    /// argon2 hash in the PHC string format.
    Stored(String),
}

impl ServerToken {
    /// Loads the token, or makes one; a new one is returned, as nobody sees it again.
    pub(super) async fn load(
        store: &Store,
        given: Option<&str>,
    ) -> Result<(Self, Option<String>), AuthError> {
        if let Some(token) = given {
            let long = token.chars().count() >= LONG;
            if !long {
                tracing::warn!("HOTSWAP_ADMIN_TOKEN is short: {LONG} random characters are safer");
            }
            return Ok((Self::new(Secret::Given { digest: digest(token), long }), None));
        }
        if let Some(hash) = store.setting(SETTING).await? {
            password::is_hash(&hash).map_err(|error| AuthError::Hash(error.to_string()))?;
            return Ok((Self::new(Secret::Stored(hash)), None));
        }
        let token = Token::generate().map_err(AuthError::Random)?.secret;
        let hash = password::hash(&token).map_err(|error| AuthError::Hash(error.to_string()))?;
        store.set_setting(SETTING, hash.clone(), "built-in").await?;
        Ok((Self::new(Secret::Stored(hash)), Some(token)))
    }

    fn new(secret: Secret) -> Self {
        Self { secret, verified: Mutex::default() }
    }

    /// What is known of a token without any work: right, wrong, or nothing yet.
    pub(super) fn recognise(&self, digest: &[u8; 32]) -> Option<bool> {
        match &self.secret {
            Secret::Given { digest: right, .. } => Some(same(right, digest)),
            Secret::Stored(_) => {
                locked(&self.verified).is_some_and(|right| same(&right, digest)).then_some(true)
            }
        }
    }

    /// Nobody finds it by trying.
    pub(super) fn cannot_be_guessed(&self) -> bool {
        match self.secret {
            Secret::Given { long, .. } => long,
            Secret::Stored(_) => true,
        }
    }

    /// Compares with the stored hash, which is slow on purpose, and remembers the right one.
    pub(super) async fn matches_hash(&self, token: &str, hashing: &Hashing) -> bool {
        let Secret::Stored(hash) = &self.secret else { return false };
        let matches = hashing.matches(Some(hash), token).await;
        if matches {
            *locked(&self.verified) = Some(digest(token));
        }
        matches
    }
}

/// Compares without telling by the time it takes where the difference is.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
