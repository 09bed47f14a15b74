//! Who comes, who is heard, and who leaves.

use protocol::{CloseCode, PlayerState, ServerMessage, Welcome};
use sim::{PlayerId, Tick};

use super::Room;
use crate::room::catch_up::Past;
use crate::room::inputs::InputQueue;
use crate::room::roster::{Connection, Link, Member};
use crate::room::{Earlier, Join, Sender, saved};

impl Room {
    pub(super) fn join(&mut self, join: Join) -> Welcome {
        let id = join.from.player;
        let now = self.world.tick;
        let resumed = join.saved.is_some() || self.world.player(id).is_some();
        let link = Link::Up(Connection::new(join.from.session, join.encoding, join.outbox));
        if let Some(member) = self.roster.get_mut(id) {
            member.disconnect(now, CloseCode::Replaced);
            member.link = link;
            // A reloaded page counts its inputs from 1 again.
            member.inputs.restart();
            member.past.forget();
            member.silent = false;
            member.address = join.address;
            member.heard = now;
            member.joined = now;
            member.spoke = true;
        } else {
            self.enter_world(id, join.saved);
            self.roster.insert(Member {
                id,
                name: join.name.clone(),
                skin: join.skin,
                address: join.address,
                inputs: InputQueue::default(),
                past: Past::default(),
                link,
                rtt_ms: None,
                heard: now,
                joined: now,
                spoke: resumed,
                late: false,
                silent: false,
            });
            if let Some(player) = self.world.player(id) {
                let player = PlayerState::full(player, &join.name, true).wearing(join.skin);
                self.news.push(ServerMessage::NewPlayer { player });
            }
        }
        self.ballot.stir();
        self.kick_votes.stir();
        let name = self.roster.get_mut(id).map_or(join.name, |member| member.name.clone());
        self.welcome(id, name, join.resume, resumed)
    }

    /// What a newcomer must know.
    pub(super) fn welcome(&self, player: PlayerId, name: String, resume: String, resumed: bool) -> Welcome {
        Welcome {
            player,
            name,
            resume,
            resumed,
            tick: self.world.tick,
            tick_rate: self.world.tick_rate,
            room: self.number,
            release: self.rules.info.clone(),
            scene: self.scene.clone(),
            round: self.outcome.round(&self.world),
            pending: self.rules.pending(),
            grace_seconds: self.grace_ticks as f32 / self.world.tick_rate as f32,
            build: None,
            room_code: None,
            watching: false,
        }
    }

    /// Puts a body into the world: as it was stored, or fresh by the rules.
    fn enter_world(&mut self, id: PlayerId, earlier: Option<Earlier>) {
        if let Some(Earlier { saved, seen_ms }) = earlier {
            let same_round = self.outcome.same_round_since(seen_ms, &self.world);
            let saved = if same_round { saved } else { saved.without_points() };
            let player = saved::restored(id, saved, sim::Rules::tuning(&self.rules.active));
            self.world.restore(player);
            self.world.enlist(id, sim::Rules::tuning(&self.rules.active));
            return;
        }
        while let Err(error) = self.world.join(&mut self.rules.active, id) {
            self.rules_failed(error);
        }
    }

    pub(super) fn heard(&mut self, from: Sender) -> Option<&mut Member> {
        let now = self.world.tick;
        let member = self.roster.sender(from)?;
        member.heard = now;
        member.spoke = true;
        member.silent = false;
        Some(member)
    }

    pub(super) fn lost(&mut self, from: Sender) {
        let now = self.world.tick;
        let Some(member) = self.roster.sender(from) else { return };
        member.disconnect(now, CloseCode::Internal);
        member.inputs.restart();
        self.ballot.stir();
        if let Some(player) = self.world.player_mut(from.player) {
            player.direction = sim::Vec2::ZERO;
        }
    }

    pub(super) fn expire_lost(&mut self) {
        let deadline = self.world.tick.0.checked_sub(self.grace_ticks).map(Tick);
        for id in self.roster.lost_before(deadline) {
            self.remove(id);
        }
    }

    pub(super) fn remove(&mut self, id: PlayerId) {
        let Some(mut member) = self.roster.remove(id) else { return };
        member.disconnect(self.world.tick, CloseCode::Normal);
        if let Some(player) = self.world.leave(id) {
            let last = saved::checkpoint(self.number, &player, &member);
            self.aftermath.departed.push(last);
        }
        self.ballot.stir();
        self.news.push(ServerMessage::PlayerLeft { id });
    }
}
