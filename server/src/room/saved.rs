//! What is stored of members, and how they come back from it.

use sim::world::clamp_inside;
use sim::{Player, PlayerId, Tuning};

use super::roster::{Member, Roster};
use crate::storage::{PlayerCheckpoint, PlayerTotals, SavedPlayer};

/// What must be stored of a member.
pub(super) fn checkpoint(room: u32, player: &Player, member: &Member) -> PlayerCheckpoint {
    PlayerCheckpoint {
        player: player.id,
        room,
        name: member.name.clone(),
        saved: SavedPlayer {
            position: player.position,
            facing: player.facing,
            hp: player.hp,
            score: player.score,
            kills: player.kills,
            deaths: player.deaths,
            streak: player.streak,
            respawn_ticks: player.respawn_left,
        },
        last_seen_ms: crate::unix_ms(),
    }
}

/// A body from what was stored of it, made fit for the rules in force.
pub(super) fn restored(id: PlayerId, saved: SavedPlayer, tuning: &Tuning) -> Player {
    Player {
        position: clamp_inside(saved.position, tuning.player_radius, tuning),
        facing: saved.facing,
        hp: saved.hp.clamp(0, tuning.max_hp as i32),
        score: saved.score,
        kills: saved.kills,
        deaths: saved.deaths,
        streak: saved.streak,
        respawn_left: saved.respawn_ticks,
        ..Player::new(id)
    }
}

/// What a member adds to its lifetime record, under its name; nothing for somebody who has left meanwhile.
pub(super) fn totals(roster: &mut Roster, row: PlayerTotals) -> Option<PlayerTotals> {
    let name = roster.get_mut(row.player)?.name.clone();
    Some(PlayerTotals { name, last_seen_ms: crate::unix_ms(), ..row })
}
