//! Who is taken out, by operators or by the others' vote, and what single members are told.

use protocol::{CloseCode, ErrorCode, Removal, ServerMessage};
use sim::PlayerId;

use super::{Room, tell};
use crate::room::Sender;

impl Room {
    pub(super) fn vote_kick(&mut self, from: Sender, target: PlayerId) {
        if self.heard(from).is_none() {
            return;
        }
        let who = (from.player, target);
        let begun = self.kick_votes.begin(self.world.tick, self.world.tick_rate, who, &self.roster);
        match begun {
            Ok(vote) => self.news.push(ServerMessage::KickVote(vote)),
            Err(why) => self.refuse_vote(from, why),
        }
    }

    pub(super) fn answer_kick(&mut self, from: Sender, id: u32, yes: bool) {
        if self.heard(from).is_none() {
            return;
        }
        if let Err(why) = self.kick_votes.answer(id, from.player, yes) {
            self.refuse_vote(from, why);
        }
    }

    /// Looks whether a vote is over. Whoever has to go goes when that is written down.
    pub(super) fn settle_kick_vote(&mut self) {
        if let Some((vote, decision)) = self.kick_votes.settle(self.world.tick, &self.roster) {
            self.news.push(ServerMessage::KickVote(vote));
            self.aftermath.decided.push(decision);
        } else if let Some(vote) = self.kick_votes.poll(self.world.tick, self.world.tick_rate, &self.roster) {
            self.news.push(ServerMessage::KickVote(vote));
        }
    }

    /// Tells somebody why, and takes it out of the arena.
    pub(super) fn kick(&mut self, player: PlayerId, removal: Removal) {
        let now = self.world.tick;
        let Some(member) = self.roster.get_mut(player).filter(|member| !member.id.is_bot()) else { return };
        tell(member, &ServerMessage::Kicked(removal));
        member.disconnect(now, CloseCode::Kicked);
        self.remove(player);
    }

    pub(super) fn tell_one(&mut self, player: PlayerId, message: &ServerMessage) {
        if let Some(member) = self.roster.get_mut(player) {
            tell(member, message);
        }
    }

    fn refuse_vote(&mut self, from: Sender, why: &str) {
        let refusal = ServerMessage::Error { code: ErrorCode::VoteRefused, message: why.to_owned() };
        self.tell_one(from.player, &refusal);
    }
}
