//! How much one connection may say.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock>;

/// Messages per second that an honest client never reaches: inputs at 60 Hz and everything else.
const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(120).unwrap();
/// Messages that may come at once, after a stall for example.
const MESSAGE_BURST: NonZeroU32 = NonZeroU32::new(240).unwrap();
/// Messages above the rate, or broken ones, per second that are merely dropped.
const OFFENCES_PER_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// Offences that are forgiven at once; whoever goes on is let go.
const OFFENCE_BURST: NonZeroU32 = NonZeroU32::new(100).unwrap();
/// Chat lines per minute.
const CHATS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Chat lines that may come at once.
const CHAT_BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();

/// Token buckets of one connection.
pub struct RateLimit {
    messages: Bucket,
    offences: Bucket,
    chats: Bucket,
}

/// What to do with a peer that did something it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Drop the message and say so.
    Warn,
    /// Close the connection.
    Close,
}

impl RateLimit {
    /// Full buckets.
    #[must_use]
    pub fn new() -> Self {
        let bucket = |quota: Quota, burst| RateLimiter::direct(quota.allow_burst(burst));
        Self {
            messages: bucket(Quota::per_second(MESSAGES_PER_SECOND), MESSAGE_BURST),
            offences: bucket(Quota::per_second(OFFENCES_PER_SECOND), OFFENCE_BURST),
            chats: bucket(Quota::per_minute(CHATS_PER_MINUTE), CHAT_BURST),
        }
    }

    /// One more message is fine.
    pub fn message(&self) -> bool {
        self.messages.check().is_ok()
    }

    /// One more line of chat is fine.
    pub fn chat(&self) -> bool {
        self.chats.check().is_ok()
    }

    /// The peer did something that it may not.
    pub fn offence(&self) -> Verdict {
        if self.offences.check().is_ok() { Verdict::Warn } else { Verdict::Close }
    }
}

/// The last lines of chat of one connection: who says the same again and again is not heard.
#[derive(Debug, Default)]
pub struct Repeats {
    said: VecDeque<(u64, Instant)>,
}

/// The same line is heard so often within [`SAME_TIME`].
const SAME_LINES: usize = 2;
/// How long a line is remembered.
const SAME_TIME: Duration = Duration::from_secs(30);
/// Lines that are remembered.
const LINES: usize = 16;

impl Repeats {
    /// Whether a line was said too often before `now`, however it is written; otherwise it is remembered.
    pub fn is_one_too_many(&mut self, text: &str, now: Instant) -> bool {
        self.said.retain(|(_, at)| now.duration_since(*at) < SAME_TIME);
        let mut hasher = DefaultHasher::new();
        let mut before = None;
        // Case, spaces and how often a letter stands there make no other line of it.
        for c in text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase) {
            if before.replace(c) != Some(c) {
                c.hash(&mut hasher);
            }
        }
        let line = hasher.finish();
        if self.said.iter().filter(|(other, _)| *other == line).count() >= SAME_LINES {
            return true;
        }
        if self.said.len() == LINES {
            self.said.pop_front();
        }
        self.said.push_back((line, now));
        false
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_line_is_heard_twice_in_half_a_minute() {
        let mut repeats = Repeats::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(!repeats.is_one_too_many("Join my room", start));
        assert!(!repeats.is_one_too_many("join my roooom", after(1)));
        assert!(repeats.is_one_too_many("JOIN  MY  ROOM", after(2)));
        assert!(!repeats.is_one_too_many("join my other room", after(3)));
        assert!(repeats.is_one_too_many("join my room", after(29)));
        assert!(!repeats.is_one_too_many("join my room", after(32)), "that was a while ago");
    }

    #[test]
    fn five_lines_come_at_once_and_then_they_have_to_wait() {
        let limit = RateLimit::new();
        assert_eq!((0..20).filter(|_| limit.chat()).count(), 5);
    }
}
