//! What crosses the wire between a player and the server.
//!
//! The same Rust types serve both subprotocols: [`JSON`] for people and third-party clients, [`BINARY`] for browsers.
//! `docs/protocol.md` is the reference for people who write clients.

pub mod client;
pub mod close;
pub mod codec;
pub mod limits;
pub mod packed;
pub mod round;
pub mod scene;
pub mod server;
pub mod snapshot;
pub mod vote;

pub use client::{ClientMessage, Hello};
pub use close::CloseCode;
pub use codec::{DecodeError, Encoding};
pub use round::{Moment, MomentKind};
pub use scene::{Music, SceneInfo};
pub use server::{
    ErrorCode, KickVote, KickVoteState, ReleaseInfo, Removal, RoundInfo, RoundPhase, ServerMessage,
    UpdateStage, Welcome,
};
pub use snapshot::{OrbState, OwnState, PlayerState, Snapshot};
pub use vote::{CardInfo, VoteInfo};

/// Version of the contract. A `hello` with another number is answered with `error` and closed.
pub const PROTOCOL_VERSION: u32 = 1;
/// WebSocket subprotocol with text frames, one JSON object each.
pub const JSON: &str = "hotswap.v1.json";
/// WebSocket subprotocol with binary frames.
pub const BINARY: &str = "hotswap.v1.bin";
