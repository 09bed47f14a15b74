//! Headless players over real sockets: the player of end-to-end tests, and the crowd of load tests.
//!
//! A [`Bot`] is the very client that runs in the browser, with a `tokio` socket instead of the browser's. It plays on by
//! itself: reconnects, predicts, fetches and switches rules. A [`crowd`] is thousands of players who only look as if they
//! did: they say what players say and read only what they must. [`measure`](mod@measure) puts both together into a load test.
//! `ws://` only; put a proxy in front of a `wss://` server.

pub mod address;
mod behaviour;
mod bot;
pub mod crowd;
mod driver;
pub mod live;
pub mod measure;
pub mod report;
pub mod samples;
pub mod script;
pub mod system;
mod workers;

pub use behaviour::Behaviour;
pub use bot::{Bot, BotOptions, BotState, WaitError};
pub use client_core::Conditions;
pub use client_core::protocol::Encoding;
