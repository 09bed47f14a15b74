//! Messages from a player to the server.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::{PlayerId, Seq, Tick, Vec2};

use crate::server::UpdateStage;

/// What a player may say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message of a connection.
    Hello(Hello),
    /// From now on, run in this direction.
    Move {
        /// Sequence number of this input.
        seq: Seq,
        /// The tick it was made for; as soon as possible when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tick: Option<Tick>,
        /// Direction; longer than 1 counts as 1.
        dir: Vec2,
    },
    /// Strike once.
    Attack {
        /// Sequence number of this input.
        seq: Seq,
        /// The tick it was made for; as soon as possible when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tick: Option<Tick>,
        /// Where to look while striking; the orb is batted that way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aim: Option<Vec2>,
        /// The tick, with its fraction, at which the others were drawn: the strike is judged by where they were then, as
        /// far as the server looks back. The present when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<f64>,
    },
    /// Dash once.
    Dash {
        /// Sequence number of this input.
        seq: Seq,
        /// The tick it was made for; as soon as possible when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tick: Option<Tick>,
    },
    /// Say something to the room.
    Chat {
        /// Plain text.
        text: String,
    },
    /// Is anybody there?
    Heartbeat {
        /// The client's clock in milliseconds, of any epoch; comes back in `heartbeat_ack`.
        t: f64,
        /// Round trip that the client last measured, milliseconds; shown to operators.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rtt: Option<f32>,
        /// By how many ticks the client's prediction is ahead of the newest snapshot when that arrives, at most: blows push
        /// the player that much later, so that it knows of a push before it predicts it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ahead: Option<u8>,
    },
    /// How an update went.
    AckUpdate {
        /// Number of the release.
        release: u32,
        /// It was applied.
        ok: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// Milliseconds from `hot_update` until this stage was reached.
        ms: f32,
        /// What was reached; `active` when missing.
        #[serde(default)]
        stage: UpdateStage,
        /// Name of the card that came with the release, if it was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        card: Option<String>,
    },
    /// Choose what the next round is played with. May be changed until the vote ends.
    Vote {
        /// Number of the vote.
        id: u32,
        /// Which of its options, counted from 0.
        option: u8,
    },
    /// Send a keyframe: something was missed.
    Resync,
    /// Leaving for good: take the player out of the arena now.
    Bye,
    /// Ask the room to remove somebody.
    VoteKick {
        /// Whom.
        player: PlayerId,
    },
    /// Answer a `kick_vote`.
    AnswerKick {
        /// Which vote.
        id: u32,
        /// Remove that player.
        yes: bool,
    },
}

/// Introduces a player.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Hello {
    /// [`PROTOCOL_VERSION`](crate::PROTOCOL_VERSION) of the client.
    pub protocol: u32,
    /// Wanted name.
    #[serde(default)]
    pub name: String,
    /// Secret from the last `welcome`, to come back as the same player.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// Content hash of the script that the client has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Content hash of the scene image that the client has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// Wanted room: the number of a public one, or the code of a private one, which is opened if need be. Any public one
    /// when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Only to watch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub watch: bool,
    /// Wanted look, from 0; the id decides when it is missing or there is no such look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skin: Option<u8>,
}
