//! How much a blow hurt: numbers that jump up, each drawn once, and that make room for each other.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use client_core::PlayerView;
use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Vec2};

use super::{ease_out, push};
use crate::render::camera::Camera;
use crate::render::surface::{Context, Surface, copy};

const LIFE_MS: f64 = 900.0;
/// Blows on the same body within this time are one number, milliseconds.
const TOGETHER_MS: f64 = 260.0;
/// Kept pictures at most; then all are drawn anew.
const MOST_KEPT: usize = 96;
/// Two numbers closer than this hide each other, units.
const ROOM: (f32, f32) = (34.0, 19.0);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// We were hurt.
    Taken,
    /// We hurt somebody.
    Dealt,
    /// Others among themselves.
    Others,
    /// Somebody is out.
    KnockOut,
}

struct Number {
    target: PlayerId,
    position: Vec2,
    amount: i32,
    kind: Kind,
    born_ms: f64,
}

#[derive(Default)]
pub(super) struct Numbers {
    numbers: Vec<Number>,
    pictures: HashMap<(i32, Kind, bool), Surface>,
    density: f32,
}

impl Numbers {
    pub(super) fn add(&mut self, target: &PlayerView, amount: i32, by_me: bool, now_ms: f64) {
        let kind = match (target.me, by_me) {
            (true, _) => Kind::Taken,
            (false, true) => Kind::Dealt,
            (false, false) => Kind::Others,
        };
        let together = |number: &&mut Number| {
            number.target == target.id && number.kind == kind && now_ms - number.born_ms < TOGETHER_MS
        };
        if let Some(number) = self.numbers.iter_mut().find(together) {
            number.amount += amount;
            return;
        }
        let position = self.free_place(target.position + vec2(0.0, -30.0));
        push(&mut self.numbers, Number { target: target.id, position, amount, kind, born_ms: now_ms });
    }

    pub(super) fn knock_out(&mut self, victim: &PlayerView, now_ms: f64) {
        let position = self.free_place(victim.position + vec2(0.0, -6.0));
        let number = Number { target: victim.id, position, amount: 0, kind: Kind::KnockOut, born_ms: now_ms };
        push(&mut self.numbers, number);
    }

    /// The first place around `wanted` where nothing else is written.
    fn free_place(&self, wanted: Vec2) -> Vec2 {
        const PLACES: [(f32, f32); 8] = [
            (0.0, 0.0),
            (1.0, -0.5),
            (-1.0, -0.5),
            (0.0, -1.2),
            (1.2, 0.7),
            (-1.2, 0.7),
            (1.0, -1.7),
            (-1.0, -1.7),
        ];
        let taken = |place: Vec2| {
            let near = |number: &Number| {
                let apart = number.position - place;
                apart.x.abs() < ROOM.0 && apart.y.abs() < ROOM.1
            };
            self.numbers.iter().any(near)
        };
        let mut places = PLACES.iter().map(|(x, y)| wanted + vec2(x * ROOM.0, y * ROOM.1));
        places.find(|place| !taken(*place)).unwrap_or(wanted)
    }

    pub(super) fn advance(&mut self, now_ms: f64) {
        self.numbers.retain(|number| now_ms - number.born_ms < LIFE_MS);
    }

    pub(super) fn draw(&mut self, context: &Context, camera: Camera, now_ms: f64, reduced: bool) {
        if self.density.to_bits() != camera.density.to_bits() || self.pictures.len() > MOST_KEPT {
            self.pictures.clear();
            self.density = camera.density;
        }
        for number in self.numbers.iter().filter(|number| camera.sees(number.position, 40.0)) {
            let time = (now_ms - number.born_ms) / LIFE_MS;
            // Large for a moment: a number that jumps is seen from the corner of the eye.
            let fresh = now_ms - number.born_ms < 90.0 && !reduced;
            let key = (number.amount, number.kind, fresh);
            let picture = match self.pictures.entry(key) {
                Entry::Occupied(kept) => kept.into_mut(),
                Entry::Vacant(place) => match paint(key, f64::from(camera.density)) {
                    Some(picture) => place.insert(picture),
                    None => continue,
                },
            };
            let rise = if reduced { 0.0 } else { ease_out(time) * 26.0 };
            let (x, y) = camera.to_screen(number.position);
            let x = (x - f64::from(picture.canvas.width()) * 0.5).round();
            let y = (y - camera.css(rise) - f64::from(picture.canvas.height()) * 0.5).round();
            context.set_global_alpha((2.4 * (1.0 - time)).min(1.0));
            copy(context, picture, (x, y));
        }
        context.set_global_alpha(1.0);
    }
}

fn paint((amount, kind, fresh): (i32, Kind, bool), density: f64) -> Option<Surface> {
    let text = if kind == Kind::KnockOut { "K.O.".to_owned() } else { amount.to_string() };
    let (size, fill) = match kind {
        Kind::Taken => (22.0, "#ff8a6a"),
        Kind::Dealt => (22.0, "#ffe27a"),
        Kind::Others => (15.0, "#eef2ff"),
        Kind::KnockOut => (24.0, "#ffffff"),
    };
    let size = (size + f64::from(amount.clamp(0, 60)) * 0.06) * if fresh { 1.35 } else { 1.0 } * density;
    let font = format!("italic 900 {size}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif");
    let ruler = Surface::new(1, 1).ok()?;
    ruler.context.set_font(&font);
    let width = ruler.context.measure_text(&text).ok()?.width() + size * 0.6;
    let surface = Surface::new(width.ceil() as u32, (size * 1.4).ceil() as u32).ok()?;
    let context = &surface.context;
    context.set_font(&font);
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_line_join("round");
    let (x, y) = (width * 0.5, size * 0.72);
    context.set_stroke_style_str("#060713");
    context.set_line_width(size * 0.28);
    context.stroke_text(&text, x, y).ok()?;
    context.set_fill_style_str(fill);
    context.fill_text(&text, x, y).ok()?;
    Some(surface)
}
