//! Plain WebSocket with one JSON object a message.

use swarm::crowd::dialect::{Dialect, News, Opening, Outbox};
use swarm::crowd::frame::Frame;
use swarm::crowd::http::Answer;
use swarm::system::Moment;

use super::{Walk, moment, number_after};

/// All that is read of a message: the times and counts come first, or the message is short.
const WANTED: usize = 160;

/// A player on `ws` or on the naive axum server.
pub struct JsonPlayer {
    path: &'static str,
    walk: Walk,
}

impl JsonPlayer {
    /// Player `number`; the WebSocket is at `path`.
    #[must_use]
    pub fn new(path: &'static str, number: u32) -> Self {
        Self { path, walk: Walk::new(number) }
    }
}

impl Dialect for JsonPlayer {
    fn open(&mut self, _: Option<&Answer>) -> Opening {
        Opening::Upgrade { path: self.path.to_owned(), subprotocol: None }
    }

    fn opened(&mut self, _: Moment, _: &mut Outbox) {}

    fn wanted(&self) -> usize {
        WANTED
    }

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, _: &mut Outbox) {
        let message = &frame.payload[..frame.payload.len().min(WANTED)];
        let due = || number_after(message, br#""t":"#).and_then(moment);
        if message.starts_with(br#"{"type":"moved""#) {
            news.state(due(), 1);
        } else if message.starts_with(br#"{"type":"snapshot""#) {
            let moved = number_after(message, br#""moved":"#).unwrap_or(0.0);
            news.state(due(), moved as u64);
        } else if message.starts_with(br#"{"type":"welcome""#) {
            news.joined();
        } else {
            news.refused("a message that is not expected".to_owned());
        }
    }

    fn play(&mut self, intended: Moment, out: &mut Outbox) {
        out.text(self.walk.json(intended).as_bytes());
    }
}
