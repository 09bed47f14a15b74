//! Who comes to watch, and goes.

use protocol::Welcome;
use sim::PlayerId;

use super::Room;
use crate::room::watchers::{Watch, WatchEvent};

impl Room {
    pub(super) fn handle_watch(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Enter { watch, reply } => reply(self.let_watch(*watch)),
            WatchEvent::Resync { session } => {
                if let Some(connection) = self.roster.watchers_mut().get_mut(session) {
                    connection.needs_keyframe = true;
                }
            }
            WatchEvent::Leave { session } => self.roster.watchers_mut().leave(session),
        }
    }

    fn let_watch(&mut self, watch: Watch) -> Welcome {
        self.roster.watchers_mut().enter(watch);
        self.ballot.stir();
        self.kick_votes.stir();
        let welcome = self.welcome(PlayerId::default(), String::new(), String::new(), false);
        Welcome { watching: true, ..welcome }
    }
}
