//! The player's side: the real client, its line, and a driver that does what browsers do.

use client_core::conditioner::Direction;
use client_core::protocol::Encoding;
use client_core::sim::PlayerId;
use client_core::{Action, Client, ClientConfig, ClientEvent, Conditioner, PlayerView, View};

use super::gate::Gate;

/// Where the socket is in its life.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Socket {
    None,
    /// Open from then on.
    Opening(f64),
    Open,
}

/// One client and its line to the gate.
pub struct Seat {
    /// The real thing.
    pub client: Client,
    /// Between client and server, in both directions.
    pub line: Conditioner<Vec<u8>>,
    /// Between two frames, milliseconds.
    pub frame_ms: f64,
    /// No frames are drawn: a tab in the background. Messages are still handled.
    pub hidden: bool,
    /// Nothing happens at all: the machine sleeps.
    pub asleep: bool,
    /// What happened, until somebody takes it out.
    pub events: Vec<ClientEvent>,
    /// Who plays here, once known.
    pub player: Option<PlayerId>,
    /// Frames drawn.
    pub frames: u64,
    encoding: Encoding,
    next_frame_ms: f64,
    socket: Socket,
    /// Bytes that wait while the machine sleeps.
    unheard: Vec<Vec<u8>>,
    fetching: Vec<(f64, String)>,
}

impl Seat {
    pub(super) fn new(config: ClientConfig, now_ms: f64, seed: u64) -> Self {
        let frame_ms = 1_000.0 / 60.0;
        Self {
            encoding: config.encoding,
            client: Client::new(config, now_ms),
            line: Conditioner::new(seed),
            frame_ms,
            hidden: false,
            asleep: false,
            events: Vec::new(),
            player: None,
            frames: 0,
            // Screens do not refresh in step with each other.
            next_frame_ms: now_ms + (seed % 16) as f64,
            socket: Socket::None,
            unheard: Vec::new(),
            fetching: Vec::new(),
        }
    }

    /// What is on the screen.
    #[must_use]
    pub fn view(&self, now_ms: f64) -> View {
        self.client.view(now_ms)
    }

    /// The own avatar on the screen.
    ///
    /// # Panics
    /// When the player is not in sight of itself.
    #[must_use]
    pub fn own(&self, now_ms: f64) -> PlayerView {
        self.view(now_ms).own().expect("the player sees itself").clone()
    }

    /// The line is cut: this side notices at once, the other side too.
    pub fn cut(&mut self, now_ms: f64, number: usize, gate: &mut Gate) {
        if self.socket == Socket::None {
            return;
        }
        self.hang_up(number, gate);
        self.client.handle_closed(now_ms, None);
    }

    /// How many of these things happened.
    pub fn count(&self, wanted: impl Fn(&ClientEvent) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }

    pub(super) fn send_up(&mut self, now_ms: f64, number: usize, gate: &mut Gate) {
        if self.line.advance(now_ms) {
            self.cut(now_ms, number, gate);
        }
        if let Socket::Opening(at) = self.socket
            && at <= now_ms
        {
            self.socket = Socket::Open;
            self.client.handle_opened(now_ms);
        }
        while let Some((_, bytes)) = self.line.take(now_ms, Direction::Up) {
            for answer in gate.hear(now_ms, number, self.encoding, &bytes) {
                self.line.put(now_ms, Direction::Down, answer);
            }
        }
    }

    pub(super) fn take_down(&mut self, now_ms: f64, number: usize, gate: &mut Gate, scripts: &[String]) {
        let (messages, closed) = gate.mail(number);
        for message in messages {
            self.line.put(now_ms, Direction::Down, message);
        }
        while let Some((_, bytes)) = self.line.take(now_ms, Direction::Down) {
            self.unheard.push(bytes);
        }
        if !self.asleep {
            for bytes in std::mem::take(&mut self.unheard) {
                self.client.handle_message(now_ms, &bytes);
                self.drive(now_ms, number, gate);
            }
            if let Some(at) = self.fetching.iter().position(|(due, _)| *due <= now_ms) {
                let (_, hash) = self.fetching.remove(at);
                let named = |script: &&String| hotlogic::content_hash(script.as_bytes()) == hash;
                let found = scripts.iter().find(named).map(|script| script.clone().into_bytes());
                self.client.handle_content(now_ms, &hash, found.ok_or_else(|| "404".to_owned()));
            }
            if now_ms >= self.next_frame_ms {
                self.next_frame_ms = (self.next_frame_ms + self.frame_ms).max(now_ms);
                if !self.hidden {
                    self.client.update(now_ms);
                    self.frames += 1;
                }
            }
            self.drive(now_ms, number, gate);
        }
        if let Some(code) = closed {
            self.hang_up(number, gate);
            self.client.handle_closed(now_ms, Some(code.code()));
        }
    }

    /// Does what the client wants.
    fn drive(&mut self, now_ms: f64, number: usize, gate: &mut Gate) {
        while let Some(action) = self.client.poll_action() {
            let round_trip_ms = self.line.conditions().lag_ms;
            match action {
                Action::Send(bytes) if self.socket == Socket::Open => {
                    self.line.put(now_ms, Direction::Up, bytes);
                }
                Action::Send(_) | Action::SaveResume(_) | Action::ForgetResume => {}
                Action::Connect => {
                    self.hang_up(number, gate);
                    // TCP's handshake and the upgrade of HTTP.
                    self.socket = Socket::Opening(now_ms + 2.0 * round_trip_ms);
                }
                Action::Close { .. } => self.hang_up(number, gate),
                Action::FetchContent { hash } => {
                    self.fetching.push((now_ms + 2.0 * round_trip_ms + 1.0, hash));
                }
            }
        }
        while let Some(event) = self.client.poll_event() {
            if let ClientEvent::Joined { player, .. } = event {
                self.player = Some(player);
            }
            self.events.push(event);
        }
    }

    fn hang_up(&mut self, number: usize, gate: &mut Gate) {
        self.socket = Socket::None;
        self.line.clear();
        self.unheard.clear();
        gate.lost(number);
    }
}
