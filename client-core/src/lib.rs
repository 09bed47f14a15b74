//! A player without a screen.
//!
//! [`Client`] does no I/O and has no clock: whoever drives it hands it the time and what came from the network, and
//! takes from it what is to be done ([`Action`]), what happened ([`ClientEvent`]) and what is to be seen ([`View`]). So
//! the same code plays in a browser, in a load generator and in a unit test, where minutes of bad network take
//! milliseconds.
//!
//! Every `now_ms` is in milliseconds of any one monotonic clock. A driver calls [`Client::update`] every frame, and
//! after each call takes all actions with [`Client::poll_action`]; once it has carried out [`Action::Close`] or
//! [`Action::Connect`], it no longer reports anything about earlier sockets.
//!
//! Three times live side by side. The *server's tick* is estimated by the clock from heartbeats. The own player lives
//! *ahead* of it, far enough for inputs to arrive before their tick. The others live *behind* it, far enough for a
//! snapshot on either side of the moment that is drawn.

mod client;
mod clock;
pub mod conditioner;
mod connection;
mod controls;
pub mod hearing;
mod inbound;
mod interpolation;
mod orb;
mod outbox;
mod pacing;
mod prediction;
pub mod preload;
mod releases;
mod scenes;
mod sight;
mod stats;
mod view;

pub use client::{Client, ClientConfig, Place, Wish};
pub use conditioner::{Conditioner, Conditions};
pub use connection::ConnectionState;
pub use outbox::{Action, ClientEvent};
pub use preload::Preload;
pub use stats::NetStats;
pub use view::{OrbView, PlayerView, View};
// What the views, messages and rules consist of, so that a screen or a bot needs this crate only.
pub use {hotlogic, protocol, sim};
