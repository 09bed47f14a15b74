//! Players ask each other whether somebody should go: one vote at a time, counted among those who were there when it
//! began.

use protocol::{KickVote, KickVoteState};
use sim::{PlayerId, Tick};

use super::roster::{Member, Roster};

/// How long a vote is open, seconds.
const OPEN_SECONDS: u32 = 20;
/// Nobody begins two votes, and about nobody two are begun, within this time, seconds.
const PAUSE_SECONDS: u32 = 120;
/// Fewer people than this have no votes: one would decide about the other.
const MIN_PEOPLE: usize = 3;

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
        let present = |member: &&Member| member.connected() || member.id == target;
        if roster.people().iter().filter(present).count() < MIN_PEOPLE {
            return Err("a vote takes three people at least");
        }
        let pause = PAUSE_SECONDS * tick_rate;
        self.asked.retain(|(.., at)| now.since(*at) < pause);
        if self.asked.iter().any(|(asker, about, _)| *asker == by || *about == target) {
            return Err("you asked a moment ago, or somebody asked about this player");
        }
        self.asked.push((by, target, now));
        self.count += 1;
        let voters = roster.people().iter().filter(|member| member.connected() && member.id != target);
        let running = Running {
            id: self.count,
            target,
            target_name: wanted.name.clone(),
            by,
            by_name: starter.name.clone(),
            ends: now.plus(OPEN_SECONDS * tick_rate),
            voters: voters.map(|member| (member.id, (member.id == by).then_some(true))).collect(),
        };
        let message = running.message(&running.count(roster), KickVoteState::Open);
        self.running = Some(running);
        Ok(message)
    }

    /// Somebody votes, or thinks better of it.
    ///
    /// # Errors
    /// Why it does not count, in words.
    pub(super) fn answer(
        &mut self,
        id: u32,
        from: PlayerId,
        yes: bool,
        roster: &Roster,
    ) -> Result<KickVote, &'static str> {
        let running = self.running.as_mut().filter(|running| running.id == id).ok_or("this vote is over")?;
        let voter = running.voters.iter_mut().find(|(voter, _)| *voter == from);
        let (_, vote) =
            voter.ok_or("only those who were there when it began have a vote, and not whom it is about")?;
        *vote = Some(yes);
        Ok(running.message(&running.count(roster), KickVoteState::Open))
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
