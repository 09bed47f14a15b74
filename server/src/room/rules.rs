//! The rules that a room plays, those it falls back to, and those that wait for their tick.

use std::collections::VecDeque;
use std::sync::Arc;

use hotlogic::ActiveRules;
use protocol::ReleaseInfo;
use protocol::server::PendingUpdate;
use sim::Tick;

use crate::release::{DealtCard, LoadedRelease};

/// How many earlier releases a room remembers to fall back to.
const MAX_FALLBACKS: usize = 4;
/// So many scripts that failed are remembered, not to fall back to them.
const MAX_DISTRUSTED: usize = 8;
/// Rules that fail within this time after others have failed are the second failure in a row, ticks: a minute at 30 Hz.
const PROBATION: u32 = 1_800;

/// What the room plays, could play and will play.
pub struct RoomRules {
    /// In use.
    pub active: ActiveRules,
    /// What is in use, in words.
    pub info: ReleaseInfo,
    current: Option<Arc<LoadedRelease>>,
    /// What plays in the place of `current` for one round.
    card: Option<Arc<DealtCard>>,
    /// Counts up whenever other rules play.
    switches: u32,
    /// A card that was announced does not come: clients must be told what plays in its place.
    broken_promise: bool,
    fallbacks: Vec<Arc<LoadedRelease>>,
    /// Content hashes of what is not fallen back to.
    distrusted: VecDeque<String>,
    /// When rules failed last, unless an operator has changed them since.
    failed: Option<Tick>,
    safe: bool,
    pending: VecDeque<Pending>,
    /// Of the arena, once nothing is pending; `None` is the size that the rules say.
    scale: Option<f32>,
}

/// What will be in force from a tick on.
struct Pending {
    from: Tick,
    what: Change,
    scale: Option<f32>,
}

enum Change {
    /// Other rules.
    Release {
        release: Arc<LoadedRelease>,
        /// Nobody asked for it: the server takes something back.
        automatic: bool,
    },
    /// The same rules in another size.
    Size,
    /// The rules with a card.
    Card(Arc<DealtCard>),
    /// The rules without it.
    NoCard,
}

impl RoomRules {
    /// Plays `release`, and falls back to `fallback` if that fails.
    #[must_use]
    pub fn new(release: Arc<LoadedRelease>, fallback: Option<Arc<LoadedRelease>>) -> Self {
        Self {
            active: ActiveRules::Scripted(release.rules.clone()),
            info: release.info.clone(),
            current: Some(release),
            card: None,
            switches: 1,
            broken_promise: false,
            fallbacks: fallback.into_iter().collect(),
            distrusted: VecDeque::new(),
            failed: None,
            safe: false,
            pending: VecDeque::new(),
            scale: None,
        }
    }

    /// Will play `release` from `activate` on, but not before whatever else waits; says from when on. `None` when it is
    /// `automatic` and the room is in safe mode: only an operator gets it out of there.
    pub fn schedule(&mut self, release: Arc<LoadedRelease>, activate: Tick, automatic: bool) -> Option<Tick> {
        if automatic && self.safe {
            return None;
        }
        if !automatic {
            self.distrusted.retain(|hash| *hash != release.info.hash);
        }
        Some(self.push(Change::Release { release, automatic }, activate))
    }

    /// A script failed, here or elsewhere: it is not fallen back to any more, but to `instead`.
    pub fn distrust(&mut self, hash: &str, instead: Option<Arc<LoadedRelease>>) {
        self.fallbacks.retain(|earlier| earlier.info.hash != hash);
        if !self.distrusted.iter().any(|known| known == hash) {
            if self.distrusted.len() == MAX_DISTRUSTED {
                self.distrusted.pop_front();
            }
            self.distrusted.push_back(hash.to_owned());
        }
        if let Some(instead) = instead {
            self.fallbacks.retain(|earlier| earlier.info.hash != instead.info.hash);
            self.remember(instead);
        }
    }

    /// Two releases failed in a row: the native rules play until an operator publishes something.
    #[must_use]
    pub fn in_safe_mode(&self) -> bool {
        self.safe
    }

    /// Plays the native rules from now on.
    pub fn enter_safe_mode(&mut self) {
        self.safe = true;
        self.fallbacks.clear();
        self.play(None, self.info.arena_scale);
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
        let info = self.newest_info().clone();
        let from = self.push(Change::Size, activate);
        (ReleaseInfo { arena_scale: self.scale, ..info }, from)
    }

    fn push(&mut self, what: Change, activate: Tick) -> Tick {
        let from = self.pending.back().map_or(activate, |last| last.from.max(activate));
        self.pending.push_back(Pending { from, what, scale: self.scale });
        from
    }

    /// The newest announced update that is not in use yet.
    #[must_use]
    pub fn pending(&self) -> Option<PendingUpdate> {
        let last = self.pending.back()?;
        let info = self.newest_info().clone();
        Some(PendingUpdate {
            release: ReleaseInfo { arena_scale: last.scale, ..info },
            activate_tick: last.from,
        })
    }

    /// Switches if something is due at `tick`; true when the rules changed.
    pub fn switch_due(&mut self, tick: Tick) -> bool {
        let mut switched = false;
        while let Some(Pending { what, scale, .. }) =
            self.pending.pop_front_if(|pending| pending.from <= tick)
        {
            let (release, automatic) = match what {
                Change::Release { release, automatic } => (release, automatic),
                Change::Card(card) if !self.fits(&card) => {
                    self.broken_promise = true;
                    continue;
                }
                Change::NoCard if self.card.is_none() => continue,
                other => {
                    match other {
                        Change::Card(card) => self.card = Some(card),
                        Change::NoCard => self.card = None,
                        Change::Size | Change::Release { .. } => {}
                    }
                    switched = true;
                    self.refresh(scale);
                    continue;
                }
            };
            switched = true;
            if let Some(replaced) = self.current.take() {
                self.remember(replaced);
            }
            self.fallbacks.retain(|earlier| earlier.info.hash != release.info.hash);
            if !automatic {
                (self.failed, self.safe) = (None, false);
            }
            self.play(Some(release), scale);
        }
        switched
    }

    /// Gives up the rules in use, which failed in `tick`, for the last good ones, or for the native ones when there are
    /// none. The second failure in a row is safe mode.
    pub fn fall_back(&mut self, tick: Tick) {
        if let Some(failed) = self.current.take() {
            self.distrust(&failed.info.hash, None);
        }
        let again = self.failed.replace(tick).is_some_and(|before| tick.since(before) < PROBATION);
        if again {
            return self.enter_safe_mode();
        }
        let release = self.fallbacks.pop();
        self.play(release, self.info.arena_scale);
    }

    /// Plays a release, or the native rules, from now on.
    fn play(&mut self, release: Option<Arc<LoadedRelease>>, arena_scale: Option<f32>) {
        (self.current, self.card) = (release, None);
        self.refresh(arena_scale);
    }

    /// Plays what is current, with the card if there is one.
    fn refresh(&mut self, arena_scale: Option<f32>) {
        let with_card = self.card.as_ref().map(|card| &card.release);
        let played = with_card.or(self.current.as_ref());
        self.active = ActiveRules::of(played.map(|release| &release.rules), arena_scale);
        let info = played.map_or_else(native_info, |release| release.info.clone());
        self.info = ReleaseInfo { arena_scale, ..info };
        self.switches = self.switches.wrapping_add(1);
    }

    /// What was told last of what plays, or will.
    fn newest_info(&self) -> &ReleaseInfo {
        let told = self.pending.iter().rev().find_map(|pending| match &pending.what {
            Change::Release { release, .. } => Some(&release.info),
            Change::Card(card) => Some(&card.release.info),
            Change::NoCard => self.current.as_ref().map(|current| &current.info),
            Change::Size => None,
        });
        told.unwrap_or(&self.info)
    }

    /// Unless it is distrusted.
    fn remember(&mut self, release: Arc<LoadedRelease>) {
        if self.distrusted.iter().any(|hash| *hash == release.info.hash) {
            return;
        }
        if self.fallbacks.len() == MAX_FALLBACKS {
            self.fallbacks.remove(0);
        }
        self.fallbacks.push(release);
    }
}

/// Cards, which take the place of the rules for one round. Releases always win over them.
impl RoomRules {
    /// The release that plays, or that a card is played with.
    #[must_use]
    pub fn current(&self) -> Option<&Arc<LoadedRelease>> {
        self.current.as_ref()
    }

    /// The card in force.
    #[must_use]
    pub fn card(&self) -> Option<&Arc<DealtCard>> {
        self.card.as_ref()
    }

    /// Differs whenever other rules play.
    #[must_use]
    pub fn switches(&self) -> u32 {
        self.switches
    }

    /// Other rules, with or without a card, are announced.
    #[must_use]
    pub fn awaits_others(&self) -> bool {
        self.pending.iter().any(|pending| !matches!(pending.what, Change::Size))
    }

    /// Whether a card was made for the rules that play.
    #[must_use]
    pub fn fits(&self, card: &DealtCard) -> bool {
        let same = |current: &Arc<LoadedRelease>| {
            let (played, base) = (&current.info, &card.base.info);
            (played.number, &played.hash) == (base.number, &base.hash)
        };
        self.current.as_ref().is_some_and(same)
    }

    /// Will play the rules with a card from `activate` on; says what clients must know, and from when on.
    pub fn schedule_card(&mut self, card: Arc<DealtCard>, activate: Tick) -> (ReleaseInfo, Tick) {
        let info = self.describe(&card.release);
        (info, self.push(Change::Card(card), activate))
    }

    /// Will play the rules without the card from `activate` on; says what clients must know, and from when on.
    pub fn schedule_no_card(&mut self, activate: Tick) -> Option<(ReleaseInfo, Tick)> {
        let info = self.describe(self.current.as_ref()?);
        Some((info, self.push(Change::NoCard, activate)))
    }

    /// Plays on without the card, if there is one, at once.
    pub fn drop_card(&mut self) -> Option<Arc<DealtCard>> {
        let dropped = self.card.take()?;
        self.refresh(self.info.arena_scale);
        Some(dropped)
    }

    /// A card that was announced did not come. Asked once, it is forgotten.
    pub fn take_broken_promise(&mut self) -> bool {
        std::mem::take(&mut self.broken_promise)
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
