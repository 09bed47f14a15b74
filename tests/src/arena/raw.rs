//! A connection without a client: says whatever a test wants, also what no honest client says.

use client_core::protocol::{
    ClientMessage, Encoding, ErrorCode, Hello, PROTOCOL_VERSION, ServerMessage, codec,
};
use client_core::sim::{PlayerId, Seq, Tick, Vec2};

use super::Arena;

/// Raw seats count from here, so that they never share a number with a [`Seat`](super::Seat).
const FIRST_NUMBER: usize = 1_000;

/// A player whose messages are made by hand; they arrive at once.
pub struct RawSeat {
    /// Who it is.
    pub player: PlayerId,
    /// The sequence number of its last input.
    pub seq: u32,
    /// Everything that it was told since somebody took it out; packed snapshots are left out.
    pub heard: Vec<ServerMessage>,
    /// Its secret to come back.
    resume: String,
    number: usize,
    encoding: Encoding,
}

impl RawSeat {
    /// Lets in a player who speaks JSON.
    ///
    /// # Panics
    /// When the room does not answer.
    pub fn sit(arena: &mut Arena) -> Self {
        Self::sit_with(arena, Encoding::Json)
    }

    /// The same in another encoding: JSON cannot say everything that is wrong.
    ///
    /// # Panics
    /// When the room does not answer.
    pub fn sit_with(arena: &mut Arena, encoding: Encoding) -> Self {
        arena.raw_seats += 1;
        let number = FIRST_NUMBER + arena.raw_seats;
        let mut seat =
            Self { player: PlayerId(0), seq: 0, heard: Vec::new(), resume: String::new(), number, encoding };
        seat.hello(arena, None);
        // Whoever never says a word has no place that is kept.
        seat.beat(arena, None);
        seat
    }

    /// The connection is cut.
    pub fn cut(&mut self, arena: &mut Arena) {
        arena.gate.lost(self.number);
    }

    /// Comes back as the same player, through a new connection.
    pub fn come_back(&mut self, arena: &mut Arena) {
        let token = std::mem::take(&mut self.resume);
        self.hello(arena, Some(token));
    }

    /// Says anything; what is answered is in [`RawSeat::heard`].
    pub fn say(&mut self, arena: &mut Arena, message: &ClientMessage) {
        let bytes = codec::encode_client(message, self.encoding);
        for answer in arena.gate.hear(arena.now_ms, self.number, self.encoding, &bytes) {
            self.take(&answer);
        }
    }

    /// Wants to run there from a tick on; the next one when there is none.
    pub fn run(&mut self, arena: &mut Arena, tick: Option<Tick>, dir: Vec2) {
        let seq = self.next_seq();
        self.say(arena, &ClientMessage::Move { seq, tick, dir });
    }

    /// Wants to strike at what it says it saw.
    pub fn strike(&mut self, arena: &mut Arena, tick: Option<Tick>, seen: Option<f64>) {
        let seq = self.next_seq();
        self.say(arena, &ClientMessage::Attack { seq, tick, aim: None, seen });
    }

    /// Wants to dash.
    pub fn dash(&mut self, arena: &mut Arena, tick: Option<Tick>) {
        let seq = self.next_seq();
        self.say(arena, &ClientMessage::Dash { seq, tick });
    }

    /// Says that it is there, and how far it is ahead.
    pub fn beat(&mut self, arena: &mut Arena, ahead: Option<u8>) {
        self.say(arena, &ClientMessage::Heartbeat { t: 0.0, rtt: None, ahead });
    }

    /// Reads what the room has sent.
    pub fn listen(&mut self, arena: &mut Arena) {
        for message in arena.gate.mail(self.number).0 {
            self.take(&message);
        }
    }

    /// How many errors of a kind it was told of.
    #[must_use]
    pub fn errors(&self, wanted: ErrorCode) -> usize {
        let is_wanted = |message: &&ServerMessage| matches!(message, ServerMessage::Error { code, .. } if *code == wanted);
        self.heard.iter().filter(is_wanted).count()
    }

    fn hello(&mut self, arena: &mut Arena, resume: Option<String>) {
        let name = format!("Raw {}", self.number);
        let hello = Hello { protocol: PROTOCOL_VERSION, name, resume, ..Hello::default() };
        self.seq = 0;
        self.say(arena, &ClientMessage::Hello(hello));
        let welcome = self.heard.iter().rev().find_map(|message| match message {
            ServerMessage::Welcome(welcome) => Some(welcome.clone()),
            _ => None,
        });
        let welcome = welcome.expect("the room lets everybody in");
        (self.player, self.resume) = (welcome.player, welcome.resume);
    }

    fn next_seq(&mut self) -> Seq {
        self.seq += 1;
        Seq(self.seq)
    }

    fn take(&mut self, bytes: &[u8]) {
        // Packed snapshots are for clients, who remember the last one.
        if self.encoding == Encoding::Binary && codec::snapshot_tick(bytes).is_some() {
            return;
        }
        let messages = codec::decode_messages(bytes, self.encoding);
        self.heard.extend(messages.expect("the server speaks the protocol"));
    }
}
