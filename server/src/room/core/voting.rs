//! Votes on the card of the next round, and the card's coming and going.

use std::sync::Arc;

use protocol::{ErrorCode, ServerMessage};
use sim::round::Phase;
use sim::{PlayerId, RulesError};

use super::{Room, tell};
use crate::release::{CardFailure, DealtCard};
use crate::room::Sender;
use crate::room::roster::Link;
use crate::room::vote::{self, NotCounted};

impl Room {
    /// Lets people vote in the pauses from now on. What wins is announced `lead` ticks before the round.
    pub fn hold_votes(&mut self, lead: u32) {
        self.ballot.turn_on(lead);
    }

    pub(super) fn cast_vote(&mut self, from: Sender, id: u32, option: u8) {
        let Some(member) = self.heard(from) else { return };
        let player = member.id;
        let (code, message) = match self.ballot.cast(player, id, option) {
            // Who is a moment late has seen it end.
            Ok(()) | Err(NotCounted::Over) => return,
            Err(NotCounted::NoOption) => (ErrorCode::BadMessage, "this vote has no such option"),
        };
        if let Some(member) = self.heard(from) {
            tell(member, &ServerMessage::Error { code, message: message.to_owned() });
        }
    }

    /// After each tick: takes the vote and the card a step further.
    pub(super) fn hold_vote(&mut self) {
        let Some(lead) = self.ballot.lead() else { return };
        let (now, round) = (self.world.tick, self.world.round);
        self.end_card(lead);
        let Self { ballot, rules, .. } = self;
        ballot.drop_stale(|card| rules.fits(card));
        let left = round.ends.since(now);
        if left <= self.world.ticks(vote::ASK_SECONDS) && self.anybody() && self.ballot.ask(round.number) {
            self.aftermath.wants_cards = self.rules.current().cloned();
        }
        let Self { ballot, roster, rules, news, .. } = self;
        let here = |player: PlayerId| {
            roster.people().iter().any(|member| member.id == player && matches!(member.link, Link::Up(_)))
        };
        // Releases that are on their way win over cards.
        let fits = |card: &DealtCard| !rules.awaits_others() && rules.fits(card);
        if let Some((vote, card)) = ballot.close(now, here, fits) {
            news.push(ServerMessage::Vote(vote));
            if let Some(card) = card {
                self.announce_card(card);
            }
        } else if let Some(vote) = ballot.poll(now, self.world.tick_rate, here) {
            news.push(ServerMessage::Vote(vote));
        }
        let shortest = lead + self.world.ticks(vote::SHORTEST_SECONDS);
        if matches!(round.phase, Phase::Over { .. })
            && left >= shortest
            && !self.ballot.is_open()
            && self.anybody()
        {
            let ends = now.plus(left - lead);
            let Self { ballot, rules, .. } = self;
            let fits = |card: &DealtCard| !rules.awaits_others() && rules.fits(card);
            self.news.extend(ballot.open(round.number, now, ends, fits).map(ServerMessage::Vote));
        }
    }

    /// Somebody has a live connection.
    fn anybody(&self) -> bool {
        self.roster.people().iter().any(|member| matches!(member.link, Link::Up(_)))
    }

    /// The card plays from the first tick of the next round on.
    fn announce_card(&mut self, card: Arc<DealtCard>) {
        let first = self.world.round.ends.max(self.world.tick.plus(1));
        let (info, activate_tick) = self.rules.schedule_card(card, first);
        self.news.push(ServerMessage::HotUpdate { release: Some(info), scene: None, activate_tick });
    }

    /// Announces that the card ends with the round, when that is near.
    fn end_card(&mut self, lead: u32) {
        if self.rules.card().is_none() || self.rules.awaits_others() {
            return;
        }
        let (now, round) = (self.world.tick, self.world.round);
        let first = if round.is_playing() { round.ends.plus(1) } else { now.plus(1) };
        if first.since(now) > lead {
            return;
        }
        if let Some((info, activate_tick)) = self.rules.schedule_no_card(first) {
            self.news.push(ServerMessage::HotUpdate { release: Some(info), scene: None, activate_tick });
        }
    }

    /// The card is to blame for what failed, if there is one: the room plays on with the rules alone.
    pub(super) fn card_failed(&mut self, error: RulesError) -> Result<(), RulesError> {
        let Some(card) = self.rules.drop_card() else { return Err(error) };
        self.ballot.refuse(&card);
        self.rules_replaced();
        let (release, tick) = (card.base.info.number, self.world.tick.plus(1));
        let card = card.info.name.clone();
        self.aftermath.card_failures.push(CardFailure { card, release, tick, error });
        Ok(())
    }
}
