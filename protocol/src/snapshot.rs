//! The state of a room as a player sees it.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::{Player, PlayerId, Seq, Tick, Vec2};

pub use crate::packed::Standing;

/// What is the case at a tick: everything in a keyframe (`full`), otherwise what changed since the tick before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Snapshot {
    /// The tick.
    pub tick: Tick,
    /// A keyframe: whoever is not listed is not there.
    pub full: bool,
    /// Release of the rules that made this tick.
    pub release: u32,
    /// Everybody in a keyframe, otherwise those with changes.
    pub players: Vec<PlayerState>,
    /// Who left the sight since the tick before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<PlayerId>,
    /// The orb.
    pub orb: OrbState,
    /// Where the receiver stands in the round; told in battlefields, about once a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// The receiver's own exact state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub you: Option<OwnState>,
}

/// One player; in a delta only `id` and the fields that changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct PlayerState {
    /// Who.
    pub id: PlayerId,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Centre, units, rounded to [`POSITION_STEP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<f32>,
    /// Centre, units, rounded to [`POSITION_STEP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<f32>,
    /// View in radians, rounded to [`FACING_STEP`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facing: Option<f32>,
    /// Hit points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hp: Option<i32>,
    /// Points of this round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// Kills of this round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kills: Option<u32>,
    /// Deaths of this round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deaths: Option<u32>,
    /// Has hit points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alive: Option<bool>,
    /// Can neither be struck nor hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shield: Option<bool>,
    /// Dashing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashing: Option<bool>,
    /// Swung in this tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub striking: Option<bool>,
    /// Has a live connection; `false` while the server waits for the player to come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected: Option<bool>,
    /// 1 or 2 in a fight of two teams; missing when everybody fights for themselves, 0 in a delta that ends the teams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<u8>,
    /// It is a bot; missing for people. Its id says so, too: see [`PlayerId::is_bot`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<bool>,
    /// Chosen look, from 0; missing when none was chosen. Never changes while somebody is in a room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skin: Option<u8>,
}

/// The orb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct OrbState {
    /// Centre, units.
    pub x: f32,
    /// Centre, units.
    pub y: f32,
    /// Units per second.
    pub vx: f32,
    /// Units per second.
    pub vy: f32,
    /// Who batted it last, while it hurts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batted_by: Option<PlayerId>,
}

/// The receiver's own state, exact to the bit, for prediction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct OwnState {
    /// Last input that was applied.
    pub seq: Seq,
    /// How many ticks before its tick the newest input arrived; negative when late.
    pub lead: i32,
    /// Centre, units.
    pub position: Vec2,
    /// Velocity by own will, units per second.
    pub velocity: Vec2,
    /// Velocity given by blows, units per second.
    pub push: Vec2,
    /// Velocity that a blow has given and that will be added to `push`, units per second.
    #[serde(default)]
    pub recoil: Vec2,
    /// Unit vector of the view.
    pub facing: Vec2,
    /// Wanted direction, length at most 1.
    pub direction: Vec2,
    /// Hit points.
    pub hp: i32,
    /// Ticks until the next strike.
    pub strike_cooldown: u32,
    /// Ticks until the next dash.
    pub dash_cooldown: u32,
    /// Ticks of the running dash that are left.
    pub dash_left: u32,
    /// Ticks of invulnerability that are left.
    pub shield_left: u32,
    /// Ticks until the respawn; only counts while dead.
    pub respawn_left: u32,
    /// Ticks until `recoil` takes effect; 0 when there is none.
    #[serde(default)]
    pub recoil_left: u32,
}

impl OwnState {
    /// What `player` needs to predict itself.
    #[must_use]
    pub fn of(player: &Player, seq: Seq, lead: i32) -> Self {
        Self {
            seq,
            lead,
            position: player.position,
            velocity: player.velocity,
            push: player.push,
            recoil: player.recoil,
            facing: player.facing,
            direction: player.direction,
            hp: player.hp,
            strike_cooldown: player.strike_cooldown,
            dash_cooldown: player.dash_cooldown,
            dash_left: player.dash_left,
            shield_left: player.shield_left,
            respawn_left: player.respawn_left,
            recoil_left: player.recoil_left,
        }
    }

    /// The body that prediction continues from.
    #[must_use]
    pub fn to_player(&self, id: PlayerId) -> Player {
        Player {
            position: self.position,
            velocity: self.velocity,
            push: self.push,
            recoil: self.recoil,
            facing: self.facing,
            direction: self.direction,
            hp: self.hp,
            strike_cooldown: self.strike_cooldown,
            dash_cooldown: self.dash_cooldown,
            dash_left: self.dash_left,
            shield_left: self.shield_left,
            respawn_left: self.respawn_left,
            recoil_left: self.recoil_left,
            ..Player::new(id)
        }
    }
}

/// Grid to which positions of others are rounded, units.
pub const POSITION_STEP: f32 = 1.0 / 16.0;
/// Grid to which views of others are rounded, radians: 256 directions.
pub const FACING_STEP: f32 = std::f32::consts::TAU / 256.0;

/// `value` on the grid of `step`.
#[must_use]
pub fn quantise(value: f32, step: f32) -> f32 {
    (value / step).round() * step
}

impl PlayerState {
    /// Every field of a player.
    #[must_use]
    pub fn full(player: &Player, name: &str, connected: bool) -> Self {
        Self { name: Some(name.to_owned()), ..Self::unnamed(player, connected) }
    }

    /// Every field of a player but the name, which never changes while somebody is in a room.
    #[must_use]
    pub fn unnamed(player: &Player, connected: bool) -> Self {
        Self {
            id: player.id,
            name: None,
            x: Some(quantise(player.position.x, POSITION_STEP)),
            y: Some(quantise(player.position.y, POSITION_STEP)),
            facing: Some(quantise(player.facing.angle(), FACING_STEP)),
            hp: Some(player.hp),
            score: Some(player.score),
            kills: Some(player.kills),
            deaths: Some(player.deaths),
            alive: Some(player.alive()),
            shield: Some(player.shielded()),
            dashing: Some(player.dash_left > 0),
            striking: Some(player.striking),
            connected: Some(connected),
            team: (player.team > 0).then_some(player.team),
            bot: player.id.is_bot().then_some(true),
            skin: None,
        }
    }

    /// The same in a chosen look.
    #[must_use]
    pub fn wearing(self, skin: Option<u8>) -> Self {
        Self { skin, ..self }
    }

    /// The fields in which `self` differs from `before`; `None` when there are none.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Option<Self> {
        fn changed<T: Clone + PartialEq>(now: &Option<T>, before: &Option<T>) -> Option<T> {
            if now == before { None } else { now.clone() }
        }
        let delta = Self {
            id: self.id,
            name: changed(&self.name, &before.name),
            x: changed(&self.x, &before.x),
            y: changed(&self.y, &before.y),
            facing: changed(&self.facing, &before.facing),
            hp: changed(&self.hp, &before.hp),
            score: changed(&self.score, &before.score),
            kills: changed(&self.kills, &before.kills),
            deaths: changed(&self.deaths, &before.deaths),
            alive: changed(&self.alive, &before.alive),
            shield: changed(&self.shield, &before.shield),
            dashing: changed(&self.dashing, &before.dashing),
            striking: changed(&self.striking, &before.striking),
            connected: changed(&self.connected, &before.connected),
            team: if self.team == before.team { None } else { self.team.or(Some(0)) },
            bot: changed(&self.bot, &before.bot),
            skin: changed(&self.skin, &before.skin),
        };
        let unchanged = Self { id: self.id, ..Self::default() };
        (delta != unchanged).then_some(delta)
    }

    /// Takes over the fields that `delta` has.
    pub fn apply(&mut self, delta: &Self) {
        fn take<T: Clone>(field: &mut Option<T>, new: &Option<T>) {
            if new.is_some() {
                field.clone_from(new);
            }
        }
        take(&mut self.name, &delta.name);
        take(&mut self.x, &delta.x);
        take(&mut self.y, &delta.y);
        take(&mut self.facing, &delta.facing);
        take(&mut self.hp, &delta.hp);
        take(&mut self.score, &delta.score);
        take(&mut self.kills, &delta.kills);
        take(&mut self.deaths, &delta.deaths);
        take(&mut self.alive, &delta.alive);
        take(&mut self.shield, &delta.shield);
        take(&mut self.dashing, &delta.dashing);
        take(&mut self.striking, &delta.striking);
        take(&mut self.connected, &delta.connected);
        if let Some(team) = delta.team {
            self.team = (team > 0).then_some(team);
        }
        take(&mut self.bot, &delta.bot);
        take(&mut self.skin, &delta.skin);
    }
}
