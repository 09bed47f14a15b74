//! How many sounds may play at once: more are only noise, and cost.

use super::{Cue, Sound};

/// Sounds at once, at most.
pub const MAX_VOICES: usize = 24;
/// Of these, so many are kept free for what is about us.
const OWN_VOICES: usize = 4;
/// Of one kind at once, at most.
const SAME_VOICES: usize = 6;
/// Two sounds of one kind that begin closer together than this are one, milliseconds.
const TOGETHER_MS: f64 = 28.0;

/// The sounds that play.
#[derive(Debug, Default)]
pub struct Voices {
    playing: Vec<Voice>,
}

#[derive(Debug)]
struct Voice {
    sound: Sound,
    started_ms: f64,
    ends_ms: f64,
}

impl Voices {
    /// Whether a sound of this length may begin now; if so, it does.
    pub fn admit(&mut self, cue: &Cue, length_ms: f64, now_ms: f64) -> bool {
        self.playing.retain(|voice| voice.ends_ms > now_ms);
        let limit = if cue.own { MAX_VOICES } else { MAX_VOICES - OWN_VOICES };
        let (mut same, mut together) = (0, false);
        for voice in self.playing.iter().filter(|voice| voice.sound == cue.sound) {
            same += 1;
            together |= now_ms - voice.started_ms < TOGETHER_MS;
        }
        if self.playing.len() >= limit || same >= SAME_VOICES || together {
            return false;
        }
        self.playing.push(Voice { sound: cue.sound, started_ms: now_ms, ends_ms: now_ms + length_ms });
        true
    }

    /// How many play at this time.
    #[must_use]
    pub fn count(&self, now_ms: f64) -> usize {
        self.playing.iter().filter(|voice| voice.ends_ms > now_ms).count()
    }
}
