//! The line to the server: a WebSocket, or long polling where none gets through, and the bad network that may be laid over it.
//!
//! Over a clear network everything goes straight through. Otherwise both directions pass a [`Conditioner`], and what
//! has arrived is taken out with [`Line::poll`]: at every frame, at every message, and every few milliseconds in
//! between while something is under way, so that a delay is not rounded up to whole frames.

use client_core::conditioner::Direction;
use client_core::{Conditioner, Conditions};
use gloo_timers::callback::Interval;

use crate::inbox::{Inbox, Wake};
use crate::net::{Negotiation, News, Socket};
use crate::polling::Polling;

/// Between two looks at what is under way, milliseconds: browsers do not run timers more often than this.
const LOOK_MS: u32 = 4;

/// A WebSocket that breaks before this after it was opened has been of no use, milliseconds.
const USEFUL_MS: f64 = 3_000.0;
/// WebSockets that were of no use, one after the other, before polling is tried: on a page that had none yet, and on one where
/// they work, and more likely the server is away.
const USELESS: (u32, u32) = (2, 6);

/// What browsers report of a connection that ended without a close frame (RFC 6455, section 7.1.5).
const BROKEN: u16 = 1006;

/// The line.
pub(crate) struct Line {
    inbox: Inbox,
    socket: Option<Connection>,
    next_serial: u32,
    negotiation: Negotiation,
    /// When the connection was opened, if it was.
    opened_ms: Option<f64>,
    /// Connections in a row that were of no use.
    useless: u32,
    /// A WebSocket was of use on this page.
    worked: bool,
    network: Conditioner<News>,
    stalled_until_ms: f64,
    timer: Option<Interval>,
}

/// One way or the other.
enum Connection {
    Socket(Socket),
    Polling(Polling),
}

impl Connection {
    fn serial(&self) -> u32 {
        match self {
            Self::Socket(socket) => socket.serial(),
            Self::Polling(polling) => polling.serial(),
        }
    }

    fn send(&self, bytes: &[u8]) {
        match self {
            Self::Socket(socket) => socket.send(bytes),
            Self::Polling(polling) => polling.send(bytes),
        }
    }

    fn close(&self, code: u16) {
        match self {
            Self::Socket(socket) => socket.close(code),
            Self::Polling(polling) => polling.close(),
        }
    }

    fn abandon(&self) {
        match self {
            Self::Socket(socket) => socket.abandon(),
            Self::Polling(polling) => polling.abandon(),
        }
    }
}

impl Line {
    /// No socket yet, over a network like this; `seed` decides all chance in it.
    pub(crate) fn new(inbox: Inbox, conditions: Conditions, seed: u64) -> Self {
        let mut network = Conditioner::new(seed);
        network.set(conditions);
        Self {
            inbox,
            socket: None,
            next_serial: 0,
            negotiation: Negotiation::default(),
            opened_ms: None,
            useless: 0,
            worked: false,
            network,
            stalled_until_ms: 0.0,
            timer: None,
        }
    }

    /// What the network is like.
    pub(crate) fn conditions(&self) -> Conditions {
        self.network.conditions()
    }

    /// From now on the network is like this.
    pub(crate) fn set_conditions(&mut self, conditions: Conditions) {
        self.stalled_until_ms = 0.0;
        self.network.set(conditions);
    }

    /// Nothing gets through for so long, both ways.
    pub(crate) fn stall(&mut self, now_ms: f64, ms: f64) {
        self.stalled_until_ms = self.stalled_until_ms.max(now_ms + ms);
        self.network.stall(now_ms, ms);
    }

    /// Begins to connect, dropping any earlier socket; false when the browser refuses.
    pub(crate) fn open(&mut self, url: &str, code: u16) -> bool {
        if let Some(old) = self.drop_socket() {
            old.close(code);
        }
        self.next_serial += 1;
        self.opened_ms = None;
        self.socket = if self.useless >= if self.worked { USELESS.1 } else { USELESS.0 } {
            Some(Connection::Polling(Polling::open(url, self.next_serial, &self.inbox)))
        } else {
            Socket::open(url, self.negotiation, self.next_serial, &self.inbox).ok().map(Connection::Socket)
        };
        self.socket.is_some()
    }

    /// No WebSocket gets through; it goes on over long polling.
    pub(crate) fn polls(&self) -> bool {
        matches!(self.socket, Some(Connection::Polling(_)))
    }

    /// A WebSocket works after all: lets go of the polling, unless that is over already, so that the next connection is one.
    pub(crate) fn back_to_websocket(&mut self, serial: u32) -> Option<News> {
        self.socket.as_ref().filter(|socket| socket.serial() == serial)?;
        self.useless = 0;
        self.cut().then_some(News::Closed(None))
    }

    /// Closes the connection. What was sent before that still goes out.
    pub(crate) fn close(&mut self, code: u16) {
        self.send_due(f64::INFINITY);
        if let Some(socket) = self.drop_socket() {
            socket.close(code);
        }
    }

    /// Cuts the connection as a dead network does: what is under way is lost, and nobody says goodbye. Says whether there
    /// was a connection.
    pub(crate) fn cut(&mut self) -> bool {
        let socket = self.drop_socket();
        if let Some(socket) = &socket {
            socket.abandon();
        }
        socket.is_some()
    }

    /// Sends one message.
    pub(crate) fn send(&mut self, now_ms: f64, bytes: Vec<u8>) {
        if self.is_clear(now_ms) {
            if let Some(socket) = &self.socket {
                socket.send(&bytes);
            }
            return;
        }
        self.network.put(now_ms, Direction::Up, News::Message(bytes));
        self.send_due(now_ms);
    }

    /// A socket told something; gives it back if it arrives at once. What sockets of the past say no longer matters.
    pub(crate) fn receive(&mut self, now_ms: f64, serial: u32, news: News) -> Option<News> {
        if self.socket.as_ref().is_none_or(|socket| socket.serial() != serial) {
            return None;
        }
        if matches!(news, News::Opened) {
            self.opened_ms = Some(now_ms);
        }
        if self.is_clear(now_ms) {
            return Some(self.arrived(news, now_ms));
        }
        self.network.put(now_ms, Direction::Down, news);
        None
    }

    /// The next thing that has arrived by now. Sends what is due, too.
    pub(crate) fn poll(&mut self, now_ms: f64) -> Option<News> {
        if self.is_clear(now_ms) {
            return None;
        }
        // Also without a socket, or the next one would suffer for all the time that there was none.
        let cut = self.network.advance(now_ms);
        if cut && self.cut() {
            return Some(News::Closed(None));
        }
        self.send_due(now_ms);
        let (_, news) = self.network.take(now_ms, Direction::Down)?;
        Some(self.arrived(news, now_ms))
    }

    /// Sees to it that somebody looks again while something is under way.
    pub(crate) fn keep_time(&mut self) {
        if !self.network.is_busy() {
            self.timer = None;
        } else if self.timer.is_none() {
            let inbox = self.inbox.clone();
            self.timer = Some(Interval::new(LOOK_MS, move || inbox.post(Wake::LineDue)));
        }
    }

    /// Nothing needs to be held back.
    fn is_clear(&self, now_ms: f64) -> bool {
        self.network.conditions().is_clear() && !self.network.is_busy() && now_ms >= self.stalled_until_ms
    }

    fn send_due(&mut self, now_ms: f64) {
        while let Some((_, news)) = self.network.take(now_ms, Direction::Up) {
            if let (News::Message(bytes), Some(socket)) = (news, &self.socket) {
                socket.send(&bytes);
            }
        }
    }

    fn arrived(&mut self, news: News, now_ms: f64) -> News {
        if let News::Closed(code) = news {
            self.judge(code, now_ms);
            self.drop_socket();
        }
        news
    }

    /// Learns from the end of a connection how to open the next one.
    fn judge(&mut self, code: Option<u16>, now_ms: f64) {
        let told_to_go = code.is_some_and(|code| code != BROKEN);
        let useful = self.opened_ms.is_some_and(|opened| told_to_go || now_ms - opened >= USEFUL_MS);
        if self.polls() {
            // Not even that works: the server is away, and may come back with both.
            self.useless = if useful { self.useless } else { 0 };
            return;
        }
        if self.opened_ms.is_none() {
            self.negotiation = self.negotiation.other();
        }
        self.worked |= useful;
        self.useless = if useful { 0 } else { self.useless + 1 };
    }

    fn drop_socket(&mut self) -> Option<Connection> {
        self.stalled_until_ms = 0.0;
        self.network.clear();
        self.socket.take()
    }
}
