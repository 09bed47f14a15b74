//! The gamepad, in the standard mapping: left stick (or cross) runs, right stick aims, A or RT strikes, B or LB dashes,
//! Start opens the menu. Gamepads have no events for buttons, so one is asked in each frame, but only while there is one.

use std::cell::Cell;
use std::rc::Rc;

use client_core::sim::Vec2;
use client_core::sim::vec2::vec2;
use wasm_bindgen::JsCast;
use web_sys::{Event, Gamepad as Pad, GamepadButton};

use crate::dom;
use crate::input::Input;

/// Deflections below this share are a resting stick.
const DEAD_ZONE: f32 = 0.22;
/// Beyond this share the stick says "full speed": worn sticks do not reach the end.
const FULL: f32 = 0.92;
/// A trigger is pressed from here on.
const TRIGGER: f64 = 0.35;
/// Deflection at which a stick moves the focus in a menu.
const STEP: f32 = 0.6;

/// Numbers of buttons in the standard mapping (<https://www.w3.org/TR/gamepad/#remapping>).
mod button {
    pub(super) const A: u32 = 0;
    pub(super) const B: u32 = 1;
    pub(super) const LEFT_BUMPER: u32 = 4;
    pub(super) const RIGHT_TRIGGER: u32 = 7;
    pub(super) const START: u32 = 9;
    pub(super) const UP: u32 = 12;
    pub(super) const DOWN: u32 = 13;
    pub(super) const LEFT: u32 = 14;
    pub(super) const RIGHT: u32 = 15;
}

/// All gamepads, as one.
pub(crate) struct Gamepad {
    connected: Rc<Cell<bool>>,
    /// The window has lost the focus: what is pressed is meant for another one.
    away: Rc<Cell<bool>>,
    before: Held,
}

/// What is held at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Held {
    run: Vec2,
    aim: Vec2,
    strike: bool,
    dash: bool,
    accept: bool,
    back: bool,
    start: bool,
    /// The cross, or the stick as one.
    step: (i8, i8),
}

/// What happened since the last frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PadNews {
    /// For the fight.
    pub(crate) inputs: Vec<Input>,
    /// For menus.
    pub(crate) moves: Vec<PadMove>,
    /// Something is held: to let go is no sign that somebody wants to play with it.
    pub(crate) held: bool,
}

/// A move in a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PadMove {
    /// To the one before (-1) or after (1).
    Focus(i8),
    /// Less (-1) or more (1).
    Turn(i8),
    /// Press it.
    Accept,
    /// Out of here.
    Back,
    /// Open or close the menu.
    Start,
}

impl Gamepad {
    /// Listens for gamepads for as long as the page lives.
    pub(crate) fn listen() -> Self {
        let window = dom::window();
        let connected = Rc::new(Cell::new(!pads().is_empty()));
        let away = Rc::new(Cell::new(false));
        let plugged = connected.clone();
        dom::listen(&window, "gamepadconnected", move |_: Event| plugged.set(true));
        let plugged = connected.clone();
        dom::listen(&window, "gamepaddisconnected", move |_: Event| plugged.set(!pads().is_empty()));
        for (kind, left) in [("blur", true), ("focus", false)] {
            let away = away.clone();
            dom::listen(&window, kind, move |_: Event| away.set(left));
        }
        Self { connected, away, before: Held::default() }
    }

    /// What happened since it was asked last; `None` when nothing did.
    pub(crate) fn poll(&mut self) -> Option<PadNews> {
        if !self.connected.get() && self.before == Held::default() {
            return None;
        }
        // Unplugged or away: everything is let go.
        let present = self.connected.get() && !self.away.get();
        let held = if present { pads().iter().map(read).find(|held| *held != Held::default()) } else { None };
        let held = held.unwrap_or_default();
        let before = std::mem::replace(&mut self.before, held);
        (held != before).then(|| news(before, held))
    }
}

fn news(before: Held, held: Held) -> PadNews {
    let mut news = PadNews { held: held != Held::default(), ..PadNews::default() };
    let stick = |tilt: Vec2| (tilt != Vec2::ZERO).then_some(tilt);
    if held.run != before.run {
        news.inputs.push(Input::Stick(stick(held.run)));
    }
    if held.aim != before.aim {
        news.inputs.push(Input::AimStick(stick(held.aim)));
    }
    if held.strike != before.strike {
        news.inputs.push(Input::Strike(held.strike));
    }
    if held.dash && !before.dash {
        news.inputs.push(Input::Dash);
    }
    let pressed = |now: bool, then: bool, what: PadMove| (now && !then).then_some(what);
    news.moves.extend(pressed(held.accept, before.accept, PadMove::Accept));
    news.moves.extend(pressed(held.back, before.back, PadMove::Back));
    news.moves.extend(pressed(held.start, before.start, PadMove::Start));
    if held.step.1 != before.step.1 && held.step.1 != 0 {
        news.moves.push(PadMove::Focus(held.step.1));
    }
    if held.step.0 != before.step.0 && held.step.0 != 0 {
        news.moves.push(PadMove::Turn(held.step.0));
    }
    news
}

/// The gamepads that are there.
fn pads() -> Vec<Pad> {
    // Without a permission (frames of other sites) browsers throw.
    let Ok(slots) = dom::window().navigator().get_gamepads() else { return Vec::new() };
    slots.iter().filter(|slot| slot.is_object()).map(JsCast::unchecked_into).collect()
}

fn read(pad: &Pad) -> Held {
    let axes = pad.axes();
    let axis = |index: u32| axes.get(index).as_f64().filter(|value| value.is_finite()).unwrap_or(0.0) as f32;
    let buttons = pad.buttons();
    let button = |index: u32| {
        let button = buttons.get(index);
        if !button.is_object() {
            return false;
        }
        let button: GamepadButton = button.unchecked_into();
        button.pressed() || button.value() > TRIGGER
    };
    let pair = |less: bool, more: bool| i8::from(more) - i8::from(less);
    let cross =
        (pair(button(button::LEFT), button(button::RIGHT)), pair(button(button::UP), button(button::DOWN)));
    let stick = bend(vec2(axis(0), axis(1)));
    let run = match cross {
        (0, 0) => stick,
        (x, y) => vec2(f32::from(x), f32::from(y)).clamp_length(1.0),
    };
    let as_step = |value: f32| if value.abs() > STEP { value.signum() as i8 } else { 0 };
    Held {
        run,
        aim: bend(vec2(axis(2), axis(3))),
        strike: button(button::A) || button(button::RIGHT_TRIGGER),
        dash: button(button::B) || button(button::LEFT_BUMPER),
        accept: button(button::A),
        back: button(button::B),
        start: button(button::START),
        step: (as_step(run.x), as_step(run.y)),
    }
}

/// Takes the dead zone out of a stick, so that it begins at nothing and ends at full speed.
fn bend(tilt: Vec2) -> Vec2 {
    let length = tilt.length();
    if length <= DEAD_ZONE {
        return Vec2::ZERO;
    }
    tilt * (((length - DEAD_ZONE) / (FULL - DEAD_ZONE)).min(1.0) / length)
}
