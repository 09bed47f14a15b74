//! A connection that only watches.

use futures_util::Stream;
use protocol::{CloseCode, ServerMessage};
use tokio::sync::oneshot;

use super::Peer;
use super::handshake::{internal, refuse};
use super::outbound::Outbound;
use super::quiet::{Quiet, Said};
use crate::lobby::{Lobby, WatchPlace, Wish};
use crate::room::watchers::{Watch, WatchEvent};
use crate::room::{RoomEvent, SessionId};
use crate::transport::{Incoming, TransportError};

/// What is said once to a watcher who wants to act.
const REBUKE: &str = "you only watch: say bye and hello again to play";

/// Somebody who watches a room.
pub struct Watching {
    session: SessionId,
    place: WatchPlace,
}

/// Lets somebody watch the wanted room.
///
/// # Errors
/// The code to close with; `None` when the connection is gone.
pub async fn enter(
    wish: &Wish,
    outbound: &Outbound,
    peer: Peer,
    lobby: &Lobby,
) -> Result<Watching, Option<CloseCode>> {
    let place = match lobby.take_watch_place(wish) {
        Ok(place) => place,
        Err(error) => return Err(refuse(outbound, error).await),
    };
    let session = lobby.next_session();
    let (reply, answer) = oneshot::channel();
    let reply = Box::new(move |welcome| {
        let _ = reply.send(welcome);
    });
    let watch = Box::new(Watch { session, encoding: peer.encoding, outbox: outbound.for_room() });
    let event = RoomEvent::Watch(WatchEvent::Enter { watch, reply });
    place.inbox.send(event).await.map_err(|error| internal(&error))?;
    let mut welcome = answer.await.map_err(|error| internal(&error))?;
    welcome.build = lobby.client_build().map(str::to_owned);
    welcome.room_code = place.code.as_deref().map(str::to_owned);
    tracing::info!(room = place.room, address = %peer.address, "watches");
    let watching = Watching { session, place };
    if let Err(code) = outbound.send(&ServerMessage::Welcome(welcome)).await {
        watching.leave().await;
        return Err(code);
    }
    outbound.let_room_through();
    Ok(watching)
}

/// Keeps the connection up until one side ends it. Returns the code to close with, or `None` when the connection is gone
/// already.
pub async fn look_on(
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    watching: Watching,
    peer: Peer,
    lobby: &Lobby,
) -> Option<CloseCode> {
    let mut guest = Quiet::new(peer, lobby, Some(REBUKE));
    let session = watching.session;
    let code = loop {
        match guest.listen(stream, outbound).await {
            Ok(Said::Resync) => {
                let event = RoomEvent::Watch(WatchEvent::Resync { session });
                if watching.place.inbox.send(event).await.is_err() {
                    break Some(CloseCode::Internal);
                }
            }
            Ok(Said::Bye) => break Some(CloseCode::Normal),
            Err(code) => break code,
        }
    };
    watching.leave().await;
    code
}

impl Watching {
    /// Takes the connection out of the room, and only then gives the place back.
    async fn leave(self) {
        let event = RoomEvent::Watch(WatchEvent::Leave { session: self.session });
        // A room that is gone has let everybody go.
        let _ = self.place.inbox.send(event).await;
    }
}
