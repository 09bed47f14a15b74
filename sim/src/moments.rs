//! The moments of a round that are worth telling: who had the longest streak, who shot the orb furthest, and so on.
//!
//! Whoever plays a fight keeps one [`Moments`] beside the world and shows it every tick. It influences nothing.

use crate::effect::Effect;
use crate::ids::PlayerId;

/// What somebody did best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feat {
    /// Kills without dying.
    Streak,
    /// Distance between the place where a player batted the orb and the place where it hit somebody, units.
    Shot,
    /// Hit points taken from others.
    Damage,
    /// Kills with the orb.
    OrbKills,
}

impl Feat {
    /// All of them, the most telling first.
    pub const ALL: [Self; 4] = [Self::Streak, Self::Shot, Self::Damage, Self::OrbKills];

    /// Less than this is not worth telling.
    fn least(self) -> u32 {
        match self {
            Self::Streak => 2,
            Self::Shot | Self::Damage | Self::OrbKills => 1,
        }
    }
}

/// What one player did in the round.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Deeds {
    id: PlayerId,
    streak: u32,
    shot: f32,
    damage: u32,
    orb_kills: u32,
}

impl Deeds {
    fn of(&self, feat: Feat) -> u32 {
        match feat {
            Feat::Streak => self.streak,
            Feat::Shot => self.shot.round() as u32,
            Feat::Damage => self.damage,
            Feat::OrbKills => self.orb_kills,
        }
    }
}

/// What everybody did in the running round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// In ascending order of id; only those who have hit somebody.
    deeds: Vec<Deeds>,
}

impl Moments {
    /// Takes in what happened in a tick. A new round begins from nothing.
    pub fn observe(&mut self, effects: &[Effect]) {
        for effect in effects {
            match *effect {
                Effect::Hit { attacker, damage, shot, .. } => {
                    let deeds = self.deeds_of(attacker);
                    deeds.damage = deeds.damage.saturating_add(damage.unsigned_abs());
                    deeds.shot = deeds.shot.max(shot);
                }
                Effect::Kill { killer, streak, by_orb, .. } => {
                    let deeds = self.deeds_of(killer);
                    deeds.streak = deeds.streak.max(streak.unsigned_abs());
                    deeds.orb_kills += u32::from(by_orb);
                }
                Effect::RoundStarted { .. } => self.deeds.clear(),
                _ => {}
            }
        }
    }

    /// Who did that best, and how well; among equals the one who was here first. Nobody when it is not worth telling.
    #[must_use]
    pub fn best(&self, feat: Feat) -> Option<(PlayerId, u32)> {
        let best = self.deeds.iter().rev().max_by_key(|deeds| deeds.of(feat))?;
        (best.of(feat) >= feat.least()).then_some((best.id, best.of(feat)))
    }

    /// Keeps those of whom this is so, and forgets the others.
    pub fn keep(&mut self, stays: impl Fn(PlayerId) -> bool) {
        self.deeds.retain(|deeds| stays(deeds.id));
    }

    fn deeds_of(&mut self, id: PlayerId) -> &mut Deeds {
        let index = self.deeds.binary_search_by_key(&id, |deeds| deeds.id).unwrap_or_else(|index| {
            self.deeds.insert(index, Deeds { id, streak: 0, shot: 0.0, damage: 0, orb_kills: 0 });
            index
        });
        &mut self.deeds[index]
    }
}
