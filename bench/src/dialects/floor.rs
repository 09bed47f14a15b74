//! The floor: a server that does nothing but write.

use swarm::crowd::dialect::{Dialect, News, Opening, Outbox};
use swarm::crowd::frame::Frame;
use swarm::crowd::http::Answer;
use swarm::system::Moment;

use super::Walk;

/// At the front of each frame: when it was due, nanoseconds, and how many players are connected.
pub const HEAD: usize = 12;

/// A player on the floor.
pub struct FloorPlayer {
    walk: Walk,
    joined: bool,
}

impl FloorPlayer {
    /// Player `number`.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self { walk: Walk::new(number), joined: false }
    }
}

impl Dialect for FloorPlayer {
    fn open(&mut self, _: Option<&Answer>) -> Opening {
        Opening::Upgrade { path: "/".to_owned(), subprotocol: None }
    }

    fn opened(&mut self, _: Moment, _: &mut Outbox) {}

    fn wanted(&self) -> usize {
        HEAD
    }

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, _: &mut Outbox) {
        if !self.joined {
            self.joined = true;
            news.joined();
        }
        let Some((due, rest)) = frame.payload.split_first_chunk::<8>() else { return };
        let players = rest.first_chunk().map_or(0, |players| u32::from_le_bytes(*players));
        news.state(Some(Moment::from_nanos(u64::from_le_bytes(*due))), u64::from(players));
    }

    fn play(&mut self, _: Moment, out: &mut Outbox) {
        // As many bytes as a move of the game.
        let (x, y) = self.walk.next();
        let mut message = [0; 14];
        message[..4].copy_from_slice(&x.to_le_bytes());
        message[4..8].copy_from_slice(&y.to_le_bytes());
        out.binary(&message);
    }
}
