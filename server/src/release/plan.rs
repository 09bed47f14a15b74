//! Which room plays what: the live rules, and the canary in some of the rooms. Pure, and the same for whoever asks.

use std::sync::Arc;

use super::LoadedRelease;
use crate::storage::RolloutTerms;

/// Knuth's multiplicative hash: 2^32 divided by the golden ratio. It spreads any run of numbers evenly, so that every
/// share of rooms 1 to n has its size to within three rooms, however many there are.
const SPREAD: u32 = 2_654_435_769;
/// The steps in which a canary is widened, per cent of the rooms.
pub const STEPS: [u8; 3] = [25, 50, 100];

/// The rooms that a release goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// This one in any case.
    pub room: Option<u32>,
    /// So many per cent of all.
    pub share: u8,
}

impl Reach {
    /// Every room.
    pub const ALL: Self = Self { room: None, share: 100 };

    /// Only this room.
    #[must_use]
    pub fn room(number: u32) -> Self {
        Self { room: Some(number), share: 0 }
    }

    /// Whether a room is among them. It depends on its number alone: a room that opens later, or again after a restart,
    /// is in the share or not, and whoever is in a small share is in every larger one. The first room, which is always
    /// open, is in all.
    #[must_use]
    pub fn has(self, room: u32) -> bool {
        let point = u64::from(room.wrapping_sub(1).wrapping_mul(SPREAD));
        self.room == Some(room) || point * 100 < u64::from(self.share) << 32
    }

    /// Every room, now and later.
    #[must_use]
    pub fn is_all(self) -> bool {
        self.share >= 100
    }

    /// The same and more: so many per cent.
    #[must_use]
    pub fn widened(self, share: u8) -> Self {
        Self { share: share.min(100), ..self }
    }

    /// The share that comes next when it is widened.
    #[must_use]
    pub fn next_share(self) -> u8 {
        STEPS.into_iter().find(|step| *step > self.share).unwrap_or(100)
    }

    pub(super) fn terms(self, widen_after_ms: Option<u64>) -> RolloutTerms {
        RolloutTerms { room: self.room, share: self.share, widen_after_ms }
    }

    pub(super) fn of(terms: RolloutTerms) -> Self {
        Self { room: terms.room, share: terms.share }
    }
}

/// A release that is in some rooms only.
#[derive(Clone)]
pub struct Canary {
    /// The release.
    pub release: Arc<LoadedRelease>,
    /// Its rooms.
    pub reach: Reach,
}

/// What all rooms play.
#[derive(Clone, Default)]
pub struct Plan {
    /// The live rules; `None` in safe mode, when the native ones play.
    pub base: Option<Arc<LoadedRelease>>,
    /// What was live before, in case those fail.
    pub before: Option<Arc<LoadedRelease>>,
    /// What some rooms play in their place.
    pub canary: Option<Canary>,
}

impl Plan {
    /// What a room plays.
    #[must_use]
    pub fn release_for(&self, room: u32) -> Option<&Arc<LoadedRelease>> {
        let canary = self.canary.as_ref().filter(|canary| canary.reach.has(room));
        canary.map(|canary| &canary.release).or(self.base.as_ref())
    }

    /// What it falls back to.
    #[must_use]
    pub fn fallback_for(&self, room: u32) -> Option<&Arc<LoadedRelease>> {
        match &self.canary {
            Some(canary) if canary.reach.has(room) => self.base.as_ref(),
            _ => self.before.as_ref(),
        }
    }

    /// Number of the release that a room plays; 0 is the native rules.
    #[must_use]
    pub fn number_for(&self, room: u32) -> u32 {
        self.release_for(room).map_or(0, |release| release.info.number)
    }

    /// A release goes to the rooms of `reach`: as the canary, or as what is live when these are all.
    pub fn send(&mut self, release: Arc<LoadedRelease>, reach: Reach) {
        if reach.is_all() {
            self.before = self.base.replace(release);
            self.canary = None;
        } else {
            self.canary = Some(Canary { release, reach });
        }
    }

    /// The canary, if it is this release.
    #[must_use]
    pub fn canary_is(&self, number: u32) -> Option<&Canary> {
        self.canary.as_ref().filter(|canary| canary.release.info.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_rooms_is_near_its_size_however_many_rooms_are_open() {
        for share in [1, 5, 10, 25, 50, 75, 99] {
            let reach = Reach { room: None, share };
            for rooms in 1..=400 {
                let inside = (1..=rooms).filter(|room| reach.has(*room)).count() as f64;
                let wished = f64::from(rooms) * f64::from(share) / 100.0;
                assert!((inside - wished).abs() <= 3.0, "{inside} of {rooms} rooms for {share} %");
                assert!(inside >= 1.0, "the first room is in every share");
            }
        }
    }

    #[test]
    fn who_is_in_a_small_share_is_in_every_larger_one() {
        for room in 1..=200 {
            let mut inside = false;
            for share in 1..=100 {
                let now = Reach { room: None, share }.has(room);
                assert!(now || !inside, "room {room} left at {share} %");
                inside = now;
            }
            assert!(inside, "everybody is in the whole");
        }
    }

    #[test]
    fn a_single_room_stays_in_when_the_release_is_widened() {
        let one = Reach::room(4);
        assert_eq!((1..=10).filter(|room| one.has(*room)).collect::<Vec<_>>(), [4]);
        assert_eq!(one.next_share(), 25);
        assert!(one.widened(25).has(4) && !Reach { room: None, share: 25 }.has(4));
        assert!(one.widened(50).next_share() == 100 && one.widened(100).is_all());
    }
}
