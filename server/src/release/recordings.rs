//! The last fights of all rooms, in bounded memory. They are gone when the server stops.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hotlogic::Recording;

use super::Releases;

/// Most recorded stretches of one room: five minutes of a room that never rests.
pub const MAX_PER_ROOM: usize = 10;
/// Most memory for the stretches of one room, bytes.
pub const MAX_ROOM_BYTES: usize = 2 * 1024 * 1024;
/// Most memory for all of them, bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// What was recorded, oldest first.
#[derive(Default)]
pub(super) struct Recordings {
    kept: Mutex<VecDeque<Arc<Recording>>>,
}

impl Recordings {
    /// Keeps one, and forgets the oldest that do not fit any more.
    pub(super) fn keep(&self, recording: Recording) {
        let room = recording.room;
        let mut kept = self.kept();
        kept.push_back(Arc::new(recording));
        let mut of_room: Vec<usize> =
            kept.iter().filter(|one| one.room == room).map(|one| one.bytes()).collect();
        of_room.reverse();
        while of_room.len() > MAX_PER_ROOM || of_room.iter().sum::<usize>() > MAX_ROOM_BYTES {
            of_room.pop();
            let Some(oldest) = kept.iter().position(|one| one.room == room) else { break };
            kept.remove(oldest);
        }
        while kept.iter().map(|one| one.bytes()).sum::<usize>() > MAX_BYTES {
            kept.pop_front();
        }
    }

    /// The newest, newest first.
    pub(super) fn newest(&self, most: usize) -> Vec<Arc<Recording>> {
        self.kept().iter().rev().take(most).cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<Recording>>> {
        // Whoever holds this lock cannot leave the list half changed.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Releases {
    /// A room has recorded a stretch of its fight; checks and rehearsals play it.
    pub fn keep(&self, recording: Recording) {
        self.inner.recordings.keep(recording);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::{Hindsight, NativeRules, PlayerId, PlayerInput, Rules, Tick, Vec2, World};

    /// A recording of so many inputs.
    fn recording(room: u32, release: u32, inputs: u32) -> Recording {
        let mut rules = NativeRules::default();
        let mut world = World::new(1, Tick(0), 30, rules.tuning());
        world.join(&mut rules, PlayerId(1)).expect("native rules never fail");
        let mut recording = Recording::begin(room, release, &world, &Hindsight::none());
        let input = [(PlayerId(1), PlayerInput::moving(Vec2 { x: 1.0, y: 0.0 }))];
        for _ in 0..inputs {
            recording.record(&world, &world, &input).expect("it fits");
        }
        recording.finish();
        recording
    }

    fn kept(recordings: &Recordings) -> Vec<(u32, u32)> {
        recordings.newest(usize::MAX).iter().map(|one| (one.room, one.release)).collect()
    }

    #[test]
    fn a_room_keeps_its_newest_fights_and_takes_nothing_from_the_others() {
        let recordings = Recordings::default();
        recordings.keep(recording(2, 0, 30));
        for release in 1..=MAX_PER_ROOM as u32 + 3 {
            recordings.keep(recording(1, release, 30));
        }
        let expect: Vec<_> = (4..=MAX_PER_ROOM as u32 + 3).rev().map(|release| (1, release)).collect();
        let of = |room| kept(&recordings).into_iter().filter(|(of, _)| *of == room).collect::<Vec<_>>();
        assert_eq!((of(1), of(2)), (expect, vec![(2, 0)]));
        assert_eq!(recordings.newest(1)[0].release, MAX_PER_ROOM as u32 + 3);
    }

    #[test]
    fn however_many_rooms_record_the_memory_is_bounded() {
        let recordings = Recordings::default();
        let large = recording(0, 1, 12_000);
        let bytes = large.bytes();
        assert!(bytes > 100_000 && bytes < MAX_ROOM_BYTES, "{bytes}");
        let of = |room: u32| {
            let mut copy = large.clone();
            copy.room = room;
            copy
        };
        for room in 0..(2 * MAX_BYTES / bytes) as u32 {
            recordings.keep(of(room));
        }
        let all = recordings.newest(usize::MAX);
        let total: usize = all.iter().map(|one| one.bytes()).sum();
        assert!(total <= MAX_BYTES && total + bytes > MAX_BYTES, "{total}");
        for _ in 0..MAX_PER_ROOM {
            recordings.keep(of(1));
        }
        let all = recordings.newest(usize::MAX);
        let of_room: usize = all.iter().filter(|one| one.room == 1).map(|one| one.bytes()).sum();
        assert!(of_room <= MAX_ROOM_BYTES, "{of_room}");
    }
}
