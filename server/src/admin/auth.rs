//! Who may use the admin API: operators by password, session or token, and the holder of the server's own token.
//!
//! Whoever guesses must wait: each wrong token or password is counted for its address and, where there is one, for the
//! account. What is stored are hashes: argon2 of passwords, SHA-256 of secrets with 256 random bits.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::password::Hashing;
use super::principal::{Principal, Proof, author};
use super::reply::Refusal;
use super::server_token::ServerToken;
use crate::session::resume::Token;
use crate::storage::{NewOperatorSession, Store, StoreError};
use crate::throttle::{BY_ACCOUNT, BY_ADDRESS, Throttle, origin};

/// How long a session lasts.
pub(super) const SESSION: Duration = Duration::from_secs(12 * 3_600);
/// With this the token of an operator begins: it says what it is where it is found.
pub(super) const TOKEN_PREFIX: &str = "hsa_";

/// Why the admin token cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("cannot make an admin token: {0}; set HOTSWAP_ADMIN_TOKEN instead")]
    Random(getrandom::Error),
    /// The hash function failed, or what is stored is no hash.
    #[error("the stored admin token cannot be used ({0}); set HOTSWAP_ADMIN_TOKEN to replace it")]
    Hash(String),
}

/// Knows who is who; clones are the same.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    server_token: ServerToken,
    addresses: Mutex<Throttle<IpAddr>>,
    accounts: Mutex<Throttle<String>>,
    hashing: Hashing,
}

impl Auth {
    /// Loads the server's token, or makes one; a new one is returned to be shown to the operator, who never sees it again.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn load(store: &Store, given: Option<&str>) -> Result<(Self, Option<String>), AuthError> {
        let (server_token, made) = ServerToken::load(store, given).await?;
        // The token may be another one than before: whoever came in with that one must come again.
        store.forget_server_token_sessions().await?;
        let inner = Inner {
            store: store.clone(),
            server_token,
            addresses: Mutex::new(Throttle::new(BY_ADDRESS)),
            accounts: Mutex::new(Throttle::new(BY_ACCOUNT)),
            hashing: Hashing::new(),
        };
        Ok((Self { inner: Arc::new(inner) }, made))
    }

    /// Hashes and compares passwords.
    pub(super) fn hashing(&self) -> &Hashing {
        &self.inner.hashing
    }

    /// Who has this token. Wrong ones are counted by address, and an address that guesses must wait.
    ///
    /// A token that nobody can guess is let through at once, so that a guesser behind the same address cannot lock the
    /// operator out. A short one waits like all others, or the lock-out would not slow the guessing at all.
    pub(super) async fn by_token(&self, token: &str, address: IpAddr) -> Result<Principal, Refusal> {
        let Inner { store, server_token, addresses, .. } = &*self.inner;
        let digest = digest(token);
        if token.starts_with(TOKEN_PREFIX)
            && let Some((operator, known)) = store.operator_token(digest).await?
        {
            store.note_token_use(&known).await?;
            let token = Some((known.name.as_str(), known.role));
            return Ok(Principal::operator(operator, token, Proof::Token(digest), address));
        }
        let holder = || Principal::server_token(Proof::ServerToken, address);
        let known = server_token.recognise(&digest);
        if known == Some(true) && server_token.cannot_be_guessed() {
            return Ok(holder());
        }
        let guesser = origin(address);
        {
            let (mut guesses, now) = (locked(addresses), Instant::now());
            if let Some(wait) = guesses.wait(&guesser, now) {
                return Err(Refusal::Guessing(wait.as_secs() + 1));
            }
            if known == Some(true) {
                return Ok(holder());
            }
            guesses.spend(&guesser, now);
        }
        if known.is_none() && server_token.matches_hash(token, &self.inner.hashing).await {
            locked(addresses).refund(&guesser);
            return Ok(holder());
        }
        self.note_failure("unknown", "a wrong token", address, None).await?;
        Err(Refusal::WrongToken)
    }

    /// Who has this name and password.
    pub(super) async fn by_password(
        &self,
        name: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<Principal, Refusal> {
        let account = self.begin_guess(name, address)?;
        let found = self.inner.store.operator(name.to_owned()).await?;
        let hash = found.as_ref().map(|(_, hash)| hash.as_str());
        let right = self.inner.hashing.matches(hash, password).await;
        let operator = match found {
            Some((operator, _)) if right => operator,
            known => {
                // A name that nobody has may be a password in the wrong field: it is not written down.
                let who = known.as_ref().map_or("unknown", |(operator, _)| operator.name.as_str());
                self.note_failure(who, "a wrong password", address, Some(&account)).await?;
                return Err(Refusal::WrongPassword);
            }
        };
        self.forgive_guess(&account, address);
        if operator.disabled {
            return Err(Refusal::Disabled);
        }
        Ok(Principal::operator(operator, None, Proof::Password, address))
    }

    /// Whether this is the operator's password; guesses count as they do at the door.
    pub(super) async fn confirm_password(
        &self,
        principal: &Principal,
        name: &str,
        password: &str,
    ) -> Result<(), Refusal> {
        match self.by_password(name, password, principal.address).await {
            Err(Refusal::WrongPassword) => Err(Refusal::Unusable("the old password is not right".to_owned())),
            other => other.map(|_| ()),
        }
    }

    /// Counts a guess before it is known to be wrong, or many could be made at once.
    fn begin_guess(&self, name: &str, address: IpAddr) -> Result<String, Refusal> {
        let (account, guesser, now) = (name.to_lowercase(), origin(address), Instant::now());
        let mut addresses = locked(&self.inner.addresses);
        let mut accounts = locked(&self.inner.accounts);
        let waits = [addresses.wait(&guesser, now), accounts.wait(&account, now)];
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(Refusal::Guessing(wait.as_secs() + 1));
        }
        addresses.spend(&guesser, now);
        accounts.spend(&account, now);
        Ok(account)
    }

    fn forgive_guess(&self, account: &String, address: IpAddr) {
        locked(&self.inner.addresses).refund(&origin(address));
        locked(&self.inner.accounts).refund(account);
    }

    /// Lets an account be tried again at once: it has a new password.
    pub(super) fn unlock(&self, name: &str) {
        locked(&self.inner.accounts).forgive(&name.to_lowercase());
    }

    /// Writes a wrong guess down, and that it was the last one for a while.
    async fn note_failure(
        &self,
        who: &str,
        what: &str,
        address: IpAddr,
        account: Option<&String>,
    ) -> Result<(), StoreError> {
        tracing::warn!(%address, who, "{what}");
        let now = Instant::now();
        let address_is_out = locked(&self.inner.addresses).wait(&origin(address), now).is_some();
        let account_is_out =
            account.is_some_and(|account| locked(&self.inner.accounts).wait(account, now).is_some());
        let store = &self.inner.store;
        let who = author(who, address);
        store.add_audit(who.clone(), "log_in_failed", None, what.to_owned()).await?;
        for (out, whose) in [(address_is_out, "the address"), (account_is_out, "the account")] {
            if out {
                store.add_audit(who.clone(), "lock_out", None, whose.to_owned()).await?;
            }
        }
        Ok(())
    }

    /// Who has the session of this cookie.
    pub(super) async fn by_cookie(&self, cookie: &str, address: IpAddr) -> Result<Principal, Refusal> {
        let hash = digest(cookie);
        let session = self.inner.store.operator_session(hash).await?.ok_or(Refusal::Unauthorized)?;
        let proof = Proof::Session(hash);
        Ok(match session.operator {
            Some(operator) => {
                let token = session.token.as_ref().map(|(_, name, role)| (name.as_str(), *role));
                Principal::operator(operator, token, proof, address)
            }
            None => Principal::server_token(proof, address),
        })
    }

    /// Opens a session for somebody who has just shown who they are, and gives its cookie.
    pub(super) async fn open_session(&self, principal: &Principal) -> Result<String, Refusal> {
        let cookie = Token::generate().map_err(|_| Refusal::Internal)?;
        let token = match principal.proof {
            Proof::Token(hash) => self.inner.store.operator_token(hash).await?.map(|(_, token)| token.id),
            Proof::ServerToken | Proof::Password | Proof::Session(_) => None,
        };
        let session = NewOperatorSession {
            hash: cookie.hash,
            operator: principal.operator.as_ref().map(|operator| operator.id),
            token,
            lasts_ms: u64::try_from(SESSION.as_millis()).unwrap_or(u64::MAX),
        };
        self.inner.store.open_operator_session(session, principal.author()).await?;
        Ok(cookie.secret)
    }

    /// Ends the session of a cookie.
    pub(super) async fn close_session(&self, cookie: &str) -> Result<(), StoreError> {
        self.inner.store.close_operator_session(digest(cookie)).await
    }

    /// Whether who was let through may still go on.
    pub(super) async fn still_allows(&self, principal: &Principal) -> bool {
        let store = &self.inner.store;
        match principal.proof {
            Proof::ServerToken | Proof::Password => true,
            Proof::Token(hash) => matches!(store.operator_token(hash).await, Ok(Some(_))),
            Proof::Session(hash) => matches!(store.operator_session(hash).await, Ok(Some(_))),
        }
    }
}

/// What is stored of a secret with 256 random bits.
pub(super) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whoever holds one of these locks only assigns; a poisoned value is a whole one.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
