//! The mixing desk: effects and music with a volume each, the orb's hum, and a compressor in front of the speakers.

use client_core::hearing::{Cue, Hum};
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::{
    AudioBuffer, AudioContext, AudioContextState, AudioNode, BiquadFilterNode, BiquadFilterType, GainNode,
    OscillatorNode, OscillatorType, StereoPannerNode,
};

use super::music::{self, Track};
use super::{synth, table};

/// Notes are written down so far ahead, seconds: frames come late sometimes.
const AHEAD_S: f64 = 0.35;
/// Before it falls silent the sound fades: a wave that stops in the middle clicks. Milliseconds.
const FADE_MS: u32 = 150;
/// What is too late by more than this is left out, seconds.
const LATE_S: f64 = 0.2;

/// Everything that the browser needs to make sound.
pub(super) struct Mixer {
    context: AudioContext,
    noise: AudioBuffer,
    master: GainNode,
    /// Stops everything when it has faded.
    stopping: Option<Timeout>,
    effects: GainNode,
    music: GainNode,
    hum: HumVoice,
    track: Track,
    /// The tones of the track that plays; another one gets its own, so that this one can fade.
    band: GainNode,
    step: u32,
    next_step_s: f64,
    /// Notes that were written down so far.
    notes: u32,
}

impl Mixer {
    /// Plugs everything together. In most browsers it stays silent until [`Mixer::resume`] is called from a gesture.
    ///
    /// # Errors
    /// When the browser has no Web Audio, or no sound device at all.
    pub(super) fn new() -> Result<Self, JsValue> {
        let context = AudioContext::new()?;
        let limiter = context.create_dynamics_compressor()?;
        limiter.threshold().set_value(-16.0);
        limiter.knee().set_value(12.0);
        limiter.ratio().set_value(8.0);
        limiter.attack().set_value(0.004);
        limiter.release().set_value(0.18);
        let master = context.create_gain()?;
        limiter.connect_with_audio_node(&master)?.connect_with_audio_node(&context.destination())?;
        let bus = || -> Result<GainNode, JsValue> {
            let bus = context.create_gain()?;
            bus.gain().set_value(0.0);
            bus.connect_with_audio_node(&limiter)?;
            Ok(bus)
        };
        let (effects, music) = (bus()?, bus()?);
        let band = band(&context, &music)?;
        Ok(Self {
            noise: synth::noise(&context)?,
            hum: HumVoice::new(&context, &effects)?,
            master,
            stopping: None,
            effects,
            music,
            track: Track::None,
            band,
            step: 0,
            next_step_s: 0.0,
            notes: 0,
            context,
        })
    }

    /// Lets it be heard; works only from a gesture, until it has worked once.
    pub(super) fn resume(&mut self) {
        if self.stopping.take().is_some() || self.context.state() == AudioContextState::Suspended {
            synth::ease(&self.master.gain(), 1.0, self.context.current_time());
        }
        if self.context.state() == AudioContextState::Suspended {
            // Refused outside of a gesture: the next one tries again.
            let _ = self.context.resume();
        }
    }

    /// Nobody listens.
    pub(super) fn suspend(&mut self) {
        synth::ease(&self.master.gain(), 0.0, self.context.current_time());
        let context = self.context.clone();
        self.stopping = Some(Timeout::new(FADE_MS, move || drop(context.suspend())));
    }

    /// Whether it can be heard.
    pub(super) fn is_running(&self) -> bool {
        self.context.state() == AudioContextState::Running
    }

    /// The state as tests know it.
    pub(super) fn state(&self) -> &'static str {
        match self.context.state() {
            AudioContextState::Running => "running",
            AudioContextState::Suspended => "suspended",
            AudioContextState::Closed => "closed",
            _ => "interrupted",
        }
    }

    /// Notes of the music that were written down so far.
    pub(super) fn notes(&self) -> u32 {
        self.notes
    }

    /// Sets both volumes, from 0 to 1. Ears hear squares.
    pub(super) fn set_volumes(&self, effects: f64, music: f64) {
        let now = self.context.current_time();
        let curve = |volume: f64| (volume * volume) as f32;
        synth::ease(&self.effects.gain(), curve(effects) * table::EFFECTS_GAIN, now);
        synth::ease(&self.music.gain(), curve(music) * table::MUSIC_GAIN, now);
    }

    /// Plays a sound now.
    pub(super) fn play(&self, cue: &Cue) -> Result<(), JsValue> {
        let out = synth::place(&self.context, cue.gain, cue.pan, &self.effects)?;
        // Harder blows sound lower; and no two alike.
        let pitch = (1.12 - 0.24 * cue.strength) * (0.97 + 0.06 * js_sys::Math::random() as f32);
        let pitched = if cue.own && !is_blow(cue) { 1.0 } else { pitch };
        let at = self.context.current_time() + 0.005;
        for layer in table::layers(cue.sound) {
            synth::play(&self.context, &self.noise, layer, (at, pitched), &out)?;
        }
        Ok(())
    }

    /// The orb hums like this from now on.
    pub(super) fn hum(&mut self, hum: Hum) {
        self.hum.set(hum, self.context.current_time());
    }

    /// Goes on with this track, and writes down the notes that are due.
    pub(super) fn keep_playing(&mut self, track: Track) -> Result<(), JsValue> {
        let now = self.context.current_time();
        if track != self.track {
            self.track = track;
            synth::ease(&self.band.gain(), 0.0, now);
            self.band = band(&self.context, &self.music)?;
            self.step = 0;
            self.next_step_s = now + 0.15;
        }
        if track == Track::None {
            return Ok(());
        }
        if self.next_step_s < now - LATE_S {
            // The tab was asleep: go on from here rather than play everything at once.
            self.next_step_s = now + 0.05;
        }
        while self.next_step_s < now + AHEAD_S {
            for note in music::notes(track, self.step) {
                synth::play(&self.context, &self.noise, &note, (self.next_step_s, 1.0), &self.band)?;
                self.notes = self.notes.wrapping_add(1);
            }
            self.step = self.step.wrapping_add(1);
            self.next_step_s += track.step_s();
        }
        Ok(())
    }
}

/// Blows are never alike; signals always are.
fn is_blow(cue: &Cue) -> bool {
    use client_core::hearing::Sound;
    matches!(cue.sound, Sound::Swing | Sound::Hit | Sound::Hurt | Sound::Burn | Sound::Bat | Sound::Dash)
}

fn band(context: &AudioContext, music: &GainNode) -> Result<GainNode, JsValue> {
    // Dull, so that it stays behind the fight.
    let filter = context.create_biquad_filter()?;
    filter.set_type(BiquadFilterType::Lowpass);
    filter.frequency().set_value(2_400.0);
    filter.connect_with_audio_node(music)?;
    let band = context.create_gain()?;
    band.connect_with_audio_node(&filter)?;
    Ok(band)
}

/// Two saws slightly out of tune behind a filter that opens with the orb's speed.
struct HumVoice {
    low: OscillatorNode,
    high: OscillatorNode,
    filter: BiquadFilterNode,
    volume: GainNode,
    panner: Option<StereoPannerNode>,
    shown: Hum,
}

impl HumVoice {
    fn new(context: &AudioContext, out: &AudioNode) -> Result<Self, JsValue> {
        let saw = || -> Result<OscillatorNode, JsValue> {
            let saw = context.create_oscillator()?;
            saw.set_type(OscillatorType::Sawtooth);
            saw.start()?;
            Ok(saw)
        };
        let (low, high) = (saw()?, saw()?);
        let filter = context.create_biquad_filter()?;
        filter.set_type(BiquadFilterType::Lowpass);
        filter.q().set_value(2.0);
        let volume = context.create_gain()?;
        volume.gain().set_value(0.0);
        low.connect_with_audio_node(&filter)?;
        high.connect_with_audio_node(&filter)?;
        filter.connect_with_audio_node(&volume)?;
        let panner = context.create_stereo_panner().ok();
        match &panner {
            Some(panner) => volume.connect_with_audio_node(panner)?.connect_with_audio_node(out)?,
            None => volume.connect_with_audio_node(out)?,
        };
        let mut hum = Self { low, high, filter, volume, panner, shown: Hum::default() };
        hum.tune(Hum::default(), 0.0);
        Ok(hum)
    }

    fn set(&mut self, hum: Hum, now: f64) {
        let near = |a: f32, b: f32| (a - b).abs() < 0.01;
        let same = near(hum.gain, self.shown.gain) && near(hum.pan, self.shown.pan);
        // Parameters keep a list of what was asked of them: only what can be heard goes there.
        if same && near(hum.speed, self.shown.speed) && hum.live == self.shown.live {
            return;
        }
        self.tune(hum, now);
    }

    fn tune(&mut self, hum: Hum, now: f64) {
        self.shown = hum;
        let hz = table::HUM_HZ.0 + table::HUM_HZ.1 * hum.speed;
        synth::ease(&self.low.frequency(), hz, now);
        synth::ease(&self.high.frequency(), hz * 1.507, now);
        let open = if hum.live { 0.35 + 0.65 * hum.speed } else { 0.4 * hum.speed };
        let (dull, bright) = table::HUM_FILTER_HZ;
        synth::ease(&self.filter.frequency(), dull + (bright - dull) * open, now);
        synth::ease(&self.volume.gain(), hum.gain * table::HUM_GAIN, now);
        if let Some(panner) = &self.panner {
            synth::ease(&panner.pan(), hum.pan, now);
        }
    }
}
