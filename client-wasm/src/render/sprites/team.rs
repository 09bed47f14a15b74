//! What members of a team stand on: a shape and a colour, so that nobody needs to see colours to tell mates from foes.

use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::surface::{Context, circle};

/// Paints the mark of team 1 (a disc) or 2 (a square) under a body that stands at (x, y).
pub(super) fn paint(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera, team: u8) {
    let colour = palette::team(team);
    context.save();
    let _ = context.translate(x, y + radius * 0.2);
    let _ = context.scale(1.0, 0.86);
    let outline = |context: &Context| {
        if team == 1 {
            circle(context, 0.0, 0.0, radius * 1.38);
        } else {
            let half = radius * 1.26;
            context.begin_path();
            context.rect(-half, -half, 2.0 * half, 2.0 * half);
        }
    };
    outline(context);
    context.set_fill_style_str(&palette::css_alpha(colour, 0.34));
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(5.0));
    context.stroke();
    context.set_stroke_style_str(&palette::css(colour));
    context.set_line_width(camera.css(3.0));
    context.stroke();
    context.restore();
}
