//! How much one connection may say.

use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

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

impl Default for RateLimit {
    fn default() -> Self {
        Self::new()
    }
}
