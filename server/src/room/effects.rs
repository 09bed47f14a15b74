//! What a tick did: news for the players, and records to store.

use protocol::{RoundInfo, ServerMessage};
use sim::{Effect, World};

use super::roster::Roster;
use super::saved;
use crate::storage::PlayerTotals;

/// Adds what just happened in `world` to the news and to the lifetime records.
pub(super) fn tell(
    world: &World,
    roster: &mut Roster,
    news: &mut Vec<ServerMessage>,
    totals: &mut Vec<PlayerTotals>,
) {
    for effect in &world.effects {
        let message = match *effect {
            Effect::Hit { attacker, target, damage, hp, by_orb } => {
                ServerMessage::PlayerAttacked { attacker, target, damage, hp, by_orb }
            }
            Effect::Kill { killer, victim, by_orb } => {
                // Lifetime records are made against people.
                if !killer.is_bot() && !victim.is_bot() {
                    totals.extend(saved::totals(roster, killer, 1, 0, 0));
                    totals.extend(saved::totals(roster, victim, 0, 1, 0));
                }
                ServerMessage::PlayerKilled { killer, victim, by_orb }
            }
            Effect::Respawn { player } => ServerMessage::PlayerRespawned { id: player },
            Effect::RoundStarted { .. } => ServerMessage::Round(RoundInfo::from(world.round)),
            Effect::RoundEnded { winner, .. } => {
                let alone_with_bots = roster.people().len() < 2 && roster.members().len() > 1;
                if let Some(winner) = winner.filter(|winner| !winner.is_bot() && !alone_with_bots) {
                    totals.extend(saved::totals(roster, winner, 0, 0, 1));
                }
                ServerMessage::Round(RoundInfo::from(world.round))
            }
            // Seen in the snapshot: `striking` of the player, the orb's velocity and batter.
            Effect::Strike { .. } | Effect::OrbBatted { .. } => continue,
        };
        news.push(message);
    }
}
