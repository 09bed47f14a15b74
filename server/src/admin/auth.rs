//! Who may use the admin API: holders of the token, by header or by a session cookie.
//!
//! A token that the server made has 256 random bits and is stored as an argon2 hash. One that the operator gave in the
//! environment is not stored at all and wins while it is set.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{Quota, RateLimiter};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::AdminState;
use super::reply::{Body, Refusal, success};
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
/// Wrong tokens an address may try per minute...
const GUESSES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// ... and at once.
const GUESS_BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();

type Guesses = RateLimiter<IpAddr, governor::state::keyed::HashMapStateStore<IpAddr>, DefaultClock>;

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
    guesses: Guesses,
}

enum Secret {
    /// SHA-256 of the operator's own token.
    Given([u8; 32]),
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
            return Ok((Self::new(Secret::Given(digest(token))), None));
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
                guesses: RateLimiter::hashmap(Quota::per_minute(GUESSES_PER_MINUTE).allow_burst(GUESS_BURST)),
            }),
        }
    }

    /// Whether `token` is the right one. Wrong ones are counted by address, and an address that guesses must wait.
    async fn verify(&self, token: &str, address: IpAddr) -> Result<(), Refusal> {
        let digest = digest(token);
        if locked(&self.inner.verified).is_some_and(|known| same(&known, &digest)) {
            return Ok(());
        }
        self.may_guess(address)?;
        let right = match &self.inner.secret {
            Secret::Given(known) => same(known, &digest),
            Secret::Stored(hash) => {
                let (hash, token) = (hash.clone(), token.to_owned());
                let matches = move || {
                    PasswordHash::new(&hash)
                        .is_ok_and(|hash| Argon2::default().verify_password(token.as_bytes(), &hash).is_ok())
                };
                tokio::task::spawn_blocking(matches).await.unwrap_or(false)
            }
        };
        if !right {
            tracing::warn!(%address, "a wrong admin token");
            return Err(Refusal::Unauthorized);
        }
        *locked(&self.inner.verified) = Some(digest);
        Ok(())
    }

    /// Every token that was not seen before costs a guess; the right one costs one, once.
    fn may_guess(&self, address: IpAddr) -> Result<(), Refusal> {
        self.inner.guesses.retain_recent();
        self.inner.guesses.check_key(&address.to_canonical()).map_err(|wait| {
            let seconds = wait.wait_time_from(DefaultClock::default().now()).as_secs() + 1;
            Refusal::Guessing(seconds)
        })
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

    fn has_session(&self, cookie: &str) -> bool {
        locked(&self.inner.sessions).get(&digest(cookie)).is_some_and(|since| since.elapsed() < SESSION)
    }

    fn close_session(&self, cookie: &str) {
        locked(&self.inner.sessions).remove(&digest(cookie));
    }
}

/// Lets operators pass and nobody else.
pub(super) async fn require(
    State(state): State<AdminState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    if let Some(token) = bearer(request.headers()) {
        state.auth.verify(token, address.ip()).await?;
        return Ok(next.run(request).await);
    }
    let known = cookie(request.headers()).is_some_and(|cookie| state.auth.has_session(cookie));
    if !known {
        return Err(Refusal::Unauthorized);
    }
    if request.method() != Method::GET && !request.headers().contains_key(NOT_FORGED) {
        return Err(Refusal::Forged);
    }
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
    Body(login): Body<Login>,
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
