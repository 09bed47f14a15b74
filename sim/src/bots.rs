//! Bots: players who are no people.
//!
//! A [`Brain`] looks at the world as a player does, through what is to be seen, and answers with a [`PlayerInput`], as a
//! player does. It has its own random numbers and no clock, so a fight with bots can be played again. What makes it look like
//! somebody: it looks around a few times a second and not in every tick, reacts late, sticks to what it has begun, takes detours,
//! and keeps out of others' pockets.
//!
//! A rule may do the thinking (`bot_think`): then it decides what the bot wants at each look, and the rest is the bot's own.

mod names;
mod sight;
mod skill;
mod thought;

pub use names::name_of;
pub use skill::{Skill, Skills, UnknownSkill};
pub use thought::{BotMark, BotQuery, BotWish};

use crate::ids::{PlayerId, Tick};
use crate::input::PlayerInput;
use crate::rng::Rng;
use crate::rules::{Rules, RulesError};
use crate::teams::mates;
use crate::tuning::Tuning;
use crate::vec2::{Vec2, vec2};
use crate::world::{Player, World, clamp_inside};
use sight::{Sight, Taste};
use skill::Traits;

/// A way that differs by less than this from the one it runs is not worth a turn: cosine of about 14 degrees.
const SAME_WAY: f32 = 0.97;
/// How long it stays brave after it has fled, seconds.
const BRAVE_SECONDS: f32 = 5.0;

/// What a bot is up to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Plan {
    /// Nothing yet.
    None,
    /// Goes there, without a purpose.
    Stroll(Vec2),
    /// Wants to strike somebody.
    Hunt(PlayerId),
    /// Wants to bat the orb at somebody.
    Orb,
    /// Gets away.
    Flee,
}

/// What a strike is meant for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mark {
    Player(PlayerId),
    Orb,
}

/// The brain of one bot.
#[derive(Clone, Debug, PartialEq)]
pub struct Brain {
    skill: Skill,
    rng: Rng,
    favourites: u32,
    plan: Plan,
    plan_ends: Tick,
    last_prey: Option<PlayerId>,
    look_again: Tick,
    brave_until: Tick,
    /// The strike that is about to come.
    swing: Option<(Mark, Tick)>,
    /// How far it believes a strike to reach, as a share of the truth.
    judged: f32,
    /// Which way it goes around others, -1 or 1.
    side: f32,
    side_ends: Tick,
    /// The closest opponent at the last look.
    nearest: Option<PlayerId>,
    /// The way it runs.
    way: Vec2,
    /// A rule thought for it at the last look.
    scripted: bool,
}

impl Brain {
    /// A brain whose every thought follows from `seed` and what it sees.
    #[must_use]
    pub fn new(skill: Skill, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let favourites = rng.next_u32();
        Self {
            skill,
            rng,
            favourites,
            plan: Plan::None,
            plan_ends: Tick(0),
            last_prey: None,
            look_again: Tick(0),
            brave_until: Tick(0),
            swing: None,
            judged: 1.0,
            side: 1.0,
            side_ends: Tick(0),
            nearest: None,
            way: Vec2::ZERO,
            scripted: false,
        }
    }

    /// Whom it chases.
    #[must_use]
    pub fn prey(&self) -> Option<PlayerId> {
        match self.plan {
            Plan::Hunt(prey) => Some(prey),
            _ => None,
        }
    }

    /// Gets away from somebody.
    #[must_use]
    pub fn flees(&self) -> bool {
        self.plan == Plan::Flee
    }

    /// What the bot `id` wants in the coming tick. Never allocates; takes time in proportion to the number of players, and
    /// that only in a tick in which it looks around. Then `rules` are asked first whether they think for it.
    ///
    /// # Errors
    /// When the `bot_think` rule fails; the brain is as it was.
    pub fn think(
        &mut self,
        world: &World,
        id: PlayerId,
        rules: &mut impl Rules,
    ) -> Result<PlayerInput, RulesError> {
        let Some(me) = world.player(id).filter(|me| me.alive()) else {
            self.forget();
            return Ok(PlayerInput::default());
        };
        let mut input = PlayerInput::default();
        if world.tick >= self.look_again {
            input = self.look(world, me, rules)?;
        }
        if let Some(aim) = self.swing(world, me, rules.tuning()) {
            input.merge(PlayerInput::striking(Some(aim)));
        }
        Ok(input)
    }

    /// Looks around in the coming tick, whenever it would have done so.
    pub fn look_up(&mut self) {
        self.look_again = Tick(0);
    }

    /// It is dead: nothing of before counts.
    fn forget(&mut self) {
        self.plan = Plan::None;
        self.swing = None;
        self.way = Vec2::ZERO;
        self.nearest = None;
        self.look_again = Tick(0);
        self.brave_until = Tick(0);
    }

    /// Looks around, and does what the rules want, or what it wants itself.
    fn look(
        &mut self,
        world: &World,
        me: &Player,
        rules: &mut impl Rules,
    ) -> Result<PlayerInput, RulesError> {
        let traits = self.skill.traits();
        let taste = Taste { favourites: self.favourites, bloodlust: traits.bloodlust, last: self.last_prey };
        let sight = Sight::of(world, me, rules.tuning(), &taste);
        let (question, rng) = self.question(world, me, &sight, rules.tuning());
        let wish = rules.bot_think(&question)?;
        if wish.is_some() {
            self.rng = rng;
        }
        let pause = traits.look * self.between(0.7, 1.3);
        self.look_again = world.tick.plus(world.ticks(pause).max(1));
        self.nearest = sight.nearest.map(|(other, _)| other.id);
        self.follow_rule(wish.is_some());
        Ok(match wish {
            Some(wish) => self.obey(wish, world, me, &sight),
            None => self.decide_freely(world, me, rules.tuning(), &sight),
        })
    }

    /// Makes up its mind and chooses its way.
    fn decide_freely(
        &mut self,
        world: &World,
        me: &Player,
        tuning: &Tuning,
        sight: &Sight<'_>,
    ) -> PlayerInput {
        let traits = self.skill.traits();
        if world.tick >= self.side_ends {
            self.side = if self.chance(0.5) { 1.0 } else { -1.0 };
            self.side_ends = world.tick.plus(world.ticks(self.between(0.6, 1.8)).max(1));
        }
        self.decide(world, me, tuning, sight);

        let (mut way, mut dash) = self.way_of_plan(world, me, tuning, sight);
        if let Some((seconds, out)) = sight::orb_threat(world, me, tuning, 0.6)
            && self.chance(traits.dodge)
        {
            way = out * 1.5;
            dash = seconds < 0.3 && self.chance(traits.dash);
        }
        way += sight.elbow_room * 1.5;
        way += sight::off_the_walls(me.position, tuning, 3.0 * tuning.player_radius) * 0.8;
        let direction = self.turn(way);
        PlayerInput {
            direction,
            dash: dash && me.dash_cooldown == 0 && !me.shielded(),
            ..PlayerInput::default()
        }
    }

    /// Keeps what it does until that is done or long enough; then does something else.
    fn decide(&mut self, world: &World, me: &Player, tuning: &Tuning, sight: &Sight<'_>) {
        let traits = self.skill.traits();
        let now = world.tick;
        let health = me.hp as f32 / tuning.max_hp.max(1.0);
        let pressed = sight.nearest.is_some_and(|(_, distance)| distance < 4.0 * tuning.strike_range + 60.0);
        if self.plan != Plan::Flee && now >= self.brave_until && pressed && health < traits.flee_below {
            self.begin(Plan::Flee, world, [1.2, 2.6]);
            self.brave_until = self.plan_ends.plus(world.ticks(BRAVE_SECONDS));
            return;
        }
        let goes_on = match self.plan {
            Plan::None => false,
            Plan::Hunt(prey) => {
                world.player(prey).is_some_and(|prey| prey.alive() && !prey.shielded() && !mates(me, prey))
            }
            Plan::Orb => world.orb.batted_by.is_none_or(|batter| batter == me.id),
            Plan::Stroll(there) => (there - me.position).length() > 2.0 * tuning.player_radius,
            Plan::Flee => true,
        };
        if goes_on && now < self.plan_ends {
            return;
        }
        let prey = sight.prey.map(|(prey, _)| prey.id).filter(|_| world.round.is_playing());
        let orb_way = (world.orb.position - me.position).length();
        let orb_is_near = orb_way < 0.4 * (tuning.arena_width + tuning.arena_height) * 0.5;
        match prey {
            Some(_) if orb_is_near && self.chance(traits.orb) => self.begin(Plan::Orb, world, [1.5, 4.0]),
            Some(prey) if !self.chance(traits.wander) => {
                self.last_prey = Some(prey);
                self.begin(Plan::Hunt(prey), world, [2.0, 5.0]);
            }
            _ => {
                let step = vec2(self.between(-500.0, 500.0), self.between(-500.0, 500.0));
                let there = clamp_inside(me.position + step, 3.0 * tuning.player_radius, tuning);
                self.begin(Plan::Stroll(there), world, [0.8, 2.2]);
            }
        }
    }

    fn begin(&mut self, plan: Plan, world: &World, seconds: [f32; 2]) {
        self.plan = plan;
        self.plan_ends = world.tick.plus(world.ticks(self.between(seconds[0], seconds[1])).max(1));
    }

    /// Where its plan takes it, and whether a dash would help.
    fn way_of_plan(
        &mut self,
        world: &World,
        me: &Player,
        tuning: &Tuning,
        sight: &Sight<'_>,
    ) -> (Vec2, bool) {
        let traits = self.skill.traits();
        match self.plan {
            Plan::None => (Vec2::ZERO, false),
            Plan::Stroll(there) => ((there - me.position).normalize_or(Vec2::ZERO) * 0.8, false),
            Plan::Hunt(prey) => match world.player(prey) {
                Some(prey) => self.way_to(prey, world, me, tuning),
                None => (Vec2::ZERO, false),
            },
            Plan::Orb => {
                // To where it will be, or it is chased for ever.
                let offset = world.orb.position - me.position;
                let seconds = (offset.length() / tuning.player_speed.max(1.0)).min(1.5);
                let meeting = offset + world.orb.velocity * (seconds * traits.lead);
                let close = 0.7 * tuning.strike_range;
                (if offset.length() < close { offset * 0.0 } else { meeting.normalize_or(Vec2::ZERO) }, false)
            }
            Plan::Flee => {
                let inwards = sight::off_the_walls(me.position, tuning, 200.0);
                let away = sight.away.normalize_or(self.sidewards(me.facing));
                let close = sight.nearest.is_some_and(|(_, distance)| distance < 2.5 * tuning.strike_range);
                let dash = close && self.chance(traits.dash);
                ((away + self.sidewards(away) * 0.3 + inwards * 1.3).normalize_or(away), dash)
            }
        }
    }

    /// Towards somebody while it can strike, and around it until it can.
    fn way_to(&mut self, prey: &Player, world: &World, me: &Player, tuning: &Tuning) -> (Vec2, bool) {
        let traits = self.skill.traits();
        let seen = prey.position - me.position;
        let distance = seen.length();
        let seconds = (distance / tuning.player_speed.max(1.0)).min(0.5);
        let meeting = seen + (prey.velocity + prey.push) * (seconds * traits.lead);
        let towards = meeting.normalize_or(self.sidewards(me.facing));
        let around = self.sidewards(towards);
        let range = tuning.strike_range;
        let ready = me.strike_cooldown
            <= world.ticks(distance.min(0.12 * tuning.player_speed) / tuning.player_speed.max(1.0));
        let off_course = self.between(-traits.aim_error, traits.aim_error);
        let way = if distance > 2.5 * range {
            towards + around * (0.25 + off_course)
        } else if ready {
            let close_enough = distance < 0.75 * range;
            if close_enough { around * 0.6 } else { towards + around * off_course }
        } else if distance < traits.keeps_off * range {
            towards * -0.8 + around * 0.6
        } else {
            around * 0.8 + towards * 0.2
        };
        let leap = tuning.dash_speed * tuning.dash_duration;
        let in_a_leap = distance > range && distance < range + 1.3 * leap;
        (way, ready && in_a_leap && self.chance(0.4 * traits.dash))
    }

    /// Runs that way from now on, unless it does so already.
    fn turn(&mut self, way: Vec2) -> Option<Vec2> {
        let way = if way.length() < 0.15 { Vec2::ZERO } else { way.clamp_length(1.0) };
        let (before, after) = (self.way.normalize_or(Vec2::ZERO), way.normalize_or(Vec2::ZERO));
        let as_before = before.dot(after) > SAME_WAY || self.way == way;
        if as_before {
            return None;
        }
        self.way = way;
        Some(way)
    }

    /// Gets ready for a strike.
    fn raise(&mut self, mark: Mark, world: &World, me: &Player) {
        let traits = self.skill.traits();
        self.judged = self.between(traits.judgement[0], traits.judgement[1]);
        // Whoever waits for the cooldown has had the time to get ready.
        let reaction = world.ticks(self.between(traits.reaction[0], traits.reaction[1]));
        let wait = reaction.max(me.strike_cooldown + reaction / 2);
        self.swing = Some((mark, world.tick.plus(wait)));
    }

    /// Strikes when its time has come; says where to.
    fn swing(&mut self, world: &World, me: &Player, tuning: &Tuning) -> Option<Vec2> {
        let traits = self.skill.traits();
        let Some((mark, due)) = self.swing else {
            let mark = self.occasion(world, me, tuning)?;
            self.raise(mark, world, me);
            return None;
        };
        if world.tick < due {
            return None;
        }
        self.swing = None;
        let there = match mark {
            Mark::Player(id) => world.player(id)?.position - me.position,
            Mark::Orb => world.orb.position - me.position,
        };
        let reach = tuning.strike_range + if mark == Mark::Orb { tuning.orb_radius } else { 0.0 };
        // Who has got away meanwhile is not struck at, except by those who cannot tell.
        if there.length() > reach * self.judged.max(1.0) * 1.1 {
            return None;
        }
        let aim = match mark {
            Mark::Player(_) => there,
            Mark::Orb => self.shot(world, me, tuning, traits),
        };
        let error = Vec2::from_angle(self.between(-traits.aim_error, traits.aim_error));
        let aim = aim.normalize_or(me.facing);
        Some(vec2(aim.x * error.x - aim.y * error.y, aim.x * error.y + aim.y * error.x))
    }

    /// What could be struck now, as far as it can tell.
    fn occasion(&self, world: &World, me: &Player, tuning: &Tuning) -> Option<Mark> {
        if self.scripted || !world.round.is_playing() {
            return None;
        }
        let within = |point: Vec2, reach: f32| (point - me.position).length() <= reach * self.judged;
        let in_reach = |id: &PlayerId| {
            let other = world.player(*id);
            other.is_some_and(|o| {
                o.alive() && !o.shielded() && !mates(me, o) && within(o.position, tuning.strike_range)
            })
        };
        if let Some(id) = self.prey().filter(in_reach).or_else(|| self.nearest.filter(in_reach)) {
            return Some(Mark::Player(id));
        }
        let own = world.orb.batted_by == Some(me.id);
        let wants_orb =
            self.plan == Plan::Orb || (world.orb.batted_by.is_some() && self.skill == Skill::Hard);
        let orb_in_reach = within(world.orb.position, tuning.strike_range + tuning.orb_radius);
        (wants_orb && !own && orb_in_reach && self.nearest.is_some()).then_some(Mark::Orb)
    }

    /// Where to bat the orb, so that it meets somebody.
    fn shot(&self, world: &World, me: &Player, tuning: &Tuning, traits: &Traits) -> Vec2 {
        let Some(target) = self.nearest.and_then(|id| world.player(id)) else { return me.facing };
        let offset = target.position - world.orb.position;
        let seconds = (offset.length() / tuning.orb_bat_speed.max(1.0)).min(1.5);
        offset + (target.velocity + target.push) * (seconds * traits.lead)
    }

    fn sidewards(&self, way: Vec2) -> Vec2 {
        vec2(-way.y, way.x) * self.side
    }

    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (most - least) * self.rng.next_unit()
    }

    fn chance(&mut self, share: f32) -> bool {
        self.rng.next_unit() < share
    }
}
