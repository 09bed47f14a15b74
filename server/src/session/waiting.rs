//! Waiting in line for a seat, with the connection kept up.

use std::net::IpAddr;

use futures_util::Stream;
use protocol::{CloseCode, ServerMessage};
use sim::PlayerId;

use super::Peer;
use super::handshake::refuse;
use super::outbound::Outbound;
use super::quiet::{Quiet, Said};
use crate::lobby::{JoinError, Lobby, Place, Seat, Wish};
use crate::transport::{Incoming, TransportError};

/// The seat that somebody wants.
pub(super) struct Wanted<'a> {
    /// Who.
    pub(super) player: PlayerId,
    /// Where it comes from.
    pub(super) from: IpAddr,
    /// The room in which a player who comes back was.
    pub(super) earlier: Option<u32>,
    /// The room.
    pub(super) wish: &'a Wish,
}

impl Wanted<'_> {
    /// Takes the seat, from a place in line or without one.
    ///
    /// # Errors
    /// [`JoinError`].
    pub(super) fn take_seat(&self, lobby: &Lobby, place: Option<&Place>) -> Result<Seat, JoinError> {
        lobby.take_seat(self.player, self.from, self.earlier, self.wish, place)
    }
}

/// Lines up and waits for the seat; the peer is told its place whenever that changes.
///
/// # Errors
/// The code to close with; `None` when the connection is gone.
pub(super) async fn wait_for_seat(
    wanted: &Wanted<'_>,
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    peer: Peer,
    lobby: &Lobby,
) -> Result<Seat, Option<CloseCode>> {
    let mut place = match lobby.line_up(wanted.earlier.is_some()) {
        Ok(place) => place,
        Err(error) => return Err(refuse(outbound, error).await),
    };
    let mut guest = Quiet::new(peer, lobby, None);
    let mut told = 0;
    loop {
        let standing = place.standing();
        if standing.turn {
            match wanted.take_seat(lobby, Some(&place)) {
                Ok(seat) => return Ok(seat),
                // Somebody came back whose seat had just been given up; there will be another turn.
                Err(JoinError::Full) => {}
                Err(error) => return Err(refuse(outbound, error).await),
            }
        }
        if std::mem::replace(&mut told, standing.place) != standing.place {
            outbound.send(&ServerMessage::Queued { place: standing.place, of: standing.of }).await?;
        }
        tokio::select! {
            changed = place.changed() => if let Err(error) = changed {
                return Err(refuse(outbound, error).await);
            },
            said = guest.listen(stream, outbound) => if said? == Said::Bye {
                return Err(Some(CloseCode::Normal));
            },
        }
    }
}
