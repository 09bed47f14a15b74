//! The ring around whom the camera follows.

use std::f64::consts::TAU;

use client_core::sim::Vec2;

use super::camera::Camera;
use super::surface::Context;

/// Colour of the ring: that of what is ours.
const COLOUR: &str = "#ffce5c";
/// Radius, in radii of a body.
const SIZE: f32 = 1.75;

/// Draws it under somebody of this `radius` at `place`, units.
pub(super) fn draw(context: &Context, camera: Camera, place: Vec2, radius: f32) {
    let (x, y) = camera.to_screen(place);
    context.set_stroke_style_str(COLOUR);
    context.set_line_width(camera.css(2.5));
    context.begin_path();
    // Fails only for negative radii.
    let _ = context.arc(x, y, camera.length(radius * SIZE), 0.0, TAU);
    context.stroke();
}
