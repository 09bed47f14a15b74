//! The rules that a room plays, those it falls back to, and those that wait for their tick.

use std::collections::VecDeque;
use std::sync::Arc;

use hotlogic::ActiveRules;
use protocol::ReleaseInfo;
use protocol::server::PendingUpdate;
use sim::Tick;

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
    pending: VecDeque<Pending>,
    /// Of the arena, once nothing is pending; `None` is the size that the rules say.
    scale: Option<f32>,
}

/// What will be in force from a tick on.
struct Pending {
    from: Tick,
    /// `None` leaves the rules as they are.
    release: Option<Arc<LoadedRelease>>,
    scale: Option<f32>,
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
            scale: None,
        }
    }

    /// Will play `release` from `activate` on, but not before whatever else waits; says from when on.
    pub fn schedule(&mut self, release: Arc<LoadedRelease>, activate: Tick) -> Tick {
        self.push(Some(release), activate)
    }

    /// What clients must know of `release` to play it in the arena as it will be.
    #[must_use]
    pub fn describe(&self, release: &LoadedRelease) -> ReleaseInfo {
        ReleaseInfo { arena_scale: self.scale, ..release.info.clone() }
    }

    /// How many times as wide and high as the rules say the arena is, or will be as soon as all is in force.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale.unwrap_or(1.0)
    }

    /// Will play the same rules in an arena of another `scale` from `activate` on; says what clients must know, and from
    /// when on.
    pub fn resize(&mut self, scale: f32, activate: Tick) -> (ReleaseInfo, Tick) {
        self.scale = (scale > 1.0).then_some(scale);
        let newest = self.pending.iter().rev().find_map(|pending| pending.release.as_ref());
        let info = newest.map_or_else(|| self.info.clone(), |release| release.info.clone());
        let from = self.push(None, activate);
        (ReleaseInfo { arena_scale: self.scale, ..info }, from)
    }

    fn push(&mut self, release: Option<Arc<LoadedRelease>>, activate: Tick) -> Tick {
        let from = self.pending.back().map_or(activate, |last| last.from.max(activate));
        self.pending.push_back(Pending { from, release, scale: self.scale });
        from
    }

    /// The newest announced update that is not in use yet.
    #[must_use]
    pub fn pending(&self) -> Option<PendingUpdate> {
        let last = self.pending.back()?;
        let newest = self.pending.iter().rev().find_map(|pending| pending.release.as_ref());
        let info = newest.map_or(&self.info, |release| &release.info).clone();
        Some(PendingUpdate {
            release: ReleaseInfo { arena_scale: last.scale, ..info },
            activate_tick: last.from,
        })
    }

    /// Switches if something is due at `tick`; true when the rules changed.
    pub fn switch_due(&mut self, tick: Tick) -> bool {
        let mut switched = false;
        while let Some(Pending { release, scale, .. }) =
            self.pending.pop_front_if(|pending| pending.from <= tick)
        {
            switched = true;
            let Some(release) = release else {
                self.play(self.current.clone(), scale);
                continue;
            };
            // Going back to an earlier release means that the one in use was taken back: it is nothing to fall back to.
            let forward = |replaced: &Arc<LoadedRelease>| replaced.info.number < release.info.number;
            if let Some(replaced) = self.current.take().filter(forward) {
                self.remember(replaced);
            }
            self.fallbacks.retain(|earlier| earlier.info.number != release.info.number);
            self.play(Some(release), scale);
        }
        switched
    }

    /// Gives up the rules in use for the last good ones, or for the native ones when there are none.
    pub fn fall_back(&mut self) {
        let release = self.fallbacks.pop();
        self.play(release, self.info.arena_scale);
    }

    /// Plays a release, or the native rules, from now on.
    fn play(&mut self, release: Option<Arc<LoadedRelease>>, arena_scale: Option<f32>) {
        self.active = ActiveRules::of(release.as_ref().map(|release| &release.rules), arena_scale);
        let info = release.as_ref().map_or_else(native_info, |release| release.info.clone());
        self.info = ReleaseInfo { arena_scale, ..info };
        self.current = release;
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
