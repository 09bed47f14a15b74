//! Sparks: many, small, short-lived.

use client_core::sim::Vec2;
use client_core::sim::vec2::vec2;

use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::surface::Context;

/// More are not noticed, and cost time.
const MOST: usize = 420;
/// How quickly they slow down, per second (share of the speed).
const DRAG: f32 = 4.2;

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
    /// Largest, CSS pixels.
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

    /// Draws them all, one colour after the other: changing the colour is dear.
    pub(crate) fn draw(&self, context: &Context, camera: Camera) {
        for (index, (_, css)) in self.colours.iter().enumerate() {
            let mut chosen = false;
            for particle in self.particles.iter().filter(|particle| usize::from(particle.colour) == index) {
                if !std::mem::replace(&mut chosen, true) {
                    context.set_fill_style_str(css);
                }
                let share = f64::from(particle.left / particle.life);
                let size = camera.css(f64::from(particle.size) * (0.35 + 0.65 * share));
                let (x, y) = camera.to_screen(particle.position);
                context.set_global_alpha(share.min(1.0));
                context.fill_rect(x - size * 0.5, y - size * 0.5, size, size);
            }
        }
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
