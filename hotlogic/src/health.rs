//! What the game promises of every fight, whatever the rules say: everybody is somewhere inside, has hit points within their
//! limits, and nobody and nothing moves faster than a stated speed.

use crate::hooks::Hook;
use crate::replay::is_born;
use crate::{RhaiRules, ScriptError};
use sim::tuning::MAX_SPEED;
use sim::world::clamp_inside;
use sim::{PlayerId, Vec2, World};

/// Fastest that a player gets on, by its own will and by blows together, units per second.
pub(crate) const MAX_PLAYER_SPEED: f32 = 2.0 * MAX_SPEED;
/// Fastest that the orb gets on, units per second, but for a jump now and then.
pub(crate) const MAX_ORB_SPEED: f32 = MAX_SPEED;
/// The orb may jump once in a fight and once more in each so many ticks: through a gate, or to where new rules want it.
pub(crate) const TICKS_PER_JUMP: u32 = 100;
/// Rounding, units: positions are sums of floats.
const SLACK: f32 = 1.0;

/// Watches a fight tick by tick.
#[derive(Default)]
pub(crate) struct Watch {
    /// In the order of ids.
    players: Vec<(PlayerId, Vec2)>,
    orb: Vec2,
    ticks: u32,
    jumps: u32,
}

impl Watch {
    /// Notes where everybody is before a tick.
    pub(crate) fn before(&mut self, world: &World) {
        self.players.clear();
        self.players.extend(world.players.iter().map(|player| (player.id, player.position)));
        self.orb = world.orb.position;
        self.ticks += 1;
    }

    /// Looks at the world after that tick.
    pub(crate) fn after(&mut self, world: &World, rules: &RhaiRules) -> Result<(), ScriptError> {
        let fault = |what: String, hook: Hook| {
            let message = format!("{what} in tick {} (`{}`)", world.tick, hook.name());
            Err(ScriptError::new(message, rules.position_of(hook)))
        };
        let tuning = rules.tuning();
        let inside = |position, radius| clamp_inside(position, radius, tuning) == position;
        for player in &world.players {
            let finite =
                player.position.is_finite() && player.velocity.is_finite() && player.push.is_finite();
            if !finite || !inside(player.position, tuning.player_radius) {
                return fault("a player left the arena".to_owned(), Hook::MovePlayer);
            }
            if player.hp < 0 || player.hp > tuning.max_hp as i32 {
                return fault(format!("a player had {} hit points", player.hp), Hook::Strike);
            }
        }
        let orb = &world.orb;
        if !orb.velocity.is_finite() || !inside(orb.position, tuning.orb_radius) {
            return fault("the orb left the arena".to_owned(), Hook::MoveOrb);
        }
        let most = MAX_ORB_SPEED * world.dt() + SLACK;
        let way = (orb.position - self.orb).length();
        self.jumps += u32::from(way > most);
        if way > most && self.jumps > 1 + self.ticks / TICKS_PER_JUMP {
            let what =
                format!("the orb keeps jumping: it went {way:.0} units, {most:.0} are as fast as it flies,");
            return fault(what, Hook::MoveOrb);
        }
        let most = MAX_PLAYER_SPEED * world.dt() + SLACK;
        let longest = self.ways(world).fold(0.0, |longest: f32, (_, way)| longest.max(way));
        if longest > most {
            let what = format!("a player went {longest:.0} units, at most {most:.0} are allowed,");
            return fault(what, Hook::MovePlayer);
        }
        Ok(())
    }

    /// How far everybody went in the tick, except those who came to life in it, units.
    pub(crate) fn ways<'a>(&'a self, world: &'a World) -> impl Iterator<Item = (PlayerId, f32)> + 'a {
        self.players.iter().zip(&world.players).filter_map(move |((id, before), player)| {
            let same = player.id == *id && !is_born(&world.effects, *id);
            same.then(|| (*id, (player.position - *before).length()))
        })
    }
}
