//! A light player that listens for new rules too, and says truly when the first snapshot of them has come. It compiles
//! nothing, so it never claims to have fetched or armed them; a crowd's samples do that.

use std::sync::{Arc, Mutex, PoisonError};

use client_core::protocol::codec::{decode_messages, snapshot_tick};
use client_core::protocol::{ClientMessage, ReleaseInfo, ServerMessage, UpdateStage};
use client_core::sim::Tick;

use super::dialect::{Dialect, News, Opening, Outbox};
use super::frame::{CLOSE, Frame};
use super::game::{GameCrowd, GamePlayer};
use super::http::Answer;
use crate::system::Moment;

/// A player plays by other rules from now on.
#[derive(Clone, Copy, Debug)]
pub struct Switched {
    /// Number of the release.
    pub release: u32,
    /// The tick that was named for it.
    pub named: Tick,
    /// The newest snapshot before that.
    pub before: Option<Tick>,
    /// The first snapshot from that tick on.
    pub first: Tick,
    /// When the player heard of the release.
    pub heard: Moment,
    /// When that snapshot came.
    pub at: Moment,
}

/// All switches of a crowd.
#[derive(Debug, Default)]
pub struct Switches(Mutex<Vec<Switched>>);

impl Switches {
    /// Those to a release.
    #[must_use]
    pub fn of(&self, release: u32) -> Vec<Switched> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter(|switched| switched.release == release).copied().collect()
    }

    fn add(&self, switched: Switched) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(switched);
    }
}

/// A light player that follows releases.
pub struct Follower {
    player: GamePlayer,
    crowd: Arc<GameCrowd>,
    switches: Arc<Switches>,
    announced: Option<(ReleaseInfo, Tick, Moment)>,
    newest: Option<Tick>,
}

impl Follower {
    /// Player `number` of a crowd; what it notices goes to `switches`.
    #[must_use]
    pub fn new(crowd: Arc<GameCrowd>, number: u32, switches: Arc<Switches>) -> Self {
        let player = GamePlayer::new(Arc::clone(&crowd), number);
        Self { player, crowd, switches, announced: None, newest: None }
    }

    fn snapshot(&mut self, tick: Tick, now: Moment, out: &mut Outbox) {
        let before = self.newest.replace(tick);
        let Some((info, named, heard)) = self.announced.take_if(|(_, named, _)| *named <= tick) else {
            return;
        };
        let (release, ms) = (info.number, now.since(heard).as_secs_f32() * 1_000.0);
        self.switches.add(Switched { release, named, before, first: tick, heard, at: now });
        let card = info.card.map(|card| card.name);
        let ack =
            ClientMessage::AckUpdate { release, ok: true, error: None, ms, stage: UpdateStage::Active, card };
        self.player.say(&ack, out);
    }
}

impl Dialect for Follower {
    fn open(&mut self, answer: Option<&Answer>) -> Opening {
        self.player.open(answer)
    }

    fn opened(&mut self, now: Moment, out: &mut Outbox) {
        self.player.opened(now, out);
    }

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, out: &mut Outbox) {
        if let Some(tick) = snapshot_tick(frame.payload) {
            self.snapshot(tick, news.now, out);
        } else if frame.opcode != CLOSE
            && let Ok(messages) = decode_messages(frame.payload, self.crowd.encoding)
        {
            for message in messages {
                if let ServerMessage::HotUpdate { release: Some(release), activate_tick, .. } = message {
                    self.announced = Some((release, activate_tick, news.now));
                }
            }
        }
        self.player.heard(frame, news, out);
    }

    fn play(&mut self, intended: Moment, out: &mut Outbox) {
        self.player.play(intended, out);
    }

    fn leave(&mut self, out: &mut Outbox) {
        self.player.leave(out);
    }
}
