//! What the player wants, from whatever it is said with.

pub(crate) mod bindings;
pub(crate) mod device;
pub(crate) mod gamepad;
pub(crate) mod hints;
pub(crate) mod keyboard;
pub(crate) mod keys;
pub(crate) mod pad_menu;
pub(crate) mod pointer;
pub(crate) mod touch;

use client_core::sim::Vec2;
use client_core::sim::vec2::vec2;

/// A press this long before the strike or dash is ready still counts, milliseconds.
const BUFFER_MS: f64 = 180.0;
/// Between two attempts while a button is held, milliseconds.
const REPEAT_MS: f64 = 100.0;
/// After this much time without a mouse movement, a strike from the keyboard goes where the player looks.
const AIM_FADES_MS: f64 = 4_000.0;

/// One thing that the player did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    /// A direction key went down or up.
    Direction(Direction, bool),
    /// A strike button went down or up.
    Strike(bool),
    /// A dash button went down.
    Dash,
    /// The mouse is here, CSS pixels in the canvas.
    Aim(f64, f64),
    /// The thumb-stick points here, length at most 1; `None` when it was let go.
    Stick(Option<Vec2>),
    /// The stick for aiming points here; `None` when it was let go.
    AimStick(Option<Vec2>),
    /// The window lost the focus: nothing is pressed any more.
    ReleaseAll,
}

/// One of the four directions of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Towards smaller y.
    Up,
    /// Towards larger y.
    Down,
    /// Towards smaller x.
    Left,
    /// Towards larger x.
    Right,
}

/// All that is pressed, held and pointed at.
#[derive(Debug, Default)]
pub(crate) struct Controls {
    keys: [bool; 4],
    stick: Option<Vec2>,
    aim: Option<Vec2>,
    strike: Button,
    dash: Button,
    pointer: Option<(f64, f64)>,
    pointer_moved_ms: f64,
}

#[derive(Debug, Default)]
struct Button {
    held: bool,
    pressed_ms: Option<f64>,
    fired_ms: f64,
}

impl Button {
    fn press(&mut self, now_ms: f64) {
        self.held = true;
        self.pressed_ms = Some(now_ms);
    }

    /// Whether to act now, given that the action is `ready`.
    fn fire(&mut self, now_ms: f64, ready: bool) -> bool {
        let fresh = self.pressed_ms.is_some_and(|pressed| now_ms - pressed <= BUFFER_MS);
        if !(fresh || self.held) || !ready || now_ms - self.fired_ms < REPEAT_MS {
            return false;
        }
        self.pressed_ms = None;
        self.fired_ms = now_ms;
        true
    }
}

impl Controls {
    /// Takes up what the player did.
    pub(crate) fn handle(&mut self, input: Input, now_ms: f64) {
        match input {
            Input::Direction(direction, down) => self.keys[direction as usize] = down,
            Input::Strike(true) => self.strike.press(now_ms),
            Input::Strike(false) => self.strike.held = false,
            Input::Dash => {
                self.dash.press(now_ms);
                self.dash.held = false;
            }
            Input::Aim(x, y) => {
                self.pointer = Some((x, y));
                self.pointer_moved_ms = now_ms;
            }
            Input::Stick(stick) => {
                self.stick = stick;
                self.pointer = None;
            }
            Input::AimStick(aim) => {
                self.aim = aim;
                self.pointer = None;
            }
            Input::ReleaseAll => {
                *self = Self {
                    pointer: self.pointer,
                    pointer_moved_ms: self.pointer_moved_ms,
                    ..Self::default()
                };
            }
        }
    }

    /// Where to run, length at most 1.
    pub(crate) fn direction(&self) -> Vec2 {
        if let Some(stick) = self.stick {
            return stick;
        }
        let axis = |less: Direction, more: Direction| {
            f32::from(i8::from(self.keys[more as usize]) - i8::from(self.keys[less as usize]))
        };
        vec2(axis(Direction::Left, Direction::Right), axis(Direction::Up, Direction::Down)).clamp_length(1.0)
    }

    /// Where the mouse is in the canvas, CSS pixels, while it is in use.
    pub(crate) fn pointer(&self, now_ms: f64) -> Option<(f64, f64)> {
        self.pointer.filter(|_| now_ms - self.pointer_moved_ms < AIM_FADES_MS)
    }

    /// Where the stick for aiming points, while it is held.
    pub(crate) fn aim(&self) -> Option<Vec2> {
        self.aim
    }

    /// Whether to strike now. Holding the button strikes as often as the cooldown allows.
    pub(crate) fn strikes(&mut self, now_ms: f64, ready: bool) -> bool {
        self.strike.fire(now_ms, ready)
    }

    /// Whether to dash now.
    pub(crate) fn dashes(&mut self, now_ms: f64, ready: bool) -> bool {
        self.dash.fire(now_ms, ready)
    }
}
