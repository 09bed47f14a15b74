//! What blows look like: swings, rings, flashes, numbers, and the shake of the screen.

use std::f64::consts::FRAC_PI_2;

use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, PlayerView, View};

use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::particles::{Burst, Particles};
use crate::render::surface::{Context, circle};

const SWING_MS: f64 = 240.0;
const RING_MS: f64 = 460.0;
const FLASH_MS: f64 = 110.0;
const NUMBER_MS: f64 = 850.0;
const GHOST_MS: f64 = 180.0;
const SHAKE_MS: f64 = 240.0;
/// Between two after-images of a dash, milliseconds.
const GHOST_STEP_MS: f64 = 28.0;
/// More of one kind at a time are not noticed.
const MOST: usize = 64;

struct Swing {
    player: PlayerId,
    position: Vec2,
    facing: f32,
    born_ms: f64,
}

struct Ring {
    position: Vec2,
    colour: Rgb,
    reach: f32,
    born_ms: f64,
}

struct Number {
    position: Vec2,
    text: String,
    colour: &'static str,
    large: bool,
    born_ms: f64,
}

struct Ghost {
    position: Vec2,
    colour: Rgb,
    born_ms: f64,
}

/// Everything that is fading away.
#[derive(Default)]
pub(crate) struct Effects {
    swings: Vec<Swing>,
    rings: Vec<Ring>,
    numbers: Vec<Number>,
    ghosts: Vec<Ghost>,
    flashes: Vec<(PlayerId, f64)>,
    particles: Particles,
    shake: Option<(f32, f64)>,
    ghost_ms: f64,
    reduced_motion: bool,
}

impl Effects {
    /// With less movement for those who asked their system for it.
    pub(crate) fn new(reduced_motion: bool) -> Self {
        Self { reduced_motion, ..Self::default() }
    }

    /// Takes up something that happened, as seen in `view`.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        let find = |id: PlayerId| view.players.iter().find(|player| player.id == id);
        match *event {
            ClientEvent::Strike { player } => {
                if let Some(player) = find(player) {
                    self.swing(player, now_ms);
                }
            }
            ClientEvent::Hit { attacker, target, damage, by_orb, .. } => {
                let Some(target) = find(target) else { return };
                let from =
                    if by_orb { Some(view.orb.position) } else { find(attacker).map(|other| other.position) };
                self.hit(target, from, damage, by_orb, now_ms);
            }
            ClientEvent::Killed { victim, .. } => {
                if let Some(victim) = find(victim) {
                    self.death(victim, now_ms);
                }
            }
            ClientEvent::Respawned { player } => {
                if let Some(player) = find(player) {
                    self.ring(player.position, palette::body(player.id), 56.0, now_ms);
                }
            }
            _ => {}
        }
    }

    fn swing(&mut self, player: &PlayerView, now_ms: f64) {
        let swing =
            Swing { player: player.id, position: player.position, facing: player.facing, born_ms: now_ms };
        push(&mut self.swings, swing);
    }

    fn hit(&mut self, target: &PlayerView, from: Option<Vec2>, damage: i32, by_orb: bool, now_ms: f64) {
        let away = from.map_or(Vec2::ZERO, |from| (target.position - from).normalize_or(Vec2::ZERO));
        push(&mut self.flashes, (target.id, now_ms));
        let colour = if by_orb { [255, 150, 70] } else { [255, 244, 214] };
        let count = if self.reduced_motion { 0 } else { 10 };
        let burst = Burst { count, speed: 330.0, size: 4.5, life: 0.42, heading: away };
        self.particles.burst(target.position, colour, burst);
        let sway = if self.numbers.len().is_multiple_of(2) { 9.0 } else { -9.0 };
        let number = Number {
            position: target.position + vec2(sway, -26.0),
            text: damage.to_string(),
            colour: if target.me { "#ff9a7a" } else { "#fff1c9" },
            large: damage >= 30,
            born_ms: now_ms,
        };
        push(&mut self.numbers, number);
        if target.me {
            self.shake(if by_orb { 7.0 } else { 4.5 }, now_ms);
        }
    }

    fn death(&mut self, victim: &PlayerView, now_ms: f64) {
        let colour = palette::body(victim.id);
        let count = if self.reduced_motion { 0 } else { 26 };
        let burst = Burst { count, speed: 460.0, size: 8.0, life: 0.8, heading: Vec2::ZERO };
        self.particles.burst(victim.position, colour, burst);
        self.particles.burst(
            victim.position,
            [255, 255, 255],
            Burst { count: count / 3, size: 4.0, ..burst },
        );
        self.ring(victim.position, colour, 96.0, now_ms);
        self.ring(victim.position, [255, 255, 255], 60.0, now_ms);
        if victim.me {
            self.shake(9.0, now_ms);
        }
    }

    fn ring(&mut self, position: Vec2, colour: Rgb, reach: f32, now_ms: f64) {
        push(&mut self.rings, Ring { position, colour, reach, born_ms: now_ms });
    }

    fn shake(&mut self, strength: f32, now_ms: f64) {
        if !self.reduced_motion {
            self.shake = Some((strength, now_ms));
        }
    }

    /// Whether a player was hurt a moment ago.
    pub(crate) fn is_flashing(&self, id: PlayerId, now_ms: f64) -> bool {
        self.flashes.iter().any(|(flashing, born)| *flashing == id && now_ms - born < FLASH_MS)
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
            for player in view.players.iter().filter(|player| player.dashing && player.alive) {
                let ghost =
                    Ghost { position: player.position, colour: palette::body(player.id), born_ms: now_ms };
                push(&mut self.ghosts, ghost);
            }
        }
        for swing in &mut self.swings {
            if let Some(player) = view.players.iter().find(|player| player.id == swing.player) {
                swing.position = player.position;
            }
        }
        self.particles.advance(dt);
        self.swings.retain(|swing| now_ms - swing.born_ms < SWING_MS);
        self.rings.retain(|ring| now_ms - ring.born_ms < RING_MS);
        self.numbers.retain(|number| now_ms - number.born_ms < NUMBER_MS);
        self.ghosts.retain(|ghost| now_ms - ghost.born_ms < GHOST_MS);
        self.flashes.retain(|(_, born)| now_ms - born < FLASH_MS);
    }

    /// What lies under the players: after-images, swings, rings.
    pub(crate) fn draw_below(&self, context: &Context, camera: Camera, view: &View, now_ms: f64) {
        let radius = camera.length(view.tuning.player_radius);
        for ghost in self.ghosts.iter().filter(|ghost| camera.sees(ghost.position, 40.0)) {
            let left = 1.0 - (now_ms - ghost.born_ms) / GHOST_MS;
            let (x, y) = camera.to_screen(ghost.position);
            context.set_global_alpha(0.34 * left);
            context.set_fill_style_str(&palette::css(ghost.colour));
            circle(context, x, y, radius * (0.55 + 0.4 * left));
            context.fill();
        }
        for ring in self.rings.iter().filter(|ring| camera.sees(ring.position, ring.reach)) {
            let time = (now_ms - ring.born_ms) / RING_MS;
            let (x, y) = camera.to_screen(ring.position);
            context.set_global_alpha((1.0 - time) * 0.9);
            context.set_stroke_style_str(&palette::css(ring.colour));
            context.set_line_width(camera.css(1.0 + 5.0 * (1.0 - time)));
            circle(context, x, y, camera.length(ring.reach) * (0.25 + 0.75 * ease_out(time)));
            context.stroke();
        }
        let range = view.tuning.strike_range;
        for swing in self.swings.iter().filter(|swing| camera.sees(swing.position, range)) {
            draw_swing(context, camera, swing, range, now_ms);
        }
        context.set_global_alpha(1.0);
    }

    /// What lies over the players: sparks and numbers.
    pub(crate) fn draw_above(&self, context: &Context, camera: Camera, now_ms: f64) {
        self.particles.draw(context, camera);
        context.set_text_align("center");
        context.set_text_baseline("middle");
        context.set_line_join("round");
        context.set_stroke_style_str("rgba(7,10,17,0.9)");
        context.set_line_width(camera.css(4.0));
        for number in self.numbers.iter().filter(|number| camera.sees(number.position, 20.0)) {
            let time = (now_ms - number.born_ms) / NUMBER_MS;
            let rise = if self.reduced_motion { 0.0 } else { ease_out(time) * 26.0 };
            let (x, y) = camera.to_screen(number.position);
            let y = y - camera.css(rise);
            let size = camera.css(if number.large { 21.0 } else { 16.0 });
            context
                .set_font(&format!("800 {size}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"));
            context.set_global_alpha((2.0 * (1.0 - time)).min(1.0));
            let _ = context.stroke_text(&number.text, x, y);
            context.set_fill_style_str(number.colour);
            let _ = context.fill_text(&number.text, x, y);
        }
        context.set_global_alpha(1.0);
    }
}

/// A blade of light that sweeps across the front, inside the circle that it reaches.
fn draw_swing(context: &Context, camera: Camera, swing: &Swing, range: f32, now_ms: f64) {
    let time = ((now_ms - swing.born_ms) / SWING_MS).clamp(0.0, 1.0);
    let (x, y) = camera.to_screen(swing.position);
    let reach = camera.length(range);
    let colour = palette::css(palette::body(swing.player));
    context.set_stroke_style_str(&colour);
    context.set_global_alpha(0.40 * (1.0 - time));
    context.set_line_width(camera.css(1.5));
    circle(context, x, y, reach);
    context.stroke();
    context.set_fill_style_str(&colour);
    context.set_global_alpha(0.10 * (1.0 - time));
    context.fill();

    let facing = f64::from(swing.facing);
    let head = facing - FRAC_PI_2 * 1.2 + ease_out(time) * FRAC_PI_2 * 2.5;
    blade(context, (x, y), reach * 0.97, head, 2.1 - time);
    context.set_fill_style_str("#ffffff");
    context.set_global_alpha(0.82 * (1.0 - time * time));
    context.fill();
}

/// The path of a crescent that ends at `head` radians and gets thinner towards its tail.
fn blade(context: &Context, (x, y): (f64, f64), reach: f64, head: f64, length: f64) {
    const POINTS: u32 = 16;
    let point = |index: u32, thickness: f64| {
        let share = f64::from(index) / f64::from(POINTS);
        let profile = (std::f64::consts::PI * share.powf(1.2)).sin();
        let angle = head - length * (1.0 - share);
        let radius = reach - reach * thickness * profile;
        (x + angle.cos() * radius, y + angle.sin() * radius)
    };
    context.begin_path();
    let (start_x, start_y) = point(0, 0.0);
    context.move_to(start_x, start_y);
    let outside = (1..=POINTS).map(|index| point(index, 0.0));
    let inside = (0..POINTS).rev().map(|index| point(index, 0.20));
    for (x, y) in outside.chain(inside) {
        context.line_to(x, y);
    }
    context.close_path();
}

/// Quick at first.
fn ease_out(time: f64) -> f64 {
    let left = 1.0 - time.clamp(0.0, 1.0);
    1.0 - left * left * left
}

fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= MOST {
        list.remove(0);
    }
    list.push(item);
}
