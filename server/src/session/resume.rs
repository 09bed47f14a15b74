//! Secrets with which players come back as who they were.
//!
//! A token is 256 random bits; only its SHA-256 is stored. Every `welcome` brings a new one. The one before stays good
//! until the player shows that the new one arrived, so that a connection which dies in between locks nobody out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use protocol::limits::MAX_TOKEN_BYTES;
use sha2::{Digest, Sha256};

use crate::storage::{SessionRecord, Store, StoreError, TokenMatch};

/// A secret for the player.
pub struct Token {
    /// What the player gets.
    pub secret: String,
    /// What is stored.
    pub hash: [u8; 32],
}

impl Token {
    /// A new secret.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let hash = hash(&secret);
        Ok(Self { secret, hash })
    }
}

/// What is stored of a secret.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The player to whom `secret` belongs, if it is good and was last seen at `oldest_ms` (Unix time) or later. The record
/// comes back with the hash that stays good next to a new one.
///
/// # Errors
/// When the store fails.
pub async fn look_up(
    store: &Store,
    secret: &str,
    oldest_ms: u64,
) -> Result<Option<SessionRecord>, StoreError> {
    if secret.is_empty() || secret.len() > MAX_TOKEN_BYTES {
        return Ok(None);
    }
    let used = hash(secret);
    let Some((mut record, matched)) = store.find_session(used).await? else { return Ok(None) };
    if record.last_seen_ms < oldest_ms {
        return Ok(None);
    }
    if matched == TokenMatch::Previous {
        tracing::debug!(player = %record.player, "came back with the token before: the last welcome got lost");
    }
    record.previous_token_hash = Some(used);
    Ok(Some(record))
}
