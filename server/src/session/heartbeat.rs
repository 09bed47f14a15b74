//! Finding out that a peer is gone though its connection says nothing.

use std::pin::Pin;
use std::time::Duration;

use protocol::ServerMessage;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::clock::TickClock;
use crate::proxy::IDLE_LIMIT;

/// A peer that was silent for this long is asked.
const ASK_AFTER: Duration = Duration::from_secs(5);
/// A peer that was silent for this long is gone.
const DEAD_AFTER: Duration = Duration::from_secs(15);
// Who is heard is answered, and who is silent is asked: either way proxies hear something.
const _: () = assert!(ASK_AFTER.as_secs() < IDLE_LIMIT.as_secs());

/// The answer to a `heartbeat` in which the client's clock said `t`.
pub fn acknowledge(clock: TickClock, t: f64) -> ServerMessage {
    // The time is read first: the tick that is told has begun by then.
    let server_time = clock.now_ms();
    ServerMessage::HeartbeatAck { t, tick: clock.tick(), server_time }
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Ask the peer for a sign of life.
    Ask,
    /// Give the peer up.
    Dead,
}

/// When the peer was last heard.
#[derive(Debug)]
pub struct Heartbeat {
    heard: Instant,
    asked: Instant,
    /// Goes off when something may be due. It is not set anew whenever the peer is heard, as that is often.
    alarm: Pin<Box<Sleep>>,
}

impl Heartbeat {
    /// The peer was heard just now.
    #[must_use]
    pub fn start() -> Self {
        let now = Instant::now();
        Self { heard: now, asked: now, alarm: Box::pin(sleep_until(now + ASK_AFTER)) }
    }

    /// The peer was heard just now.
    pub fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// Waits until something is due. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Pulse {
        loop {
            self.alarm.as_mut().await;
            let now = Instant::now();
            let dead = self.heard + DEAD_AFTER;
            if now >= dead {
                return Pulse::Dead;
            }
            let ask = self.heard.max(self.asked) + ASK_AFTER;
            if now >= ask {
                self.asked = now;
                self.alarm.as_mut().reset(dead.min(now + ASK_AFTER));
                return Pulse::Ask;
            }
            self.alarm.as_mut().reset(dead.min(ask));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_peer_is_asked_and_given_up_within_15_s() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::start();
        let mut pulses = Vec::new();
        while pulses.last() != Some(&Pulse::Dead) {
            pulses.push(heartbeat.next().await);
        }
        assert_eq!(pulses, [Pulse::Ask, Pulse::Ask, Pulse::Dead]);
        assert_eq!(start.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_answers_is_kept() {
        let mut heartbeat = Heartbeat::start();
        for _ in 0..100 {
            assert_eq!(heartbeat.next().await, Pulse::Ask);
            heartbeat.heard();
        }
    }
}
