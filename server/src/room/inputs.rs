//! The inputs of one player that wait for their tick.

use std::collections::VecDeque;

use sim::{PlayerInput, Seq, Tick};

/// Most inputs that wait at once; far more than an honest client has under way in a second.
const MAX_QUEUED: usize = 64;
/// How far ahead of the server a client may be, ticks. Inputs for later ticks are played at this distance.
const MAX_LEAD: u32 = 30;

/// Inputs in sequence. TCP loses none, so a gap in the sequence is the client's own business.
#[derive(Debug, Default)]
pub struct InputQueue {
    queued: VecDeque<Queued>,
    newest: Seq,
    applied: Seq,
    lead: i32,
    /// Nothing that comes from now on was made for an earlier tick than this, whatever it says.
    not_before: Tick,
}

/// An input on its way to its tick.
#[derive(Clone, Copy, Debug)]
struct Queued {
    seq: Seq,
    /// The tick it was made for.
    made_for: Tick,
    /// The tick in which it is played, or, if it is late, from which it is played again.
    due: Tick,
    input: PlayerInput,
}

/// An input that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Its sequence number is not higher than that of an earlier one.
    Stale,
    /// Too many inputs wait already.
    Overflow,
}

impl InputQueue {
    /// Takes an input while the room's newest tick is `now`.
    ///
    /// # Errors
    /// [`Refused`] when the input is dropped.
    pub fn push(
        &mut self,
        now: Tick,
        seq: Seq,
        tick: Option<Tick>,
        input: PlayerInput,
    ) -> Result<(), Refused> {
        if seq <= self.newest {
            return Err(Refused::Stale);
        }
        if self.queued.len() >= MAX_QUEUED {
            return Err(Refused::Overflow);
        }
        self.newest = seq;
        let next = now.plus(1);
        let wanted = tick.unwrap_or(next);
        self.lead = (i64::from(wanted.0) - i64::from(next.0)).clamp(-1_000, 1_000) as i32;
        // Never before an earlier input, never in the past, never too far in the future.
        let last = self.queued.back();
        let earliest = last.map_or(next, |last| last.due);
        let due = Tick(wanted.0.clamp(earliest.0, next.plus(MAX_LEAD).0.max(earliest.0)));
        let made_for = wanted.max(self.not_before).min(due);
        self.not_before = made_for;
        self.queued.push_back(Queued { seq, made_for, due, input });
        Ok(())
    }

    /// Takes out the next input that is due at `tick`, and the tick it was made for, which is earlier when it is late.
    pub fn take_due(&mut self, tick: Tick) -> Option<(Tick, PlayerInput)> {
        let queued = self.queued.pop_front_if(|queued| queued.due <= tick)?;
        self.applied = queued.seq;
        if queued.input.attack {
            // A strike is played now, even a late one: nobody says afterwards that it was somewhere else.
            self.not_before = self.not_before.max(tick);
        }
        Some((queued.made_for, queued.input))
    }

    /// Sequence number of the last input that was played.
    #[must_use]
    pub fn applied(&self) -> Seq {
        self.applied
    }

    /// How many ticks before its tick the newest input arrived; negative when late.
    #[must_use]
    pub fn lead(&self) -> i32 {
        self.lead
    }

    /// Forgets what waits and every sequence number: a new connection counts from 1 again if it likes.
    pub fn restart(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::vec2::vec2;

    fn input(x: f32) -> PlayerInput {
        PlayerInput::moving(vec2(x, 0.0))
    }

    /// Everything that is due, merged, and the tick that the last of it was made for.
    fn take(queue: &mut InputQueue, tick: u32) -> Option<(Tick, PlayerInput)> {
        let mut all: Option<(Tick, PlayerInput)> = None;
        while let Some((made_for, input)) = queue.take_due(Tick(tick)) {
            let (last, merged) = all.get_or_insert_default();
            *last = made_for;
            merged.merge(input);
        }
        all
    }

    #[test]
    fn inputs_wait_for_their_tick_and_merge_within_it() {
        let mut queue = InputQueue::default();
        queue.push(Tick(10), Seq(1), Some(Tick(12)), input(1.0)).unwrap();
        queue.push(Tick(10), Seq(2), Some(Tick(12)), PlayerInput::dashing()).unwrap();
        assert_eq!(take(&mut queue, 11), None);
        let (_, due) = take(&mut queue, 12).unwrap();
        assert_eq!((due.direction, due.dash), (Some(vec2(1.0, 0.0)), true));
        assert_eq!((queue.applied(), queue.lead()), (Seq(2), 1));
    }

    #[test]
    fn a_replayed_or_older_sequence_number_is_refused() {
        let mut queue = InputQueue::default();
        queue.push(Tick(0), Seq(5), None, input(1.0)).unwrap();
        assert_eq!(queue.push(Tick(0), Seq(5), None, input(1.0)), Err(Refused::Stale));
        assert_eq!(queue.push(Tick(0), Seq(4), None, input(1.0)), Err(Refused::Stale));
    }

    #[test]
    fn an_input_from_the_past_is_played_next_and_one_from_the_far_future_within_a_second() {
        let mut queue = InputQueue::default();
        queue.push(Tick(100), Seq(1), Some(Tick(3)), input(1.0)).unwrap();
        assert!(take(&mut queue, 101).is_some());
        assert_eq!(queue.lead(), -98);
        queue.push(Tick(101), Seq(2), Some(Tick(u32::MAX)), input(1.0)).unwrap();
        assert!(take(&mut queue, 102 + MAX_LEAD).is_some());
    }

    #[test]
    fn a_late_input_says_which_tick_it_was_made_for() {
        let mut queue = InputQueue::default();
        queue.push(Tick(10), Seq(1), Some(Tick(8)), input(1.0)).unwrap();
        queue.push(Tick(10), Seq(2), Some(Tick(3)), input(1.0)).unwrap();
        assert_eq!(queue.take_due(Tick(11)).unwrap().0, Tick(8));
        assert_eq!(queue.take_due(Tick(11)).unwrap().0, Tick(8), "time does not run backwards");
    }

    #[test]
    fn what_was_played_cannot_be_undone_by_an_input_from_before_it() {
        let mut queue = InputQueue::default();
        queue.push(Tick(10), Seq(1), Some(Tick(9)), input(1.0)).unwrap();
        assert_eq!(queue.take_due(Tick(11)).unwrap().0, Tick(9));
        queue.push(Tick(12), Seq(2), Some(Tick(5)), input(-1.0)).unwrap();
        assert_eq!(queue.take_due(Tick(13)).unwrap().0, Tick(9));
        queue.push(Tick(13), Seq(3), Some(Tick(10)), PlayerInput::striking(None)).unwrap();
        assert_eq!(queue.take_due(Tick(14)).unwrap().0, Tick(10));
        queue.push(Tick(14), Seq(4), Some(Tick(11)), input(1.0)).unwrap();
        assert_eq!(queue.take_due(Tick(15)).unwrap().0, Tick(14), "the strike was in tick 14");
    }

    #[test]
    fn a_later_input_never_overtakes_an_earlier_one() {
        let mut queue = InputQueue::default();
        queue.push(Tick(0), Seq(1), Some(Tick(9)), input(1.0)).unwrap();
        queue.push(Tick(0), Seq(2), Some(Tick(2)), input(-1.0)).unwrap();
        assert_eq!(take(&mut queue, 8), None);
        assert_eq!(take(&mut queue, 9).unwrap().1.direction, Some(vec2(-1.0, 0.0)));
    }

    #[test]
    fn the_queue_is_bounded() {
        let mut queue = InputQueue::default();
        for n in 1..=MAX_QUEUED as u32 {
            queue.push(Tick(0), Seq(n), Some(Tick(20)), input(1.0)).unwrap();
        }
        let overflow = queue.push(Tick(0), Seq(1_000), None, input(1.0));
        assert_eq!(overflow, Err(Refused::Overflow));
    }
}
