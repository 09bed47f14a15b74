//! One connection of one player, from `hello` to the close frame.
//!
//! A session is generic over its connection: it runs over any [`transport`](crate::transport). It reads what the peer
//! says; what the room says goes to the [`Line`] without it, and the session helps out when the connection is busy.

pub mod agent;
pub mod handshake;
pub mod heartbeat;
pub mod inbound;
pub mod outbound;
mod quiet;
pub mod rate_limit;
pub mod resume;
pub mod slot;
mod waiting;
pub mod watch;

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{Stream, StreamExt};
use protocol::{CloseCode, Encoding};
use tokio::sync::mpsc;

use self::handshake::Entry;
use self::heartbeat::Heartbeat;
use self::inbound::Inbound;
use self::outbound::Outbound;
use crate::lobby::Lobby;
use crate::metrics;
use crate::room::{RoomEvent, Sender};
use crate::transport::{Incoming, Line, TransportError};

/// What a session needs to know of its connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Where it comes from.
    pub address: SocketAddr,
    /// How it wants its messages.
    pub encoding: Encoding,
    /// Which browser it is.
    pub agent: agent::Agent,
}

/// Runs a session until one side ends it. The player stays in the arena for the grace period, unless it said `bye`.
pub async fn run(
    mut stream: impl Stream<Item = Result<Incoming, TransportError>> + Unpin,
    line: Arc<Line>,
    peer: Peer,
    lobby: Lobby,
) {
    metrics::connections(1.0);
    let outbound = Outbound::new(line, peer.encoding);
    let code = match handshake::shake_hands(&mut stream, &outbound, peer, &lobby).await {
        Ok(Entry::Watcher(watching)) => watch::look_on(&mut stream, &outbound, watching, peer, &lobby).await,
        Ok(Entry::Player(admitted)) => {
            let handshake::Admitted { from, room, .. } = admitted;
            lobby.releases().arrived(from.player, from.session, room, peer.agent);
            let code = play(&mut stream, &outbound, admitted, peer, &lobby).await;
            lobby.releases().left(from.player, from.session);
            code
        }
        Err(code) => code,
    };
    if let Some(code) = code {
        metrics::closed(code.reason());
        tracing::debug!(address = %peer.address, code = code.code(), "connection closed: {}", code.reason());
        outbound.close(&mut stream, code).await;
    }
    metrics::connections(-1.0);
}

/// The player is in the arena: passes on what both sides say. Returns the code to close with, or `None` when the
/// connection is gone already.
async fn play(
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    admitted: handshake::Admitted,
    peer: Peer,
    lobby: &Lobby,
) -> Option<CloseCode> {
    let handshake::Admitted { from, inbox, unconfirmed, token_hash, .. } = admitted;
    let unconfirmed = unconfirmed.then_some(token_hash);
    let mut inbound = Inbound::new(from, inbox.clone(), peer.encoding, lobby.clone(), unconfirmed);
    let mut heartbeat = Heartbeat::start();
    let code = loop {
        tokio::select! {
            incoming = stream.next() => {
                heartbeat.heard();
                let step = match incoming {
                    None => break None,
                    Some(Err(TransportError::Refused(code))) => break Some(code),
                    Some(Err(TransportError::Broken(reason))) => {
                        tracing::debug!(player = %from.player, "connection lost: {reason}");
                        break None;
                    }
                    Some(Ok(incoming)) => inbound.handle(incoming).await,
                };
                match step {
                    inbound::Step::Go => {}
                    inbound::Step::Answer(message) => {
                        if let Err(code) = outbound.send(&message).await {
                            break code;
                        }
                    }
                    inbound::Step::Close(code) => break Some(code),
                    inbound::Step::Left => {
                        leave(from, token_hash, &inbox, lobby).await;
                        return Some(CloseCode::Normal);
                    }
                }
            }
            code = outbound.drive() => break code,
            pulse = heartbeat.next() => match pulse {
                heartbeat::Pulse::Ask => {
                    if let Err(code) = outbound.ping().await {
                        break code;
                    }
                }
                heartbeat::Pulse::Dead => break Some(CloseCode::HeartbeatTimeout),
            },
        }
    };
    let _ = inbox.send(RoomEvent::Lost { from }).await;
    code
}

/// Takes a player who said goodbye out of the arena. Its token opens nothing once the goodbye is answered; the token of a
/// connection that has taken the place of this one stays good.
async fn leave(from: Sender, token_hash: [u8; 32], inbox: &mpsc::Sender<RoomEvent>, lobby: &Lobby) {
    if let Err(error) = lobby.store().end_session(from.player, token_hash).await {
        tracing::error!(player = %from.player, "a goodbye could not be stored: {error}");
    }
    let _ = inbox.send(RoomEvent::Leave { from }).await;
}
