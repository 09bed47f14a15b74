//! Fights to try rules with: recorded ones, and generated ones, in which everybody hunts somebody, strikes, dashes and bats the
//! orb, and many die.

use crate::{Recording, Replay};
use sim::bots::BotQuery;
use sim::rng::Rng;
use sim::rules::{Rules, RulesError};
use sim::vec2::vec2;
use sim::world::clamp_inside;
use sim::{PlayerId, PlayerInput, Tick, Tuning, Vec2, World};

/// Fighters.
const PLAYERS: u32 = 8;

/// The crowd is brought together again this often, ticks.
const GATHER_EVERY: u32 = 60;

/// What becomes of the crowd of a generated fight whenever it is brought together.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Nearly half of them are close to death, so that everything happens soon.
    Wounded,
    /// They keep the hit points that they have.
    Unharmed,
}

/// A fight, played tick by tick.
pub(crate) enum Fight<'a> {
    /// Made up.
    Generated(Generated),
    /// As players fought it.
    Recorded(Replay<'a>),
}

/// A fight that is made up while it is played.
pub(crate) struct Generated {
    world: World,
    rng: Rng,
    inputs: Vec<(PlayerId, PlayerInput)>,
    crowd: Crowd,
    tick: u32,
    ticks: u32,
}

impl<'a> Fight<'a> {
    /// `seed` decides which fight it is; it lasts so many ticks.
    pub(crate) fn generated(
        seed: u64,
        ticks: u32,
        crowd: Crowd,
        rules: &mut impl Rules,
    ) -> Result<Self, RulesError> {
        let mut rng = Rng::new(seed);
        let world = begin(crowd, rules, &mut rng)?;
        Ok(Self::Generated(Generated { world, rng, inputs: Vec::new(), crowd, tick: 0, ticks }))
    }

    pub(crate) fn recorded(recording: &'a Recording, rules: &impl Rules) -> Self {
        Self::Recorded(Replay::new(recording, rules))
    }

    pub(crate) fn world(&self) -> &World {
        match self {
            Self::Generated(fight) => &fight.world,
            Self::Recorded(replay) => replay.world(),
        }
    }

    /// Finds out what everybody wants in the next tick; `false` when the fight is over.
    pub(crate) fn prepare(&mut self, rules: &mut impl Rules) -> Result<bool, RulesError> {
        let goes_on = match self {
            Self::Generated(fight) => fight.prepare(rules),
            Self::Recorded(replay) => replay.take_in(rules)?,
        };
        if goes_on {
            ask_a_bot(self.world(), rules)?;
        }
        Ok(goes_on)
    }

    /// Plays the tick.
    pub(crate) fn play(&mut self, rules: &mut impl Rules) -> Result<(), RulesError> {
        match self {
            Self::Generated(fight) => fight.world.step(rules, &fight.inputs),
            Self::Recorded(replay) => replay.play(rules),
        }
    }
}

impl Generated {
    fn prepare(&mut self, rules: &impl Rules) -> bool {
        if self.tick == self.ticks {
            return false;
        }
        self.tick += 1;
        if self.tick.is_multiple_of(GATHER_EVERY) {
            gather(&mut self.world, self.crowd, rules.tuning(), &mut self.rng);
        }
        intents(&self.world, &mut self.rng, &mut self.inputs);
        true
    }
}

/// A crowd around the orb.
fn begin(crowd: Crowd, rules: &mut impl Rules, rng: &mut Rng) -> Result<World, RulesError> {
    let tuning = rules.tuning().clone();
    let mut world = World::new(u64::from(rng.next_u32()), Tick(1), sim::DEFAULT_TICK_RATE, &tuning);
    for id in 1..=PLAYERS {
        world.join(rules, PlayerId(id))?;
    }
    gather(&mut world, crowd, &tuning, rng);
    Ok(world)
}

/// Brings everybody to the orb: a large arena would keep them apart for minutes.
fn gather(world: &mut World, crowd: Crowd, tuning: &Tuning, rng: &mut Rng) {
    let centre = world.orb.position;
    for player in &mut world.players {
        let offset = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU)
            * (tuning.strike_range * rng.next_unit());
        player.position = clamp_inside(centre + offset, tuning.player_radius, tuning);
        player.shield_left = 0;
        if crowd == Crowd::Wounded && player.alive() && rng.next_unit() < 0.4 {
            player.hp = player.hp.min(1 + (rng.next_unit() * 10.0) as i32);
        }
    }
}

/// One player after the other looks around like a bot, a few times a second. What rules make of it is checked, but nobody
/// follows it: what was recorded is what bots did then, and a generated fight must be the same for all scripts.
fn ask_a_bot(world: &World, rules: &mut impl Rules) -> Result<(), RulesError> {
    let Some(turn) = world.tick.0.checked_rem(world.players.len() as u32) else { return Ok(()) };
    let id = world.players[turn as usize].id;
    let mut random = Rng::new(u64::from(world.tick.0));
    let nature = Rng::new(u64::from(id.0)).next_unit();
    match BotQuery::of(world, id, rules.tuning(), nature, random.next_unit()) {
        Some(query) => rules.bot_think(&query).map(|_| ()),
        None => Ok(()),
    }
}

/// What everybody wants in the next tick.
fn intents(world: &World, rng: &mut Rng, inputs: &mut Vec<(PlayerId, PlayerInput)>) {
    inputs.clear();
    for player in &world.players {
        let prey = nearest(world, player.id);
        let target = if rng.next_unit() < 0.3 { world.orb.position } else { prey };
        let direction = match rng.next_u32() % 8 {
            0 => Vec2::ZERO,
            1 => Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU),
            2 => vec2(0.3, -0.2),
            _ => (target - player.position).normalize_or(vec2(1.0, 0.0)),
        };
        let input = PlayerInput {
            direction: (rng.next_unit() < 0.4).then_some(direction),
            aim: (rng.next_unit() < 0.5).then(|| prey - player.position),
            attack: rng.next_unit() < 0.25,
            dash: rng.next_unit() < 0.03,
            seen: None,
        };
        inputs.push((player.id, input));
    }
}

/// Where the nearest other living player is, or the orb when there is none.
fn nearest(world: &World, id: PlayerId) -> Vec2 {
    let Some(own) = world.player(id) else { return world.orb.position };
    let squared = |position: Vec2| (position - own.position).dot(position - own.position);
    world
        .players
        .iter()
        .filter(|other| other.id != id && other.alive())
        .map(|other| other.position)
        .min_by(|a, b| squared(*a).total_cmp(&squared(*b)))
        .unwrap_or(world.orb.position)
}
