//! Headless players over real sockets: the player of end-to-end tests, and the crowd of load tests.
//!
//! A [`Bot`] is the very client that runs in the browser, with a `tokio` socket instead of the browser's. It plays on by
//! itself: reconnects, predicts, fetches and switches rules. `ws://` only; put a proxy in front of a `wss://` server.

mod behaviour;
mod bot;
mod driver;
mod workers;

pub use behaviour::Behaviour;
pub use bot::{Bot, BotOptions, BotState, WaitError};
