//! Who may use the admin API: holders of the token, by header or by a session cookie.
//!
//! A token that the server made has 256 random bits and is stored as an argon2 hash. One that the operator gave in the
//! environment is not stored at all and wins while it is set.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::AdminState;
use super::reply::{Body, Refusal, success};
use super::throttle::Throttle;
use crate::session::resume::Token;
use crate::storage::{Store, StoreError};

/// Where the hash of the token is stored.
const SETTING: &str = "admin_token_hash";
/// Name of the session cookie.
const COOKIE: &str = "hotswap_admin";
/// How long a session lasts.
const SESSION: Duration = Duration::from_secs(12 * 3_600);
/// Most sessions at once; the oldest ends for a new one.
const MAX_SESSIONS: usize = 100;
/// Header that a page of another site cannot send without being asked first.
const NOT_FORGED: &str = "x-hotswap-admin";
/// Characters from which on a token of the operator's own cannot be guessed by asking the server.
const LONG: usize = 20;
/// Tokens that are hashed at once: argon2 takes 19 MiB and a core for each.
const HASHES: usize = 2;
/// Longest body of a login, bytes.
const MAX_LOGIN: usize = 4 * 1024;

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

/// Knows the token and the sessions; clones are the same.
#[derive(Clone)]
pub struct Auth {
    inner: Arc<Inner>,
}

struct Inner {
    /// How a token is verified the first time.
    secret: Secret,
    /// SHA-256 of the right token, once it was seen: argon2 is slow on purpose.
    verified: Mutex<Option<[u8; 32]>>,
    /// SHA-256 of the cookies, and since when they are good.
    sessions: Mutex<HashMap<[u8; 32], Instant>>,
    guesses: Mutex<Throttle>,
    hashing: Semaphore,
}

/// By what right a request was let through.
#[derive(Clone, Copy)]
pub(super) enum Access {
    /// It brought the token.
    Token,
    /// It came within the session of this cookie hash.
    Session([u8; 32]),
}

enum Secret {
    /// The operator's own token.
    Given {
        /// SHA-256 of it.
        digest: [u8; 32],
        /// It is long enough that nobody finds it by trying.
        long: bool,
    },
    /// argon2 hash in the PHC string format.
    Stored(String),
}

impl Auth {
    /// Loads the token, or makes one; a new one is returned to be shown to the operator, who never sees it again.
    ///
    /// # Errors
    /// [`AuthError`].
    pub async fn load(store: &Store, given: Option<&str>) -> Result<(Self, Option<String>), AuthError> {
        if let Some(token) = given {
            let long = token.chars().count() >= LONG;
            if !long {
                tracing::warn!("HOTSWAP_ADMIN_TOKEN is short: {LONG} random characters are safer");
            }
            return Ok((Self::new(Secret::Given { digest: digest(token), long }), None));
        }
        if let Some(hash) = store.setting(SETTING).await? {
            PasswordHash::new(&hash).map_err(|error| AuthError::Hash(error.to_string()))?;
            return Ok((Self::new(Secret::Stored(hash)), None));
        }
        let token = Token::generate().map_err(AuthError::Random)?.secret;
        let hash = Argon2::default()
            .hash_password(token.as_bytes())
            .map_err(|error| AuthError::Hash(error.to_string()))?
            .to_string();
        store.set_setting(SETTING, hash.clone(), "built-in").await?;
        Ok((Self::new(Secret::Stored(hash)), Some(token)))
    }

    fn new(secret: Secret) -> Self {
        Self {
            inner: Arc::new(Inner {
                secret,
                verified: Mutex::default(),
                sessions: Mutex::default(),
                guesses: Mutex::default(),
                hashing: Semaphore::new(HASHES),
            }),
        }
    }

    /// Whether `token` is the right one. Wrong ones are counted by address, and an address that guesses must wait.
    ///
    /// A token that nobody can guess is let through at once, so that a guesser behind the same address cannot lock the
    /// operator out. A short one waits like all others, or the lock-out would not slow the guessing at all.
    async fn verify(&self, token: &str, address: IpAddr) -> Result<(), Refusal> {
        let digest = digest(token);
        let known = self.recognise(&digest);
        if known == Some(true) && self.cannot_be_guessed() {
            return Ok(());
        }
        {
            let (mut guesses, now) = (locked(&self.inner.guesses), Instant::now());
            if let Some(wait) = guesses.wait(address, now) {
                return Err(Refusal::Guessing(wait.as_secs() + 1));
            }
            if known == Some(true) {
                return Ok(());
            }
            guesses.spend(address, now);
        }
        if known.is_none() && self.matches_hash(token).await {
            locked(&self.inner.guesses).refund(address);
            *locked(&self.inner.verified) = Some(digest);
            return Ok(());
        }
        tracing::warn!(%address, "a wrong admin token");
        Err(Refusal::WrongToken)
    }

    /// What is known of a token without any work: right, wrong, or nothing yet.
    fn recognise(&self, digest: &[u8; 32]) -> Option<bool> {
        match &self.inner.secret {
            Secret::Given { digest: right, .. } => Some(same(right, digest)),
            Secret::Stored(_) => {
                locked(&self.inner.verified).is_some_and(|right| same(&right, digest)).then_some(true)
            }
        }
    }

    fn cannot_be_guessed(&self) -> bool {
        match self.inner.secret {
            Secret::Given { long, .. } => long,
            Secret::Stored(_) => true,
        }
    }

    /// Slow on purpose.
    async fn matches_hash(&self, token: &str) -> bool {
        let Secret::Stored(hash) = &self.inner.secret else { return false };
        let Ok(_turn) = self.inner.hashing.acquire().await else { return false };
        let (hash, token) = (hash.clone(), token.to_owned());
        let matches = move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(token.as_bytes(), &hash).is_ok())
        };
        tokio::task::spawn_blocking(matches).await.unwrap_or(false)
    }

    /// Whether what was let through may still go on.
    pub(super) fn still_allows(&self, access: Access) -> bool {
        match access {
            Access::Token => true,
            Access::Session(key) => self.is_open(&key),
        }
    }

    fn open_session(&self) -> Result<String, Refusal> {
        let cookie = Token::generate().map_err(|_| Refusal::Internal)?;
        let mut sessions = locked(&self.inner.sessions);
        sessions.retain(|_, since| since.elapsed() < SESSION);
        if sessions.len() >= MAX_SESSIONS
            && let Some(oldest) = sessions.iter().min_by_key(|(_, since)| **since).map(|(key, _)| *key)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(cookie.hash, Instant::now());
        Ok(cookie.secret)
    }

    fn is_open(&self, session: &[u8; 32]) -> bool {
        locked(&self.inner.sessions).get(session).is_some_and(|since| since.elapsed() < SESSION)
    }

    fn close_session(&self, cookie: &str) {
        locked(&self.inner.sessions).remove(&digest(cookie));
    }
}

/// Lets operators pass and nobody else.
pub(super) async fn require(
    State(state): State<AdminState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let access = if let Some(token) = bearer(request.headers()) {
        state.auth.verify(token, address.ip()).await?;
        Access::Token
    } else {
        let session = cookie(request.headers()).map(digest).ok_or(Refusal::Unauthorized)?;
        if !state.auth.is_open(&session) {
            return Err(Refusal::Unauthorized);
        }
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if !reads && !request.headers().contains_key(NOT_FORGED) {
            return Err(Refusal::Forged);
        }
        Access::Session(session)
    };
    request.extensions_mut().insert(access);
    Ok(next.run(request).await)
}

/// Body of `POST /api/login`.
#[derive(Deserialize)]
pub(super) struct Login {
    token: String,
}

/// Exchanges the token for a session cookie.
pub(super) async fn log_in(
    State(state): State<AdminState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Body(login): Body<Login, MAX_LOGIN>,
) -> Result<Response, Refusal> {
    state.auth.verify(login.token.trim(), address.ip()).await?;
    let cookie = state.auth.open_session()?;
    tracing::info!(address = %address.ip(), "operator logged in");
    set_cookie(&cookie, SESSION.as_secs())
}

/// Ends the session.
pub(super) async fn log_out(
    State(state): State<AdminState>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(cookie) = cookie(&headers) {
        state.auth.close_session(cookie);
    }
    set_cookie("", 0)
}

fn set_cookie(value: &str, max_age: u64) -> Result<Response, Refusal> {
    let cookie = format!("{COOKIE}={value}; Path=/api; HttpOnly; SameSite=Strict; Max-Age={max_age}");
    let cookie = HeaderValue::try_from(cookie).map_err(|_| Refusal::Internal)?;
    Ok(([(header::SET_COOKIE, cookie)], success(json!({ "message": "ok" }))).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|pairs| pairs.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && !value.is_empty()).then_some(value)
    })
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Compares without telling by the time it takes where the difference is.
fn same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// Whoever holds one of these locks only assigns; a poisoned value is a whole one.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
