//! Bodies, drawn once for a zoom and copied from then on: body and face, or both at once where hundreds are in sight.
//!
//! A fighter is a small hovering robot, seen from a little in front of above. The body has the colour, the crest and the
//! pattern of its player and never turns; the head's visor and the arm with its blade turn, and are the same for all.

mod body;
mod crop;
mod face;
mod fighters;
mod team;

use std::cell::RefCell;
use std::f64::consts::TAU;

use client_core::sim::PlayerId;
use wasm_bindgen::JsValue;

use crate::render::camera::Camera;
use crate::render::palette::{self, COLOURS, EMBLEMS};
use crate::render::surface::{Context, Surface, copy, copy_part};
use crop::Crop;
use fighters::Fighters;

pub(crate) use face::arm;

/// Number of directions a face can be drawn in.
const ANGLES: usize = 40;
/// Every so many of them are used where hundreds are in sight.
const COARSE: usize = 2;
/// Half a cell, in body radii: room for shadow, crest and blade.
const CELL: f64 = 1.66;
/// How far above its place on the floor the middle of a cell is, in body radii.
const RISE: f64 = 0.16;
/// Bodies are drawn larger than what can be hit, as their outlines look smaller than they are.
const PLUMP: f32 = 1.16;

/// How a body is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skin {
    /// As usual.
    Solid,
    /// Just hurt.
    Flash,
    /// Waiting for its player to reconnect.
    Ghost,
}

/// Paints a whole fighter in one of the looks to choose from, for the page, at the point `at`.
pub(crate) fn paint_look(context: &Context, at: (f64, f64), radius: f64, density: f32, look: (usize, usize)) {
    let camera = Camera::of_density(density);
    body::paint(context, at, radius, camera, look, Skin::Solid);
    face::paint(context, at, radius, camera, TAU * 0.17, false);
}

/// The kept bodies and faces.
pub(crate) struct Sprites {
    key: (u32, u32),
    half: f64,
    rise: f64,
    bodies: Surface,
    /// What a body may cover of its cell: a software canvas pays for every pixel, also for those that show nothing.
    body_crop: Crop,
    /// The same without the faint edge of its shadow.
    plain_crop: Crop,
    faces: Surface,
    /// What is covered by each face, with the arm at rest and without it.
    face_crops: [Vec<Crop>; 2],
    shield: Surface,
    /// What teams stand on.
    teams: Surface,
    fighters: RefCell<Fighters>,
}

/// Paints a player who stands at `at` and looks at us, once. Lengths are device pixels.
pub(crate) fn portrait(context: &Context, at: (f64, f64), radius: f64, density: f32, id: PlayerId) {
    let mut camera = Camera::default();
    (camera.scale, camera.density) = (1.0, density);
    body::paint(context, at, radius, camera, palette::identity(id), Skin::Solid);
    face::paint(context, at, radius, camera, TAU * 0.25, false);
}

impl Sprites {
    /// The sprites for this zoom, made anew when it changed.
    pub(crate) fn fit(kept: Option<Self>, camera: Camera, radius: f32) -> Option<Self> {
        let key = ((radius * camera.scale).to_bits(), camera.density.to_bits());
        match kept {
            Some(sprites) if sprites.key == key => {
                sprites.fighters.borrow_mut().begin_frame();
                Some(sprites)
            }
            _ => Self::paint(key, camera, radius).ok(),
        }
    }

    fn paint(key: (u32, u32), camera: Camera, radius: f32) -> Result<Self, JsValue> {
        let radius = camera.length(radius * PLUMP);
        let half = (radius * CELL).ceil() + 1.0;
        let rise = (radius * RISE).round();
        let cell = 2.0 * half;
        // One row for each crest, one for those just hurt, one for ghosts.
        let bodies = Surface::new((cell * COLOURS as f64) as u32, (cell * (EMBLEMS + 2) as f64) as u32)?;
        for colour in 0..COLOURS {
            let x = half + cell * colour as f64;
            for row in 0..EMBLEMS + 2 {
                let at = (x, half + rise + cell * row as f64);
                let skin = match row {
                    row if row < EMBLEMS => Skin::Solid,
                    EMBLEMS => Skin::Flash,
                    _ => Skin::Ghost,
                };
                body::paint(&bodies.context, at, radius, camera, (colour, row), skin);
            }
        }
        // One row with the arm at rest, one without an arm: that is drawn as it swings.
        let faces = Surface::new((cell * ANGLES as f64) as u32, (cell * 2.0) as u32)?;
        for row in 0..2 {
            for column in 0..ANGLES {
                let at = (half + cell * column as f64, half + rise + cell * f64::from(row));
                let angle = TAU * column as f64 / ANGLES as f64;
                face::paint(&faces.context, at, radius, camera, angle, row == 0);
            }
        }
        let shield = Surface::new(cell as u32, cell as u32)?;
        body::paint_shield(&shield.context, (half, half), radius * 1.5, camera);
        let teams = Surface::new((cell * 2.0) as u32, cell as u32)?;
        for (column, number) in [(0.0, 1), (1.0, 2)] {
            let at = (half + cell * column, half + rise);
            team::paint(&teams.context, at, radius / f64::from(PLUMP) * 1.08, camera, number);
        }
        let cell = (half, half + rise);
        let crop = |reach: crop::Reach| Crop::of(reach, radius, cell, 2.0 * half);
        let angles = || (0..ANGLES).map(|column| TAU * column as f64 / ANGLES as f64);
        Ok(Self {
            key,
            half,
            rise,
            bodies,
            body_crop: crop(body::REACH),
            plain_crop: crop(body::PLAIN_REACH),
            faces,
            face_crops: [true, false]
                .map(|arm| angles().map(|angle| crop(face::reach(angle, arm))).collect()),
            shield,
            teams,
            fighters: RefCell::default(),
        })
    }

    /// Copies a body without a face.
    pub(crate) fn draw_body(
        &self,
        context: &Context,
        (colour, emblem): (usize, usize),
        skin: Skin,
        at: (f64, f64),
    ) {
        let cell = (colour % COLOURS, row_of(skin, emblem));
        self.copy(context, &self.bodies, cell, self.body_crop, at);
    }

    /// Copies a body and a face with its arm, with a coarser view.
    pub(crate) fn draw_fighter(
        &self,
        context: &Context,
        look: (usize, usize),
        skin: Skin,
        facing: f32,
        at: (f64, f64),
    ) {
        let angle = angle_index(facing) / COARSE * COARSE;
        let number = ((row_of(skin, look.1) * COLOURS) + look.0 % COLOURS) * ANGLES + angle;
        // What both cover, as one piece of a cell.
        let crop = self.plain_crop.and(self.face_crops[0][angle]);
        let mut fighters = self.fighters.borrow_mut();
        let fighter = fighters.get(number, || {
            let fighter = Surface::new(crop.width as u32, crop.height as u32).ok()?;
            let foot = (self.half - crop.left, self.half + self.rise - crop.top);
            self.draw_body(&fighter.context, look, skin, foot);
            self.draw_face(&fighter.context, facing_of(angle), false, foot);
            Some(fighter)
        });
        let Some(fighter) = fighter else {
            self.draw_body(context, look, skin, at);
            return self.draw_face(context, facing, false, at);
        };
        let (x, y) = self.corner(at);
        copy(context, fighter, (x + crop.left, y + crop.top));
    }

    /// Copies a face that looks along `facing` radians, with its arm unless that is swinging.
    pub(crate) fn draw_face(&self, context: &Context, facing: f32, swinging: bool, at: (f64, f64)) {
        let angle = angle_index(facing);
        let row = usize::from(swinging);
        self.copy(context, &self.faces, (angle, row), self.face_crops[row][angle], at);
    }

    /// Copies what members of team 1 or 2 stand on.
    pub(crate) fn draw_team(&self, context: &Context, team: u8, at: (f64, f64)) {
        self.copy(context, &self.teams, (usize::from(team != 1), 0), Crop::whole(2.0 * self.half), at);
    }

    /// Copies a shield's bubble.
    pub(crate) fn draw_shield(&self, context: &Context, at: (f64, f64)) {
        copy(context, &self.shield, self.corner(at));
    }

    fn copy(
        &self,
        context: &Context,
        from: &Surface,
        (column, row): (usize, usize),
        crop: Crop,
        at: (f64, f64),
    ) {
        let cell = 2.0 * self.half;
        let (x, y) = self.corner(at);
        let Crop { left, top, width, height } = crop;
        let from_cell = (cell * column as f64 + left, cell * row as f64 + top);
        copy_part(context, &from.canvas, from_cell, (width, height), (x + left, y + top));
    }

    /// Where the cell of what stands at a place begins, whole pixels.
    fn corner(&self, (x, y): (f64, f64)) -> (f64, f64) {
        ((x - self.half).round(), (y - self.half - self.rise).round())
    }
}

/// The row of a body.
fn row_of(skin: Skin, emblem: usize) -> usize {
    match skin {
        Skin::Solid => emblem % EMBLEMS,
        Skin::Flash => EMBLEMS,
        Skin::Ghost => EMBLEMS + 1,
    }
}

/// The column of a face that looks along `facing` radians.
fn angle_index(facing: f32) -> usize {
    let turn = f64::from(facing) / TAU * ANGLES as f64;
    (turn.round() as i64).rem_euclid(ANGLES as i64) as usize
}

/// Where the face of a column looks, radians.
fn facing_of(angle: usize) -> f32 {
    (TAU * angle as f64 / ANGLES as f64) as f32
}
