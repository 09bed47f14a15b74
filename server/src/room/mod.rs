//! A room: one fight, its members and what they are sent.
//!
//! [`core`], [`inputs`], [`intents`], [`catch_up`], [`snapshot`], [`roster`] and [`rules`] are synchronous and know neither sockets nor clocks, so a
//! test plays a minute of a room in milliseconds. [`driver`] is the only part that runs as a task.

pub mod bots;
pub mod catch_up;
pub mod core;
pub mod costs;
mod delivery;
pub mod driver;
mod effects;
mod growth;
pub mod guard;
pub mod inputs;
pub mod intents;
pub mod interest;
pub mod kick_vote;
mod leaders;
mod news;
mod outcome;
pub mod parcel;
pub mod recorder;
mod records;
pub mod roster;
pub mod rules;
mod saved;
pub mod snapshot;
mod status;
pub mod vote;
pub mod watchers;

use std::net::SocketAddr;
use std::sync::Arc;

use protocol::{CloseCode, Encoding, Removal, RoundPhase, SceneInfo, ServerMessage, Welcome};
use sim::{PlayerId, PlayerInput, Seq, Tick};

use crate::release::{DealtCard, LoadedRelease};
use crate::storage::{PlayerCheckpoint, SavedPlayer};

pub use self::core::Room;
pub use self::parcel::Parcel;

/// What players see of a room.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Everything: for rooms of dozens.
    #[default]
    Arena,
    /// What is around them, in an arena that grows with the number of players: for rooms of thousands.
    Battlefield,
}

/// One connection of a player. A player who comes back has a new session, and messages of the old one no longer count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

/// Where to send the answer to a question.
pub type Reply<T> = Box<dyn FnOnce(T) + Send>;

/// Everything that can happen to a room between two ticks.
pub enum RoomEvent {
    /// A player comes, or comes back.
    Join {
        /// Who and how.
        join: Box<Join>,
        /// Gets what the newcomer must know.
        reply: Reply<Welcome>,
    },
    /// A player wants something.
    Input {
        /// Which connection said it.
        from: Sender,
        /// Sequence number.
        seq: Seq,
        /// The tick it is meant for; the next one when missing.
        tick: Option<Tick>,
        /// What it wants.
        input: PlayerInput,
    },
    /// A player said something; the text is clean.
    Chat {
        /// Which connection said it.
        from: Sender,
        /// Plain text.
        text: String,
    },
    /// A player chooses what the next round is played with.
    Vote {
        /// Which connection said it.
        from: Sender,
        /// Number of the vote.
        id: u32,
        /// Which of its options.
        option: u8,
    },
    /// These cards can be played.
    Cards {
        /// In any order.
        cards: Vec<Arc<DealtCard>>,
    },
    /// Other cards can be played than before.
    CardsChanged,
    /// A player missed something and wants a keyframe.
    Resync {
        /// Which connection asked.
        from: Sender,
    },
    /// A player measured its round trip.
    RoundTrip {
        /// Which connection.
        from: Sender,
        /// Milliseconds.
        rtt_ms: f32,
        /// By how many ticks it is ahead of the snapshots that reach it.
        ahead: u8,
    },
    /// A player wants somebody removed.
    VoteKick {
        /// Which connection asked.
        from: Sender,
        /// Whom.
        target: PlayerId,
    },
    /// A player votes on that.
    AnswerKick {
        /// Which connection.
        from: Sender,
        /// Which vote.
        id: u32,
        /// For it.
        yes: bool,
    },
    /// An operator, or the others, removed a player.
    Kick {
        /// Whom.
        player: PlayerId,
        /// Why, for the player.
        removal: Removal,
    },
    /// Something that concerns one player only.
    Tell {
        /// Whom.
        player: PlayerId,
        /// What.
        message: Box<ServerMessage>,
    },
    /// A connection is gone; the player may come back.
    Lost {
        /// Which connection.
        from: Sender,
    },
    /// A player left for good.
    Leave {
        /// Which connection said so.
        from: Sender,
    },
    /// New rules from a tick on.
    SwitchRules {
        /// The rules.
        release: Arc<LoadedRelease>,
        /// The first tick with them; a past one means the next.
        activate: Tick,
        /// Nobody asked for them: the server takes something back. A room in safe mode stays there then.
        automatic: bool,
    },
    /// A script is not to be fallen back to any more.
    Distrust {
        /// Its content hash.
        hash: String,
        /// What to fall back to in its place.
        instead: Option<Arc<LoadedRelease>>,
    },
    /// No rules can be trusted: the native ones, at once.
    SafeMode,
    /// A new scene from a tick on.
    SwitchScene {
        /// The scene.
        scene: SceneInfo,
        /// The first tick with it.
        activate: Tick,
    },
    /// The operator wants to know who is here.
    Status {
        /// Gets the answer.
        reply: Reply<RoomStatus>,
    },
    /// Somebody looks for a room.
    Summary {
        /// Gets the answer.
        reply: Reply<RoomSummary>,
    },
    /// Something about those who only watch.
    Watch(watchers::WatchEvent),
    /// The server stops: tell everybody and close.
    Drain {
        /// Gets the last state of everybody, to be stored.
        reply: Reply<Vec<PlayerCheckpoint>>,
    },
}

/// A player and one of its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Who.
    pub player: PlayerId,
    /// Through which connection.
    pub session: SessionId,
}

/// A player who wants to come in.
pub struct Join {
    /// Who and through which connection.
    pub from: Sender,
    /// Name, cleaned.
    pub name: String,
    /// Chosen look.
    pub skin: Option<u8>,
    /// Secret for the next time.
    pub resume: String,
    /// The player was here before; this is what is stored of it. Counts only when it is not in the arena any more.
    pub saved: Option<Earlier>,
    /// How the connection wants its messages.
    pub encoding: Encoding,
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// Takes what is sent.
    pub outbox: Box<dyn Outbox>,
}

/// What is stored of a player who comes back.
#[derive(Clone, Copy, Debug)]
pub struct Earlier {
    /// What it was; points are those that it made in this room.
    pub saved: SavedPlayer,
    /// When it was last in a room, milliseconds since 1970; `None` when that was before the server started.
    pub seen_ms: Option<u64>,
}

/// The way from a room to one connection. Never blocks and never grows: it holds a few ticks at most.
pub trait Outbox: Send {
    /// Takes everything that one player gets in one tick.
    fn offer(&mut self, parcel: &Parcel) -> Offer;
    /// Ends the connection with a code.
    fn close(self: Box<Self>, code: CloseCode);
}

/// What became of an offer.
#[derive(Debug, PartialEq, Eq)]
pub enum Offer {
    /// It will be sent.
    Taken,
    /// The connection is busy; nothing was taken.
    Full,
    /// The connection is gone.
    Gone,
}

/// A room as the operator sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RoomStatus {
    /// Its number.
    pub number: u32,
    /// People in the arena.
    pub players: u32,
    /// Bots that play with them.
    pub bots: u32,
    /// Those who only watch.
    pub watchers: u32,
    /// It is in no list, and entered by its code.
    pub private: bool,
    /// Number of the release that it plays.
    pub release: u32,
    /// What the operator called it.
    pub version: String,
    /// Content hash of that release.
    pub hash: String,
    /// Name of the card that it is played with in this round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Two releases failed in a row: it plays the native rules until an operator publishes something.
    pub safe_mode: bool,
    /// Its newest tick.
    pub tick: u32,
    /// What its rules cost.
    pub costs: costs::RulesCost,
    /// Who is here.
    #[serde(skip)]
    pub clients: Vec<ClientStatus>,
}

/// A room as everybody may know it who looks for one.
#[derive(Clone, Debug, serde::Serialize)]
pub struct RoomSummary {
    /// Its number.
    pub number: u32,
    /// People in the arena.
    pub people: u32,
    /// Bots that play with them.
    pub bots: u32,
    /// Those who only watch.
    pub watchers: u32,
    /// Number of the release that it plays.
    pub release: u32,
    /// What the operator called it.
    pub version: String,
    /// What the round is doing.
    pub phase: RoundPhase,
    /// Number of the round.
    pub round: u32,
    /// Until the phase of the round ends.
    pub seconds_left: u32,
}

/// A player as the operator sees it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ClientStatus {
    /// Who.
    pub id: PlayerId,
    /// Name.
    pub name: String,
    /// Number of the room.
    pub room: u32,
    /// Where the connection comes from.
    pub address: String,
    /// Subprotocol of the connection.
    pub encoding: &'static str,
    /// Number of the release that the room plays.
    pub release: u32,
    /// Round trip that the client last reported, milliseconds.
    pub rtt_ms: Option<f32>,
    /// Milliseconds since its last input, chat or heartbeat.
    pub idle_ms: u64,
    /// Milliseconds since it connected.
    pub connected_ms: u64,
    /// Has a live connection.
    pub connected: bool,
}
