//! Players ask each other whether somebody should go: one vote at a time, counted among those who were there when it
//! began.

use protocol::{KickVote, KickVoteState};
use sim::{PlayerId, Tick};

use super::roster::{Member, Roster};
use crate::moderation::same_place;

/// How long a vote is open, seconds.
const OPEN_SECONDS: u32 = 20;
/// Nobody begins two votes, and about nobody two are begun, within this time, seconds.
const PAUSE_SECONDS: u32 = 120;
/// Fewer people than this have no votes: one would decide about the other.
const MIN_PEOPLE: usize = 3;
/// How the vote stands is told at most so many times a second.
const COUNTS_A_SECOND: u32 = 3;

/// The votes of a room.
#[derive(Debug, Default)]
pub struct KickVotes {
    count: u32,
    running: Option<Running>,
    /// Who asked about whom, and when; the last [`PAUSE_SECONDS`].
    asked: Vec<(PlayerId, PlayerId, Tick)>,
}

#[derive(Debug)]
struct Running {
    id: u32,
    target: PlayerId,
    target_name: String,
    by: PlayerId,
    by_name: String,
    ends: Tick,
    /// Those who were there, but for whom it is about.
    voters: Vec<(PlayerId, Option<bool>)>,
    told: Tick,
    /// Somebody has something to hear.
    news: bool,
}

/// What came of a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KickDecision {
    /// Whom it was about.
    pub target: PlayerId,
    /// The same by name.
    pub target_name: String,
    /// Who began it.
    pub by: PlayerId,
    /// The same by name.
    pub by_name: String,
    /// Votes for it.
    pub yes: u32,
    /// Votes against it.
    pub no: u32,
    /// The player goes.
    pub passed: bool,
}

/// How a vote stands.
struct Count {
    yes: u32,
    no: u32,
    open: u32,
    needed: u32,
}

impl KickVotes {
    /// Begins a vote; who begins it is for it.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) fn begin(
        &mut self,
        now: Tick,
        tick_rate: u32,
        (by, target): (PlayerId, PlayerId),
        roster: &Roster,
    ) -> Result<KickVote, &'static str> {
        let find = |id: PlayerId| roster.people().iter().find(|member| member.id == id);
        let (Some(starter), Some(wanted)) = (find(by), find(target)) else {
            return Err("there is nobody of that id among the people of this room");
        };
        if by == target {
            return Err("to leave, say bye");
        }
        if self.running.is_some() {
            return Err("one vote at a time: another one is open");
        }
        if is_neighbour(starter, wanted) {
            return Err("you play from the same address: settle it between you");
        }
        let voters = voters(roster, starter, wanted);
        if voters.len() + 1 < MIN_PEOPLE {
            return Err("a vote takes three people at least, each from another address");
        }
        let pause = PAUSE_SECONDS * tick_rate;
        self.asked.retain(|(.., at)| now.since(*at) < pause);
        if self.asked.iter().any(|(asker, about, _)| *asker == by || *about == target) {
            return Err("you asked a moment ago, or somebody asked about this player");
        }
        self.asked.push((by, target, now));
        self.count += 1;
        let running = Running {
            id: self.count,
            target,
            target_name: wanted.name.clone(),
            by,
            by_name: starter.name.clone(),
            ends: now.plus(OPEN_SECONDS * tick_rate),
            voters: voters.into_iter().map(|id| (id, (id == by).then_some(true))).collect(),
            told: now,
            news: false,
        };
        let message = running.message(&running.count(roster), KickVoteState::Open);
        self.running = Some(running);
        Ok(message)
    }

    /// Somebody votes, or thinks better of it. Everybody hears of it by [`poll`](Self::poll).
    ///
    /// # Errors
    /// Why it does not count, in words.
    pub(super) fn answer(&mut self, id: u32, from: PlayerId, yes: bool) -> Result<(), &'static str> {
        let running = self.running.as_mut().filter(|running| running.id == id).ok_or("this vote is over")?;
        let voter = running.voters.iter_mut().find(|(voter, _)| *voter == from);
        let (_, vote) = voter
            .ok_or("who was there when it began has a vote, one an address, and not whom it is about")?;
        running.news |= vote.replace(yes) != Some(yes);
        Ok(())
    }

    /// Somebody came: everybody is told how the vote stands.
    pub(super) fn stir(&mut self) {
        if let Some(running) = &mut self.running {
            running.news = true;
        }
    }

    /// How the running vote stands, when there is something new to tell and the last time was long enough ago.
    pub(super) fn poll(&mut self, now: Tick, tick_rate: u32, roster: &Roster) -> Option<KickVote> {
        let pause = tick_rate / COUNTS_A_SECOND;
        let running =
            self.running.as_mut().filter(|running| running.news && now.since(running.told) >= pause)?;
        (running.told, running.news) = (now, false);
        Some(running.message(&running.count(roster), KickVoteState::Open))
    }

    /// Ends the running vote, if it is decided or its time is up at `now`.
    pub(super) fn settle(&mut self, now: Tick, roster: &Roster) -> Option<(KickVote, KickDecision)> {
        let running = self.running.as_ref()?;
        let count = running.count(roster);
        let there = roster.people().iter().any(|member| member.id == running.target);
        let passed = there && count.yes >= count.needed;
        let hopeless = !there || count.yes + count.open < count.needed;
        if !passed && !hopeless && now < running.ends {
            return None;
        }
        let running = self.running.take()?;
        let state = if passed { KickVoteState::Passed } else { KickVoteState::Failed };
        let message = running.message(&count, state);
        let Running { target, target_name, by, by_name, .. } = running;
        let Count { yes, no, .. } = count;
        Some((message, KickDecision { target, target_name, by, by_name, yes, no, passed }))
    }
}

/// Who has a vote: those with a connection, but one an address, as anybody can open many tabs; nobody who shares the address
/// of whom it is about.
fn voters(roster: &Roster, starter: &Member, wanted: &Member) -> Vec<PlayerId> {
    let mut voters = vec![starter];
    for member in roster.people().iter().filter(|member| member.connected() && member.id != wanted.id) {
        let counted = |voter: &&Member| voter.id == member.id || is_neighbour(voter, member);
        if !is_neighbour(wanted, member) && !voters.iter().any(counted) {
            voters.push(member);
        }
    }
    voters.into_iter().map(|voter| voter.id).collect()
}

/// Both come from one address. On this machine everybody does, and nobody is a stranger.
fn is_neighbour(one: &Member, other: &Member) -> bool {
    let address = one.address.ip().to_canonical();
    !address.is_loopback() && same_place(address, other.address.ip())
}

impl Running {
    /// Votes of those who are still there. More than half of them are needed, and never only one.
    fn count(&self, roster: &Roster) -> Count {
        let mut count = Count { yes: 0, no: 0, open: 0, needed: 0 };
        for member in roster.people().iter().filter(|member| member.connected()) {
            match self.voters.iter().find(|(voter, _)| *voter == member.id) {
                Some((_, Some(true))) => count.yes += 1,
                Some((_, Some(false))) => count.no += 1,
                Some((_, None)) => count.open += 1,
                None => {}
            }
        }
        count.needed = ((count.yes + count.no + count.open) / 2 + 1).max(2);
        count
    }

    fn message(&self, count: &Count, state: KickVoteState) -> KickVote {
        let Count { yes, no, needed, .. } = *count;
        let Self { id, target, by, ends, .. } = *self;
        KickVote { id, target, target_name: self.target_name.clone(), by, yes, no, needed, ends, state }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use protocol::{CloseCode, Encoding};

    use super::*;
    use crate::room::catch_up::Past;
    use crate::room::inputs::InputQueue;
    use crate::room::roster::{Connection, Link};
    use crate::room::{Offer, Outbox, Parcel, SessionId};

    const RATE: u32 = 30;

    struct Nowhere;

    impl Outbox for Nowhere {
        fn offer(&mut self, _: &Parcel) -> Offer {
            Offer::Taken
        }

        fn close(self: Box<Self>, _: CloseCode) {}
    }

    /// People with ids from 1, each from its address.
    fn room(addresses: &[&str]) -> Roster {
        let mut roster = Roster::default();
        for (id, address) in (1..).zip(addresses) {
            let connection = Connection::new(SessionId(id), Encoding::Json, Box::new(Nowhere));
            roster.insert(Member {
                id: PlayerId(id as u32),
                name: format!("Person {id}"),
                skin: None,
                address: SocketAddr::new(address.parse().unwrap(), 1),
                inputs: InputQueue::default(),
                past: Past::default(),
                link: Link::Up(connection),
                rtt_ms: None,
                heard: Tick(0),
                joined: Tick(0),
                spoke: true,
                late: false,
                silent: false,
            });
        }
        roster
    }

    fn begin(votes: &mut KickVotes, roster: &Roster, by: u32, target: u32) -> Result<KickVote, &'static str> {
        votes.begin(Tick(0), RATE, (PlayerId(by), PlayerId(target)), roster)
    }

    #[test]
    fn many_tabs_of_one_address_have_one_vote() {
        let roster = room(&["10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        let mut votes = KickVotes::default();
        let vote = begin(&mut votes, &roster, 1, 5).unwrap();
        assert_eq!((vote.yes, vote.needed), (1, 2));
        assert!(votes.answer(vote.id, PlayerId(2), true).is_err());
        assert!(votes.settle(Tick(1), &roster).is_none());
        votes.answer(vote.id, PlayerId(6), true).unwrap();
        assert!(votes.settle(Tick(2), &roster).unwrap().1.passed);
    }

    #[test]
    fn nobody_is_saved_or_asked_about_by_their_own_second_tab() {
        let roster = room(&["2001:db8::1", "2001:db8::2", "10.0.0.2", "10.0.0.3"]);
        let mut votes = KickVotes::default();
        assert!(begin(&mut votes, &roster, 2, 1).is_err(), "the same household");
        let vote = begin(&mut votes, &roster, 3, 1).unwrap();
        assert!(votes.answer(vote.id, PlayerId(2), false).is_err());
        assert!(begin(&mut KickVotes::default(), &room(&["10.0.0.1"; 5]), 1, 2).is_err());
    }

    #[test]
    fn who_changes_its_mind_all_the_time_is_not_heard_all_the_time() {
        let roster = room(&["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"]);
        let mut votes = KickVotes::default();
        let vote = begin(&mut votes, &roster, 1, 5).unwrap();
        let mut told = 0;
        for tick in 1..=RATE {
            for turn in 0..20 {
                votes.answer(vote.id, PlayerId(2), turn % 2 == 1 && tick % 2 == 0).unwrap();
            }
            told += u32::from(votes.poll(Tick(tick), RATE, &roster).is_some());
        }
        assert_eq!(told, COUNTS_A_SECOND);
    }
}
