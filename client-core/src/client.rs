//! The client: what a driver calls.

use std::collections::VecDeque;

use protocol::packed::{SnapshotDecoder, Standing};
use protocol::server::Leader;
use protocol::{ClientMessage, CloseCode, Encoding, Hello, PROTOCOL_VERSION, RoundInfo};
use sim::{PlayerId, Seq, Tick, Vec2};

use crate::clock::ServerClock;
use crate::connection::{Connection, ConnectionState, Loss, Wake};
use crate::interpolation::Playback;
use crate::orb::OrbTrack;
use crate::outbox::{Action, ClientEvent, Outbox};
use crate::pacing::Pacer;
use crate::prediction::Predictor;
use crate::releases::Releases;
use crate::scenes::Scenes;
use crate::sight::Sight;
use crate::stats::NetStats;
use crate::view::View;

/// Time between two updates after which the machine must have slept, milliseconds.
const SLEPT_MS: f64 = 3_000.0;
/// Most ticks that are predicted in one update; beyond it the prediction jumps.
const MAX_CATCH_UP: u32 = 10;
/// How far the prediction goes on while the server says nothing, seconds.
const MAX_BLIND_S: u32 = 3;

/// Who plays, and how.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Wanted name.
    pub name: String,
    /// Secret of an earlier session: see [`Action::SaveResume`].
    pub resume: Option<String>,
    /// Form of the messages; the driver opens the socket with its subprotocol.
    pub encoding: Encoding,
    /// Any number that differs between clients: it spreads reconnects.
    pub seed: u64,
}

/// Where somebody wants to be, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The number of a public room, or the code of a private one; any public one when missing.
    pub room: Option<String>,
    /// Only to watch.
    pub watch: bool,
}

/// Where we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the room.
    pub room: u32,
    /// Code of the room, if it is a private one.
    pub code: Option<String>,
    /// We only watch.
    pub watching: bool,
}

/// A player without a screen: see the [crate].
pub struct Client {
    pub(crate) config: ClientConfig,
    pub(crate) wish: Wish,
    pub(crate) place: Option<Place>,
    /// The look that we choose.
    skin: Option<u8>,
    pub(crate) connection: Connection,
    pub(crate) out: Outbox,
    pub(crate) clock: ServerClock,
    pub(crate) pacer: Pacer,
    pub(crate) playback: Playback,
    pub(crate) predictor: Predictor,
    pub(crate) releases: Releases,
    pub(crate) scenes: Scenes,
    pub(crate) snapshots: SnapshotDecoder,
    pub(crate) sight: Sight,
    pub(crate) orb: OrbTrack,
    pub(crate) stats: NetStats,
    pub(crate) me: Option<PlayerId>,
    pub(crate) tick_rate: u32,
    pub(crate) round: Option<RoundInfo>,
    /// Who leads a battlefield.
    pub(crate) leaders: Vec<Leader>,
    /// Where we stand in a battlefield.
    pub(crate) standing: Option<Standing>,
    /// The newest tick that the server told of.
    pub(crate) newest: Tick,
    /// When the own prediction was last found to be wrong without being told what is right.
    pub(crate) doubted_ms: f64,
    pub(crate) hello_ms: f64,
    /// From `hello` to the first place in line, milliseconds.
    pub(crate) lined_up_after_ms: Option<f64>,
    pub(crate) snapshot_ms: f64,
    /// The own state was not heard of yet on this connection.
    pub(crate) fresh: bool,
    /// Own strikes that were told already, by the tick they were made for.
    pub(crate) told_strikes: VecDeque<Tick>,
    pub(crate) next_seq: Seq,
    /// The direction that the player holds, also while there is no connection.
    pub(crate) held: Vec2,
    /// Time of the last call that had one.
    pub(crate) now_ms: f64,
    updated_ms: f64,
}

impl Client {
    /// A client that wants to connect at once.
    #[must_use]
    pub fn new(config: ClientConfig, now_ms: f64) -> Self {
        let mut out = Outbox::new(config.encoding);
        out.act(Action::Connect);
        Self {
            connection: Connection::new(config.seed, now_ms),
            config,
            wish: Wish::default(),
            place: None,
            skin: None,
            out,
            clock: ServerClock::new(),
            pacer: Pacer::new(),
            playback: Playback::new(),
            predictor: Predictor::new(),
            releases: Releases::new(),
            scenes: Scenes::default(),
            snapshots: SnapshotDecoder::default(),
            sight: Sight::default(),
            orb: OrbTrack::new(),
            stats: NetStats::default(),
            me: None,
            tick_rate: sim::DEFAULT_TICK_RATE,
            round: None,
            leaders: Vec::new(),
            standing: None,
            newest: Tick(0),
            doubted_ms: f64::NEG_INFINITY,
            hello_ms: now_ms,
            lined_up_after_ms: None,
            snapshot_ms: now_ms,
            fresh: true,
            told_strikes: VecDeque::new(),
            next_seq: Seq(1),
            held: Vec2::ZERO,
            now_ms,
            updated_ms: now_ms,
        }
    }

    /// From the next `hello` on, this is wanted.
    pub fn wish(&mut self, wish: Wish) {
        self.wish = wish;
    }

    /// Chooses a look, one of [`SKINS`](protocol::limits::SKINS); others see it from the next time on that we come in.
    pub fn wear(&mut self, skin: Option<u8>) {
        self.skin = skin;
    }

    /// Asks the room to remove somebody.
    pub fn vote_kick(&mut self, player: PlayerId) {
        self.out.send(&ClientMessage::VoteKick { player });
    }

    /// Votes on that.
    pub fn answer_kick(&mut self, id: u32, yes: bool) {
        self.out.send(&ClientMessage::AnswerKick { id, yes });
    }

    /// The connection is open.
    pub fn handle_opened(&mut self, now_ms: f64) {
        self.now_ms = now_ms;
        if !self.connection.opened() {
            return;
        }
        self.hello_ms = now_ms;
        self.lined_up_after_ms = None;
        self.out.open();
        let Wish { room, watch } = self.wish.clone();
        self.out.send(&ClientMessage::Hello(Hello {
            protocol: PROTOCOL_VERSION,
            name: self.config.name.clone(),
            resume: self.config.resume.clone().filter(|_| !watch),
            release: self.releases.hash_in_use(),
            scene: self.scenes.loaded_image(),
            room,
            watch,
            skin: self.skin,
        }));
    }

    /// A message came: the content of one frame.
    pub fn handle_message(&mut self, now_ms: f64, bytes: &[u8]) {
        self.now_ms = now_ms;
        let listens = *self.connection.state() == ConnectionState::Handshaking || self.connection.queued();
        if !listens && !self.connection.online() {
            return;
        }
        self.stats.bytes_in += bytes.len() as u64;
        self.stats.messages_in += 1;
        self.connection.heard(now_ms);
        self.handle_frame(now_ms, bytes);
        // Browsers slow the timers of background tabs down to one a minute, but not their messages.
        self.beat(now_ms);
        self.switch(now_ms);
    }

    /// The connection is closed, or could not be opened. Harmless when there is none.
    pub fn handle_closed(&mut self, now_ms: f64, code: Option<u16>) {
        self.now_ms = now_ms;
        self.lose(now_ms, code);
    }

    /// Answer to [`Action::FetchContent`]: the bytes, or why there are none.
    pub fn handle_content(&mut self, now_ms: f64, hash: &str, content: Result<Vec<u8>, String>) {
        self.now_ms = now_ms;
        self.releases.content(now_ms, hash, content, &mut self.out);
        self.predictor.look_ahead(now_ms, &mut self.releases, &mut self.out);
        self.switch(now_ms);
    }

    /// The image of a scene (see [`ClientEvent::SceneActive`]) can be drawn, or not, and why.
    pub fn scene_loaded(&mut self, now_ms: f64, number: u32, outcome: Result<(), String>) {
        self.now_ms = now_ms;
        self.scenes.loaded(now_ms, number, outcome, &mut self.out);
    }

    /// Don't wait any longer for the next attempt to connect; also comes back after the end.
    pub fn retry_now(&mut self, now_ms: f64) {
        self.now_ms = now_ms;
        if self.connection.retry_now(now_ms) {
            self.out.act(Action::Connect);
        }
    }

    /// Leave for good: the player is taken out of the arena.
    pub fn leave(&mut self) {
        self.out.send(&ClientMessage::Bye);
        self.out.shut();
        self.out.act(Action::Close { code: CloseCode::Normal.code() });
        // Who only watched may still have a seat of before.
        if !self.wish.watch {
            self.forget_resume();
        }
        self.connection.close(None, "you left");
    }

    /// Lets time pass: call it every frame.
    pub fn update(&mut self, now_ms: f64) {
        self.now_ms = now_ms;
        let slept = now_ms - self.updated_ms > SLEPT_MS;
        self.updated_ms = now_ms;
        if slept {
            self.wake_up(now_ms);
        }
        match self.connection.wake(now_ms) {
            Wake::Nothing => {}
            Wake::Connect => self.out.act(Action::Connect),
            Wake::GiveUp(code) => {
                self.out.drop_unsent();
                self.out.act(Action::Close { code: code.code() });
                self.lose(now_ms, None);
            }
        }
        self.releases.poll_fetches(now_ms, &mut self.out);
        if self.connection.queued() {
            self.beat(now_ms);
        }
        if self.connection.online() {
            self.beat(now_ms);
            if self.sight.keyframe_overdue(now_ms) {
                self.ask_keyframe();
            }
            self.clock.advance(now_ms);
            self.playback.advance(now_ms);
            self.predict(now_ms);
            let server_tick = self.clock.server_tick(now_ms);
            self.orb.advance(now_ms, server_tick, &mut self.releases, &mut self.out);
            self.switch(now_ms);
            self.stats.frames += 1;
            let drawn = self.playback.tick(now_ms);
            self.stats.starved_frames +=
                u64::from(self.sight.tick().is_some_and(|tick| drawn > f64::from(tick.0)));
        }
        self.measure(now_ms);
    }

    /// The next thing to be done, in order.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.out.poll_action()
    }

    /// The next thing that happened, in order.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.out.poll_event()
    }

    /// Where the connection is in its life.
    #[must_use]
    pub fn connection(&self) -> &ConnectionState {
        self.connection.state()
    }

    /// Where we are; `None` before the first `welcome`.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// What is to be seen at `now_ms`, which is not before the last update.
    #[must_use]
    pub fn view(&self, now_ms: f64) -> View {
        View::of(self, now_ms)
    }

    /// The server's tick at `now_ms` with its fraction, as far as we know.
    #[must_use]
    pub fn server_tick(&self, now_ms: f64) -> f64 {
        self.clock.server_tick(now_ms)
    }

    /// Figures about the connection, as of the last update.
    #[must_use]
    pub fn stats(&self) -> &NetStats {
        &self.stats
    }

    /// How far the picture of the own player is from its newest tick to the next.
    pub(crate) fn fraction(&self, now_ms: f64) -> f32 {
        let position = self.pacer.position(now_ms, self.clock.tick_ms());
        (position - f64::from(self.predictor.tick().0)).clamp(0.0, 1.0) as f32
    }

    pub(crate) fn bad_message(&mut self, error: String) {
        self.stats.bad_messages += 1;
        self.out.tell(ClientEvent::BadMessage { error });
    }

    pub(crate) fn ask_keyframe(&mut self) {
        self.stats.resyncs += 1;
        self.out.send(&ClientMessage::Resync);
    }

    pub(crate) fn forget_resume(&mut self) {
        self.config.resume = None;
        self.out.act(Action::ForgetResume);
    }

    /// Switches rules and scene when their tick has come.
    pub(crate) fn switch(&mut self, now_ms: f64) {
        if !self.connection.online() {
            return;
        }
        let tick = self.newest.max(self.predictor.tick());
        self.releases.activate(now_ms, tick, &mut self.out);
        self.scenes.activate(tick, &mut self.out);
    }

    fn lose(&mut self, now_ms: f64, code: Option<u16>) {
        let was_online = self.connection.online();
        let loss = self.connection.lost(now_ms, code);
        if loss != Loss::Nothing {
            self.out.drop_unsent();
        }
        if was_online {
            self.out.tell(ClientEvent::ConnectionLost { code });
        }
        match loss {
            Loss::Nothing | Loss::Wait => {}
            Loss::Reconnect => self.out.act(Action::Connect),
            Loss::Rejected(code) => {
                // Another room may still be open to us, and a newer build of the game; who was removed is known by it until the
                // time is over, and is the same player then.
                if !matches!(code, CloseCode::NoRoom | CloseCode::Kicked | CloseCode::WrongVersion) {
                    self.forget_resume();
                }
                let reason = code.reason().to_owned();
                self.out.tell(ClientEvent::Rejected { code: code.code(), reason });
            }
        }
    }

    fn wake_up(&mut self, now_ms: f64) {
        self.connection.woke(now_ms);
        if !self.connection.online() {
            return;
        }
        self.clock.forget();
        self.playback.restart(self.clock.tick_ms());
        self.sight.await_keyframe(now_ms);
        self.ask_keyframe();
    }

    fn beat(&mut self, now_ms: f64) {
        if self.connection.heartbeat_due(now_ms) {
            let rtt = (self.stats.rtt_ms > 0.0).then_some(self.stats.rtt_ms as f32);
            let ahead = self.predictor.take_ahead();
            self.out.send(&ClientMessage::Heartbeat { t: now_ms, rtt, ahead });
        }
    }

    pub(crate) fn predict(&mut self, now_ms: f64) {
        if !self.predictor.running() {
            return;
        }
        let tick_ms = self.clock.tick_ms();
        let target = self.pacer.target(now_ms, &self.clock, self.playback.jitter_ms());
        let jumped = self.pacer.advance(now_ms, target, tick_ms);
        let goal = Tick(self.pacer.position(now_ms, tick_ms) as u32);
        let behind = goal.since(self.predictor.tick());
        if jumped || behind > MAX_CATCH_UP {
            self.flush_direction();
            self.stats.jumps += 1;
            self.predictor.jump(now_ms, goal, &mut self.releases, &mut self.out);
            return;
        }
        if goal.since(self.newest) > MAX_BLIND_S * self.tick_rate {
            return;
        }
        for _ in 0..behind {
            self.flush_direction();
            self.predictor.step(now_ms, &mut self.releases, &mut self.out);
        }
    }

    fn measure(&mut self, now_ms: f64) {
        let stats = &mut self.stats;
        stats.bytes_out = self.out.bytes_out;
        stats.messages_out = self.out.messages_out;
        stats.jitter_ms = self.playback.jitter_ms();
        stats.interpolation_ms = self.playback.delay_ms();
        stats.snapshot_age_ms = (now_ms - self.snapshot_ms).max(0.0);
        stats.server_tick = self.clock.server_tick(now_ms);
        stats.predicted_tick = self.predictor.tick().0;
        stats.lead_ticks = self.pacer.position(now_ms, self.clock.tick_ms()) - stats.server_tick;
    }
}
