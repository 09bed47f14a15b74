//! Bots whose mind is a rule: what it is told when a bot looks around, and what becomes of its answer.
//!
//! The rule decides what a bot wants, never what it can: reaction time, aim and judgement stay those of its skill, and
//! ranges and cooldowns those of the game.

use super::sight::Sight;
use super::{Brain, Mark, Plan, SAME_WAY};
use crate::ids::PlayerId;
use crate::input::PlayerInput;
use crate::rng::Rng;
use crate::teams::mates;
use crate::tuning::Tuning;
use crate::vec2::Vec2;
use crate::world::{Player, World};

/// Its pace changes only when it differs by more than this share of full speed.
const SAME_PACE: f32 = 0.1;

/// What `bot_think` is asked: what a bot sees when it looks around.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BotQuery {
    /// Where the bot is, units.
    pub position: Vec2,
    /// Its hit points, as a share of all.
    pub hp: f32,
    /// It could strike now.
    pub can_strike: bool,
    /// It could dash now, without giving up a shield.
    pub can_dash: bool,
    /// From the bot to its nearest living opponent, units; all of the opponent is 0 when there is none.
    pub foe: Vec2,
    /// The opponent's velocity, blows included, units per second.
    pub foe_velocity: Vec2,
    /// The opponent's hit points, as a share of all; above 0 if there is one.
    pub foe_hp: f32,
    /// The opponent cannot be hurt now.
    pub foe_shielded: bool,
    /// From the bot to the orb, units.
    pub orb: Vec2,
    /// The orb's velocity, units per second.
    pub orb_velocity: Vec2,
    /// The orb would hurt the bot: an opponent has batted it.
    pub orb_danger: bool,
    /// A number in `0.0..1.0` that is the bot's own and stays the same.
    pub nature: f32,
    /// A number in `0.0..1.0` from the bot's random numbers, another one at each look.
    pub random: f32,
}

/// What `bot_think` answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BotWish {
    /// Where to run; longer than 1 counts as 1.
    pub direction: Vec2,
    /// What to strike at, once it has had time to react and the mark is in reach.
    pub strike: Option<BotMark>,
    /// Whether to dash, if that is possible.
    pub dash: bool,
}

/// What a bot may strike at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotMark {
    /// The nearest opponent.
    Foe,
    /// The orb, to bat it at the nearest opponent.
    Orb,
}

impl BotQuery {
    /// What the living player `id` would see with a bot's eyes; nothing if there is no such player.
    #[must_use]
    pub fn of(world: &World, id: PlayerId, tuning: &Tuning, nature: f32, random: f32) -> Option<Self> {
        let me = world.player(id).filter(|me| me.alive())?;
        let distance = |other: &Player| (other.position - me.position).length();
        let others =
            world.players.iter().filter(|other| other.id != id && other.alive() && !mates(me, other));
        let foe = others.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        Some(Self::new(world, me, foe, tuning, nature, random))
    }

    fn new(
        world: &World,
        me: &Player,
        foe: Option<&Player>,
        tuning: &Tuning,
        nature: f32,
        random: f32,
    ) -> Self {
        let share = |hp: i32| (hp as f32 / tuning.max_hp.max(1.0)).clamp(0.0, 1.0);
        Self {
            position: me.position,
            hp: share(me.hp),
            can_strike: me.strike_cooldown == 0,
            can_dash: me.dash_cooldown == 0 && !me.shielded(),
            foe: foe.map_or(Vec2::ZERO, |foe| foe.position - me.position),
            foe_velocity: foe.map_or(Vec2::ZERO, |foe| foe.velocity + foe.push),
            foe_hp: foe.map_or(0.0, |foe| share(foe.hp)),
            foe_shielded: foe.is_some_and(Player::shielded),
            orb: world.orb.position - me.position,
            orb_velocity: world.orb.velocity,
            orb_danger: world.orb.batted_by.is_some_and(|batter| {
                batter != me.id && !world.player(batter).is_some_and(|batter| mates(me, batter))
            }),
            nature,
            random,
        }
    }
}

impl Brain {
    /// What a rule is asked at this look, and the bot's random numbers as they are after it.
    pub(super) fn question(
        &self,
        world: &World,
        me: &Player,
        sight: &Sight<'_>,
        tuning: &Tuning,
    ) -> (BotQuery, Rng) {
        let mut rng = self.rng;
        let nature = (self.favourites >> 8) as f32 / 16_777_216.0;
        let foe = sight.nearest.map(|(foe, _)| foe);
        (BotQuery::new(world, me, foe, tuning, nature, rng.next_unit()), rng)
    }

    /// From now on a rule thinks for it, or it does so itself: what one of them has begun the other one does not end.
    pub(super) fn follow_rule(&mut self, scripted: bool) {
        if self.scripted != scripted {
            self.scripted = scripted;
            self.plan = Plan::None;
            self.swing = None;
        }
    }

    /// Does what a rule wants, as well as it can.
    pub(super) fn obey(
        &mut self,
        wish: BotWish,
        world: &World,
        me: &Player,
        sight: &Sight<'_>,
    ) -> PlayerInput {
        let mark = match wish.strike.filter(|_| world.round.is_playing()) {
            Some(BotMark::Foe) => self.nearest.map(Mark::Player),
            Some(BotMark::Orb) => Some(Mark::Orb),
            None => None,
        };
        match (mark, self.swing) {
            (Some(mark), Some((_, due))) => self.swing = Some((mark, due)),
            (Some(mark), None) => self.raise(mark, world, me),
            (None, _) => self.swing = None,
        }
        let direction = self.run(wish.direction.clamp_length(1.0) + sight.elbow_room * 1.5);
        PlayerInput { direction, dash: wish.dash, ..PlayerInput::default() }
    }

    /// Runs that way at that pace from now on, unless it does so already, or nearly so.
    fn run(&mut self, way: Vec2) -> Option<Vec2> {
        let way = way.clamp_length(1.0);
        let (before, after) = (self.way.normalize_or(Vec2::ZERO), way.normalize_or(Vec2::ZERO));
        let same_pace = (way.length() - self.way.length()).abs() < SAME_PACE;
        if way == self.way || same_pace && before.dot(after) > SAME_WAY {
            return None;
        }
        self.way = way;
        Some(way)
    }
}
