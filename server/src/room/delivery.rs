//! What members are sent after a tick: the news and one snapshot each.

use bytes::Bytes;
use protocol::{Encoding, ServerMessage, codec};
use sim::{PlayerId, World};

use super::roster::{Link, Member, Roster};
use super::snapshot::SnapshotWriter;

/// Hands every member what it gets of a tick.
#[derive(Default)]
pub(super) struct Delivery {
    snapshots: SnapshotWriter,
}

impl Delivery {
    /// Sends `news`, which are used up, and the state of `world`, made by the rules of `release`, to everybody.
    pub(super) fn deliver(
        &mut self,
        world: &World,
        roster: &mut Roster,
        news: &mut Vec<ServerMessage>,
        release: u32,
    ) {
        let encoded = [Encoding::Json, Encoding::Binary].map(|encoding| {
            let wanted = |member: &Member| matches!(&member.link, Link::Up(c) if c.encoding == encoding);
            if roster.members().iter().any(wanted) { encode_all(news, encoding) } else { Vec::new() }
        });
        news.clear();
        let mut tick = self.snapshots.write(world, roster, release);
        let names: Vec<(PlayerId, String)> = if roster.members().iter().any(wants_keyframe) {
            roster.members().iter().map(|member| (member.id, member.name.clone())).collect()
        } else {
            Vec::new()
        };
        let name_of = |id: PlayerId| {
            names.binary_search_by_key(&id, |(id, _)| *id).map(|at| names[at].1.clone()).unwrap_or_default()
        };
        for (member, body) in roster.members_mut().iter_mut().zip(&world.players) {
            let own = member.own_state(body);
            let Link::Up(connection) = &mut member.link else { continue };
            let encoding = connection.encoding;
            let frame = tick.frame(&self.snapshots, name_of, connection.needs_keyframe, encoding, &own);
            let news = &encoded[usize::from(encoding == Encoding::Binary)];
            if let Err(code) = connection.deliver(news, frame) {
                member.disconnect(world.tick, code);
                member.inputs.restart();
            }
        }
    }
}

fn wants_keyframe(member: &Member) -> bool {
    matches!(&member.link, Link::Up(connection) if connection.needs_keyframe)
}

fn encode_all(messages: &[ServerMessage], encoding: Encoding) -> Vec<Bytes> {
    messages.iter().map(|message| Bytes::from(codec::encode_server(message, encoding))).collect()
}
