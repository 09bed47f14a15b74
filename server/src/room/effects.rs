//! What a tick did: news for the players, and records to store.

use protocol::ServerMessage;
use sim::{Effect, World};

use super::outcome::Outcome;
use super::roster::Roster;
use crate::storage::PlayerTotals;

/// Adds what just happened in `world` to the news and to the lifetime records.
pub(super) fn tell(
    world: &World,
    roster: &mut Roster,
    outcome: &mut Outcome,
    news: &mut Vec<ServerMessage>,
    totals: &mut Vec<PlayerTotals>,
) {
    outcome.observe(world, roster, totals);
    for effect in &world.effects {
        let message = match *effect {
            Effect::Hit { attacker, target, damage, hp, by_orb, .. } => {
                ServerMessage::PlayerAttacked { attacker, target, damage, hp, by_orb }
            }
            Effect::Kill { killer, victim, by_orb, .. } => {
                ServerMessage::PlayerKilled { killer, victim, by_orb }
            }
            Effect::Respawn { player } => ServerMessage::PlayerRespawned { id: player },
            Effect::RoundStarted { .. } | Effect::RoundEnded { .. } => {
                ServerMessage::Round(outcome.round(world))
            }
            // Seen in the snapshot: `striking` of the player, the orb's velocity and batter.
            Effect::Strike { .. } | Effect::OrbBatted { .. } => continue,
        };
        news.push(message);
    }
}
