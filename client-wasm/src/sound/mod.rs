//! Sound: everything is synthesised. What is to be heard says [`client_core::hearing`]; here it is made.
//!
//! Browsers let a page sound only after somebody did something on it, so there is no [`Mixer`] before that; and none
//! at all where there is no Web Audio, which disturbs nobody.

mod mixer;
mod music;
mod synth;
mod table;

use std::collections::BTreeMap;

use client_core::hearing::{self, Hearing, Hum, Voices};
use client_core::{ClientEvent, View};
use web_sys::Event;

use crate::desk::Order;
use crate::inbox::{Inbox, Wake};
use crate::{dom, settings};
use mixer::Mixer;
pub(crate) use music::Track;

/// What counts as a gesture. The press of a finger does not, its end does.
const GESTURES: [&str; 5] = ["keydown", "pointerdown", "pointerup", "touchend", "click"];

/// Sound, and how loud the player wants it.
pub(crate) struct Sounds {
    hearing: Hearing,
    voices: Voices,
    mixer: Option<Mixer>,
    /// It was tried and there is none.
    impossible: bool,
    hidden: bool,
    effects: f64,
    music: f64,
    muted: bool,
    /// What the scene plays.
    track: Track,
    /// What the player wants instead.
    choice: Option<Track>,
    /// Sounds that were started, by name.
    started: BTreeMap<&'static str, u32>,
}

impl Sounds {
    /// Waits for the first gesture.
    pub(crate) fn listen(inbox: &Inbox) -> Self {
        for kind in GESTURES {
            let post = inbox.clone();
            dom::listen_passively(&dom::window(), kind, move |_: Event| {
                post.post(Wake::Desk(Order::Gesture));
            });
        }
        Self {
            hearing: Hearing::default(),
            voices: Voices::default(),
            mixer: None,
            impossible: false,
            hidden: false,
            effects: settings::volume(settings::Volume::Effects),
            music: settings::volume(settings::Volume::Music),
            muted: settings::muted(),
            track: Track::default(),
            choice: settings::music().as_deref().and_then(Track::from_name),
            started: BTreeMap::new(),
        }
    }

    /// Somebody did something: from now on there may be sound.
    pub(crate) fn gesture(&mut self) {
        if self.mixer.is_none() && !self.impossible {
            self.mixer = Mixer::new().ok();
            self.impossible = self.mixer.is_none();
            self.apply_volumes();
        }
        if let Some(mixer) = self.mixer.as_mut().filter(|_| !self.hidden && !self.muted) {
            mixer.resume();
        }
    }

    /// The tab was hidden or is to be seen again.
    pub(crate) fn hide(&mut self, hidden: bool) {
        self.hidden = hidden;
        self.rest_or_go_on();
    }

    /// Takes up something that happened.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View) {
        self.hearing.handle(event, view);
        if self.hidden {
            self.forget_cues();
        }
    }

    /// Plays what is to be heard; without a view there is no fight, only music.
    pub(crate) fn update(&mut self, view: Option<&View>, now_ms: f64) {
        match view {
            Some(view) => self.hearing.update(view, now_ms),
            None => self.hearing.forget(),
        }
        let Some(mixer) = self.mixer.as_mut().filter(|mixer| mixer.is_running() && !self.muted) else {
            return self.forget_cues();
        };
        while let Some(cue) = self.hearing.poll_cue() {
            let length_ms = f64::from(table::length(cue.sound)) * 1_000.0;
            if self.effects > 0.0 && self.voices.admit(&cue, length_ms, now_ms) && mixer.play(&cue).is_ok() {
                *self.started.entry(cue.sound.name()).or_default() += 1;
            }
        }
        mixer.hum(view.map_or(Hum::default(), hearing::hum));
        let track = if self.music > 0.0 { self.choice.unwrap_or(self.track) } else { Track::None };
        // A browser that runs out of sound nodes plays on without music.
        let _ = mixer.keep_playing(track);
    }

    /// The scene plays this track.
    pub(crate) fn set_track(&mut self, track: Track) {
        self.track = track;
    }

    /// The player wants this track, or that of the scene.
    pub(crate) fn choose_track(&mut self, name: &str) {
        self.choice = Track::from_name(name);
        settings::set_music(self.choice.map(Track::name));
    }

    /// The track that the player chose; `None` is that of the scene.
    pub(crate) fn chosen_track(&self) -> Option<Track> {
        self.choice
    }

    /// Sets a volume, from 0 to 1, and remembers it.
    pub(crate) fn set_volume(&mut self, volume: settings::Volume, value: f64) {
        let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
        match volume {
            settings::Volume::Effects => self.effects = value,
            settings::Volume::Music => self.music = value,
        }
        settings::set_volume(volume, value);
        self.apply_volumes();
    }

    /// A volume, from 0 to 1.
    pub(crate) fn volume(&self, volume: settings::Volume) -> f64 {
        match volume {
            settings::Volume::Effects => self.effects,
            settings::Volume::Music => self.music,
        }
    }

    /// Sound on or off, and remembers it.
    pub(crate) fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
        settings::set_muted(muted);
        self.rest_or_go_on();
    }

    /// Whether the sound is off.
    pub(crate) fn is_muted(&self) -> bool {
        self.muted
    }

    /// State of the browser's sound as tests know it.
    pub(crate) fn state(&self) -> &'static str {
        match &self.mixer {
            Some(mixer) => mixer.state(),
            None if self.impossible => "impossible",
            None => "waiting",
        }
    }

    /// Sounds that were started, by name.
    pub(crate) fn started(&self) -> &BTreeMap<&'static str, u32> {
        &self.started
    }

    /// Sounds that play now.
    pub(crate) fn playing(&self, now_ms: f64) -> usize {
        self.voices.count(now_ms)
    }

    /// Notes of the music so far.
    pub(crate) fn notes(&self) -> u32 {
        self.mixer.as_ref().map_or(0, Mixer::notes)
    }

    /// The track that is to be heard.
    pub(crate) fn current_track(&self) -> Track {
        self.choice.unwrap_or(self.track)
    }

    /// What nobody heard is over.
    fn forget_cues(&mut self) {
        while self.hearing.poll_cue().is_some() {}
    }

    fn rest_or_go_on(&mut self) {
        let Some(mixer) = &mut self.mixer else { return };
        if self.hidden || self.muted {
            mixer.suspend();
        } else {
            mixer.resume();
        }
    }

    fn apply_volumes(&self) {
        if let Some(mixer) = &self.mixer {
            mixer.set_volumes(self.effects, self.music);
        }
    }
}
