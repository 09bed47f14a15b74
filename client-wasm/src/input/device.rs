//! Which device was used last: hints on the screen and the touch controls follow it.

use std::cell::Cell;

use web_sys::PointerEvent;

use super::pointer::is_touch;
use super::touch::is_over;
use crate::desk::Order;
use crate::dom;
use crate::inbox::{Inbox, Wake};

/// Something to play with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    /// Keys.
    Keyboard,
    /// Mouse or pen, mostly with the keyboard.
    Mouse,
    /// Fingers.
    Touch,
    /// A gamepad.
    Gamepad,
}

impl Device {
    /// As style sheets and tests know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Keyboard => "keyboard",
            Self::Mouse => "mouse",
            Self::Touch => "touch",
            Self::Gamepad => "gamepad",
        }
    }
}

thread_local!(static CURRENT: Cell<Device> = const { Cell::new(Device::Keyboard) });

/// The device that was used last.
pub(crate) fn current() -> Device {
    CURRENT.with(Cell::get)
}

/// This device was used.
pub(crate) fn used(device: Device, inbox: &Inbox) {
    if current() == device {
        return;
    }
    let touch_changes = (current() == Device::Touch) != (device == Device::Touch);
    show(device);
    inbox.post(Wake::Desk(Order::RefreshHints));
    if touch_changes {
        inbox.post(Wake::Resized);
    }
}

/// Touch controls are there on touch screens, and wherever somebody used a finger last.
pub(crate) fn listen(inbox: &Inbox) {
    let is_phone = dom::media_matches("(hover: none) and (pointer: coarse)");
    show(if is_phone { Device::Touch } else { Device::Keyboard });
    let post = inbox.clone();
    dom::listen(&dom::window(), "pointerdown", move |event: PointerEvent| {
        if is_touch(&event) {
            used(Device::Touch, &post);
        } else if event.pointer_type() == "mouse"
            && (current() != Device::Keyboard || is_over(&event, "#game"))
        {
            // A click on a button is no strike: who plays by keys goes on seeing keys.
            used(Device::Mouse, &post);
        }
    });
}

fn show(device: Device) {
    CURRENT.with(|current| current.set(device));
    let body = dom::body();
    let _ = body.class_list().toggle_with_force("touch", device == Device::Touch);
    // Fails only for names that are no attribute names.
    let _ = body.set_attribute("data-device", device.name());
}
