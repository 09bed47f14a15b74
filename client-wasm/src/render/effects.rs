//! What blows look like: swings, rings, flashes, numbers, beams, and the shake of the screen.

mod blade;
mod marks;
mod numbers;

use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, PlayerView, View};

use crate::render::camera::Camera;
use crate::render::detail::Detail;
use crate::render::palette;
use crate::render::particles::{Burst, Particles};
use crate::render::surface::{Context, circle};
use blade::Swing;
use marks::Marks;
use numbers::Numbers;

const FLASH_MS: f64 = 110.0;
const GHOST_MS: f64 = 200.0;
const SHAKE_MS: f64 = 260.0;
/// Between two after-images of a dash, milliseconds.
const GHOST_STEP_MS: f64 = 26.0;
/// More of one kind at a time are not noticed.
const MOST: usize = 64;
/// The same for scorched floor, which stays longest.
const MOST_SCORCHES: usize = 12;
/// Swings that are drawn plainly at a time, in a crowd.
const MOST_PLAIN: usize = 8;

struct Ghost {
    position: Vec2,
    colour: &'static str,
    born_ms: f64,
}

/// Everything that is fading away.
#[derive(Default)]
pub(crate) struct Effects {
    swings: Vec<Swing>,
    ghosts: Vec<Ghost>,
    flashes: Vec<(PlayerId, f64)>,
    marks: Marks,
    numbers: Numbers,
    particles: Particles,
    shake: Option<(f32, f64)>,
    ghost_ms: f64,
    detail: Detail,
    reduced_motion: bool,
}

impl Effects {
    /// With less movement for those who asked their system for it.
    pub(crate) fn new(reduced_motion: bool) -> Self {
        Self { reduced_motion, ..Self::default() }
    }

    /// Where blows look as they do with few in sight; elsewhere they are plain.
    pub(crate) fn set_detail(&mut self, detail: Detail) {
        self.detail = detail;
    }

    /// Takes up something that happened, as seen in `view`.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        let find = |id: PlayerId| view.player(id);
        match *event {
            ClientEvent::Strike { player } => {
                if let Some(player) = find(player) {
                    self.swings.retain(|swing| swing.player != player.id);
                    push(&mut self.swings, Swing::new(player, now_ms));
                }
            }
            ClientEvent::Hit { attacker, target, damage, by_orb, .. } => {
                let Some(target) = find(target) else { return };
                let from =
                    if by_orb { Some(view.orb.position) } else { find(attacker).map(|other| other.position) };
                let by_me = view.me == Some(attacker);
                self.hit(target, from, (damage, by_orb, by_me), now_ms);
            }
            ClientEvent::Killed { victim, .. } => {
                if let Some(victim) = find(victim) {
                    self.death(victim, now_ms);
                }
            }
            ClientEvent::Respawned { player } => {
                if let Some(player) = find(player) {
                    if !self.detail.is_full_at(player.position) {
                        return;
                    }
                    self.marks.beam(player.position, player.id, now_ms);
                    self.marks.ring(player.position, palette::body_css(player.id), 60.0, now_ms);
                }
            }
            _ => {}
        }
    }

    fn hit(
        &mut self,
        target: &PlayerView,
        from: Option<Vec2>,
        (damage, by_orb, by_me): (i32, bool, bool),
        now_ms: f64,
    ) {
        let away = from.map_or(Vec2::ZERO, |from| (target.position - from).normalize_or(Vec2::ZERO));
        let edge = target.position - away * 16.0;
        if !self.reduced_motion {
            push(&mut self.flashes, (target.id, now_ms));
        }
        if !self.detail.is_full_at(target.position) && !by_me {
            return;
        }
        // In a crowd, what does not concern us is a flash and a few sparks.
        let plain = self.is_crowd() && !by_me && !target.me;
        let (hot, css) = if by_orb { ([255, 140, 60], "#ff8c3c") } else { ([255, 246, 220], "#fff6dc") };
        let count = self.sparks(if plain { 2 } else { 12 });
        let burst = Burst { count, speed: 420.0, size: 2.6, life: 0.38, heading: away };
        self.particles.burst(edge, hot, burst);
        self.particles.burst(
            edge,
            palette::body(target.id),
            Burst { count: count / 2, speed: 260.0, ..burst },
        );
        if !plain {
            self.marks.impact(edge, css, away.angle(), now_ms);
            self.numbers.add(target, damage, by_me, now_ms);
        }
        if target.me {
            self.shake(if by_orb { 8.0 } else { 5.0 }, now_ms);
        } else if by_me {
            self.shake(2.2, now_ms);
        }
    }

    fn death(&mut self, victim: &PlayerView, now_ms: f64) {
        let full = self.detail.is_full_at(victim.position);
        let crowd = self.is_crowd();
        let count = match (full, crowd) {
            (false, _) => 0,
            (true, false) => self.sparks(34),
            (true, true) => self.sparks(14),
        };
        let burst = Burst { count, speed: 620.0, size: 4.2, life: 0.8, heading: Vec2::ZERO };
        self.particles.burst(victim.position, palette::body(victim.id), burst);
        let white = Burst { count: count / 3, speed: 420.0, size: 2.6, ..burst };
        self.particles.burst(victim.position, [255, 255, 255], white);
        if full {
            self.marks.ring(victim.position, palette::body_css(victim.id), 110.0, now_ms);
            self.marks.scorch(victim.position, palette::body_css(victim.id), now_ms);
            if !crowd {
                self.marks.ring(victim.position, "#ffffff", 70.0, now_ms);
            }
            self.numbers.knock_out(victim, now_ms);
        }
        self.shake(if victim.me { 11.0 } else { 2.5 }, now_ms);
    }

    /// Whether so many are in sight that not everything is drawn in full.
    fn is_crowd(&self) -> bool {
        !self.detail.is_everywhere()
    }

    /// How many of so many sparks fly.
    fn sparks(&self, count: usize) -> usize {
        if self.reduced_motion { 0 } else { count }
    }

    fn shake(&mut self, strength: f32, now_ms: f64) {
        let stronger = self.shake.is_none_or(|(old, born)| strength >= old || now_ms - born > SHAKE_MS * 0.5);
        if !self.reduced_motion && stronger {
            self.shake = Some((strength, now_ms));
        }
    }

    /// Whether a player was hurt a moment ago.
    pub(crate) fn is_flashing(&self, id: PlayerId, now_ms: f64) -> bool {
        self.flashes.iter().any(|(flashing, born)| *flashing == id && now_ms - born < FLASH_MS)
    }

    /// Whether a player's arm is in the air.
    pub(crate) fn is_swinging(&self, id: PlayerId) -> bool {
        self.swings.iter().any(|swing| swing.player == id)
    }

    /// Draws the arm of somebody who swings it and stands at this place of the screen.
    pub(crate) fn draw_arm(
        &self,
        context: &Context,
        camera: Camera,
        (id, at): (PlayerId, (f64, f64)),
        radius: f32,
        now_ms: f64,
    ) {
        if let Some(swing) = self.swings.iter().find(|swing| swing.player == id) {
            swing.draw_arm(context, camera, at, radius, now_ms);
        }
    }

    /// By how much the screen is off its place, CSS pixels.
    pub(crate) fn shake_offset(&self, now_ms: f64) -> Vec2 {
        let Some((strength, born)) = self.shake else { return Vec2::ZERO };
        let left = (1.0 - (now_ms - born) / SHAKE_MS).max(0.0) as f32;
        let time = now_ms as f32 * 0.09;
        vec2((time * 1.13).sin(), (time * 1.71).cos()) * (strength * left * left)
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, view: &View, now_ms: f64, dt: f32) {
        if now_ms - self.ghost_ms >= GHOST_STEP_MS && !self.reduced_motion {
            self.ghost_ms = now_ms;
            let seen = |player: &&PlayerView| {
                player.dashing && player.alive && self.detail.is_full_at(player.position)
            };
            for player in view.players.iter().filter(seen) {
                let colour = palette::body_css(player.id);
                push(&mut self.ghosts, Ghost { position: player.position, colour, born_ms: now_ms });
            }
        }
        for swing in &mut self.swings {
            swing.follow(view);
        }
        self.particles.advance(dt);
        self.marks.advance(now_ms);
        self.numbers.advance(now_ms);
        self.swings.retain(|swing| !swing.is_over(now_ms));
        self.ghosts.retain(|ghost| now_ms - ghost.born_ms < GHOST_MS);
        self.flashes.retain(|(_, born)| now_ms - born < FLASH_MS);
    }

    /// What lies under the players: scorch marks, after-images, swings, rings.
    pub(crate) fn draw_below(&self, context: &Context, camera: Camera, view: &View, now_ms: f64) {
        self.marks.draw_below(context, camera, now_ms);
        let radius = camera.length(view.tuning.player_radius);
        for ghost in self.ghosts.iter().filter(|ghost| camera.sees(ghost.position, 40.0)) {
            let left = 1.0 - (now_ms - ghost.born_ms) / GHOST_MS;
            let (x, y) = camera.to_screen(ghost.position);
            context.set_global_alpha(0.40 * left);
            context.set_fill_style_str(ghost.colour);
            circle(context, x, y - radius * 0.15, radius * (0.5 + 0.5 * left));
            context.fill();
        }
        context.set_global_alpha(1.0);
        let range = view.tuning.strike_range;
        let mut plain = 0;
        for swing in self.swings.iter().filter(|swing| camera.sees(swing.position, range)) {
            let full = self.detail.is_full_at(swing.position);
            plain += usize::from(!full);
            if full || plain <= MOST_PLAIN {
                swing.draw(context, camera, range, full, now_ms);
            }
        }
    }

    /// What lies over the players: sparks, beams and numbers.
    pub(crate) fn draw_above(&mut self, context: &Context, camera: Camera, now_ms: f64) {
        self.marks.draw_above(context, camera, now_ms, self.reduced_motion);
        self.particles.draw(context, camera);
        self.numbers.draw(context, camera, now_ms, self.reduced_motion);
    }
}

/// Quick at first.
fn ease_out(time: f64) -> f64 {
    let left = 1.0 - time.clamp(0.0, 1.0);
    1.0 - left * left * left
}

fn push<T>(list: &mut Vec<T>, item: T) {
    push_up_to(MOST, list, item);
}

fn push_up_to<T>(most: usize, list: &mut Vec<T>, item: T) {
    if list.len() >= most {
        list.remove(0);
    }
    list.push(item);
}
