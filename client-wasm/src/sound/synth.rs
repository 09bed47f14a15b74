//! Plays one layer or note: source, filter, envelope. Everything fades in and out, so nothing clicks.

use wasm_bindgen::JsValue;
use web_sys::{
    AudioBuffer, AudioContext, AudioNode, AudioParam, AudioScheduledSourceNode, BiquadFilterType, GainNode,
    OscillatorType,
};

use super::table::{Layer, Source};

/// What counts as silent: exponential ramps never reach 0.
const SILENT: f32 = 0.000_1;
/// Length of the noise that all noises are cut from, seconds.
const NOISE_S: f32 = 1.5;

/// Makes a second and a half of noise: xorshift, the same every time.
pub(super) fn noise(context: &AudioContext) -> Result<AudioBuffer, JsValue> {
    let frames = (context.sample_rate() * NOISE_S) as u32;
    let buffer = context.create_buffer(1, frames, context.sample_rate())?;
    let mut state = 0x9e37_79b9_u32;
    let samples: Vec<f32> = (0..frames)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as f32 / (u32::MAX as f32 * 0.5) - 1.0
        })
        .collect();
    buffer.copy_to_channel(&samples, 0)?;
    Ok(buffer)
}

/// Plays a layer from `at` on the context's clock, `pitch` times as high, into `out`.
pub(super) fn play(
    context: &AudioContext,
    noise: &AudioBuffer,
    layer: &Layer,
    (at, pitch): (f64, f32),
    out: &AudioNode,
) -> Result<(), JsValue> {
    let begin = at + f64::from(layer.delay);
    let end = begin + f64::from(layer.attack + layer.decay);
    let (from, to) = (layer.hz.0 * pitch, layer.hz.1 * pitch);
    let envelope = context.create_gain()?;
    shape(&envelope.gain(), layer, begin)?;
    envelope.connect_with_audio_node(out)?;
    match layer.source {
        Source::Noise { q } => {
            let source = context.create_buffer_source()?;
            source.set_buffer(Some(noise));
            source.set_loop(true);
            let filter = context.create_biquad_filter()?;
            filter.set_type(BiquadFilterType::Bandpass);
            filter.q().set_value(q);
            glide(&filter.frequency(), from, to, begin, end)?;
            source.connect_with_audio_node(&filter)?.connect_with_audio_node(&envelope)?;
            // From another place each time, or repeated strikes sound like a machine.
            let offset = (begin * 7.31).fract() * f64::from(NOISE_S) * 0.9;
            source.start_with_when_and_grain_offset(begin, offset)?;
            AudioScheduledSourceNode::stop_with_when(&source, end + 0.02)?;
        }
        Source::Bell { ratio, depth } => {
            let shaker = context.create_oscillator()?;
            glide(&shaker.frequency(), from * ratio, to * ratio, begin, end)?;
            let reach = context.create_gain()?;
            glide(&reach.gain(), (from * ratio * depth).max(SILENT), 1.0, begin, end)?;
            let bell = context.create_oscillator()?;
            glide(&bell.frequency(), from, to, begin, end)?;
            shaker.connect_with_audio_node(&reach)?.connect_with_audio_param(&bell.frequency())?;
            bell.connect_with_audio_node(&envelope)?;
            run(&shaker, begin, end)?;
            run(&bell, begin, end)?;
        }
        Source::Sine | Source::Triangle | Source::Saw => {
            let tone = context.create_oscillator()?;
            tone.set_type(match layer.source {
                Source::Triangle => OscillatorType::Triangle,
                Source::Saw => OscillatorType::Sawtooth,
                _ => OscillatorType::Sine,
            });
            glide(&tone.frequency(), from, to, begin, end)?;
            tone.connect_with_audio_node(&envelope)?;
            run(&tone, begin, end)?;
        }
    }
    Ok(())
}

/// A gain with this value in front of `out`, on this side.
pub(super) fn place(
    context: &AudioContext,
    gain: f32,
    pan: f32,
    out: &AudioNode,
) -> Result<GainNode, JsValue> {
    let volume = context.create_gain()?;
    volume.gain().set_value(gain);
    // Older Safari has no panner: then it comes from the middle.
    match context.create_stereo_panner() {
        Ok(panner) => {
            panner.pan().set_value(pan);
            volume.connect_with_audio_node(&panner)?.connect_with_audio_node(out)?;
        }
        Err(_) => drop(volume.connect_with_audio_node(out)?),
    }
    Ok(volume)
}

/// Moves a value without a jump, from now on.
pub(super) fn ease(param: &AudioParam, value: f32, now: f64) {
    // Fails only for values that are no numbers.
    let _ = param.set_target_at_time(value, now, 0.04);
}

fn shape(gain: &AudioParam, layer: &Layer, begin: f64) -> Result<(), JsValue> {
    let loudest = begin + f64::from(layer.attack);
    gain.set_value_at_time(SILENT, begin)?;
    gain.linear_ramp_to_value_at_time(layer.gain.max(SILENT), loudest)?;
    gain.exponential_ramp_to_value_at_time(SILENT, loudest + f64::from(layer.decay))?;
    Ok(())
}

fn glide(param: &AudioParam, from: f32, to: f32, begin: f64, end: f64) -> Result<(), JsValue> {
    param.set_value_at_time(from, begin)?;
    if from != to {
        param.exponential_ramp_to_value_at_time(to, end)?;
    }
    Ok(())
}

fn run(source: &impl AsRef<AudioScheduledSourceNode>, begin: f64, end: f64) -> Result<(), JsValue> {
    let source: &AudioScheduledSourceNode = source.as_ref();
    source.start_with_when(begin)?;
    source.stop_with_when(end + 0.02)
}
