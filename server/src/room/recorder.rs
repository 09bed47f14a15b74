//! Keeps what a room plays, a stretch at a time, for checks and rehearsals.
//!
//! A stretch begins with the first input, and ends after [`SEGMENT_SECONDS`], when nobody wants anything for [`IDLE_SECONDS`], when the rules
//! become others, or when its log is full (`hotlogic::recording`). Memory is taken when it begins; a tick takes none. Fights of more
//! than [`MAX_PLAYERS`], and arenas that have grown, are not recorded.

use hotlogic::Recording;
use hotlogic::recording::MAX_PLAYERS;
use protocol::ReleaseInfo;
use sim::{Hindsight, PlayerId, PlayerInput, World};

/// Longest stretch, seconds.
pub const SEGMENT_SECONDS: f32 = 30.0;
/// A stretch ends when nobody has wanted anything for so long, seconds.
pub const IDLE_SECONDS: f32 = 5.0;
/// Shorter ones are not kept, seconds.
const SHORTEST_SECONDS: f32 = 1.0;

/// Records one room.
#[derive(Default)]
pub struct Recorder {
    running: Option<Running>,
    finished: Option<Recording>,
}

struct Running {
    recording: Recording,
    /// The world as the last tick left it.
    last: World,
    /// Ticks without any input.
    quiet: u32,
}

impl Recorder {
    /// A tick is about to be played in a room, by these rules.
    pub fn begin_tick(
        &mut self,
        room: u32,
        rules: &ReleaseInfo,
        world: &World,
        inputs: &[(PlayerId, PlayerInput)],
        hindsight: &Hindsight,
    ) {
        // What a card did cannot be played again by the release alone.
        let plain = rules.arena_scale.is_none() && rules.card.is_none();
        let fit = plain && world.players.len() <= MAX_PLAYERS;
        if let Some(Running { recording, last, quiet }) = &mut self.running {
            *quiet = if inputs.is_empty() { *quiet + 1 } else { 0 };
            let goes_on = fit
                && recording.release == rules.number
                && recording.ticks() < world.ticks(SEGMENT_SECONDS)
                && *quiet <= world.ticks(IDLE_SECONDS);
            if goes_on && recording.record(last, world, inputs).is_ok() {
                return;
            }
            self.finish(SHORTEST_SECONDS);
        }
        if !fit || inputs.is_empty() {
            return;
        }
        let mut recording = Recording::begin(room, rules.number, world, hindsight);
        if recording.record(world, world, inputs).is_ok() {
            self.running = Some(Running { recording, last: world.clone(), quiet: 0 });
        }
    }

    /// The tick was played, in the end by these rules. Gives a stretch that has ended.
    pub fn end_tick(&mut self, rules: &ReleaseInfo, world: &World) -> Option<Recording> {
        match &mut self.running {
            // Its last tick is what the rules failed in: that is worth keeping, however short.
            Some(running) if running.recording.release != rules.number => self.finish(0.0),
            Some(running) => running.last.clone_from(world),
            None => {}
        }
        self.finished.take()
    }

    fn finish(&mut self, shortest: f32) {
        let Some(Running { mut recording, last, .. }) = self.running.take() else { return };
        if recording.ticks() >= last.ticks(shortest) {
            recording.finish();
            self.finished = Some(recording);
        }
    }
}
