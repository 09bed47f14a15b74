//! One socket of a crowd: from the first packet to the last.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};

use super::dialect::{Dialect, News, Opening, Outbox};
use super::frame::{CLOSE, FrameReader, PING, PONG};
use super::http;
use super::tally::Tally;
use crate::system::Moment;

/// Bytes that may wait for a server that does not read.
const MAX_WAITING: usize = 256 * 1024;
/// Status of a close frame: we have done what we came for.
const NORMAL_CLOSE: [u8; 2] = 1_000_u16.to_be_bytes();

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not begun.
    Waiting,
    /// The network is asked for a connection.
    Connecting,
    /// HTTP is spoken.
    Opening,
    /// A WebSocket whose player is not let in yet.
    Joining,
    /// The player plays.
    Playing,
    /// We said goodbye.
    Leaving,
    /// Over.
    Gone,
}

/// One player and its socket.
pub(super) struct Connection {
    dialect: Box<dyn Dialect>,
    phase: Phase,
    stream: Option<TcpStream>,
    reader: FrameReader,
    out: Outbox,
    /// An answer of HTTP that is not complete.
    answer: Vec<u8>,
    /// When it was meant to begin.
    intended: Moment,
    in_fight: bool,
}

impl Connection {
    pub(super) fn new(dialect: Box<dyn Dialect>, seed: u32) -> Self {
        Self {
            dialect,
            phase: Phase::Waiting,
            stream: None,
            reader: FrameReader::default(),
            out: Outbox::new(seed),
            answer: Vec::new(),
            intended: Moment::default(),
            in_fight: false,
        }
    }

    /// Nothing more will come of it.
    pub(super) fn gone(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Gone)
    }

    /// Asks the network for a connection.
    pub(super) fn connect(
        &mut self,
        registry: &Registry,
        token: Token,
        address: SocketAddr,
        intended: Moment,
        tally: &mut Tally,
    ) {
        self.intended = intended;
        let begun = TcpStream::connect(address).and_then(|mut stream| {
            registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(stream)
        });
        match begun {
            Ok(stream) => {
                self.stream = Some(stream);
                self.phase = Phase::Connecting;
            }
            Err(error) => self.end(&error.to_string(), tally),
        }
    }

    /// Something can be done: does it.
    pub(super) fn ready(&mut self, event: &Event, host: &str, buffer: &mut [u8], tally: &mut Tally) {
        if event.is_writable() {
            if self.phase == Phase::Connecting && !self.connected(host, tally) {
                return;
            }
            self.flush(tally);
        }
        if event.is_readable() && !matches!(self.phase, Phase::Connecting) {
            self.read(event.is_read_closed(), host, buffer, tally);
            self.flush(tally);
        }
    }

    /// The player's turn.
    pub(super) fn play(&mut self, intended: Moment, tally: &mut Tally) -> bool {
        if self.phase != Phase::Playing {
            return false;
        }
        self.dialect.play(intended, &mut self.out);
        self.flush(tally);
        true
    }

    /// Says goodbye; the server closes.
    pub(super) fn leave(&mut self, tally: &mut Tally) {
        match self.phase {
            Phase::Joining | Phase::Playing => {
                if self.phase == Phase::Playing {
                    self.dialect.leave(&mut self.out);
                }
                self.out.frame(CLOSE, &NORMAL_CLOSE);
                self.phase = Phase::Leaving;
                self.flush(tally);
            }
            Phase::Waiting | Phase::Leaving => {}
            Phase::Connecting | Phase::Opening | Phase::Gone => self.drop_socket(),
        }
    }

    /// Leaves while the others stay: with a goodbye, or as if its network were gone.
    pub(super) fn part(&mut self, vanishes: bool, tally: &mut Tally) {
        tally.left += u64::from(self.phase == Phase::Playing);
        if vanishes { self.drop_socket() } else { self.leave(tally) }
    }

    /// Somebody else sits here from now on.
    pub(super) fn renew(&mut self, dialect: Box<dyn Dialect>) {
        self.drop_socket();
        self.dialect = dialect;
        self.reader = FrameReader::default();
        self.answer = Vec::new();
        self.in_fight = false;
        self.phase = Phase::Waiting;
    }

    /// True when the connection stands.
    fn connected(&mut self, host: &str, tally: &mut Tally) -> bool {
        let Some(stream) = &self.stream else { return false };
        match stream.take_error() {
            Ok(None) => {}
            Ok(Some(error)) | Err(error) => {
                self.end(&error.to_string(), tally);
                return false;
            }
        }
        if stream.peer_addr().is_err() {
            return false;
        }
        // Without it a move would wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        self.phase = Phase::Opening;
        self.open(None, host, tally);
        true
    }

    fn open(&mut self, answer: Option<&http::Answer>, host: &str, tally: &mut Tally) {
        match self.dialect.open(answer) {
            Opening::Post { path, json } => self.out.bytes.extend(http::post(host, &path, &json)),
            Opening::Upgrade { path, subprotocol } => {
                self.out.bytes.extend(http::upgrade(host, &path, subprotocol));
            }
            Opening::Refused(why) => self.end(&why, tally),
        }
    }

    fn read(&mut self, closed: bool, host: &str, buffer: &mut [u8], tally: &mut Tally) {
        while let Some(stream) = &mut self.stream {
            match stream.read(buffer) {
                Ok(0) => return self.end("closed by the server", tally),
                Ok(len) => {
                    tally.bytes_in += len as u64;
                    self.take(&buffer[..len], host, tally);
                    // A read that leaves room in the buffer has emptied the socket; epoll tells us when more comes.
                    if cfg!(target_os = "linux") && len < buffer.len() && !closed {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.end(&error.kind().to_string(), tally),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], host: &str, tally: &mut Tally) {
        if self.phase != Phase::Opening {
            return self.frames(bytes, tally);
        }
        self.answer.extend_from_slice(bytes);
        match http::read_answer(&self.answer) {
            Ok(None) => {}
            Ok(Some(answer)) if answer.upgraded => {
                let rest = self.answer.split_off(answer.len);
                self.answer = Vec::new();
                self.phase = Phase::Joining;
                self.dialect.opened(Moment::now(), &mut self.out);
                self.frames(&rest, tally);
            }
            Ok(Some(answer)) if answer.status == 200 => {
                self.answer.clear();
                self.open(Some(&answer), host, tally);
            }
            Ok(Some(answer)) => self.end(&format!("HTTP status {}", answer.status), tally),
            Err(error) => self.end(&error.to_string(), tally),
        }
    }

    fn frames(&mut self, bytes: &[u8], tally: &mut Tally) {
        let mut news = News { now: Moment::now(), tally, joined: false, in_fight: false, refused: None };
        let (dialect, out) = (&mut self.dialect, &mut self.out);
        let fed = self.reader.feed(bytes, dialect.wanted(), |frame| {
            news.tally.frames += 1;
            match frame.opcode {
                PING => out.frame(PONG, &frame.payload[..frame.len.min(125)]),
                PONG => {}
                _ => dialect.heard(&frame, &mut news, out),
            }
        });
        let News { now, joined, in_fight, refused, .. } = news;
        if joined && self.phase == Phase::Joining {
            self.phase = Phase::Playing;
            tally.joined += 1;
            tally.joining.record(now.since(self.intended));
        }
        if in_fight && !self.in_fight {
            self.in_fight = true;
            tally.in_fight += 1;
        }
        if let Err(error) = fed {
            self.end(&error.to_string(), tally);
        } else if let Some(why) = refused {
            self.end(&why, tally);
        }
    }

    fn flush(&mut self, tally: &mut Tally) {
        tally.sent += std::mem::take(&mut self.out.messages);
        if matches!(self.phase, Phase::Connecting) {
            return;
        }
        let mut written = 0;
        let error = loop {
            let Some(stream) = &mut self.stream else { break None };
            if written == self.out.bytes.len() {
                break None;
            }
            match stream.write(&self.out.bytes[written..]) {
                Ok(len) => written += len,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break None,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error.kind().to_string()),
            }
        };
        self.out.bytes.drain(..written);
        tally.bytes_out += written as u64;
        if let Some(error) = error {
            self.end(&error, tally);
        } else if self.out.bytes.len() > MAX_WAITING {
            self.end("the server does not read", tally);
        }
    }

    /// It is over; an error unless we had said goodbye.
    fn end(&mut self, why: &str, tally: &mut Tally) {
        if !matches!(self.phase, Phase::Leaving | Phase::Gone) {
            tally.lost += 1;
            tally.dropped += u64::from(self.in_fight);
            tally.error(why);
        }
        self.drop_socket();
    }

    fn drop_socket(&mut self) {
        self.stream = None;
        self.out.bytes = Vec::new();
        self.phase = Phase::Gone;
    }
}
