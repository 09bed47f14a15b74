//! How one player of a crowd talks with a kind of server: the seam at which other servers are measured in the same way.

use super::frame::{BINARY, Frame, TEXT, write_frame};
use super::http::Answer;
use super::tally::Tally;
use crate::system::Moment;

/// One player's side of a conversation. Does no I/O: it is handed what comes and writes what is to be sent.
pub trait Dialect: Send {
    /// What to say over a fresh connection, with the server's answer to what was said before.
    fn open(&mut self, answer: Option<&Answer>) -> Opening;

    /// The WebSocket is open.
    fn opened(&mut self, now: Moment, out: &mut Outbox);

    /// How many bytes from the beginning of a frame are ever looked at; of a frame in pieces the rest is not kept.
    fn wanted(&self) -> usize {
        usize::MAX
    }

    /// A message came.
    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, out: &mut Outbox);

    /// It is this player's turn, as planned for `intended`; called only between being let in and leaving.
    fn play(&mut self, intended: Moment, out: &mut Outbox);

    /// Say goodbye; a close frame follows.
    fn leave(&mut self, _out: &mut Outbox) {}
}

/// What comes first on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Send this in JSON with POST, and ask again with the answer.
    Post {
        /// Path of the request.
        path: String,
        /// Its body.
        json: String,
    },
    /// Turn the connection into a WebSocket.
    Upgrade {
        /// Path of the WebSocket.
        path: String,
        /// The subprotocol to offer.
        subprotocol: Option<&'static str>,
    },
    /// The server does not want us.
    Refused(String),
}

/// Messages on their way to the server.
#[derive(Debug, Default)]
pub struct Outbox {
    pub(super) bytes: Vec<u8>,
    pub(super) messages: u64,
    key: u32,
}

impl Outbox {
    pub(super) fn new(seed: u32) -> Self {
        Self { key: seed, ..Self::default() }
    }

    /// Sends bytes.
    pub fn binary(&mut self, payload: &[u8]) {
        self.message(BINARY, payload);
    }

    /// Sends text.
    pub fn text(&mut self, payload: &[u8]) {
        self.message(TEXT, payload);
    }

    fn message(&mut self, opcode: u8, payload: &[u8]) {
        self.messages += 1;
        self.frame(opcode, payload);
    }

    /// Masks differ from frame to frame, so that a server cannot be lucky; they need not be secret here.
    pub(super) fn frame(&mut self, opcode: u8, payload: &[u8]) {
        self.key = self.key.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        write_frame(&mut self.bytes, opcode, payload, self.key.to_be_bytes());
    }
}

/// What a player makes of a message.
pub struct News<'a> {
    /// When it was read.
    pub now: Moment,
    pub(super) tally: &'a mut Tally,
    pub(super) joined: bool,
    pub(super) in_fight: bool,
    pub(super) refused: Option<String>,
}

impl News<'_> {
    /// The player was let in.
    pub fn joined(&mut self) {
        self.joined = true;
    }

    /// The message is a state of the fight that was meant for `begun`, with so many positions; when nobody can know them
    /// without decoding it, they are 0 and taken from the samples.
    pub fn state(&mut self, begun: Option<Moment>, positions: u64) {
        self.in_fight = true;
        self.tally.states += 1;
        self.tally.updates += positions;
        if let Some(begun) = begun {
            self.tally.ages.record(self.now.since(begun));
        }
    }

    /// The server left out the state that was meant for `begun`: nobody knew better until now.
    pub fn skipped(&mut self, begun: Option<Moment>) {
        self.tally.skipped += 1;
        if let Some(begun) = begun {
            self.tally.ages.record(self.now.since(begun));
        }
    }

    /// The server complained, but goes on.
    pub fn complaint(&mut self, what: &str) {
        self.tally.error(what);
    }

    /// The server will not let the player in, or goes on without it.
    pub fn refused(&mut self, why: String) {
        self.refused = Some(why);
    }
}
