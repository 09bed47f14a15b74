//! What turns: the visor, which slides over the dome towards where its player looks, and the arm with the blade.

use super::body::DOME;
use super::crop::Reach;
use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::surface::{Context, circle};

/// The floor seen from a little in front: what goes towards us is shorter.
const TILT: f64 = 0.84;
/// The hand beside the body: where, from the view, radians, and how far, in radii.
const HAND: (f64, f64) = (1.08, 0.98);

/// Length of the blade at rest, in radii.
const BLADE: f64 = 0.86;
/// Half of the widest stroke of an arm, with the outline of the hand, in radii.
const ARM: f64 = 0.36;

/// How far what looks along `angle` radians reaches.
pub(super) fn reach(angle: f64, with_arm: bool) -> Reach {
    let visor = Reach { left: 0.82, up: 0.82 + DOME - 0.06, right: 0.82, down: 0.82 - DOME + 0.06 };
    if !with_arm {
        return visor;
    }
    let (turn, far) = HAND;
    let hand = ((angle + turn).cos() * far, (angle + turn).sin() * far * TILT);
    let tip = (hand.0 + angle.cos() * BLADE, hand.1 + angle.sin() * BLADE * TILT);
    visor.with(hand, ARM).with(tip, ARM)
}

/// Paints what looks along `angle` radians.
pub(super) fn paint(
    context: &Context,
    at: (f64, f64),
    radius: f64,
    camera: Camera,
    angle: f64,
    with_arm: bool,
) {
    let behind = (angle + HAND.0).sin() < -0.2;
    if with_arm {
        arm(context, at, radius, camera, angle, (HAND, BLADE));
    }
    // An arm behind the head is drawn all the same, as nobody would see it otherwise, but the head then lies over it.
    visor(context, at, radius, angle);
    if with_arm && !behind {
        arm(context, at, radius, camera, angle, (HAND, BLADE));
    }
}

fn visor(context: &Context, (x, y): (f64, f64), radius: f64, angle: f64) {
    context.save();
    let _ = context.translate(x, y - radius * (DOME - 0.06));
    let _ = context.scale(1.0, TILT);
    let _ = context.rotate(angle);
    context.set_line_cap("round");
    let line = |width: f64, spread: f64, css: &str| {
        context.set_stroke_style_str(css);
        context.set_line_width(radius * width);
        context.begin_path();
        let _ = context.arc(0.0, 0.0, radius * 0.50, -spread, spread);
        context.stroke();
    };
    line(0.50, 0.86, "rgba(6,7,19,0.96)");
    line(0.30, 0.80, "rgba(70,225,255,0.30)");
    line(0.17, 0.74, "#7beaff");
    context.set_fill_style_str("#ffffff");
    for side in [-0.52, 0.52_f64] {
        circle(context, radius * 0.52 * side.cos(), radius * 0.52 * side.sin(), radius * 0.15);
        context.fill();
    }
    context.restore();
}

/// A hand and a blade of light. `place` is where the hand is from the view (radians, radii), `length` that of the blade in radii.
pub(crate) fn arm(
    context: &Context,
    (x, y): (f64, f64),
    radius: f64,
    camera: Camera,
    angle: f64,
    ((turn, reach), length): ((f64, f64), f64),
) {
    let point =
        |angle: f64, reach: f64| (x + angle.cos() * radius * reach, y + angle.sin() * radius * reach * TILT);
    let (hx, hy) = point(angle + turn, reach);
    let (tx, ty) = (hx + angle.cos() * radius * length, hy + angle.sin() * radius * length * TILT);
    context.set_line_cap("round");
    for (width, css) in [(0.42, "rgba(64,224,255,0.24)"), (0.24, "#8ff0ff"), (0.11, "#ffffff")] {
        context.set_stroke_style_str(css);
        context.set_line_width(radius * width);
        context.begin_path();
        context.move_to(hx, hy);
        context.line_to(tx, ty);
        context.stroke();
    }
    context.set_line_cap("butt");
    context.set_fill_style_str("#e9eefc");
    circle(context, hx, hy, radius * 0.27);
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.4));
    context.stroke();
}
