//! A room and its members as operators see them.

use protocol::{ReleaseInfo, RoundInfo};
use sim::{Tick, World};

use super::costs::RulesCost;
use super::roster::{Link, Member, Roster};
use super::rules::RoomRules;
use super::{ClientStatus, RoomStatus, RoomSummary};
use crate::lobby::FIRST_PRIVATE;

/// Describes a room.
pub(super) fn describe(
    number: u32,
    world: &World,
    roster: &Roster,
    rules: &RoomRules,
    costs: RulesCost,
) -> RoomStatus {
    let release = &rules.info;
    let clients = roster.people().iter().map(|member| describe_member(number, world, member, release));
    RoomStatus {
        number,
        players: roster.people().len() as u32,
        bots: (roster.members().len() - roster.people().len()) as u32,
        watchers: roster.watchers().len() as u32,
        private: number >= FIRST_PRIVATE,
        release: release.number,
        version: release.version.clone(),
        hash: rules.current().map(|current| current.info.hash.clone()).unwrap_or_default(),
        card: release.card.as_ref().map(|card| card.name.clone()),
        safe_mode: rules.in_safe_mode(),
        tick: world.tick.0,
        costs,
        clients: clients.collect(),
    }
}

/// Describes a room in a few words, without names.
pub(super) fn summarize(number: u32, world: &World, roster: &Roster, rules: &RoomRules) -> RoomSummary {
    let round = RoundInfo::from(world.round);
    RoomSummary {
        number,
        people: roster.people().len() as u32,
        bots: (roster.members().len() - roster.people().len()) as u32,
        watchers: roster.watchers().len() as u32,
        release: rules.info.number,
        version: rules.info.version.clone(),
        phase: round.phase,
        round: round.number,
        seconds_left: round.ends.since(world.tick).div_ceil(world.tick_rate.max(1)),
    }
}

fn describe_member(room: u32, world: &World, member: &Member, release: &ReleaseInfo) -> ClientStatus {
    let ms = |since: Tick| u64::from(world.tick.since(since)) * 1_000 / u64::from(world.tick_rate.max(1));
    ClientStatus {
        id: member.id,
        name: member.name.clone(),
        room,
        address: member.address.to_string(),
        encoding: match &member.link {
            Link::Up(connection) => connection.encoding.subprotocol(),
            Link::Down(_) | Link::Bot => "",
        },
        release: release.number,
        rtt_ms: member.rtt_ms,
        idle_ms: ms(member.heard),
        connected_ms: ms(member.joined),
        connected: member.connected(),
    }
}
