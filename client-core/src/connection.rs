//! The connection's life: connect, say hello, stay, lose it, come back.

use protocol::CloseCode;
use sim::rng::Rng;

/// Longest time from asking for a connection to `welcome`, milliseconds.
const CONNECT_TIMEOUT_MS: f64 = 5_000.0;
/// Longest silence before the peer counts as dead, milliseconds.
const SILENCE_TIMEOUT_MS: f64 = 5_000.0;
/// How long a client that slept waits for a sign of life, milliseconds.
const WAKE_GRACE_MS: f64 = 2_000.0;
/// Between two heartbeats, milliseconds.
const HEARTBEAT_MS: f64 = 1_000.0;
/// Between the first heartbeats of a connection, which tune the clock, milliseconds.
const FIRST_HEARTBEATS_MS: f64 = 100.0;
/// How many heartbeats come that quickly.
const FIRST_HEARTBEATS: u32 = 20;
/// First pause before reconnecting, milliseconds; doubles with each attempt.
const BACKOFF_MS: f64 = 500.0;
/// Longest pause before reconnecting, milliseconds.
const MAX_BACKOFF_MS: f64 = 10_000.0;
/// A connection that was lost sooner does not end the series of attempts, milliseconds.
const STABLE_MS: f64 = 5_000.0;
/// Pause before following a redirect, so that the driver learns the address first, milliseconds.
const REDIRECT_MS: f64 = 50.0;

/// Where the connection is in its life.
#[derive(Clone, Debug, PartialEq)]
pub enum ConnectionState {
    /// Asked for a connection.
    Connecting,
    /// Connected, said hello.
    Handshaking,
    /// Every seat is taken: waits in line, and comes in without doing anything.
    Queued {
        /// Place in line, from 1.
        place: u32,
        /// How many wait.
        of: u32,
    },
    /// In the arena.
    Online,
    /// Lost; will ask for a connection again.
    Waiting {
        /// When, in the driver's time.
        retry_at_ms: f64,
        /// How many attempts since the connection was lost this will make.
        attempt: u32,
    },
    /// Over, unless the player wants to try again.
    Closed {
        /// WebSocket close code, unless we left by ourselves.
        code: Option<u16>,
        /// For people.
        reason: String,
    },
}

/// What a timer asks for.
#[derive(Debug, PartialEq)]
pub(crate) enum Wake {
    /// Nothing.
    Nothing,
    /// Open a connection.
    Connect,
    /// Give this one up.
    GiveUp(CloseCode),
}

/// What the loss of a connection leads to.
#[derive(Debug, PartialEq)]
pub(crate) enum Loss {
    /// There was none to lose.
    Nothing,
    /// Open another at once.
    Reconnect,
    /// Another will be opened later.
    Wait,
    /// The server does not want us back.
    Rejected(CloseCode),
}

#[derive(Debug)]
pub(crate) struct Connection {
    state: ConnectionState,
    rng: Rng,
    /// Until when something must happen: `welcome` while connecting, a sign of life while online.
    deadline_ms: f64,
    next_heartbeat_ms: f64,
    quick_heartbeats: u32,
    attempt: u32,
    online_ms: f64,
    lost_before: bool,
}

impl Connection {
    pub(crate) fn new(seed: u64, now_ms: f64) -> Self {
        Self {
            state: ConnectionState::Connecting,
            rng: Rng::new(seed),
            deadline_ms: now_ms + CONNECT_TIMEOUT_MS,
            next_heartbeat_ms: 0.0,
            quick_heartbeats: 0,
            attempt: 0,
            online_ms: now_ms,
            lost_before: false,
        }
    }

    pub(crate) fn state(&self) -> &ConnectionState {
        &self.state
    }

    pub(crate) fn online(&self) -> bool {
        self.state == ConnectionState::Online
    }

    /// The server listens, and lets us in sooner or later.
    pub(crate) fn queued(&self) -> bool {
        matches!(self.state, ConnectionState::Queued { .. })
    }

    /// True when it is time to say hello.
    pub(crate) fn opened(&mut self) -> bool {
        if self.state != ConnectionState::Connecting {
            return false;
        }
        self.state = ConnectionState::Handshaking;
        true
    }

    pub(crate) fn welcomed(&mut self, now_ms: f64) {
        self.state = ConnectionState::Online;
        self.online_ms = now_ms;
        self.deadline_ms = now_ms + SILENCE_TIMEOUT_MS;
        self.next_heartbeat_ms = now_ms;
        self.quick_heartbeats = FIRST_HEARTBEATS;
    }

    /// Every seat is taken: we are at `place` of `of` who wait.
    pub(crate) fn lined_up(&mut self, now_ms: f64, place: u32, of: u32) {
        match self.state {
            ConnectionState::Handshaking => {
                self.next_heartbeat_ms = now_ms + HEARTBEAT_MS;
                self.quick_heartbeats = 0;
            }
            ConnectionState::Queued { .. } => {}
            _ => return,
        }
        self.state = ConnectionState::Queued { place, of };
        self.deadline_ms = now_ms + SILENCE_TIMEOUT_MS;
    }

    /// Something came from the peer.
    pub(crate) fn heard(&mut self, now_ms: f64) {
        if self.online() || self.queued() {
            self.deadline_ms = now_ms + SILENCE_TIMEOUT_MS;
        }
    }

    /// The driver was asleep: what the clock says about the peer means nothing.
    pub(crate) fn woke(&mut self, now_ms: f64) {
        match self.state {
            ConnectionState::Online | ConnectionState::Queued { .. } => {
                self.deadline_ms = now_ms + WAKE_GRACE_MS;
                self.next_heartbeat_ms = now_ms;
                self.quick_heartbeats = FIRST_HEARTBEATS;
            }
            _ => self.deadline_ms = self.deadline_ms.max(now_ms + WAKE_GRACE_MS),
        }
    }

    /// True once for each heartbeat that is due.
    pub(crate) fn heartbeat_due(&mut self, now_ms: f64) -> bool {
        if !self.online() && !self.queued() || now_ms < self.next_heartbeat_ms {
            return false;
        }
        let pause = if self.quick_heartbeats > 0 { FIRST_HEARTBEATS_MS } else { HEARTBEAT_MS };
        self.quick_heartbeats = self.quick_heartbeats.saturating_sub(1);
        self.next_heartbeat_ms = now_ms + pause;
        true
    }

    /// What is due.
    pub(crate) fn wake(&mut self, now_ms: f64) -> Wake {
        match self.state {
            ConnectionState::Connecting | ConnectionState::Handshaking if now_ms > self.deadline_ms => {
                Wake::GiveUp(CloseCode::HandshakeFailed)
            }
            ConnectionState::Online | ConnectionState::Queued { .. } if now_ms >= self.deadline_ms => {
                Wake::GiveUp(CloseCode::HeartbeatTimeout)
            }
            ConnectionState::Waiting { retry_at_ms, .. } if now_ms >= retry_at_ms => {
                self.connect(now_ms);
                Wake::Connect
            }
            _ => Wake::Nothing,
        }
    }

    /// The connection is gone.
    pub(crate) fn lost(&mut self, now_ms: f64, code: Option<u16>) -> Loss {
        if matches!(self.state, ConnectionState::Waiting { .. } | ConnectionState::Closed { .. }) {
            return Loss::Nothing;
        }
        if let Some(known) = code.and_then(CloseCode::from_code).filter(|known| !known.may_reconnect()) {
            self.close(code, known.reason());
            return Loss::Rejected(known);
        }
        let stable = self.online() && (!self.lost_before || now_ms - self.online_ms > STABLE_MS);
        self.lost_before |= self.online();
        if stable {
            self.attempt = 1;
            self.connect(now_ms);
            return Loss::Reconnect;
        }
        let pause = self.backoff_ms(self.attempt.saturating_sub(1));
        self.attempt = self.attempt.max(1) + 1;
        self.state = ConnectionState::Waiting { retry_at_ms: now_ms + pause, attempt: self.attempt };
        Loss::Wait
    }

    /// Waits a moment and connects elsewhere.
    pub(crate) fn redirected(&mut self, now_ms: f64) {
        self.state = ConnectionState::Waiting { retry_at_ms: now_ms + REDIRECT_MS, attempt: self.attempt };
    }

    /// True when a connection must be opened now.
    pub(crate) fn retry_now(&mut self, now_ms: f64) -> bool {
        let idle = matches!(self.state, ConnectionState::Waiting { .. } | ConnectionState::Closed { .. });
        if idle {
            self.connect(now_ms);
        }
        idle
    }

    pub(crate) fn close(&mut self, code: Option<u16>, reason: &str) {
        self.state = ConnectionState::Closed { code, reason: reason.to_owned() };
    }

    fn connect(&mut self, now_ms: f64) {
        self.state = ConnectionState::Connecting;
        self.deadline_ms = now_ms + CONNECT_TIMEOUT_MS;
    }

    /// Doubles from pause to pause; each is anywhere between half and the whole of that, so that a crowd does not come
    /// back all at once.
    fn backoff_ms(&mut self, doublings: u32) -> f64 {
        let whole = (BACKOFF_MS * f64::from(1_u32 << doublings.min(10))).min(MAX_BACKOFF_MS);
        whole * (0.5 + 0.5 * f64::from(self.rng.next_unit()))
    }
}
