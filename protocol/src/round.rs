//! How a round ended: who stands on the podium, and what is worth telling of it.

use std::cmp::Reverse;

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::moments::{Feat, Moments};
use sim::{Player, PlayerId, World, teams};

use crate::server::{Leader, RoundInfo, RoundPhase};

/// Places on a podium.
const PODIUM: usize = 3;

/// What somebody did best in a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct Moment {
    /// What it was.
    pub kind: MomentKind,
    /// Who did it.
    pub id: PlayerId,
    /// Its name.
    pub name: String,
    /// How much: kills, units or hit points.
    pub value: u32,
}

/// What may be told of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    /// Most kills without dying.
    Streak,
    /// The furthest hit with the orb, from where it was batted, units.
    Shot,
    /// Most hit points taken from others.
    Damage,
    /// Most kills with the orb.
    OrbKills,
}

impl From<Feat> for MomentKind {
    fn from(feat: Feat) -> Self {
        match feat {
            Feat::Streak => Self::Streak,
            Feat::Shot => Self::Shot,
            Feat::Damage => Self::Damage,
            Feat::OrbKills => Self::OrbKills,
        }
    }
}

impl RoundInfo {
    /// The round of `world` and, if it has just ended, how: who stands on the podium, and what is worth telling of it.
    #[must_use]
    pub fn told<'n>(world: &World, moments: &Moments, name_of: impl Fn(PlayerId) -> &'n str) -> Self {
        let info = Self::from(world.round);
        if info.phase == RoundPhase::Playing {
            return info;
        }
        let in_teams = world.players.iter().any(|player| player.team > 0);
        let winning_team = if in_teams { teams::winner(&world.players) } else { None };
        let mut best: Vec<&Player> = world
            .players
            .iter()
            .filter(|player| player.score > 0 && winning_team.is_none_or(|team| player.team == team))
            .collect();
        best.sort_by_key(|player| (Reverse(player.score), player.id));
        let placed = |player: &&Player| Leader {
            id: player.id,
            name: name_of(player.id).to_owned(),
            score: player.score,
            kills: player.kills,
            deaths: player.deaths,
            team: (player.team > 0).then_some(player.team),
        };
        let moment = |feat: Feat| {
            let (id, value) = moments.best(feat)?;
            Some(Moment { kind: feat.into(), id, name: name_of(id).to_owned(), value })
        };
        Self {
            winning_team,
            teams: if in_teams {
                teams::sums(&world.players).map(|sum| sum.points).into()
            } else {
                Vec::new()
            },
            podium: best.iter().take(PODIUM).map(placed).collect(),
            moments: Feat::ALL.into_iter().filter_map(moment).collect(),
            ..info
        }
    }
}
