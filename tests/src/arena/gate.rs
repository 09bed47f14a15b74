//! The server's side: the real room, and what a session does between it and a connection.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use client_core::protocol::{ClientMessage, CloseCode, Encoding, Hello, ServerMessage, codec};
use client_core::sim::{PlayerId, PlayerInput};
use server::room::{Join, Offer, Outbox, Parcel, Room, RoomEvent, Sender, SessionId};

/// What the room handed to a connection and nobody has sent yet.
#[derive(Debug, Default)]
struct Mail {
    messages: Vec<Vec<u8>>,
    closed: Option<CloseCode>,
}

#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Mail>>);

impl Mailbox {
    fn with<T>(&self, open: impl FnOnce(&mut Mail) -> T) -> T {
        open(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Outbox for Mailbox {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        self.with(|mail| mail.messages.extend(parcel.iter().map(<[u8]>::to_vec)));
        Offer::Taken
    }

    fn close(self: Box<Self>, code: CloseCode) {
        self.with(|mail| mail.closed = Some(code));
    }
}

struct Session {
    from: Sender,
    mailbox: Mailbox,
}

/// The room and its connections, one at most for each seat.
pub struct Gate {
    /// The real thing.
    pub room: Room,
    pub(super) tick_ms: f64,
    ahead_ms: f64,
    inbox: Vec<RoomEvent>,
    sessions: BTreeMap<usize, Session>,
    tokens: BTreeMap<String, PlayerId>,
    next_player: u32,
    next_session: u64,
    /// Ticks do not happen before this: the server is busy or asleep.
    pub asleep_until_ms: f64,
    /// Inputs that reached the room after their tick.
    pub late_inputs: u64,
    /// Inputs that reached the room.
    pub inputs: u64,
}

impl Gate {
    pub(super) fn new(room: Room, tick_ms: f64, ahead_ms: f64) -> Self {
        Self {
            room,
            tick_ms,
            ahead_ms,
            inbox: Vec::new(),
            sessions: BTreeMap::new(),
            tokens: BTreeMap::new(),
            next_player: 1,
            next_session: 1,
            asleep_until_ms: 0.0,
            late_inputs: 0,
            inputs: 0,
        }
    }

    /// The server's clock.
    pub(super) fn clock_ms(&self, now_ms: f64) -> f64 {
        now_ms + self.ahead_ms
    }

    /// Plays the ticks that are due, as the room's driver does.
    pub(super) fn advance(&mut self, now_ms: f64) {
        if now_ms < self.asleep_until_ms {
            return;
        }
        while self.clock_ms(now_ms) >= f64::from(self.room.tick().plus(1).0) * self.tick_ms {
            for event in self.inbox.drain(..) {
                self.room.handle_event(event);
            }
            self.room.play_tick();
        }
    }

    /// A message of the client in a seat has arrived; returns what is answered at once.
    pub(super) fn hear(
        &mut self,
        now_ms: f64,
        seat: usize,
        encoding: Encoding,
        bytes: &[u8],
    ) -> Vec<Vec<u8>> {
        let message = codec::decode_client(bytes, encoding).expect("the client speaks the protocol");
        let (seq, tick, input) = match message {
            ClientMessage::Hello(hello) => return self.welcome(seat, encoding, hello),
            message => {
                let Some(session) = self.sessions.get(&seat) else { return Vec::new() };
                let from = session.from;
                match message {
                    ClientMessage::Move { seq, tick, dir } => (seq, tick, PlayerInput::moving(dir)),
                    ClientMessage::Attack { seq, tick, aim, seen } => {
                        (seq, tick, PlayerInput { seen, ..PlayerInput::striking(aim) })
                    }
                    ClientMessage::Dash { seq, tick } => (seq, tick, PlayerInput::dashing()),
                    ClientMessage::Heartbeat { t, rtt, ahead } => {
                        let (rtt_ms, ahead) = (rtt.unwrap_or(0.0), ahead.unwrap_or(0));
                        self.inbox.push(RoomEvent::RoundTrip { from, rtt_ms, ahead });
                        let ack = ServerMessage::HeartbeatAck {
                            t,
                            tick: self.room.tick(),
                            server_time: self.clock_ms(now_ms),
                        };
                        return vec![codec::encode_server(&ack, encoding)];
                    }
                    ClientMessage::Resync => {
                        self.inbox.push(RoomEvent::Resync { from });
                        return Vec::new();
                    }
                    ClientMessage::Bye => {
                        self.inbox.push(RoomEvent::Leave { from });
                        return Vec::new();
                    }
                    ClientMessage::Chat { text } => {
                        self.inbox.push(RoomEvent::Chat { from, text });
                        return Vec::new();
                    }
                    ClientMessage::Vote { id, option } => {
                        self.inbox.push(RoomEvent::Vote { from, id, option });
                        return Vec::new();
                    }
                    ClientMessage::VoteKick { player } => {
                        self.inbox.push(RoomEvent::VoteKick { from, target: player });
                        return Vec::new();
                    }
                    ClientMessage::AnswerKick { id, yes } => {
                        self.inbox.push(RoomEvent::AnswerKick { from, id, yes });
                        return Vec::new();
                    }
                    ClientMessage::AckUpdate { .. } | ClientMessage::Hello(_) => return Vec::new(),
                }
            }
        };
        self.inputs += 1;
        self.late_inputs += u64::from(tick.is_some_and(|tick| tick <= self.room.tick()));
        let from = self.sessions[&seat].from;
        self.inbox.push(RoomEvent::Input { from, seq, tick, input });
        Vec::new()
    }

    /// What the room has sent to a seat since the last call, and the code if it has ended the connection.
    pub(super) fn mail(&mut self, seat: usize) -> (Vec<Vec<u8>>, Option<CloseCode>) {
        let Some(session) = self.sessions.get(&seat) else { return (Vec::new(), None) };
        session.mailbox.with(|mail| (std::mem::take(&mut mail.messages), mail.closed.take()))
    }

    /// The connection of a seat is gone, and the server noticed.
    pub(super) fn lost(&mut self, seat: usize) {
        if let Some(session) = self.sessions.remove(&seat) {
            self.inbox.push(RoomEvent::Lost { from: session.from });
        }
    }

    /// Lets a player in, or in again. Sessions wait for the room's answer, which comes with its next tick; here the
    /// room is asked between two ticks.
    fn welcome(&mut self, seat: usize, encoding: Encoding, hello: Hello) -> Vec<Vec<u8>> {
        self.lost(seat);
        let known = hello.resume.and_then(|token| self.tokens.remove(&token));
        let player = known.unwrap_or_else(|| {
            self.next_player += 1;
            PlayerId(self.next_player - 1)
        });
        let resume = format!("token-{}", self.next_session);
        self.tokens.insert(resume.clone(), player);
        let from = Sender { player, session: SessionId(self.next_session) };
        self.next_session += 1;
        let mailbox = Mailbox::default();
        let welcome = Arc::new(Mutex::new(None));
        let answer = Arc::clone(&welcome);
        let join = Join {
            from,
            name: hello.name,
            skin: hello.skin.filter(|skin| *skin < client_core::protocol::limits::SKINS),
            resume,
            saved: None,
            encoding,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
            outbox: Box::new(mailbox.clone()),
        };
        for event in self.inbox.drain(..) {
            self.room.handle_event(event);
        }
        let reply = Box::new(move |welcome| {
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(welcome);
        });
        self.room.handle_event(RoomEvent::Join { join: Box::new(join), reply });
        self.sessions.insert(seat, Session { from, mailbox });
        let welcome = welcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        let message = ServerMessage::Welcome(welcome.expect("the room answers at once"));
        vec![codec::encode_server(&message, encoding)]
    }
}
