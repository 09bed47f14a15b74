//! Socket.IO 5 over Engine.IO 4, straight over WebSocket.

use swarm::crowd::dialect::{Dialect, News, Opening, Outbox};
use swarm::crowd::frame::{CLOSE, Frame};
use swarm::crowd::http::Answer;
use swarm::system::Moment;

use super::{Walk, moment, number_after};

/// A player on Socket.IO.
pub struct SocketIoPlayer {
    walk: Walk,
}

impl SocketIoPlayer {
    /// Player `number`.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self { walk: Walk::new(number) }
    }
}

impl Dialect for SocketIoPlayer {
    fn open(&mut self, _: Option<&Answer>) -> Opening {
        Opening::Upgrade { path: "/socket.io/?EIO=4&transport=websocket".to_owned(), subprotocol: None }
    }

    fn opened(&mut self, _: Moment, _: &mut Outbox) {}

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, out: &mut Outbox) {
        match frame.payload {
            // Engine.IO: 0 is open, 2 ping, 3 pong, 4 a packet of Socket.IO. There 0 is connect, 2 an event.
            _ if frame.opcode == CLOSE => news.refused("closed by the server".to_owned()),
            [b'0', ..] => out.text(b"40"),
            b"2" => out.text(b"3"),
            [b'4', b'0', ..] => news.joined(),
            [b'4', b'2', event @ ..] => news.state(number_after(event, br#""t":"#).and_then(moment), 1),
            _ => news.refused("a packet that is not expected".to_owned()),
        }
    }

    fn play(&mut self, intended: Moment, out: &mut Outbox) {
        out.text(format!(r#"42["move",{}]"#, self.walk.json(intended)).as_bytes());
    }
}
