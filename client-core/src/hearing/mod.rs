//! What is to be heard: which sound, how loud, and from which side. How it sounds is the driver's.
//!
//! The ear is where the own player is. What the server tells (strikes, hits, deaths) comes as events; what it does not tell
//! (the orb at a wall or a bat, dashes, few hit points) is seen in the difference between two views.

mod voices;

use std::collections::VecDeque;

use protocol::RoundPhase;
use sim::vec2::vec2;
use sim::{PlayerId, Tuning, Vec2};

use crate::outbox::ClientEvent;
use crate::view::{OrbView, PlayerView, View};
pub use voices::{MAX_VOICES, Voices};

/// At this distance a sound has half of its strength, units.
const HALF_AT: f32 = 260.0;
/// What is quieter is not heard at all.
const SILENCE: f32 = 0.04;
/// At this distance to one side a sound is as far on that side as it gets, units.
const WIDE: f32 = 520.0;
/// As far as a sound gets to one side: with headphones, nothing is in one ear only.
const WIDEST: f32 = 0.85;
/// A hit that takes so many hit points has full strength.
const HEAVY: f32 = 40.0;
/// Below this share of hit points the heart is heard.
const LOW_HP: f32 = 0.35;
/// Between two heartbeats, milliseconds.
const HEARTBEAT_MS: f64 = 900.0;
/// The orb's velocity changes by less than this share through drag and rules; more is a bounce or a bat.
const KICK: f32 = 0.15;
/// Between two kicks of the orb, milliseconds: a correction right after one is none.
const KICK_MS: f64 = 90.0;
/// Sounds that wait at most.
const MAX_CUES: usize = 64;

/// A kind of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sound {
    /// A strike goes through the air.
    Swing,
    /// Somebody else is hit.
    Hit,
    /// We are hit.
    Hurt,
    /// The orb burns somebody.
    Burn,
    /// Somebody bats the orb.
    Bat,
    /// The orb meets a wall.
    Bounce,
    /// We killed somebody.
    Kill,
    /// Somebody else died.
    Fall,
    /// We died.
    Death,
    /// Somebody is back in the arena.
    Respawn,
    /// Somebody dashes.
    Dash,
    /// A round begins.
    RoundStart,
    /// A round is over.
    RoundEnd,
    /// Somebody else said something.
    Chat,
    /// Our heart, while few hit points are left.
    Heartbeat,
}

impl Sound {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Swing,
        Self::Hit,
        Self::Hurt,
        Self::Burn,
        Self::Bat,
        Self::Bounce,
        Self::Kill,
        Self::Fall,
        Self::Death,
        Self::Respawn,
        Self::Dash,
        Self::RoundStart,
        Self::RoundEnd,
        Self::Chat,
        Self::Heartbeat,
    ];

    /// As tests know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Swing => "swing",
            Self::Hit => "hit",
            Self::Hurt => "hurt",
            Self::Burn => "burn",
            Self::Bat => "bat",
            Self::Bounce => "bounce",
            Self::Kill => "kill",
            Self::Fall => "fall",
            Self::Death => "death",
            Self::Respawn => "respawn",
            Self::Dash => "dash",
            Self::RoundStart => "round_start",
            Self::RoundEnd => "round_end",
            Self::Chat => "chat",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// One sound to be played now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cue {
    /// Which.
    pub sound: Sound,
    /// How loud, from 0 to 1.
    pub gain: f32,
    /// From -1 (left) to 1 (right).
    pub pan: f32,
    /// How hard or fast, from 0 to 1: makes the same sound heavier or higher.
    pub strength: f32,
    /// It is about us: it must be heard whatever else is going on.
    pub own: bool,
}

/// The orb's steady hum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hum {
    /// How loud, from 0 to 1.
    pub gain: f32,
    /// From -1 (left) to 1 (right).
    pub pan: f32,
    /// From 0 (resting) to 1 (as fast as a bat makes it).
    pub speed: f32,
    /// It hurts.
    pub live: bool,
}

/// The ear.
#[derive(Debug, Default)]
pub struct Hearing {
    cues: VecDeque<Cue>,
    orb: Option<OrbView>,
    kicked_ms: f64,
    /// Who was dashing in the last view.
    dashing: Vec<PlayerId>,
    heartbeat_ms: f64,
    round: Option<(u32, RoundPhase)>,
}

impl Hearing {
    /// Takes up something that happened.
    pub fn handle(&mut self, event: &ClientEvent, view: &View) {
        let own = |id: PlayerId| view.me == Some(id);
        match event {
            ClientEvent::Strike { player } => self.at_player(Sound::Swing, *player, view, 0.6, 0.5),
            ClientEvent::Hit { target, damage, by_orb, .. } => {
                let strength = (*damage as f32 / HEAVY).clamp(0.15, 1.0);
                let gain = 0.55 + 0.4 * strength;
                if *by_orb {
                    self.at_player(Sound::Burn, *target, view, gain, strength);
                }
                let sound = if own(*target) { Sound::Hurt } else { Sound::Hit };
                self.at_player(sound, *target, view, gain, strength);
            }
            ClientEvent::Killed { victim, .. } if own(*victim) => self.own(Sound::Death, 1.0),
            ClientEvent::Killed { killer, victim, .. } => {
                if own(*killer) {
                    self.own(Sound::Kill, 0.9);
                }
                self.at_player(Sound::Fall, *victim, view, 0.7, 0.5);
            }
            ClientEvent::Respawned { player } => {
                let gain = if own(*player) { 0.8 } else { 0.4 };
                self.at_player(Sound::Respawn, *player, view, gain, 0.5);
            }
            ClientEvent::Chat { from, .. } if !own(*from) => self.own(Sound::Chat, 0.5),
            ClientEvent::Round(round) => {
                let now = (round.number, round.phase);
                let before = self.round.replace(now);
                // The first one is only what we came into.
                if before.is_some_and(|before| before != now) {
                    let over = round.phase == RoundPhase::Over;
                    self.own(if over { Sound::RoundEnd } else { Sound::RoundStart }, 0.9);
                }
            }
            _ => {}
        }
    }

    /// Takes up what is to be seen now.
    pub fn update(&mut self, view: &View, now_ms: f64) {
        self.follow_orb(view, now_ms);
        self.follow_dashes(view);
        let low = view
            .own()
            .is_some_and(|me| me.alive && me.hp > 0 && (me.hp as f32) < LOW_HP * view.tuning.max_hp.max(1.0));
        if low && now_ms - self.heartbeat_ms >= HEARTBEAT_MS {
            self.heartbeat_ms = now_ms;
            self.own(Sound::Heartbeat, 0.55);
        }
    }

    /// Another fight: nothing that was known matters.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// The next sound to be played.
    pub fn poll_cue(&mut self) -> Option<Cue> {
        self.cues.pop_front()
    }

    fn follow_orb(&mut self, view: &View, now_ms: f64) {
        let orb = view.orb.clone();
        let Some(before) = self.orb.replace(orb.clone()) else { return };
        let (was, is) = (before.velocity, orb.velocity);
        let change = (is - was).length();
        if change <= KICK * was.length().max(60.0) || now_ms - self.kicked_ms < KICK_MS {
            return;
        }
        let speed = speed_share(&orb, &view.tuning);
        let sound = if is_reflected(was, is) && is_at_wall(&orb, &view.tuning) {
            Sound::Bounce
        } else if is.length() > was.length() * 1.1 || before.batted_by != orb.batted_by {
            Sound::Bat
        } else {
            return;
        };
        self.kicked_ms = now_ms;
        let gain = if sound == Sound::Bat { 0.9 } else { 0.25 + 0.5 * speed };
        let own = sound == Sound::Bat && orb.batted_by.is_some() && orb.batted_by == view.me;
        self.at(sound, orb.position, view, gain, speed, own);
    }

    fn follow_dashes(&mut self, view: &View) {
        let started: Vec<PlayerId> = view
            .players
            .iter()
            .filter(|player| player.dashing && player.alive && !self.dashing.contains(&player.id))
            .map(|player| player.id)
            .collect();
        for id in started {
            self.at_player(Sound::Dash, id, view, 0.5, 0.5);
        }
        self.dashing.clear();
        self.dashing.extend(view.players.iter().filter(|player| player.dashing).map(|player| player.id));
    }

    /// About us alone, or about everybody.
    fn own(&mut self, sound: Sound, gain: f32) {
        self.push(Cue { sound, gain, pan: 0.0, strength: 0.5, own: true });
    }

    fn at_player(&mut self, sound: Sound, id: PlayerId, view: &View, gain: f32, strength: f32) {
        let Some(player) = view.player(id) else { return };
        self.at(sound, player.position, view, gain, strength, player.me);
    }

    fn at(&mut self, sound: Sound, place: Vec2, view: &View, gain: f32, strength: f32, own: bool) {
        let (nearness, pan) = place_in_ear(view, place);
        let nearness = if own { 1.0 } else { nearness };
        if nearness >= SILENCE {
            self.push(Cue { sound, gain: gain * nearness, pan, strength, own });
        }
    }

    fn push(&mut self, cue: Cue) {
        if self.cues.len() < MAX_CUES {
            self.cues.push_back(cue);
        }
    }
}

/// How the orb hums at this moment.
#[must_use]
pub fn hum(view: &View) -> Hum {
    let orb = &view.orb;
    let (nearness, pan) = place_in_ear(view, orb.position);
    let speed = speed_share(orb, &view.tuning);
    let live = orb.batted_by.is_some();
    let loudness = if live { 0.45 + 0.55 * speed } else { 0.12 + 0.25 * speed };
    let gain = if nearness < SILENCE { 0.0 } else { nearness * loudness };
    Hum { gain, pan, speed, live }
}

/// How much of a sound from there reaches the ear, and from which side.
fn place_in_ear(view: &View, place: Vec2) -> (f32, f32) {
    let centre = vec2(view.tuning.arena_width, view.tuning.arena_height) * 0.5;
    let ear = view.own().map_or(centre, |me: &PlayerView| me.position);
    let way = place - ear;
    let distance = way.length() / HALF_AT;
    (1.0 / (1.0 + distance * distance), (way.x / WIDE).clamp(-1.0, 1.0) * WIDEST)
}

fn speed_share(orb: &OrbView, tuning: &Tuning) -> f32 {
    (orb.velocity.length() / tuning.orb_bat_speed.max(1.0)).clamp(0.0, 1.0)
}

/// One direction, or both, turned round, and the orb is no faster than before.
fn is_reflected(was: Vec2, is: Vec2) -> bool {
    let turned = was.x * is.x < 0.0 || was.y * is.y < 0.0;
    turned && is.length() <= was.length() * 1.1
}

fn is_at_wall(orb: &OrbView, tuning: &Tuning) -> bool {
    // It has flown on for a frame or two, and what is drawn is between ticks.
    let near = tuning.orb_radius + 12.0 + orb.velocity.length() * 0.07;
    let at = |value: f32, size: f32| value < near || value > size - near;
    at(orb.position.x, tuning.arena_width) || at(orb.position.y, tuning.arena_height)
}
