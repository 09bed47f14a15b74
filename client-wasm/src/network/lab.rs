//! The controls that make the network bad.

use client_core::Conditions;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement, HtmlInputElement, MouseEvent, PointerEvent};

use crate::dom::{self, Attribute, Text};
use crate::inbox::{Choice, Inbox, Wake};

/// A slider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knob {
    /// Added to the round trip, milliseconds.
    Lag,
    /// Added to each message, by chance, milliseconds.
    Jitter,
    /// Lost packets, per cent.
    Loss,
    /// Chance of a stall in each second, per cent.
    Stalls,
    /// Chance of a cut in each second, per cent.
    Cuts,
}

impl Knob {
    const ALL: [(Self, &str); 5] = [
        (Self::Lag, "lab-lag"),
        (Self::Jitter, "lab-jitter"),
        (Self::Loss, "lab-drop"),
        (Self::Stalls, "lab-stalls"),
        (Self::Cuts, "lab-cuts"),
    ];

    /// Where it stands, in the units of the slider.
    fn read(self, conditions: &Conditions) -> f64 {
        match self {
            Self::Lag => conditions.lag_ms,
            Self::Jitter => conditions.jitter_ms,
            Self::Loss => conditions.loss * 100.0,
            Self::Stalls => conditions.stalls * 100.0,
            Self::Cuts => conditions.cuts * 100.0,
        }
    }

    /// The conditions with this knob turned to `value`, in the units of the slider.
    pub(crate) fn turn(self, conditions: Conditions, value: f64) -> Conditions {
        let mut turned = conditions;
        match self {
            Self::Lag => turned.lag_ms = value,
            Self::Jitter => turned.jitter_ms = value,
            Self::Loss => turned.loss = value / 100.0,
            Self::Stalls => turned.stalls = value / 100.0,
            Self::Cuts => turned.cuts = value / 100.0,
        }
        if turned.stalls > 0.0 && turned.stall_ms == 0.0 {
            turned.stall_ms = Conditions::STUTTER.stall_ms;
        }
        turned
    }

    fn say(self, value: f64) -> String {
        match self {
            Self::Lag | Self::Jitter => format!("{value:.0} ms"),
            Self::Loss => format!("{} %", (value * 10.0).round() / 10.0),
            Self::Stalls | Self::Cuts => format!("{} %/s", (value * 10.0).round() / 10.0),
        }
    }
}

/// The conditions with this name, if they are ready-made.
pub(crate) fn preset_of(conditions: Conditions) -> Option<&'static str> {
    Conditions::PRESETS.iter().find(|(_, preset)| *preset == conditions).map(|(name, _)| *name)
}

/// The controls.
pub(super) struct Lab {
    knobs: Vec<(Knob, HtmlInputElement, Text, Attribute)>,
    presets: Vec<(&'static str, Attribute)>,
    shown: Option<Conditions>,
}

impl Lab {
    /// Finds them on the page and listens to them.
    ///
    /// # Errors
    /// When one is missing.
    pub(super) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let knobs = Knob::ALL.into_iter().map(|(knob, id)| {
            let slider: HtmlInputElement = dom::by_id(id)?;
            listen_slider(&slider, knob, inbox);
            let said = Attribute::new(slider.clone().into(), "aria-valuetext");
            Ok((knob, slider, Text::by_id(&format!("{id}-value"))?, said))
        });
        let presets = Conditions::PRESETS.into_iter().map(|(name, conditions)| {
            let button: HtmlElement = dom::by_id(&format!("lab-{name}"))?;
            let (post, pressed) = (inbox.clone(), button.clone());
            dom::listen(&button, "click", move |event: Event| {
                release_focus(&pressed, &event);
                post.post(Wake::Choice(Choice::SetConditions(conditions)));
            });
            Ok((name, Attribute::new(button.into(), "aria-pressed")))
        });
        let knobs = knobs.collect::<Result<_, JsValue>>()?;
        let presets = presets.collect::<Result<_, JsValue>>()?;
        Ok(Self { knobs, presets, shown: None })
    }

    /// Shows these conditions.
    pub(super) fn show(&mut self, conditions: Conditions) {
        if self.shown == Some(conditions) {
            return;
        }
        self.shown = Some(conditions);
        for (knob, slider, text, said) in &mut self.knobs {
            let value = knob.read(&conditions);
            slider.set_value_as_number(value);
            text.set(&knob.say(value));
            said.set(&knob.say(value));
        }
        let preset = preset_of(conditions);
        for (name, pressed) in &mut self.presets {
            pressed.set(if preset == Some(name) { "true" } else { "false" });
        }
    }
}

fn listen_slider(slider: &HtmlInputElement, knob: Knob, inbox: &Inbox) {
    let (post, moved) = (inbox.clone(), slider.clone());
    dom::listen(slider, "input", move |_: Event| {
        let value = moved.value_as_number();
        post.post(Wake::Choice(Choice::TurnKnob(knob, value)));
    });
    // Whoever drags it wants to play on; whoever walks to it with the keyboard wants to stay.
    let dragged = slider.clone();
    dom::listen(slider, "pointerup", move |_: PointerEvent| drop(dragged.blur()));
}

/// Gives the keys back to the game after a click of a mouse or finger; whoever pressed the button with a key stays there.
pub(super) fn release_focus(button: &HtmlElement, event: &Event) {
    if event.dyn_ref::<MouseEvent>().is_some_and(|click| click.detail() > 0) {
        let _ = button.blur();
    }
}
