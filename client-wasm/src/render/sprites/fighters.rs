//! Bodies put together with their faces: one copy each where hundreds are in sight.
//!
//! Each is a canvas of its own. A software canvas copies a whole picture line by line; a part of a larger one it fetches
//! pixel by pixel.

use crate::render::surface::Surface;

/// Pixels of all that are kept: a few megabytes, whatever the zoom.
const MOST_PIXELS: f64 = 4e6;
/// So many are put together in a frame; the others are copied in two parts until it is their turn.
const PER_FRAME: u32 = 6;

/// Those that have been needed so far.
#[derive(Default)]
pub(super) struct Fighters {
    kept: Vec<Option<Surface>>,
    pixels: f64,
    made: u32,
}

impl Fighters {
    /// Another frame begins.
    pub(super) fn begin_frame(&mut self) {
        self.made = 0;
    }

    /// The one with this number, put together by `make` when it is needed for the first time and there is room and time.
    pub(super) fn get(&mut self, number: usize, make: impl FnOnce() -> Option<Surface>) -> Option<&Surface> {
        if self.kept.len() <= number {
            self.kept.resize_with(number + 1, || None);
        }
        if self.kept[number].is_none() && self.made < PER_FRAME && self.pixels < MOST_PIXELS {
            self.made += 1;
            let made = make()?;
            self.pixels += f64::from(made.canvas.width()) * f64::from(made.canvas.height());
            self.kept[number] = Some(made);
        }
        self.kept[number].as_ref()
    }
}
