//! Messages from the server to a player.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::{PlayerId, Tick};

use crate::round::Moment;
use crate::scene::SceneInfo;
use crate::snapshot::{PlayerState, Snapshot};
use crate::vote::{CardInfo, VoteInfo};

/// What the server may say.
#[allow(
    clippy::large_enum_variant,
    reason = "it is so on 64 bits only; the large one comes once a connection, and few are kept"
)]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Answer to `hello`: the player is in the arena.
    Welcome(Welcome),
    /// What is the case at a tick.
    Snapshot(Snapshot),
    /// Somebody came.
    NewPlayer {
        /// All fields.
        player: PlayerState,
    },
    /// Somebody left for good.
    PlayerLeft {
        /// Who.
        id: PlayerId,
    },
    /// Somebody was hurt.
    PlayerAttacked {
        /// Who struck, or batted the orb.
        attacker: PlayerId,
        /// Who was hurt.
        target: PlayerId,
        /// Hit points taken.
        damage: i32,
        /// Hit points left.
        hp: i32,
        /// The orb did it.
        #[serde(default)]
        by_orb: bool,
    },
    /// Somebody died.
    PlayerKilled {
        /// Who did it.
        killer: PlayerId,
        /// Who died.
        victim: PlayerId,
        /// The orb did it.
        #[serde(default)]
        by_orb: bool,
    },
    /// Somebody is back.
    PlayerRespawned {
        /// Who.
        id: PlayerId,
    },
    /// Somebody said something.
    Chat {
        /// Who.
        from: PlayerId,
        /// Plain text; never HTML.
        text: String,
    },
    /// Answer to `heartbeat`.
    HeartbeatAck {
        /// The client's clock as it sent it, milliseconds.
        t: f64,
        /// The server's newest tick.
        tick: Tick,
        /// The server's clock, milliseconds since it started; the newest tick began at `tick * 1000 / tick_rate`.
        server_time: f64,
    },
    /// Rules or scene change at a named tick.
    HotUpdate {
        /// New rules.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        release: Option<ReleaseInfo>,
        /// New scene.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scene: Option<SceneInfo>,
        /// The first tick that is played with it.
        activate_tick: Tick,
    },
    /// The round began or ended.
    Round(RoundInfo),
    /// What the next round is played with is being voted on.
    Vote(VoteInfo),
    /// Who leads a battlefield, in which nobody sees everybody.
    Leaders {
        /// The best, in order.
        top: Vec<Leader>,
    },
    /// Something that the client sent was not accepted. The connection goes on unless a close frame follows.
    Error {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// Connect there instead.
    Redirect {
        /// Address of the WebSocket.
        url: String,
    },
    /// The server is about to restart: stay, and reconnect with the resume token when it is gone.
    Draining,
    /// Every seat is taken: stay, and `welcome` comes when it is your turn. Said again whenever the place changes.
    Queued {
        /// Place in line, from 1.
        place: u32,
        /// How many wait.
        of: u32,
    },
    /// A vote on removing somebody from the room began, goes on or is over.
    KickVote(KickVote),
    /// You are removed. The connection is closed with code 4008 after this.
    Kicked(Removal),
    /// Whether the others read what you say in chat, whenever that changes and after `welcome`.
    Muted {
        /// They don't.
        muted: bool,
        /// Seconds until they do again; missing while that is open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u32>,
    },
}

/// Why somebody is out, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Removal {
    /// Why, in an operator's words; empty after a vote.
    pub reason: String,
    /// You cannot come back for a while; otherwise you can at once.
    #[serde(default)]
    pub banned: bool,
    /// How long that while is, seconds; missing when it lasts until an operator ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// The players voted for it.
    #[serde(default)]
    pub voted: bool,
}

/// A vote on removing somebody from the room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct KickVote {
    /// Number of the vote in the room.
    pub id: u32,
    /// Whom it is about.
    pub target: PlayerId,
    /// The same by name.
    pub target_name: String,
    /// Who began it.
    pub by: PlayerId,
    /// Who voted for it so far.
    pub yes: u32,
    /// Who voted against it so far.
    pub no: u32,
    /// Votes for it that are needed.
    pub needed: u32,
    /// The tick at which it ends.
    pub ends: Tick,
    /// What became of it.
    #[serde(default)]
    pub state: KickVoteState,
}

/// What became of a vote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum KickVoteState {
    /// It goes on.
    #[default]
    Open,
    /// The player is removed.
    Passed,
    /// The player stays, or left by itself.
    Failed,
}

/// Everything that a newcomer must know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Welcome {
    /// The player's id.
    pub player: PlayerId,
    /// The player's name, as the server cleaned it.
    pub name: String,
    /// Secret with which the player can come back once; each `welcome` brings a new one.
    pub resume: String,
    /// The player came back as who it was.
    pub resumed: bool,
    /// The newest tick.
    pub tick: Tick,
    /// Ticks per second.
    pub tick_rate: u32,
    /// Number of the room.
    pub room: u32,
    /// The rules in force.
    pub release: ReleaseInfo,
    /// The scene in force.
    pub scene: SceneInfo,
    /// The running round.
    pub round: RoundInfo,
    /// An update that is announced but not active yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingUpdate>,
    /// Seconds for which the arena keeps the place of a player whose connection is lost.
    pub grace_seconds: f32,
    /// Id of the build of the browser client that this server serves; see `/build.json`. Missing when it serves none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// Code of the room, if it is a private one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_code: Option<String>,
    /// You only watch: there is no player of yours, `player` is 0 and `resume` empty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watching: bool,
}

/// One of the best players of a round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Leader {
    /// Who.
    pub id: PlayerId,
    /// Name.
    pub name: String,
    /// Points of this round.
    pub score: i32,
    /// Kills of this round.
    pub kills: u32,
    /// Deaths of this round.
    pub deaths: u32,
    /// 1 or 2 in a fight of two teams, otherwise missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<u8>,
}

/// A release that becomes active soon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct PendingUpdate {
    /// The rules.
    pub release: ReleaseInfo,
    /// The first tick that is played with them.
    pub activate_tick: Tick,
}

/// A release of rules. Its content is at `/content/{hash}`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct ReleaseInfo {
    /// Number, from 1; 0 is the native rules (safe mode), which have no content.
    pub number: u32,
    /// What the operator called it.
    pub version: String,
    /// SHA-256 of the script in lower-case hexadecimal; empty for the native rules.
    pub hash: String,
    /// What the operator wrote for the players.
    #[serde(default)]
    pub note: String,
    /// Version of the functions that the rules may call; a client with another one needs a new build.
    pub host_api: u32,
    /// What the sides of the arena and the spawn area are multiplied by, before the rules see them; 1 when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arena_scale: Option<f32>,
    /// The card that these rules are played with, for one round. `hash` is of both together then; number, version and note are
    /// the rules'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardInfo>,
}

/// The running round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct RoundInfo {
    /// From 1.
    pub number: u32,
    /// What it is doing.
    pub phase: RoundPhase,
    /// The tick at which the phase ends.
    pub ends: Tick,
    /// Who won the round that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winner: Option<PlayerId>,
    /// Which team won the round that is over, 1 or 2; missing without teams, and in a draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub winning_team: Option<u8>,
    /// Points of each team in the round that is over, team 1 first; missing without teams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<i32>,
    /// The best of the round that is over, in order, at most three; of the winning team if there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub podium: Vec<Leader>,
    /// What is worth telling of the round that is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moments: Vec<Moment>,
}

impl From<sim::round::Round> for RoundInfo {
    fn from(round: sim::round::Round) -> Self {
        let (phase, winner) = match round.phase {
            sim::round::Phase::Playing => (RoundPhase::Playing, None),
            sim::round::Phase::Over { winner } => (RoundPhase::Over, winner),
        };
        Self { number: round.number, phase, ends: round.ends, winner, ..Self::default() }
    }
}

/// What a round is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum RoundPhase {
    /// Blows count.
    #[default]
    Playing,
    /// The result stands.
    Over,
}

/// How far a client is with an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum UpdateStage {
    /// Received, verified and compiled; waits for its tick.
    Armed,
    /// In use.
    #[default]
    Active,
    /// Received and verified; not compiled yet.
    Fetched,
}

/// What was wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not a message of this protocol: broken JSON, wrong fields, unknown binary.
    BadMessage,
    /// An object with a `type` that does not exist.
    UnknownType,
    /// Something else came where `hello` was due, or `hello` came twice.
    BadHandshake,
    /// Another version of the protocol.
    WrongVersion,
    /// The name is empty or cannot be shown; the player got another one.
    BadName,
    /// The resume token is unknown, was used already or is too old; the player is a new one.
    BadResume,
    /// More messages than allowed; this one was dropped.
    RateLimited,
    /// An input with a sequence number that was used already; dropped.
    StaleInput,
    /// The server, or the wanted room, is full.
    Full,
    /// The server failed; nothing was lost.
    Internal,
    /// The wanted room does not exist, or cannot be watched.
    NoRoom,
    /// Who watches may not act.
    Watching,
    /// You are muted; this line of chat was dropped.
    Muted,
    /// This vote cannot begin, or is over, or is not yours.
    VoteRefused,
}
