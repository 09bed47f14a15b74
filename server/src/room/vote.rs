//! The vote in the pause between two rounds: which cards come up, who chose what, and what won.
//!
//! Knows neither sockets nor rules: [`Room`](super::Room) tells it the time and who is there, and carries out what comes of it.

use std::sync::Arc;

use protocol::vote::NO_CARD;
use protocol::{CardInfo, VoteInfo};
use sim::rng::Rng;
use sim::{PlayerId, Tick};

use crate::release::DealtCard;

/// Cards that are voted on.
const OFFERED: usize = 3;
/// With fewer cards there is no vote.
const FEWEST: usize = 2;
/// Cards that failed in a room and are not offered there again.
const MAX_FAILED: usize = 64;
/// Shortest vote, seconds.
pub const SHORTEST_SECONDS: f32 = 2.0;
/// Cards are asked for this long before the end of a round, seconds: enough to put them together and check them.
pub const ASK_SECONDS: f32 = 30.0;
/// Counts are told at most so many times a second.
const COUNTS_A_SECOND: u32 = 3;

/// The votes of a room.
pub struct Ballot {
    /// Ticks from the end of a vote to the next round; `None` holds none.
    lead: Option<u32>,
    deck: Vec<Arc<DealtCard>>,
    /// Number of the round in which the deck was asked for.
    asked: Option<u32>,
    /// Number of the round whose pause has had its vote.
    held: Option<u32>,
    running: Option<Running>,
    last_id: u32,
    /// Names of the cards that came up last, and of the one that won.
    offered: Vec<String>,
    won: Option<String>,
    /// Hashes of cards that failed here.
    failed: Vec<String>,
    rng: Rng,
}

struct Running {
    info: VoteInfo,
    cards: Vec<Arc<DealtCard>>,
    votes: Vec<(PlayerId, u8)>,
    told: Tick,
    /// Somebody has something to hear.
    news: bool,
}

/// Why a vote was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// There is no such vote now.
    Over,
    /// It has no such option.
    NoOption,
}

impl Ballot {
    /// Without votes, until they are [turned on](Self::turn_on).
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            lead: None,
            deck: Vec::new(),
            asked: None,
            held: None,
            running: None,
            last_id: 0,
            offered: Vec::new(),
            won: None,
            failed: Vec::new(),
            // Another sequence than that of the world.
            rng: Rng::new(!seed),
        }
    }

    /// Holds votes, which end so many ticks before the next round.
    pub fn turn_on(&mut self, lead: u32) {
        self.lead = Some(lead);
    }

    /// Ticks from the end of a vote to the next round; `None` when none are held.
    #[must_use]
    pub fn lead(&self) -> Option<u32> {
        self.lead
    }

    /// Asks for the deck, once a round.
    pub fn ask(&mut self, round: u32) -> bool {
        self.asked.replace(round) != Some(round)
    }

    /// What can be played.
    pub fn take_deck(&mut self, deck: Vec<Arc<DealtCard>>) {
        self.deck = deck;
    }

    /// Other cards may be played now: they are asked for again.
    pub fn forget_deck(&mut self) {
        self.deck.clear();
        self.asked = None;
    }

    /// Forgets a deck of which nothing `fits` any more.
    pub fn drop_stale(&mut self, fits: impl Fn(&DealtCard) -> bool) {
        if !self.deck.is_empty() && !self.deck.iter().any(|card| fits(card)) {
            self.forget_deck();
        }
    }

    /// A card failed and is not offered again.
    pub fn refuse(&mut self, card: &DealtCard) {
        if self.failed.len() < MAX_FAILED {
            self.failed.push(card.source.clone());
        }
    }

    /// Whether a vote is going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.running.is_some()
    }

    /// Opens the vote of the pause after `round`, unless it had one or there are too few cards that `fits` lets through.
    pub fn open(
        &mut self,
        round: u32,
        now: Tick,
        ends: Tick,
        fits: impl Fn(&DealtCard) -> bool,
    ) -> Option<VoteInfo> {
        let playable = |card: &&Arc<DealtCard>| fits(card) && !self.failed.contains(&card.source);
        if self.running.is_some() || self.held == Some(round) {
            return None;
        }
        let deck: Vec<_> = self.deck.iter().filter(playable).cloned().collect();
        if deck.len() < FEWEST {
            return None;
        }
        let cards = self.choose(deck);
        self.held = Some(round);
        self.last_id += 1;
        self.offered = cards.iter().map(|card| card.info.name.clone()).collect();
        let none = CardInfo { name: NO_CARD.to_owned(), title: "No card".to_owned(), ..CardInfo::default() };
        let options: Vec<_> = cards.iter().map(|card| card.info.clone()).chain([none]).collect();
        let counts = vec![0; options.len()];
        let info = VoteInfo { id: self.last_id, options, ends, counts, outcome: None };
        self.running = Some(Running { info: info.clone(), cards, votes: Vec::new(), told: now, news: false });
        Some(info)
    }

    /// Some of `deck`, in any order: rather not what came up last, and not what was played last if there is enough else.
    fn choose(&mut self, mut deck: Vec<Arc<DealtCard>>) -> Vec<Arc<DealtCard>> {
        for at in (1..deck.len()).rev() {
            deck.swap(at, self.below(at + 1));
        }
        // Stable, so that the order within each kind stays any.
        deck.sort_by_key(|card| {
            let name = &card.info.name;
            if self.won.as_ref() == Some(name) { 2 } else { u8::from(self.offered.contains(name)) }
        });
        deck.truncate(OFFERED);
        deck
    }

    fn below(&mut self, count: usize) -> usize {
        self.rng.next_u32() as usize % count.max(1)
    }

    /// A player chooses, or chooses anew.
    ///
    /// # Errors
    /// [`NotCounted`]; what the player chose before still counts.
    pub fn cast(&mut self, player: PlayerId, id: u32, option: u8) -> Result<(), NotCounted> {
        let running =
            self.running.as_mut().filter(|running| running.info.id == id).ok_or(NotCounted::Over)?;
        if usize::from(option) >= running.info.options.len() {
            return Err(NotCounted::NoOption);
        }
        match running.votes.iter_mut().find(|(voter, _)| *voter == player) {
            Some((_, chosen)) => *chosen = option,
            None => running.votes.push((player, option)),
        }
        running.news = true;
        Ok(())
    }

    /// Somebody came or left: everybody is told how the vote stands.
    pub fn stir(&mut self) {
        if let Some(running) = &mut self.running {
            running.news = true;
        }
    }

    /// How the vote stands, when there is something new to tell and the last time was long enough ago. Votes of those who are
    /// not `here` any more do not count.
    pub fn poll(&mut self, now: Tick, tick_rate: u32, here: impl Fn(PlayerId) -> bool) -> Option<VoteInfo> {
        let running = self.running.as_mut().filter(|running| running.news)?;
        if now.since(running.told) < tick_rate / COUNTS_A_SECOND {
            return None;
        }
        (running.told, running.news) = (now, false);
        running.count(here);
        Some(running.info.clone())
    }

    /// Ends the vote when its time is over: says what was chosen, which is none when nobody voted, and when the card does not
    /// fit any more.
    pub fn close(
        &mut self,
        now: Tick,
        here: impl Fn(PlayerId) -> bool,
        fits: impl Fn(&DealtCard) -> bool,
    ) -> Option<(VoteInfo, Option<Arc<DealtCard>>)> {
        let mut running = self.running.take_if(|running| running.info.ends <= now)?;
        running.count(here);
        let Running { mut info, cards, .. } = running;
        let most = info.counts.iter().copied().max().unwrap_or(0);
        let best: Vec<usize> = (0..info.counts.len()).filter(|option| info.counts[*option] == most).collect();
        let none = info.options.len().saturating_sub(1);
        let mut chosen = if most == 0 { none } else { best[self.below(best.len())] };
        let card = cards.get(chosen).filter(|card| fits(card)).cloned();
        if card.is_none() {
            chosen = none;
        }
        self.won = card.as_ref().map(|card| card.info.name.clone());
        info.outcome = u8::try_from(chosen).ok();
        Some((info, card))
    }
}

impl Running {
    fn count(&mut self, here: impl Fn(PlayerId) -> bool) {
        self.info.counts.fill(0);
        for (player, option) in &self.votes {
            if let Some(count) = self.info.counts.get_mut(usize::from(*option)).filter(|_| here(*player)) {
                *count += 1;
            }
        }
    }
}
