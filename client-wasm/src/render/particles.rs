//! Sparks: many, small, short-lived streaks.

use client_core::sim::Vec2;
use client_core::sim::vec2::vec2;

use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::surface::Context;

/// More are not noticed, and cost time.
const MOST: usize = 420;
/// How quickly they slow down, per second (share of the speed).
const DRAG: f32 = 4.2;
/// A spark is drawn as the way it flew in this time, seconds.
const STREAK_SECONDS: f32 = 0.035;

#[derive(Clone, Copy)]
struct Particle {
    position: Vec2,
    velocity: Vec2,
    colour: u8,
    size: f32,
    left: f32,
    life: f32,
}

/// All sparks that are in the air.
#[derive(Default)]
pub(crate) struct Particles {
    particles: Vec<Particle>,
    colours: Vec<(Rgb, String)>,
    seed: u32,
}

/// A burst of sparks.
#[derive(Clone, Copy)]
pub(crate) struct Burst {
    /// How many.
    pub(crate) count: usize,
    /// Fastest, units per second.
    pub(crate) speed: f32,
    /// Thickest, CSS pixels.
    pub(crate) size: f32,
    /// Longest, seconds.
    pub(crate) life: f32,
    /// Where most of them fly; the zero vector for everywhere.
    pub(crate) heading: Vec2,
}

impl Particles {
    /// Throws a burst into the air.
    pub(crate) fn burst(&mut self, at: Vec2, colour: Rgb, burst: Burst) {
        let colour = self.colour_index(colour);
        for _ in 0..burst.count.min(MOST.saturating_sub(self.particles.len())) {
            let angle = self.random() * std::f32::consts::TAU;
            let speed = burst.speed * (0.25 + 0.75 * self.random());
            let life = burst.life * (0.5 + 0.5 * self.random());
            let velocity = vec2(angle.cos(), angle.sin()) * speed + burst.heading * (burst.speed * 0.7);
            let size = burst.size * (0.45 + 0.55 * self.random());
            self.particles.push(Particle { position: at, velocity, colour, size, left: life, life });
        }
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, dt: f32) {
        let kept = (-DRAG * dt).exp();
        for particle in &mut self.particles {
            particle.position += particle.velocity * dt;
            particle.velocity = particle.velocity * kept;
            particle.left -= dt;
        }
        self.particles.retain(|particle| particle.left > 0.0);
    }

    /// Draws them all as streaks, one path for each colour and brightness: changing those is dear.
    pub(crate) fn draw(&self, context: &Context, camera: Camera) {
        if self.particles.is_empty() {
            return;
        }
        context.set_line_cap("round");
        for (index, (_, css)) in self.colours.iter().enumerate() {
            let mut chosen = false;
            for bright in [false, true] {
                let mut drawn = 0_u32;
                let mut width = 0.0_f32;
                for particle in &self.particles {
                    let share = particle.left / particle.life;
                    if usize::from(particle.colour) != index || (share > 0.5) != bright {
                        continue;
                    }
                    if drawn == 0 {
                        context.begin_path();
                    }
                    drawn += 1;
                    width += particle.size;
                    let (x, y) = camera.to_screen(particle.position);
                    let (tail_x, tail_y) =
                        camera.to_screen(particle.position - particle.velocity * STREAK_SECONDS);
                    context.move_to(tail_x, tail_y);
                    // A line without length would not be drawn.
                    context.line_to(x + 0.01, y);
                }
                if drawn > 0 {
                    if !std::mem::replace(&mut chosen, true) {
                        context.set_stroke_style_str(css);
                    }
                    context.set_global_alpha(if bright { 1.0 } else { 0.55 });
                    let mean = f64::from(width / drawn as f32);
                    context.set_line_width(camera.css(mean * if bright { 1.0 } else { 0.6 }));
                    context.stroke();
                }
            }
        }
        context.set_line_cap("butt");
        context.set_global_alpha(1.0);
    }

    fn colour_index(&mut self, colour: Rgb) -> u8 {
        if let Some(index) = self.colours.iter().position(|(known, _)| *known == colour) {
            return index as u8;
        }
        // A handful of colours are in use; the limit only guards the index.
        if self.colours.len() >= 32 {
            return 0;
        }
        self.colours.push((colour, palette::css(colour)));
        (self.colours.len() - 1) as u8
    }

    /// Marsaglia's xorshift: only for looks.
    fn random(&mut self) -> f32 {
        let mut seed = self.seed | 1;
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        self.seed = seed;
        (seed >> 8) as f32 / (1 << 24) as f32
    }
}
