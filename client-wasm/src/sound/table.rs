//! How everything sounds, in numbers: the one place to tune it.
//!
//! A sound is a few layers that begin within milliseconds of each other: tones that glide, noise through a filter, bells by
//! frequency modulation. Frequencies are in Hz, times in seconds, gains before the cue's own; a noise needs more of it, as
//! its filter takes most of it away.

use client_core::hearing::Sound;

/// What a layer is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    /// A sine: soft and round.
    Sine,
    /// A triangle: a little brighter.
    Triangle,
    /// A sawtooth: rough.
    Saw,
    /// White noise, of which the filter keeps what is around the layer's frequency.
    Noise {
        /// How narrow: 0.7 is a rush, 8 whistles.
        q: f32,
    },
    /// A sine whose frequency another sine of `ratio` times it shakes by `depth` times: a bell or metal.
    Bell {
        /// Frequency of the shaking one, of the layer's.
        ratio: f32,
        /// How far it shakes, of its own frequency; fades with the layer.
        depth: f32,
    },
}

/// One layer of a sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Layer {
    /// Made of this.
    pub(super) source: Source,
    /// Frequency at the beginning and at the end.
    pub(super) hz: (f32, f32),
    /// Begins so long after the cue.
    pub(super) delay: f32,
    /// Until it is loudest. Never 0: that would click.
    pub(super) attack: f32,
    /// From there until it is gone.
    pub(super) decay: f32,
    /// How loud.
    pub(super) gain: f32,
}

const fn layer(source: Source, hz: (f32, f32), (delay, attack, decay): (f32, f32, f32), gain: f32) -> Layer {
    Layer { source, hz, delay, attack, decay, gain }
}

use Source::{Bell, Noise, Saw, Sine, Triangle};

/// The layers of a sound: source, Hz from and to, (delay, attack, decay), gain.
#[rustfmt::skip]
pub(super) fn layers(sound: Sound) -> &'static [Layer] {
    match sound {
        // Air: a rush that rises and falls off.
        Sound::Swing => &const { [
            layer(Noise { q: 1.4 }, (700.0, 2_600.0), (0.0, 0.025, 0.11), 1.10),
            layer(Noise { q: 2.5 }, (2_400.0, 900.0), (0.03, 0.02, 0.09), 0.50),
        ] },
        // A dry smack with a body.
        Sound::Hit => &const { [
            layer(Noise { q: 0.8 }, (1_900.0, 500.0), (0.0, 0.002, 0.09), 0.95),
            layer(Triangle, (220.0, 80.0), (0.0, 0.003, 0.13), 0.55),
        ] },
        // The same felt from inside: lower, longer.
        Sound::Hurt => &const { [
            layer(Noise { q: 0.7 }, (900.0, 220.0), (0.0, 0.003, 0.15), 0.85),
            layer(Sine, (150.0, 46.0), (0.0, 0.004, 0.26), 0.90),
            layer(Saw, (310.0, 190.0), (0.0, 0.004, 0.10), 0.14),
        ] },
        // Embers: high noise that crackles out.
        Sound::Burn => &const { [
            layer(Noise { q: 0.9 }, (5_200.0, 1_600.0), (0.0, 0.008, 0.32), 0.80),
            layer(Saw, (420.0, 90.0), (0.0, 0.005, 0.24), 0.18),
        ] },
        // A bell with a crack: what one plays for.
        Sound::Bat => &const { [
            layer(Bell { ratio: 1.41, depth: 2.2 }, (520.0, 470.0), (0.0, 0.002, 0.38), 0.42),
            layer(Noise { q: 1.0 }, (3_000.0, 1_200.0), (0.0, 0.002, 0.06), 0.95),
            layer(Sine, (190.0, 70.0), (0.0, 0.003, 0.16), 0.55),
        ] },
        Sound::Bounce => &const { [
            layer(Bell { ratio: 2.76, depth: 0.9 }, (300.0, 260.0), (0.0, 0.002, 0.16), 0.34),
            layer(Sine, (120.0, 60.0), (0.0, 0.003, 0.10), 0.50),
        ] },
        // Two steps up: well done.
        Sound::Kill => &const { [
            layer(Bell { ratio: 2.0, depth: 0.8 }, (659.3, 659.3), (0.0, 0.004, 0.22), 0.34),
            layer(Bell { ratio: 2.0, depth: 0.8 }, (987.8, 987.8), (0.09, 0.004, 0.42), 0.36),
            layer(Sine, (329.6, 329.6), (0.09, 0.01, 0.35), 0.22),
        ] },
        Sound::Fall => &const { [
            layer(Triangle, (330.0, 70.0), (0.0, 0.006, 0.34), 0.38),
            layer(Noise { q: 0.8 }, (1_300.0, 200.0), (0.0, 0.004, 0.24), 0.55),
        ] },
        // A long way down.
        Sound::Death => &const { [
            layer(Saw, (220.0, 41.0), (0.0, 0.008, 0.85), 0.22),
            layer(Sine, (165.0, 32.0), (0.0, 0.006, 1.00), 0.75),
            layer(Noise { q: 0.7 }, (1_600.0, 120.0), (0.0, 0.004, 0.70), 0.70),
        ] },
        Sound::Respawn => &const { [
            layer(Triangle, (262.0, 523.0), (0.0, 0.03, 0.30), 0.26),
            layer(Bell { ratio: 3.0, depth: 0.4 }, (1_046.5, 1_046.5), (0.14, 0.01, 0.40), 0.20),
        ] },
        Sound::Dash => &const { [
            layer(Noise { q: 1.1 }, (500.0, 3_400.0), (0.0, 0.03, 0.17), 0.95),
            layer(Sine, (110.0, 240.0), (0.0, 0.02, 0.14), 0.26),
        ] },
        // A fifth and an octave: go.
        Sound::RoundStart => &const { [
            layer(Bell { ratio: 1.0, depth: 0.7 }, (392.0, 392.0), (0.0, 0.006, 0.26), 0.34),
            layer(Bell { ratio: 1.0, depth: 0.7 }, (587.3, 587.3), (0.14, 0.006, 0.26), 0.34),
            layer(Bell { ratio: 1.0, depth: 0.9 }, (784.0, 784.0), (0.28, 0.006, 0.70), 0.40),
            layer(Sine, (98.0, 98.0), (0.28, 0.01, 0.60), 0.40),
        ] },
        // The same steps down to rest.
        Sound::RoundEnd => &const { [
            layer(Bell { ratio: 1.0, depth: 0.7 }, (784.0, 784.0), (0.0, 0.006, 0.40), 0.32),
            layer(Bell { ratio: 1.0, depth: 0.7 }, (587.3, 587.3), (0.20, 0.006, 0.45), 0.32),
            layer(Bell { ratio: 1.0, depth: 0.9 }, (392.0, 392.0), (0.40, 0.006, 1.10), 0.38),
            layer(Sine, (98.0, 98.0), (0.40, 0.02, 1.00), 0.36),
        ] },
        Sound::Chat => &const { [
            layer(Sine, (880.0, 880.0), (0.0, 0.006, 0.07), 0.26),
            layer(Sine, (1_174.7, 1_174.7), (0.06, 0.006, 0.10), 0.26),
        ] },
        // Twice, as hearts do; low enough to be felt rather than heard.
        Sound::Heartbeat => &const { [
            layer(Sine, (64.0, 44.0), (0.0, 0.012, 0.13), 0.90),
            layer(Sine, (58.0, 40.0), (0.19, 0.012, 0.16), 0.65),
        ] },
    }
}

/// How long a sound is, seconds.
pub(super) fn length(sound: Sound) -> f32 {
    layers(sound).iter().map(|layer| layer.delay + layer.attack + layer.decay).fold(0.0, f32::max)
}

/// The whole of the effects against the music, when both are at 100 %.
pub(super) const EFFECTS_GAIN: f32 = 0.55;
/// The music at 100 %.
pub(super) const MUSIC_GAIN: f32 = 0.30;
/// The orb's hum at its loudest.
pub(super) const HUM_GAIN: f32 = 0.16;
/// The hum's frequency at rest, and what full speed adds.
pub(super) const HUM_HZ: (f32, f32) = (68.0, 150.0);
/// What is left of the hum's overtones while it is harmless, and when it is hot: the filter's frequency.
pub(super) const HUM_FILTER_HZ: (f32, f32) = (260.0, 1_300.0);
