//! The end of all rooms, when the server stops.

use futures_util::future::join_all;
use tokio::sync::oneshot;

use super::{Lobby, RoomHandle};
use crate::room::RoomEvent;

impl Lobby {
    /// Lets nobody in any more, tells everybody, and stores them. All rooms at once: each answers with its next tick and waits
    /// for the disk, and their commits share one sync.
    pub async fn drain(&self) {
        let rooms = {
            let mut state = self.state();
            state.draining = true;
            state.queue.clear();
            std::mem::take(&mut state.rooms)
        };
        join_all(rooms.into_iter().map(|(number, room)| self.drain_room(number, room))).await;
    }

    async fn drain_room(&self, number: u32, room: RoomHandle) {
        let (reply, answer) = oneshot::channel();
        let reply = Box::new(move |last| {
            let _ = reply.send(last);
        });
        if room.inbox.send(RoomEvent::Drain { reply }).await.is_err() {
            return;
        }
        let Ok(last) = answer.await else { return };
        if let Err(error) = self.inner.store.checkpoint(last).await {
            tracing::error!(room = number, "players could not be stored: {error}");
        }
        let _ = room.task.await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sim::{PlayerId, Vec2};
    use tokio::sync::mpsc;
    use tokio::time::timeout;

    use super::*;
    use crate::clock::TickClock;
    use crate::config::{Config, Flags};
    use crate::moderation::Moderation;
    use crate::release::Releases;
    use crate::storage::{PlayerCheckpoint, SavedPlayer, SessionRecord, Store};

    /// Longer than anything that is waited for takes; a test that gets here has failed.
    const PATIENCE: Duration = Duration::from_secs(30);
    const ROOMS: u32 = 40;

    const SAVED: SavedPlayer = SavedPlayer {
        position: Vec2::ZERO,
        facing: Vec2 { x: 1.0, y: 0.0 },
        hp: 100,
        score: 0,
        kills: 0,
        deaths: 0,
        streak: 0,
        respawn_ticks: 0,
    };

    async fn lobby(store: &Store) -> Lobby {
        let (releases, live) = Releases::load(store.clone(), 30).await.unwrap();
        let moderation = Moderation::load(store).await.unwrap();
        let config = Config::from_flags(Flags::default()).unwrap();
        Lobby::open(config, TickClock::start(30), store.clone(), releases, live, moderation)
    }

    /// What is stored of the only player of a room.
    fn session(room: u32) -> SessionRecord {
        SessionRecord {
            player: PlayerId(room),
            name: format!("Player {room}"),
            room,
            token_hash: [room as u8; 32],
            previous_token_hash: None,
            last_seen_ms: 1,
            saved: SAVED,
        }
    }

    #[tokio::test]
    async fn all_rooms_are_asked_before_the_first_has_answered_and_all_are_stored() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let lobby = lobby(&store).await;
        // In the place of the real rooms, which would answer at once.
        lobby.drain().await;
        let mut inboxes = Vec::new();
        for room in 1..=ROOMS {
            store.save_session(session(room)).await.unwrap();
            let (inbox, events) = mpsc::channel(1);
            let task = tokio::spawn(async {});
            let handle = RoomHandle { inbox, seats: 1, watchers: 0, code: None, opener: None, task };
            lobby.state().rooms.insert(room, handle);
            inboxes.push(events);
        }

        let draining = tokio::spawn({
            let lobby = lobby.clone();
            async move { lobby.drain().await }
        });
        let mut replies = Vec::new();
        for events in &mut inboxes {
            let asked = timeout(PATIENCE, events.recv()).await.expect("every room is asked");
            let Some(RoomEvent::Drain { reply }) = asked else { panic!("it is asked to end") };
            replies.push(reply);
        }
        for (room, reply) in (1..=ROOMS).zip(replies) {
            let SessionRecord { player, name, .. } = session(room);
            let saved = SavedPlayer { hp: 7, ..SAVED };
            reply(vec![PlayerCheckpoint { player, room, name, saved, last_seen_ms: 2 }]);
        }
        timeout(PATIENCE, draining).await.expect("it ends").unwrap();
        for room in 1..=ROOMS {
            let (stored, _) = store.find_session([room as u8; 32]).await.unwrap().unwrap();
            assert_eq!((stored.last_seen_ms, stored.saved.hp), (2, 7));
        }
    }
}
