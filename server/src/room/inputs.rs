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
    queued: VecDeque<(Seq, Tick, PlayerInput)>,
    newest: Seq,
    applied: Seq,
    lead: i32,
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
        let earliest = self.queued.back().map_or(next, |(_, tick, _)| *tick);
        let due = Tick(wanted.0.clamp(earliest.0, next.plus(MAX_LEAD).0.max(earliest.0)));
        self.queued.push_back((seq, due, input));
        Ok(())
    }

    /// Everything that is due at `tick`, merged; `None` when nothing is.
    pub fn take_due(&mut self, tick: Tick) -> Option<PlayerInput> {
        let mut merged: Option<PlayerInput> = None;
        while let Some((seq, due, input)) = self.queued.front().copied() {
            if due > tick {
                break;
            }
            self.queued.pop_front();
            self.applied = seq;
            merged.get_or_insert_default().merge(input);
        }
        merged
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

    #[test]
    fn inputs_wait_for_their_tick_and_merge_within_it() {
        let mut queue = InputQueue::default();
        queue.push(Tick(10), Seq(1), Some(Tick(12)), input(1.0)).unwrap();
        queue.push(Tick(10), Seq(2), Some(Tick(12)), PlayerInput::dashing()).unwrap();
        assert_eq!(queue.take_due(Tick(11)), None);
        let due = queue.take_due(Tick(12)).unwrap();
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
        assert!(queue.take_due(Tick(101)).is_some());
        assert_eq!(queue.lead(), -98);
        queue.push(Tick(101), Seq(2), Some(Tick(u32::MAX)), input(1.0)).unwrap();
        assert!(queue.take_due(Tick(102 + MAX_LEAD)).is_some());
    }

    #[test]
    fn a_later_input_never_overtakes_an_earlier_one() {
        let mut queue = InputQueue::default();
        queue.push(Tick(0), Seq(1), Some(Tick(9)), input(1.0)).unwrap();
        queue.push(Tick(0), Seq(2), Some(Tick(2)), input(-1.0)).unwrap();
        assert_eq!(queue.take_due(Tick(8)), None);
        assert_eq!(queue.take_due(Tick(9)).unwrap().direction, Some(vec2(-1.0, 0.0)));
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
