//! Dragging and clicking in the picture, by mouse and by finger alike.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{HtmlCanvasElement, PointerEvent};

use crate::dom;
use crate::inbox::{Choice, Inbox, Wake};
use crate::rooms::RoomChoice;

/// Who moved less than this clicked, CSS pixels.
const CLICK: f64 = 7.0;

/// What the pointer does.
#[derive(Clone, Default)]
pub(super) struct Gestures(Rc<State>);

#[derive(Default)]
struct State {
    /// Somebody looks on; otherwise the pointer fights.
    active: Cell<bool>,
    grip: Cell<Option<Grip>>,
}

#[derive(Clone, Copy)]
struct Grip {
    pointer: i32,
    /// Where it was last, CSS pixels.
    at: (f64, f64),
    drags: bool,
}

impl Gestures {
    /// Listens for as long as the page lives.
    pub(super) fn listen(canvas: &HtmlCanvasElement, inbox: &Inbox) -> Self {
        let gestures = Self::default();
        let state = gestures.0.clone();
        dom::listen(canvas, "pointerdown", move |event: PointerEvent| {
            if state.active.get() && event.button() == 0 {
                let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                state.grip.set(Some(Grip { pointer: event.pointer_id(), at, drags: false }));
            }
        });
        let (state, post) = (gestures.0.clone(), inbox.clone());
        dom::listen(&dom::window(), "pointermove", move |event: PointerEvent| {
            let Some(grip) = state.grip.get().filter(|grip| grip.pointer == event.pointer_id()) else {
                return;
            };
            let at = (f64::from(event.client_x()), f64::from(event.client_y()));
            let (dx, dy) = (at.0 - grip.at.0, at.1 - grip.at.1);
            if !grip.drags && dx.hypot(dy) < CLICK {
                return;
            }
            state.grip.set(Some(Grip { at, drags: true, ..grip }));
            post.post(Wake::Choice(Choice::Room(RoomChoice::Drag(dx, dy))));
        });
        for kind in ["pointerup", "pointercancel"] {
            let (state, post, canvas) = (gestures.0.clone(), inbox.clone(), canvas.clone());
            dom::listen(&dom::window(), kind, move |event: PointerEvent| {
                let Some(grip) = state.grip.get().filter(|grip| grip.pointer == event.pointer_id()) else {
                    return;
                };
                state.grip.set(None);
                if kind == "pointerup" && !grip.drags {
                    let rect = canvas.get_bounding_client_rect();
                    let (x, y) = (grip.at.0 - rect.left(), grip.at.1 - rect.top());
                    post.post(Wake::Choice(Choice::Room(RoomChoice::Tap(x, y))));
                }
            });
        }
        gestures
    }

    /// Whether somebody looks on.
    pub(super) fn set_active(&self, active: bool) {
        self.0.active.set(active);
        self.0.grip.set(None);
    }

    /// The pointer is down in the picture.
    pub(super) fn is_down(&self) -> bool {
        self.0.grip.get().is_some()
    }

    /// The picture is being dragged.
    pub(super) fn drags(&self) -> bool {
        self.0.grip.get().is_some_and(|grip| grip.drags)
    }
}
