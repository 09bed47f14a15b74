//! The best players of a battlefield, in which nobody sees everybody.

use protocol::server::Leader;
use protocol::{Encoding, ServerMessage, codec};
use sim::{Player, World};

use super::parcel::Parcel;
use super::roster::Roster;
use super::snapshot::name_of;

/// How many are named.
const TOP: usize = 10;

/// Who leads, as it was told last.
#[derive(Default)]
pub(super) struct Leaders {
    told: Vec<Player>,
    now: Vec<Player>,
    /// In JSON and in binary.
    parcels: [Parcel; 2],
}

impl Leaders {
    /// Looks once a second; true when there is something new to tell everybody.
    pub(super) fn look(&mut self, world: &World, roster: &Roster) -> bool {
        if !world.tick.0.is_multiple_of(world.tick_rate) {
            return false;
        }
        let rank = |player: &Player| (-i64::from(player.score), player.deaths, player.id);
        self.now.clear();
        for player in world.players.iter().filter(|player| player.score > 0) {
            let place = self.now.partition_point(|other| rank(other) < rank(player));
            if place < TOP {
                self.now.truncate(TOP - 1);
                self.now.insert(place, *player);
            }
        }
        let shown = |player: &Player| (player.id, player.score, player.kills, player.deaths, player.team);
        if self.now.iter().map(shown).eq(self.told.iter().map(shown)) {
            return false;
        }
        std::mem::swap(&mut self.now, &mut self.told);
        let leader = |player: &Player| Leader {
            id: player.id,
            name: name_of(roster.members(), player.id).to_owned(),
            score: player.score,
            kills: player.kills,
            deaths: player.deaths,
            team: (player.team > 0).then_some(player.team),
        };
        let message = ServerMessage::Leaders { top: self.told.iter().map(leader).collect() };
        for (parcel, encoding) in self.parcels.iter_mut().zip([Encoding::Json, Encoding::Binary]) {
            parcel.clear();
            parcel.push(&codec::encode_server(&message, encoding));
        }
        true
    }

    /// Appends the message to `out`.
    pub(super) fn tell(&self, out: &mut Parcel, encoding: Encoding) {
        out.append(&self.parcels[usize::from(encoding == Encoding::Binary)]);
    }
}
