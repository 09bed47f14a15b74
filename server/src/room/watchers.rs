//! Those who look on: connections without a body. They get what everybody gets, and nothing else.

use protocol::{CloseCode, Encoding, Welcome};

use super::roster::Connection;
use super::{Outbox, Reply, SessionId};

/// What happens to those who look on.
pub enum WatchEvent {
    /// Somebody wants to watch.
    Enter {
        /// How.
        watch: Box<Watch>,
        /// Gets what a newcomer must know.
        reply: Reply<Welcome>,
    },
    /// Somebody missed something and wants a keyframe.
    Resync {
        /// Which connection.
        session: SessionId,
    },
    /// A connection is gone.
    Leave {
        /// Which.
        session: SessionId,
    },
}

/// Somebody who wants to watch.
pub struct Watch {
    /// Which connection.
    pub session: SessionId,
    /// How it wants its messages.
    pub encoding: Encoding,
    /// Takes what is sent.
    pub outbox: Box<dyn Outbox>,
}

/// All connections that only watch, in the order in which they came.
#[derive(Default)]
pub struct Watchers(Vec<Connection>);

impl Watchers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nobody watches.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Somebody watches with that encoding.
    #[must_use]
    pub fn listen_in(&self, encoding: Encoding) -> bool {
        self.0.iter().any(|connection| connection.encoding == encoding)
    }

    /// Somebody comes.
    pub fn enter(&mut self, watch: Watch) {
        self.0.push(Connection::new(watch.session, watch.encoding, watch.outbox));
    }

    /// The connection of a session.
    pub fn get_mut(&mut self, session: SessionId) -> Option<&mut Connection> {
        self.0.iter_mut().find(|connection| connection.session == session)
    }

    /// Somebody leaves.
    pub fn leave(&mut self, session: SessionId) {
        if let Some(index) = self.0.iter().position(|connection| connection.session == session) {
            self.0.remove(index).close(CloseCode::Normal);
        }
    }

    /// All connections, to write to.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.0.iter_mut()
    }

    /// Hands everybody its parcel with `deliver`; whose connection fails is let go.
    pub(super) fn deliver(&mut self, mut deliver: impl FnMut(&mut Connection) -> Result<(), CloseCode>) {
        let mut index = 0;
        while let Some(connection) = self.0.get_mut(index) {
            match deliver(connection) {
                Ok(()) => index += 1,
                Err(code) => self.0.remove(index).close(code),
            }
        }
    }

    /// Sends everybody away.
    pub fn close(&mut self, code: CloseCode) {
        self.0.drain(..).for_each(|connection| connection.close(code));
    }
}
