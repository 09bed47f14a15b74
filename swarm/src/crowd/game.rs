//! A player of our own game who looks at as little as possible: of snapshots only the tick is read.

use std::sync::Arc;
use std::time::Duration;

use client_core::protocol::codec::{decode_messages, encode_client, snapshot_tick};
use client_core::protocol::{ClientMessage, CloseCode, Encoding, Hello, PROTOCOL_VERSION, ServerMessage};
use client_core::sim::rng::Rng;
use client_core::sim::{Seq, Tick, Vec2};

use super::dialect::{Dialect, News, Opening, Outbox};
use super::frame::{CLOSE, Frame};
use super::http::Answer;
use super::server_clock::ServerClock;
use crate::behaviour::Behaviour;
use crate::script::{Act, Progress, Script};
use crate::system::Moment;

/// Between two heartbeats: as in the browser.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// Between two strikes of a fighter.
const STRIKE: Duration = Duration::from_millis(500);
/// Between two dashes of a fighter.
const DASH: Duration = Duration::from_secs(3);
/// How far a runner turns at most from one move to the next, radians.
const TURN: f32 = 1.0;
/// Ticks that are accounted for one by one when a server leaves some out; a longer gap is a restart.
const LONGEST_GAP: u32 = 1_000;

/// What all players of a crowd in one game share.
#[derive(Debug)]
pub struct GameCrowd {
    /// Path of the WebSocket.
    pub path: String,
    /// Form of the messages.
    pub encoding: Encoding,
    /// What they do when there is no script.
    pub behaviour: Behaviour,
    /// What they do.
    pub script: Option<Script>,
    /// When the server's ticks begin.
    pub clock: ServerClock,
}

/// A player of our own game.
pub struct GamePlayer {
    crowd: Arc<GameCrowd>,
    number: u32,
    rng: Rng,
    tick_ms: f64,
    newest: Option<Tick>,
    joined: Option<Moment>,
    seq: u32,
    angle: f32,
    heartbeat_due: Moment,
    /// An answer is on its way, so messages other than snapshots are worth reading.
    listening: bool,
    strike_due: Moment,
    dash_due: Moment,
    progress: Progress,
}

impl GamePlayer {
    /// Player `number` of a crowd.
    #[must_use]
    pub fn new(crowd: Arc<GameCrowd>, number: u32) -> Self {
        let mut rng = Rng::new(u64::from(number) + 1);
        Self {
            crowd,
            number,
            angle: rng.next_unit() * std::f32::consts::TAU,
            rng,
            tick_ms: 0.0,
            newest: None,
            joined: None,
            seq: 0,
            heartbeat_due: Moment::default(),
            listening: true,
            strike_due: Moment::default(),
            dash_due: Moment::default(),
            progress: Progress::default(),
        }
    }

    pub(super) fn say(&self, message: &ClientMessage, out: &mut Outbox) {
        let bytes = encode_client(message, self.crowd.encoding);
        match self.crowd.encoding {
            Encoding::Binary => out.binary(&bytes),
            Encoding::Json => out.text(&bytes),
        }
    }

    fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    fn act(&mut self, act: &Act, out: &mut Outbox) {
        let message = match act {
            Act::Move(dir) => ClientMessage::Move { seq: self.next_seq(), tick: None, dir: *dir },
            Act::Attack(aim) => {
                ClientMessage::Attack { seq: self.next_seq(), tick: None, aim: *aim, seen: None }
            }
            Act::Dash => ClientMessage::Dash { seq: self.next_seq(), tick: None },
            Act::Chat(text) => ClientMessage::Chat { text: text.clone() },
        };
        self.say(&message, out);
    }

    /// When `tick` was meant to begin.
    fn begin_of(&self, tick: Tick) -> Option<Moment> {
        self.crowd.clock.moment(f64::from(tick.0) * self.tick_ms)
    }

    fn snapshot(&mut self, tick: Tick, news: &mut News<'_>) {
        if let Some(newest) = self.newest {
            let gap = tick.since(newest);
            if (2..LONGEST_GAP).contains(&gap) {
                for missed in 1..gap {
                    news.skipped(self.begin_of(newest.plus(missed)));
                }
            }
        }
        self.newest = Some(tick);
        news.state(self.begin_of(tick), 0);
    }

    fn message(&mut self, message: ServerMessage, news: &mut News<'_>) {
        match message {
            ServerMessage::Welcome(welcome) => {
                self.tick_ms = 1_000.0 / f64::from(welcome.tick_rate.max(1));
                self.joined = Some(news.now);
                self.heartbeat_due = news.now;
                self.strike_due = news.now.plus(STRIKE.mul_f32(self.rng.next_unit()));
                self.dash_due = news.now.plus(DASH.mul_f32(self.rng.next_unit()));
                self.listening = false;
                news.joined();
            }
            ServerMessage::HeartbeatAck { t, server_time, .. } => {
                self.listening = false;
                self.crowd.clock.observe(t, news.now, server_time);
            }
            ServerMessage::Error { code, .. } => news.complaint(&format!("the server says {code:?}")),
            ServerMessage::Redirect { url } => news.refused(format!("the server redirects to {url}")),
            _ => {}
        }
    }
}

impl Dialect for GamePlayer {
    fn open(&mut self, _: Option<&Answer>) -> Opening {
        let subprotocol = Some(self.crowd.encoding.subprotocol());
        Opening::Upgrade { path: self.crowd.path.clone(), subprotocol }
    }

    fn opened(&mut self, _: Moment, out: &mut Outbox) {
        let name = format!("crowd {}", self.number);
        self.say(&ClientMessage::Hello(Hello { protocol: PROTOCOL_VERSION, name, ..Hello::default() }), out);
    }

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, _: &mut Outbox) {
        if frame.opcode == CLOSE {
            let code = frame.payload.first_chunk().map_or(1_005, |code| u16::from_be_bytes(*code));
            let reason = CloseCode::from_code(code).map_or("no reason that we know", |known| known.reason());
            news.refused(format!("closed with {code}: {reason}"));
        } else if let Some(tick) = snapshot_tick(frame.payload) {
            self.snapshot(tick, news);
        } else if self.listening {
            match decode_messages(frame.payload, self.crowd.encoding) {
                Ok(messages) => messages.into_iter().for_each(|message| self.message(message, news)),
                Err(_) => news.complaint("a message that cannot be read"),
            }
        }
    }

    fn play(&mut self, intended: Moment, out: &mut Outbox) {
        if intended >= self.heartbeat_due {
            self.heartbeat_due = intended.plus(HEARTBEAT);
            self.listening = true;
            self.say(&ClientMessage::Heartbeat { t: Moment::now().as_millis(), rtt: None, ahead: None }, out);
        }
        let crowd = Arc::clone(&self.crowd);
        if let Some(script) = &crowd.script {
            let since = intended.since(self.joined.unwrap_or(intended));
            while let Some(act) = self.progress.next_due(script, since) {
                self.act(act, out);
            }
            return;
        }
        if crowd.behaviour == Behaviour::Idle {
            return;
        }
        self.angle += (self.rng.next_unit() - 0.5) * 2.0 * TURN;
        self.act(&Act::Move(Vec2::from_angle(self.angle)), out);
        if crowd.behaviour == Behaviour::Fight {
            if intended >= self.strike_due {
                self.strike_due = intended.plus(STRIKE);
                self.act(&Act::Attack(None), out);
            }
            if intended >= self.dash_due {
                self.dash_due = intended.plus(DASH);
                self.act(&Act::Dash, out);
            }
        }
    }

    fn leave(&mut self, out: &mut Outbox) {
        self.say(&ClientMessage::Bye, out);
    }
}
