//! Reaching one player, wherever it is.

use std::net::{IpAddr, SocketAddr};

use sim::PlayerId;

use super::Lobby;
use crate::room::RoomEvent;

impl Lobby {
    /// The player has a seat in some room.
    #[must_use]
    pub fn has_seat(&self, player: PlayerId) -> bool {
        self.state().seats.contains_key(&player)
    }

    /// Passes something on to the room of a player, if it is in one.
    pub(crate) async fn send_to(&self, player: PlayerId, event: RoomEvent) {
        let inbox = {
            let state = self.state();
            let room = state.seats.get(&player).and_then(|kept| state.rooms.get(&kept.room));
            room.map(|room| room.inbox.clone())
        };
        if let Some(inbox) = inbox {
            // A room that is gone has nobody in it any more.
            let _ = inbox.send(event).await;
        }
    }

    /// Where a player who is here comes from.
    pub async fn address_of(&self, player: PlayerId) -> Option<IpAddr> {
        let rooms = self.rooms().await;
        let client = rooms.iter().flat_map(|room| &room.clients).find(|client| client.id == player)?;
        client.address.parse().ok().map(|address: SocketAddr| address.ip().to_canonical())
    }
}
