//! The game in a frame of the admin tab: it gets rules from the page around it, and tells how they do. Only that page is listened to,
//! and only if it comes from the same server.
//!
//! In: `{type: "rehearse", script, bots?, skill?}`. Out: `{type: "rehearsal", state, error?}`, where the state is `ready`, `running`
//! or `failed`, and the error `{message, line, column}`.

use client_core::hotlogic::ScriptError;
use client_core::sim::bots::Skills;
use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Window};

use crate::dom;
use crate::inbox::{Inbox, Wake};
use crate::practice::BOTS;

/// Most bots that the page around may ask for.
const MOST_BOTS: f64 = 16.0;

/// What the page around wants.
#[derive(Debug)]
pub(crate) struct Order {
    /// The rules.
    pub(crate) script: String,
    /// How many opponents.
    pub(crate) bots: u32,
    /// How good they are.
    pub(crate) skills: Skills,
}

/// How the rules do.
pub(crate) enum Outcome {
    /// There are none yet.
    Ready,
    /// They are played.
    Running,
    /// They are not, or no longer; those before them are.
    Failed(ScriptError),
}

/// Listens for as long as the page lives, and says so.
pub(crate) fn listen(inbox: &Inbox) {
    let inbox = inbox.clone();
    dom::listen(&dom::window(), "message", move |event: MessageEvent| {
        if let Some(order) = order_in(&event) {
            inbox.post(Wake::Rehearse(order));
        }
    });
    tell(&Outcome::Ready);
}

/// Tells the page around.
pub(crate) fn tell(outcome: &Outcome) {
    let (Some(parent), Some(origin)) = (parent(), origin()) else { return };
    let message = Object::new();
    let set = |object: &Object, name: &str, value: JsValue| {
        // Fails only for frozen objects.
        let _ = Reflect::set(object, &name.into(), &value);
    };
    set(&message, "type", "rehearsal".into());
    let state = match outcome {
        Outcome::Ready => "ready",
        Outcome::Running => "running",
        Outcome::Failed(problem) => {
            let error = Object::new();
            set(&error, "message", problem.message.as_str().into());
            set(&error, "line", problem.line.unwrap_or(1).into());
            set(&error, "column", problem.column.unwrap_or(1).into());
            set(&message, "error", error.into());
            "failed"
        }
    };
    set(&message, "state", state.into());
    let _ = parent.post_message(&message, &origin);
}

/// The page around, if there is one.
fn parent() -> Option<Window> {
    let window = dom::window();
    let parent = window.parent().ok().flatten()?;
    (!Object::is(&parent, &window)).then_some(parent)
}

fn origin() -> Option<String> {
    dom::window().location().origin().ok()
}

fn order_in(event: &MessageEvent) -> Option<Order> {
    let from_parent = parent().is_some_and(|parent| Object::is(&parent, &event.source().into()));
    if !from_parent || Some(event.origin()) != origin() {
        return None;
    }
    let data = event.data();
    let get = |name: &str| Reflect::get(&data, &name.into()).ok();
    if get("type")?.as_string()? != "rehearse" {
        return None;
    }
    let skills = get("skill").and_then(|skill| skill.as_string());
    Some(Order {
        script: get("script")?.as_string()?,
        bots: get("bots")
            .and_then(|bots| bots.as_f64())
            .map_or(BOTS, |bots| bots.clamp(0.0, MOST_BOTS) as u32),
        skills: skills.and_then(|skills| skills.parse().ok()).unwrap_or_default(),
    })
}
