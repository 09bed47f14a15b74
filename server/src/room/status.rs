//! A room and its members as operators see them.

use protocol::ReleaseInfo;
use sim::{Tick, World};

use super::costs::RulesCost;
use super::roster::{Link, Member, Roster};
use super::rules::RoomRules;
use super::{ClientStatus, RoomStatus};

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
