//! The rules that a room plays, those it falls back to, and those that wait for their tick.

use std::collections::VecDeque;
use std::sync::Arc;

use hotlogic::ActiveRules;
use protocol::ReleaseInfo;
use protocol::server::PendingUpdate;
use sim::{NativeRules, Tick};

use crate::release::LoadedRelease;

/// How many earlier releases a room remembers to fall back to.
const MAX_FALLBACKS: usize = 4;

/// What the room plays, could play and will play.
pub struct RoomRules {
    /// In use.
    pub active: ActiveRules,
    /// What is in use, in words.
    pub info: ReleaseInfo,
    current: Option<Arc<LoadedRelease>>,
    fallbacks: Vec<Arc<LoadedRelease>>,
    pending: VecDeque<(Tick, Arc<LoadedRelease>)>,
}

impl RoomRules {
    /// Plays `release`, and falls back to `fallback` if that fails.
    #[must_use]
    pub fn new(release: Arc<LoadedRelease>, fallback: Option<Arc<LoadedRelease>>) -> Self {
        Self {
            active: ActiveRules::Scripted(release.rules.clone()),
            info: release.info.clone(),
            current: Some(release),
            fallbacks: fallback.into_iter().collect(),
            pending: VecDeque::new(),
        }
    }

    /// Will play `release` from `activate` on, but not before whatever else waits; says from when on.
    pub fn schedule(&mut self, release: Arc<LoadedRelease>, activate: Tick) -> Tick {
        let earliest = self.pending.back().map_or(activate, |(tick, _)| (*tick).max(activate));
        self.pending.push_back((earliest, release));
        earliest
    }

    /// The newest announced update that is not in use yet.
    #[must_use]
    pub fn pending(&self) -> Option<PendingUpdate> {
        self.pending
            .back()
            .map(|(tick, release)| PendingUpdate { release: release.info.clone(), activate_tick: *tick })
    }

    /// Switches if something is due at `tick`; true when the rules changed.
    pub fn switch_due(&mut self, tick: Tick) -> bool {
        let mut switched = false;
        while let Some((_, release)) = self.pending.pop_front_if(|(due, _)| *due <= tick) {
            // Going back to an earlier release means that the one in use was taken back: it is nothing to fall back to.
            let forward = |replaced: &Arc<LoadedRelease>| replaced.info.number < release.info.number;
            if let Some(replaced) = self.current.take().filter(forward) {
                self.remember(replaced);
            }
            self.fallbacks.retain(|earlier| earlier.info.number != release.info.number);
            self.play(release);
            switched = true;
        }
        switched
    }

    /// Gives up the rules in use for the last good ones, or for the native ones when there are none.
    pub fn fall_back(&mut self) {
        match self.fallbacks.pop() {
            Some(release) => self.play(release),
            None => {
                self.current = None;
                self.active = ActiveRules::Native(NativeRules::default());
                self.info = native_info();
            }
        }
    }

    fn play(&mut self, release: Arc<LoadedRelease>) {
        self.active = ActiveRules::Scripted(release.rules.clone());
        self.info = release.info.clone();
        self.current = Some(release);
    }

    fn remember(&mut self, release: Arc<LoadedRelease>) {
        if self.fallbacks.len() == MAX_FALLBACKS {
            self.fallbacks.remove(0);
        }
        self.fallbacks.push(release);
    }
}

/// What clients are told about the native rules.
#[must_use]
pub fn native_info() -> ReleaseInfo {
    ReleaseInfo {
        number: 0,
        version: "native".to_owned(),
        host_api: hotlogic::HOST_API,
        ..ReleaseInfo::default()
    }
}
