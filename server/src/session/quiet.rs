//! Listening to somebody who has no player: who waits in line, or only watches. What such a one may say concerns its
//! connection only.

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use protocol::{ClientMessage, CloseCode, ErrorCode, ServerMessage, codec};

use super::heartbeat::{self, Heartbeat, Pulse};
use super::outbound::Outbound;
use super::rate_limit::{RateLimit, Verdict};
use super::{Peer, inbound};
use crate::lobby::Lobby;
use crate::metrics;
use crate::transport::{Incoming, TransportError};

/// Somebody without a player.
pub(super) struct Quiet {
    peer: Peer,
    lobby: Lobby,
    limit: RateLimit,
    heartbeat: Heartbeat,
    /// Said once to who wants to act all the same.
    rebuke: Option<&'static str>,
}

/// What it said that concerns others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It missed something.
    Resync,
    /// Goodbye.
    Bye,
}

enum Step {
    Nothing,
    Answer(Box<ServerMessage>),
    Said(Said),
    Close(CloseCode),
}

impl Quiet {
    /// Whoever wants to act is told `rebuke`, if there is one.
    pub(super) fn new(peer: Peer, lobby: &Lobby, rebuke: Option<&'static str>) -> Self {
        Self { peer, lobby: lobby.clone(), limit: RateLimit::new(), heartbeat: Heartbeat::start(), rebuke }
    }

    /// Keeps the connection up until it says something of interest. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub(super) async fn listen(
        &mut self,
        stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
        outbound: &Outbound,
    ) -> Result<Said, Option<CloseCode>> {
        loop {
            tokio::select! {
                incoming = stream.next() => {
                    self.heartbeat.heard();
                    let incoming = match incoming {
                        None | Some(Err(TransportError::Broken(_))) => return Err(None),
                        Some(Err(TransportError::Refused(code))) => return Err(Some(code)),
                        Some(Ok(incoming)) => incoming,
                    };
                    match self.handle(incoming) {
                        Step::Nothing => {}
                        Step::Answer(message) => outbound.send(&message).await?,
                        Step::Said(said) => return Ok(said),
                        Step::Close(code) => return Err(Some(code)),
                    }
                }
                code = outbound.drive() => return Err(code),
                pulse = self.heartbeat.next() => match pulse {
                    Pulse::Ask => outbound.ping().await?,
                    Pulse::Dead => return Err(Some(CloseCode::HeartbeatTimeout)),
                },
            }
        }
    }

    fn handle(&mut self, incoming: Incoming) -> Step {
        if !self.limit.message() {
            return self.offence(ErrorCode::RateLimited, "too many messages; this one was dropped");
        }
        match incoming {
            Incoming::Alive => Step::Nothing,
            Incoming::WrongKind => {
                self.offence(ErrorCode::BadMessage, "this subprotocol takes messages of the other kind")
            }
            Incoming::Message(bytes) => self.message(&bytes),
        }
    }

    fn message(&mut self, bytes: &Bytes) -> Step {
        metrics::received(bytes.len());
        match codec::decode_client(bytes, self.peer.encoding) {
            Ok(ClientMessage::Heartbeat { t, .. }) => {
                Step::Answer(Box::new(heartbeat::acknowledge(self.lobby.clock(), t)))
            }
            Ok(ClientMessage::Resync) => Step::Said(Said::Resync),
            Ok(ClientMessage::Bye) => Step::Said(Said::Bye),
            Ok(ClientMessage::Hello(_)) => self.offence(ErrorCode::BadHandshake, "hello comes only once"),
            Ok(ClientMessage::AckUpdate { .. }) => Step::Nothing,
            Ok(
                ClientMessage::Move { .. }
                | ClientMessage::Attack { .. }
                | ClientMessage::Dash { .. }
                | ClientMessage::Chat { .. }
                | ClientMessage::Vote { .. }
                | ClientMessage::VoteKick { .. }
                | ClientMessage::AnswerKick { .. },
            ) => match self.rebuke.take() {
                Some(rebuke) => {
                    let message = rebuke.to_owned();
                    Step::Answer(Box::new(ServerMessage::Error { code: ErrorCode::Watching, message }))
                }
                None => Step::Nothing,
            },
            Err(error) => self.offence(inbound::error_code(&error), &error.to_string()),
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
}
