//! What is remembered of a round: for its end, and for the lifetime records.

use protocol::RoundInfo;
use sim::moments::Moments;
use sim::{Effect, PlayerId, World, teams};

use super::roster::Roster;
use super::saved;
use super::snapshot::name_of;
use crate::storage::PlayerTotals;

/// Of one player.
#[derive(Debug)]
struct Deeds {
    id: PlayerId,
    /// Kills since it died last.
    streak: u32,
    /// Its furthest hit with the orb that is recorded, units.
    shot: u32,
}

/// One of a room.
#[derive(Debug)]
pub(super) struct Outcome {
    /// When the round began, milliseconds since 1970.
    began_ms: u64,
    moments: Moments,
    /// What people have done to people in this round.
    deeds: Vec<Deeds>,
    /// How the last round ended.
    told: Option<RoundInfo>,
}

impl Outcome {
    /// Of a round that begins now.
    pub(super) fn begin() -> Self {
        Self { began_ms: crate::unix_ms(), moments: Moments::default(), deeds: Vec::new(), told: None }
    }

    /// The running round is the one in which somebody was seen at `seen_ms`. After a restart of the server (`None`) the first
    /// round goes on where the last one was.
    pub(super) fn same_round_since(&self, seen_ms: Option<u64>, world: &World) -> bool {
        seen_ms.map_or(world.round.number == 1, |seen_ms| seen_ms > self.began_ms)
    }

    /// Remembers what happened in a tick, and adds to the lifetime records. Those are made against people: bots neither
    /// give nor take anything.
    pub(super) fn observe(&mut self, world: &World, roster: &mut Roster, totals: &mut Vec<PlayerTotals>) {
        self.moments.observe(&world.effects);
        let people = |one: PlayerId, other: PlayerId| !one.is_bot() && !other.is_bot();
        for effect in &world.effects {
            match *effect {
                Effect::Hit { attacker, target, by_orb: true, shot, .. } if people(attacker, target) => {
                    let (shot, deeds) = (shot as u32, self.deeds_of(attacker));
                    if shot > deeds.shot {
                        deeds.shot = shot;
                        let row = PlayerTotals { player: attacker, shot, ..PlayerTotals::default() };
                        totals.extend(saved::totals(roster, row));
                    }
                }
                Effect::Kill { killer, victim, points, .. } => {
                    if people(killer, victim) {
                        let deeds = self.deeds_of(killer);
                        deeds.streak += 1;
                        let (streak, points) = (deeds.streak, u32::try_from(points).unwrap_or(0));
                        let won =
                            PlayerTotals { player: killer, kills: 1, points, streak, ..Default::default() };
                        let lost = PlayerTotals { player: victim, deaths: 1, ..Default::default() };
                        totals.extend([won, lost].into_iter().filter_map(|row| saved::totals(roster, row)));
                    }
                    if let Some(deeds) = self.deeds.iter_mut().find(|deeds| deeds.id == victim) {
                        deeds.streak = 0;
                    }
                }
                Effect::RoundStarted { .. } => {
                    self.began_ms = crate::unix_ms();
                    self.deeds.clear();
                }
                Effect::RoundEnded { winner, .. } => {
                    self.moments.keep(|id| world.player(id).is_some());
                    let members = roster.members();
                    self.told = Some(RoundInfo::told(world, &self.moments, |id| name_of(members, id)));
                    count_round(world, roster, winner, totals);
                }
                _ => {}
            }
        }
    }

    /// The running round; in the pause after it also how it ended.
    pub(super) fn round(&self, world: &World) -> RoundInfo {
        let now = RoundInfo::from(world.round);
        match &self.told {
            Some(told) if (told.number, told.phase) == (now.number, now.phase) => {
                RoundInfo { ends: now.ends, ..told.clone() }
            }
            _ => now,
        }
    }

    fn deeds_of(&mut self, id: PlayerId) -> &mut Deeds {
        let known = self.deeds.iter().position(|deeds| deeds.id == id);
        let index = known.unwrap_or_else(|| {
            self.deeds.push(Deeds { id, streak: 0, shot: 0 });
            self.deeds.len() - 1
        });
        &mut self.deeds[index]
    }
}

/// A round counts for all people who fought in it, unless there was nobody but bots to fight. A team wins together.
fn count_round(world: &World, roster: &mut Roster, winner: Option<PlayerId>, totals: &mut Vec<PlayerTotals>) {
    let sums = teams::sums(&world.players);
    let in_teams = sums.iter().any(|sum| sum.members > 0);
    let people = roster.people().len();
    let counts = if in_teams { sums.iter().all(|sum| sum.people > 0) } else { people > 1 };
    if !counts {
        return;
    }
    let winning_team = winner.and_then(|winner| world.player(winner)).map_or(0, |winner| winner.team);
    let fought =
        world.players.iter().filter(|player| !player.id.is_bot() && player.kills + player.deaths > 0);
    for player in fought {
        let won = winner == Some(player.id) || winning_team > 0 && player.team == winning_team;
        let row = PlayerTotals {
            player: player.id,
            rounds_played: 1,
            rounds_won: u32::from(won),
            ..PlayerTotals::default()
        };
        totals.extend(saved::totals(roster, row));
    }
}
