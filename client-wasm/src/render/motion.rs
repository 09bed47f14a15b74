//! How bodies move as they are seen: how fast, which way they were thrown, how they are squeezed by it. Only for looks.

use std::collections::HashMap;

use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, View};

use crate::render::camera::Camera;

/// How long a blow squeezes a body, milliseconds.
const SQUASH_MS: f64 = 260.0;
/// How long somebody who comes back grows, milliseconds.
const ARRIVE_MS: f64 = 320.0;
/// A way this long in one frame was no run, units.
const JUMP: f32 = 160.0;
/// How quickly the seen speed follows, per second.
const FOLLOW: f32 = 18.0;

/// What is remembered of a body.
struct Body {
    position: Vec2,
    velocity: Vec2,
    hit: Option<(Vec2, f64)>,
    arrived_ms: f64,
    seen: u32,
}

/// A stretch along a direction: `along` and `across` are factors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pose {
    /// Radians.
    pub(crate) angle: f32,
    /// Length along the direction, 1 is as usual.
    pub(crate) along: f32,
    /// The same across it.
    pub(crate) across: f32,
    /// How high it hovers above its usual height, in radii.
    pub(crate) hover: f32,
}

/// All bodies.
#[derive(Default)]
pub(crate) struct Motions {
    bodies: HashMap<PlayerId, Body>,
    order: Vec<(f32, usize)>,
    frame: u32,
}

impl Motions {
    /// Takes up something that happened, as seen in `view`.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        match *event {
            ClientEvent::Hit { attacker, target, by_orb, .. } => {
                let from = if by_orb {
                    Some(view.orb.position)
                } else {
                    view.player(attacker).map(|other| other.position)
                };
                if let (Some(body), Some(from)) = (self.bodies.get_mut(&target), from) {
                    let away = (body.position - from).normalize_or(Vec2::from_angle(0.0));
                    body.hit = Some((away, now_ms));
                }
            }
            ClientEvent::Respawned { player } => {
                if let Some(body) = self.bodies.get_mut(&player) {
                    body.arrived_ms = now_ms;
                }
            }
            _ => {}
        }
    }

    /// Looks at everybody, and finds who is in sight within `reach` units, from the back to the front.
    pub(crate) fn advance(&mut self, view: &View, camera: Camera, reach: f32, dt: f32, now_ms: f64) {
        self.frame = self.frame.wrapping_add(1);
        self.order.clear();
        let share = 1.0 - (-FOLLOW * dt).exp();
        for (index, player) in view.players.iter().enumerate() {
            let body = self.bodies.entry(player.id).or_insert_with(|| Body {
                position: player.position,
                velocity: Vec2::ZERO,
                hit: None,
                arrived_ms: now_ms,
                seen: 0,
            });
            let way = player.position - body.position;
            if dt > 1e-3 && way.length() < JUMP {
                body.velocity += (way * (1.0 / dt) - body.velocity) * share;
            } else if way.length() >= JUMP {
                body.velocity = Vec2::ZERO;
            }
            body.position = player.position;
            body.seen = self.frame;
            if player.alive && camera.sees(player.position, reach) {
                self.order.push((player.position.y, index));
            }
        }
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        if self.frame.is_multiple_of(300) {
            let frame = self.frame;
            self.bodies.retain(|_, body| frame.wrapping_sub(body.seen) < 300);
        }
    }

    /// Places in `view.players` of those in sight, from the back to the front.
    pub(crate) fn in_sight(&self) -> impl Iterator<Item = usize> + '_ {
        self.order.iter().map(|(_, index)| *index)
    }

    /// Where a body moves, units per second.
    pub(crate) fn velocity(&self, id: PlayerId) -> Vec2 {
        self.bodies.get(&id).map_or(Vec2::ZERO, |body| body.velocity)
    }

    /// How a body is bent now; `None` when it is not.
    pub(crate) fn pose(&self, id: PlayerId, dashing: bool, now_ms: f64) -> Option<Pose> {
        let body = self.bodies.get(&id)?;
        if let Some((away, hit_ms)) = body.hit
            && now_ms - hit_ms < SQUASH_MS
        {
            let time = ((now_ms - hit_ms) / SQUASH_MS) as f32;
            // A spring that is let go.
            let bend = 0.34 * (1.0 - time) * (time * 9.0).cos();
            return Some(Pose { angle: away.angle(), along: 1.0 - bend, across: 1.0 + bend, hover: 0.0 });
        }
        if now_ms - body.arrived_ms < ARRIVE_MS {
            let time = ((now_ms - body.arrived_ms) / ARRIVE_MS) as f32;
            let grown = 0.3 + 0.7 * (1.0 - (1.0 - time).powi(3));
            return Some(Pose { angle: 0.0, along: grown, across: 2.0 - grown, hover: (1.0 - time) * 0.8 });
        }
        let speed = body.velocity.length();
        let most = if dashing { 0.34 } else { 0.12 };
        let bend = (speed / 900.0 * 0.34).min(most);
        (dashing || bend > 0.03).then(|| Pose {
            angle: body.velocity.angle(),
            along: 1.0 + bend,
            across: 1.0 - bend * 0.7,
            hover: 0.0,
        })
    }
}
