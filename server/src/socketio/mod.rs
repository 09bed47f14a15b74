//! The Socket.IO door, `/socket.io/`: for clients that know nothing of our protocol but the event names that tutorials of
//! multiplayer games use, over WebSocket or long polling.
//!
//! Behind the door sits a [translator](translator), which is a player like any other: it talks to a session in JSON
//! through a [pipe](crate::transport::pipe), so rules, limits and rooms are the same for all.

mod door;
mod events;
mod translator;

pub(crate) use self::door::router;
