//! A tiny server and a line with latency, both in virtual time.

#![allow(dead_code, unused_imports, reason = "each test file uses its own part of the pair")]

mod line;
mod packed;
mod rules;

use std::collections::{BTreeMap, VecDeque};

use client_core::{Action, Client, ClientConfig, ClientEvent, View};
use protocol::{
    ClientMessage, CloseCode, Encoding, OrbState, OwnState, PlayerState, ReleaseInfo, RoundInfo, SceneInfo,
    ServerMessage, Snapshot, Welcome, codec,
};
use sim::{NativeRules, PlayerId, PlayerInput, Rules, Seq, Tick, World};

pub(crate) use line::Line;
use packed::Packed;
pub(crate) use rules::{ServerRules, release};

/// Ticks per second.
pub(crate) const RATE: u32 = 30;
/// Milliseconds of a tick.
pub(crate) const TICK_MS: f64 = 1_000.0 / 30.0;
/// The player under test.
pub(crate) const ME: PlayerId = PlayerId(7);
/// Somebody else.
pub(crate) const OTHER: PlayerId = PlayerId(9);

/// What the fake server heard besides inputs.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) hellos: Vec<protocol::Hello>,
    pub(crate) acks: Vec<(u32, bool, protocol::UpdateStage, Option<String>)>,
    pub(crate) resyncs: u32,
    pub(crate) heartbeats: u32,
    pub(crate) inputs: Vec<(Seq, Option<Tick>)>,
    pub(crate) late_inputs: u32,
}

/// A server with one connection.
pub(crate) struct Server {
    pub(crate) world: World,
    pub(crate) rules: ServerRules,
    pub(crate) info: ReleaseInfo,
    pub(crate) scheduled: Vec<(Tick, ReleaseInfo, ServerRules)>,
    pub(crate) heard: Heard,
    /// Leaves out the next snapshot.
    pub(crate) skip_snapshots: u32,
    pub(crate) scripted: Vec<(PlayerId, PlayerInput)>,
    /// Every seat is taken: whoever comes gets this place of so many.
    pub(crate) line: Option<(u32, u32)>,
    /// The client only watches.
    watching: bool,
    joined: bool,
    keyframe: bool,
    queue: VecDeque<(Seq, Tick, PlayerInput)>,
    newest_seq: Seq,
    applied: Seq,
    lead: i32,
    before: Vec<PlayerState>,
    news: Vec<ServerMessage>,
    tokens: u32,
    pub(crate) start_ms: f64,
    packed: Packed,
}

impl Server {
    fn new(start_tick: u32) -> Self {
        let rules = ServerRules::Native(NativeRules::default());
        Self {
            world: World::new(1, Tick(start_tick), RATE, rules.tuning()),
            rules,
            info: ReleaseInfo { host_api: hotlogic::HOST_API, ..ReleaseInfo::default() },
            scheduled: Vec::new(),
            heard: Heard::default(),
            skip_snapshots: 0,
            scripted: Vec::new(),
            line: None,
            watching: false,
            joined: false,
            keyframe: true,
            queue: VecDeque::new(),
            newest_seq: Seq(0),
            applied: Seq(0),
            lead: 0,
            before: Vec::new(),
            news: Vec::new(),
            tokens: 0,
            packed: Packed::new(),
            start_ms: f64::from(start_tick) * TICK_MS,
        }
    }

    /// The server's clock, whose zero is not the client's.
    fn clock(&self, now: f64) -> f64 {
        now + self.start_ms + 0.4 * TICK_MS
    }

    pub(crate) fn announce(&mut self, info: ReleaseInfo, rules: ServerRules, activate: Tick) {
        self.news.push(ServerMessage::HotUpdate {
            release: Some(info.clone()),
            scene: None,
            activate_tick: activate,
        });
        self.scheduled.push((activate, info, rules));
    }

    pub(crate) fn tell(&mut self, message: ServerMessage) {
        self.news.push(message);
    }

    /// The connection is gone; the player stays.
    pub(crate) fn lost(&mut self) {
        self.joined = false;
        self.queue.clear();
        self.newest_seq = Seq(0);
        self.applied = Seq(0);
        if let Some(me) = self.world.player_mut(ME) {
            me.direction = sim::Vec2::ZERO;
        }
    }

    fn receive(&mut self, now: f64, message: ClientMessage, down: &mut Line, encoding: Encoding) {
        let (seq, tick, input) = match message {
            ClientMessage::Hello(hello) => {
                let resumed = hello.resume.is_some() && self.world.player(ME).is_some();
                self.watching = hello.watch;
                self.heard.hellos.push(hello);
                match self.line {
                    Some(_) => self.tell_place(now, down, encoding),
                    None => self.join(resumed),
                }
                return;
            }
            ClientMessage::Heartbeat { t, .. } => {
                self.heard.heartbeats += 1;
                let server_time = self.clock(now);
                let ack = ServerMessage::HeartbeatAck { t, tick: self.world.tick, server_time };
                down.put(now, codec::encode_server(&ack, encoding));
                return;
            }
            ClientMessage::AckUpdate { release, ok, error, stage, .. } => {
                return self.heard.acks.push((release, ok, stage, error));
            }
            ClientMessage::Resync => {
                self.heard.resyncs += 1;
                self.keyframe = true;
                return;
            }
            ClientMessage::Move { seq, tick, dir } => (seq, tick, PlayerInput::moving(dir)),
            ClientMessage::Attack { seq, tick, aim, .. } => (seq, tick, PlayerInput::striking(aim)),
            ClientMessage::Dash { seq, tick } => (seq, tick, PlayerInput::dashing()),
            ClientMessage::Chat { .. }
            | ClientMessage::Vote { .. }
            | ClientMessage::Bye
            | ClientMessage::VoteKick { .. }
            | ClientMessage::AnswerKick { .. } => return,
        };
        assert!(seq > self.newest_seq, "{seq:?} was used already");
        self.newest_seq = seq;
        self.heard.inputs.push((seq, tick));
        let next = self.world.tick.plus(1);
        let wanted = tick.unwrap_or(next);
        self.lead = (i64::from(wanted.0) - i64::from(next.0)) as i32;
        self.heard.late_inputs += u32::from(self.lead < 0);
        let earliest = self.queue.back().map_or(next, |(_, tick, _)| *tick);
        self.queue.push_back((seq, wanted.max(earliest), input));
    }

    pub(crate) fn tell_place(&mut self, now: f64, down: &mut Line, encoding: Encoding) {
        let (place, of) = self.line.expect("somebody waits");
        down.put(now, codec::encode_server(&ServerMessage::Queued { place, of }, encoding));
    }

    /// It is the client's turn.
    pub(crate) fn let_in(&mut self) {
        self.line = None;
        self.join(false);
    }

    fn join(&mut self, resumed: bool) {
        if !self.watching && self.world.player(ME).is_none() {
            self.world.join(&mut self.rules, ME).expect("native spawn");
        }
        self.joined = true;
        self.keyframe = true;
        self.tokens += 1;
        let welcome = Welcome {
            player: if self.watching { PlayerId(0) } else { ME },
            name: "Ada".to_owned(),
            resume: if self.watching { String::new() } else { format!("token-{}", self.tokens) },
            resumed,
            tick: self.world.tick,
            tick_rate: RATE,
            room: 1,
            release: self.info.clone(),
            scene: SceneInfo::default(),
            round: RoundInfo::from(self.world.round),
            pending: None,
            grace_seconds: 30.0,
            build: None,
            room_code: self.heard.hellos.last().and_then(|hello| hello.room.clone()),
            watching: self.watching,
        };
        self.news.insert(0, ServerMessage::Welcome(welcome));
    }

    fn tick(&mut self, now: f64, down: &mut Line, encoding: Encoding) {
        let next = self.world.tick.plus(1);
        while let Some(at) = self.scheduled.iter().position(|(tick, ..)| *tick == next) {
            let (_, info, rules) = self.scheduled.remove(at);
            (self.info, self.rules) = (info, rules);
            self.world.fit(self.rules.tuning());
        }
        let mut inputs = std::mem::take(&mut self.scripted);
        let mut merged: Option<PlayerInput> = None;
        while self.queue.front().is_some_and(|(_, due, _)| *due <= next) {
            let Some((seq, _, input)) = self.queue.pop_front() else { break };
            self.applied = seq;
            merged.get_or_insert_default().merge(input);
        }
        inputs.extend(merged.map(|input| (ME, input)));
        self.world.step(&mut self.rules, &inputs).expect("rules do not fail");
        let states: Vec<PlayerState> =
            self.world.players.iter().map(|player| PlayerState::unnamed(player, true)).collect();
        self.packed.encode(&self.world, self.info.number, &self.orb_state());
        if self.joined {
            for message in std::mem::take(&mut self.news) {
                down.put(now, codec::encode_server(&message, encoding));
            }
            if self.skip_snapshots > 0 {
                self.skip_snapshots -= 1;
            } else {
                let frame = match encoding {
                    Encoding::Json => {
                        codec::encode_server(&ServerMessage::Snapshot(self.snapshot(&states)), encoding)
                    }
                    Encoding::Binary => self.packed.frame(self.keyframe, self.own_state()),
                };
                down.put(now, frame);
                self.keyframe = false;
            }
        }
        self.before = states;
    }

    fn snapshot(&self, states: &[PlayerState]) -> Snapshot {
        let before: BTreeMap<PlayerId, &PlayerState> = self.before.iter().map(|s| (s.id, s)).collect();
        let players = if self.keyframe {
            let named = |s: &PlayerState| PlayerState { name: Some(format!("player {}", s.id)), ..s.clone() };
            states.iter().map(named).collect()
        } else {
            let changes = |s: &PlayerState| match before.get(&s.id) {
                Some(old) => s.changes_since(old),
                None => Some(s.clone()),
            };
            states.iter().filter_map(changes).collect()
        };
        Snapshot {
            tick: self.world.tick,
            full: self.keyframe,
            release: self.info.number,
            players,
            removed: Vec::new(),
            orb: self.orb_state(),
            standing: None,
            you: self.own_state(),
        }
    }

    fn own_state(&self) -> Option<OwnState> {
        self.world.player(ME).map(|player| OwnState::of(player, self.applied, self.lead))
    }

    fn orb_state(&self) -> OrbState {
        let orb = &self.world.orb;
        OrbState {
            x: orb.position.x,
            y: orb.position.y,
            vx: orb.velocity.x,
            vy: orb.velocity.y,
            batted_by: orb.batted_by,
        }
    }
}

/// A client, a server and the line between them.
pub(crate) struct Pair {
    pub(crate) now: f64,
    pub(crate) client: Client,
    pub(crate) server: Server,
    pub(crate) up: Line,
    pub(crate) down: Line,
    pub(crate) encoding: Encoding,
    pub(crate) frame_ms: f64,
    pub(crate) events: Vec<ClientEvent>,
    /// What the driver was told to do, besides sending.
    pub(crate) actions: Vec<(f64, Action)>,
    /// Connections succeed.
    pub(crate) reachable: bool,
    /// Answers to fetches; a hash that is not here is not answered.
    pub(crate) content: BTreeMap<String, Result<Vec<u8>, String>>,
    /// The client gets no frames: its machine sleeps, or its tab is in the background.
    pub(crate) frozen: bool,
    connected: bool,
    opening_ms: Option<f64>,
    fetching: Vec<(f64, String)>,
}

impl Pair {
    /// A client that is about to connect over a line with this round trip, and jitter each way.
    pub(crate) fn new(rtt_ms: f64, jitter_ms: f64) -> Self {
        let config =
            ClientConfig { name: "Ada".to_owned(), resume: None, encoding: Encoding::Binary, seed: 42 };
        Self::with(config, rtt_ms, jitter_ms)
    }

    pub(crate) fn with(config: ClientConfig, rtt_ms: f64, jitter_ms: f64) -> Self {
        let encoding = config.encoding;
        let now = 5_000.0;
        let mut pair = Self {
            now,
            client: Client::new(config, now),
            server: Server::new(1_000),
            up: Line::new(1),
            down: Line::new(2),
            encoding,
            frame_ms: 1_000.0 / 60.0,
            events: Vec::new(),
            actions: Vec::new(),
            reachable: true,
            content: BTreeMap::new(),
            frozen: false,
            connected: false,
            opening_ms: None,
            fetching: Vec::new(),
        };
        for line in [&mut pair.up, &mut pair.down] {
            line.latency_ms = rtt_ms / 2.0;
            line.jitter_ms = jitter_ms;
        }
        pair.server.start_ms -= now;
        pair
    }

    /// In the arena, with the clock settled and the shield gone.
    pub(crate) fn online(rtt_ms: f64, jitter_ms: f64) -> Self {
        let mut pair = Self::new(rtt_ms, jitter_ms);
        pair.run(4_000.0);
        assert_eq!(*pair.client.connection(), client_core::ConnectionState::Online);
        pair
    }

    pub(crate) fn view(&self) -> View {
        self.client.view(self.now)
    }

    pub(crate) fn own(&self) -> client_core::PlayerView {
        self.view().own().expect("we are in sight").clone()
    }

    pub(crate) fn run(&mut self, ms: f64) {
        self.run_with(ms, |_| {});
    }

    /// Lets time pass, frame by frame; `each` is called after every frame.
    pub(crate) fn run_with(&mut self, ms: f64, mut each: impl FnMut(&mut Self)) {
        let end = self.now + ms;
        while self.now < end {
            self.frame();
            each(self);
        }
    }

    /// One frame of the client, with everything that happens on the way there.
    pub(crate) fn frame(&mut self) {
        let end = self.now + self.frame_ms;
        while self.now < end {
            let step = (end - self.now).min(1.0);
            self.now += step;
            self.world_goes_on();
        }
        if !self.frozen {
            self.client.update(self.now);
        }
        self.drive();
    }

    /// The connection breaks and both sides know.
    pub(crate) fn break_line(&mut self, code: Option<u16>) {
        self.hang_up();
        self.client.handle_closed(self.now, code);
        self.drive();
    }

    pub(crate) fn hang_up(&mut self) {
        self.connected = false;
        self.opening_ms = None;
        self.up.queue.clear();
        self.down.queue.clear();
        self.server.lost();
    }

    pub(crate) fn count(&self, wanted: impl Fn(&ClientEvent) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }

    fn world_goes_on(&mut self) {
        let now = self.now;
        while let Some((at, bytes)) = self.up.take(now) {
            let message =
                codec::decode_client(&bytes, self.encoding).expect("the client speaks the protocol");
            self.server.receive(at, message, &mut self.down, self.encoding);
        }
        while self.server.clock(now) >= f64::from(self.server.world.tick.0 + 1) * TICK_MS {
            self.server.tick(now, &mut self.down, self.encoding);
        }
        while let Some((_, bytes)) = self.down.take(now) {
            self.client.handle_message(now, &bytes);
            self.drive();
        }
        if self.opening_ms.is_some_and(|at| at <= now) {
            self.opening_ms = None;
            if self.reachable {
                self.connected = true;
                self.client.handle_opened(now);
            } else {
                self.client.handle_closed(now, None);
            }
            self.drive();
        }
        while let Some(at) = self.fetching.iter().position(|(due, _)| *due <= now) {
            let (_, hash) = self.fetching.remove(at);
            if let Some(content) = self.content.get(&hash).cloned() {
                self.client.handle_content(now, &hash, content);
                self.drive();
            }
        }
    }

    /// Does what the client wants.
    pub(crate) fn drive(&mut self) {
        while let Some(action) = self.client.poll_action() {
            match &action {
                Action::Send(bytes) => {
                    if self.connected {
                        self.up.put(self.now, bytes.clone());
                    }
                    continue;
                }
                Action::Connect => {
                    self.hang_up();
                    self.opening_ms = Some(self.now + 2.0 * self.up.latency_ms + 1.0);
                }
                Action::Close { .. } => self.hang_up(),
                Action::FetchContent { hash } => {
                    self.fetching.push((self.now + 2.0 * self.up.latency_ms + 1.0, hash.clone()));
                }
                Action::SaveResume(_) | Action::ForgetResume => {}
            }
            self.actions.push((self.now, action));
        }
        while let Some(event) = self.client.poll_event() {
            self.events.push(event);
        }
    }
}

/// A close code on the wire.
pub(crate) fn code(code: CloseCode) -> Option<u16> {
    Some(code.code())
}

impl Pair {
    /// The page was loaded anew with another client; the server does not know yet that the old connection is gone.
    pub(crate) fn reload_page(&mut self) {
        self.connected = false;
        self.opening_ms = Some(self.now + 50.0);
        while self.client.poll_action().is_some() {}
        self.up.queue.clear();
        self.down.queue.clear();
    }

    /// The native rules, as the server plays them.
    #[expect(clippy::unused_self, reason = "reads as a property of the server")]
    pub(crate) fn server_native(&self) -> ServerRules {
        ServerRules::Native(NativeRules::default())
    }
}
