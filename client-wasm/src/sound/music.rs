//! The music bed: quiet, made up as it goes, never the same bar twice in a row, and always in one key so that whatever
//! happens fits.

use client_core::protocol::Music;

use super::table::{Layer, Source};

/// A piece of music.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Track {
    /// Silence.
    None,
    /// Slow chords and a few bells.
    #[default]
    Calm,
    /// A bass that walks, and an arpeggio.
    Pulse,
    /// Drums and a drone.
    Storm,
}

impl From<Music> for Track {
    fn from(music: Music) -> Self {
        match music {
            Music::None => Self::None,
            Music::Calm => Self::Calm,
            Music::Pulse => Self::Pulse,
            Music::Storm => Self::Storm,
        }
    }
}

impl Track {
    /// As scenes, the settings and tests know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Calm => "calm",
            Self::Pulse => "pulse",
            Self::Storm => "storm",
        }
    }

    /// The track with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Calm, Self::Pulse, Self::Storm].into_iter().find(|track| track.name() == name)
    }

    /// Length of a step (a sixteenth), seconds.
    pub(super) fn step_s(self) -> f64 {
        let beats_a_minute = match self {
            Self::None | Self::Calm => 66.0,
            Self::Pulse => 104.0,
            Self::Storm => 132.0,
        };
        60.0 / beats_a_minute / 4.0
    }
}

/// Steps in a bar.
const BAR: u32 = 16;
/// Chords in A minor by their roots over the A, and their thirds and fifths: Am, F, C, G; semitones.
const CHORDS: [[i32; 3]; 4] = [[0, 3, 7], [-4, 0, 3], [3, 7, 10], [-2, 2, 5]];
/// Bells are taken from here (A minor pentatonic), semitones over A.
const BELLS: [i32; 6] = [0, 3, 5, 7, 10, 12];

/// What begins at a step of a track.
pub(super) fn notes(track: Track, step: u32) -> Vec<Layer> {
    let (bar, beat) = (step / BAR, step % BAR);
    let chord = CHORDS[(bar % 4) as usize];
    let mut notes = Vec::new();
    match track {
        Track::None => {}
        Track::Calm => {
            if beat == 0 {
                for tone in chord {
                    notes.push(tone_of(Source::Triangle, 220.0, tone, (1.3, 2.9), 0.16));
                }
                notes.push(tone_of(Source::Sine, 55.0, chord[0], (0.6, 3.2), 0.34));
            }
            if beat % 4 == 2 && chance(step) < 0.42 {
                notes.push(bell(880.0, step, 1.4, 0.09));
            }
        }
        Track::Pulse => {
            if beat % 4 == 0 {
                notes.push(tone_of(Source::Triangle, 55.0, chord[0], (0.01, 0.38), 0.42));
            } else if beat % 4 == 3 {
                notes.push(tone_of(Source::Triangle, 110.0, chord[0], (0.01, 0.16), 0.22));
            }
            if beat.is_multiple_of(2) {
                let tone = chord[(step / 2 % 3) as usize];
                notes.push(tone_of(Source::Triangle, 440.0, tone, (0.008, 0.24), 0.11));
            }
            if beat % 4 == 2 {
                notes.push(noise(7_500.0, 0.05, 0.13));
            }
            if beat == 14 && chance(step) < 0.5 {
                notes.push(bell(880.0, step, 0.7, 0.08));
            }
        }
        Track::Storm => {
            if beat == 0 {
                notes.push(tone_of(Source::Saw, 55.0, chord[0], (0.25, 1.6), 0.10));
                notes.push(tone_of(Source::Saw, 55.4, chord[0], (0.25, 1.6), 0.08));
            }
            if beat.is_multiple_of(8) || beat == 6 || (beat == 11 && chance(bar) < 0.6) {
                notes.push(kick());
            }
            if beat % 8 == 4 {
                notes.push(noise(1_700.0, 0.16, 0.34));
            }
            notes.push(noise(8_200.0, 0.03, if beat.is_multiple_of(4) { 0.12 } else { 0.06 }));
            if beat % 4 == 2 && chance(step) < 0.3 {
                notes.push(tone_of(Source::Triangle, 440.0, chord[(step % 3) as usize], (0.01, 0.3), 0.10));
            }
        }
    }
    notes
}

fn tone_of(source: Source, base: f32, semitones: i32, (attack, decay): (f32, f32), gain: f32) -> Layer {
    let hz = base * (semitones as f32 / 12.0).exp2();
    Layer { source, hz: (hz, hz), delay: 0.0, attack, decay, gain }
}

fn bell(base: f32, step: u32, decay: f32, gain: f32) -> Layer {
    let tone = BELLS[(chance(step ^ 0x5a5a) * BELLS.len() as f32) as usize % BELLS.len()];
    tone_of(Source::Bell { ratio: 2.0, depth: 0.35 }, base, tone, (0.006, decay), gain)
}

fn noise(hz: f32, decay: f32, gain: f32) -> Layer {
    Layer { source: Source::Noise { q: 0.9 }, hz: (hz, hz), delay: 0.0, attack: 0.003, decay, gain }
}

fn kick() -> Layer {
    Layer { source: Source::Sine, hz: (120.0, 42.0), delay: 0.0, attack: 0.004, decay: 0.22, gain: 0.6 }
}

/// From 0 to 1, the same for the same number.
fn chance(number: u32) -> f32 {
    let mixed = (number ^ (number >> 7)).wrapping_mul(0x9e37_79b1);
    (mixed >> 8) as f32 / (1 << 24) as f32
}
