//! What comes from the peer: decoded, limited, and passed on to the room.

use bytes::Bytes;
use protocol::{ClientMessage, CloseCode, DecodeError, Encoding, ErrorCode, ServerMessage, codec, limits};
use sim::PlayerInput;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::heartbeat;
use super::rate_limit::{RateLimit, Repeats, Verdict};
use crate::lobby::Lobby;
use crate::metrics;
use crate::release::ReleaseReport;
use crate::room::{RoomEvent, Sender};
use crate::storage::Sanction;
use crate::transport::Incoming;

/// The receiving side of a session.
pub struct Inbound {
    from: Sender,
    inbox: mpsc::Sender<RoomEvent>,
    encoding: Encoding,
    lobby: Lobby,
    limit: RateLimit,
    repeats: Repeats,
    /// Of its new resume token, until the peer has shown that it got it.
    unconfirmed: Option<[u8; 32]>,
}

/// What the session does after a message.
#[derive(Debug)]
pub enum Step {
    /// Nothing.
    Go,
    /// Say this at once.
    Answer(Box<ServerMessage>),
    /// End the connection.
    Close(CloseCode),
    /// The player left for good.
    Left,
}

impl Inbound {
    /// Passes messages of `from` on to `inbox`.
    #[must_use]
    pub fn new(
        from: Sender,
        inbox: mpsc::Sender<RoomEvent>,
        encoding: Encoding,
        lobby: Lobby,
        unconfirmed: Option<[u8; 32]>,
    ) -> Self {
        Self {
            from,
            inbox,
            encoding,
            lobby,
            limit: RateLimit::new(),
            repeats: Repeats::default(),
            unconfirmed,
        }
    }

    /// Takes whatever came.
    pub async fn handle(&mut self, incoming: Incoming) -> Step {
        if !self.limit.message() {
            return self.offence(ErrorCode::RateLimited, "too many messages; this one was dropped");
        }
        match incoming {
            Incoming::Alive => Step::Go,
            Incoming::WrongKind => {
                self.offence(ErrorCode::BadMessage, "this subprotocol takes messages of the other kind")
            }
            Incoming::Message(bytes) => self.message(&bytes).await,
        }
    }

    async fn message(&mut self, bytes: &Bytes) -> Step {
        metrics::received(bytes.len());
        let message = match codec::decode_client(bytes, self.encoding) {
            Ok(message) => message,
            Err(error) => return self.offence(error_code(&error), &error.to_string()),
        };
        if let Some(token_hash) = self.unconfirmed.take() {
            self.confirm_token(token_hash).await;
        }
        let from = self.from;
        let event = match message {
            ClientMessage::Move { seq, tick, dir } => {
                RoomEvent::Input { from, seq, tick, input: PlayerInput::moving(dir) }
            }
            ClientMessage::Attack { seq, tick, aim, seen } => {
                let input = PlayerInput { seen, ..PlayerInput::striking(aim) };
                RoomEvent::Input { from, seq, tick, input }
            }
            ClientMessage::Dash { seq, tick } => {
                RoomEvent::Input { from, seq, tick, input: PlayerInput::dashing() }
            }
            ClientMessage::Vote { id, option } => RoomEvent::Vote { from, id, option },
            ClientMessage::Resync => RoomEvent::Resync { from },
            ClientMessage::Bye => return Step::Left,
            ClientMessage::Heartbeat { t, rtt, ahead } => return self.heartbeat(t, rtt, ahead).await,
            ClientMessage::Chat { text } => match self.chat(&text) {
                Ok(event) => event,
                Err(step) => return step,
            },
            ClientMessage::AckUpdate { release, ok, error, ms, stage, card } => {
                let error = error.map(|text| limits::clean_text(&text, limits::MAX_ACK_ERROR_CHARS));
                let player = from.player;
                if let Some(card) = card.filter(|_| !ok) {
                    // The release is not to blame.
                    let card = limits::clean_text(&card, limits::MAX_NAME_CHARS);
                    tracing::warn!(%player, release, card, error, "a client cannot play a card");
                    return Step::Go;
                }
                self.lobby.report(ReleaseReport::Ack { player, release, ok, error, ms, stage });
                return Step::Go;
            }
            ClientMessage::VoteKick { player } => RoomEvent::VoteKick { from, target: player },
            ClientMessage::AnswerKick { id, yes } => RoomEvent::AnswerKick { from, id, yes },
            ClientMessage::Hello(_) => {
                return self.offence(ErrorCode::BadHandshake, "hello comes only once");
            }
        };
        self.pass_on(event).await
    }

    async fn heartbeat(&mut self, t: f64, rtt: Option<f32>, ahead: Option<u8>) -> Step {
        // The room learns from it that the player is there, and its round trip for the operator.
        let rtt_ms = rtt.filter(|ms| (0.0..60_000.0).contains(ms)).unwrap_or(0.0);
        let event = RoomEvent::RoundTrip { from: self.from, rtt_ms, ahead: ahead.unwrap_or(0) };
        if let close @ Step::Close(_) = self.pass_on(event).await {
            return close;
        }
        Step::Answer(Box::new(heartbeat::acknowledge(self.lobby.clock(), t)))
    }

    fn chat(&mut self, text: &str) -> Result<RoomEvent, Step> {
        let text = limits::clean_text(text, limits::MAX_CHAT_CHARS);
        if text.is_empty() {
            return Err(Step::Go);
        }
        let moderation = self.lobby.moderation();
        if let Some(mute) = moderation.mute_of(self.from.player) {
            let message = format!("you are muted {}", until(&mute, crate::unix_ms()));
            return Err(self.offence(ErrorCode::Muted, &message));
        }
        let words = moderation.words();
        if !self.limit.chat() {
            return Err(self.offence(ErrorCode::RateLimited, "too many lines of chat; wait a few seconds"));
        }
        if self.repeats.is_one_too_many(&text, Instant::now()) {
            return Err(self.offence(ErrorCode::RateLimited, "you have said that already"));
        }
        Ok(RoomEvent::Chat { from: self.from, text: words.mask(&text).into_owned() })
    }

    async fn pass_on(&self, event: RoomEvent) -> Step {
        match self.inbox.send(event).await {
            Ok(()) => Step::Go,
            // The room is gone; the outbox says why, but a room that crashed says nothing.
            Err(_) => Step::Close(CloseCode::Internal),
        }
    }

    fn offence(&self, code: ErrorCode, message: &str) -> Step {
        match self.limit.offence() {
            Verdict::Warn => {
                Step::Answer(Box::new(ServerMessage::Error { code, message: message.to_owned() }))
            }
            Verdict::Close => Step::Close(CloseCode::RateLimited),
        }
    }

    /// The peer has its new token: the one before is of no use to anybody once this is stored.
    async fn confirm_token(&self, token_hash: [u8; 32]) {
        let player = self.from.player;
        if let Err(error) = self.lobby.store().confirm_token(player, token_hash).await {
            tracing::error!(%player, "a used resume token could not be retired: {error}");
        }
    }
}

/// Until when somebody is muted, for people. Clocks differ, so it says how long that still is, too.
fn until(mute: &Sanction, now_ms: u64) -> String {
    let Some((seconds, until_ms)) = mute.seconds_left(now_ms).zip(mute.until_ms) else {
        return "until an operator lifts it".to_owned();
    };
    let (minutes, time) = (seconds.div_ceil(60), until_ms / 60_000 % 1_440);
    match minutes {
        ..=1 => "for a minute".to_owned(),
        2..=1_440 => format!("for {minutes} minutes, until {:02}:{:02} UTC", time / 60, time % 60),
        _ => format!("for {} days", minutes.div_ceil(1_440)),
    }
}

/// What to tell a peer about bytes that are no message.
pub(super) fn error_code(error: &DecodeError) -> ErrorCode {
    match error {
        DecodeError::UnknownType(_) => ErrorCode::UnknownType,
        DecodeError::TooBig { .. } | DecodeError::Malformed(_) => ErrorCode::BadMessage,
    }
}
