//! Own hit points and cooldowns.

use client_core::View;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use crate::dom::{self, Attribute, Text};

/// Below this share of hit points the bar warns.
const LOW: f32 = 0.35;

pub(super) struct Vitals {
    bar: Element,
    fill: Fill,
    lag: Fill,
    text: Text,
    value: Attribute,
    max: Attribute,
    strike: Pip,
    dash: Pip,
}

impl Vitals {
    pub(super) fn new() -> Result<Self, JsValue> {
        let bar: Element = dom::by_id("hp-bar")?;
        Ok(Self {
            fill: Fill::new(dom::by_id("hp-fill")?),
            lag: Fill::new(dom::by_id("hp-lag")?),
            text: Text::by_id("hp-text")?,
            value: Attribute::new(bar.clone(), "aria-valuenow"),
            max: Attribute::new(bar.clone(), "aria-valuemax"),
            bar,
            strike: Pip::new("pip-strike")?,
            dash: Pip::new("pip-dash")?,
        })
    }

    pub(super) fn update(&mut self, view: &View) {
        let hp = view.own().map_or(0, |me| me.hp);
        let share = (hp as f32 / view.tuning.max_hp.max(1.0)).clamp(0.0, 1.0);
        if self.fill.set(share) {
            let _ = self.bar.class_list().toggle_with_force("low", share <= LOW);
        }
        // The style sheet lets it follow slowly: what was just lost stays in sight for a moment.
        self.lag.set(share);
        self.text.set(&hp.to_string());
        self.value.set(&hp.to_string());
        self.max.set(&(view.tuning.max_hp as i32).to_string());
        self.strike.update(view.strike_cooldown);
        self.dash.update(view.dash_cooldown);
    }
}

/// A cooldown: a dial that fills until it is ready.
struct Pip {
    element: HtmlElement,
    steps: Option<u32>,
}

impl Pip {
    /// Finer than this nobody sees it turn.
    const STEPS: f32 = 40.0;

    fn new(id: &str) -> Result<Self, JsValue> {
        Ok(Self { element: dom::by_id(id)?, steps: None })
    }

    fn update(&mut self, left: f32) {
        let steps = ((1.0 - left) * Self::STEPS).floor() as u32;
        if self.steps.replace(steps) != Some(steps) {
            let share = f64::from(steps) / f64::from(Self::STEPS);
            let _ = self.element.style().set_property("--share", &share.to_string());
            let _ = self.element.class_list().toggle_with_force("ready", left <= 0.0);
        }
    }
}

/// An element scaled to a share of its width.
struct Fill {
    element: HtmlElement,
    percent: Option<u32>,
}

impl Fill {
    fn new(element: HtmlElement) -> Self {
        Self { element, percent: None }
    }

    /// Shows a share; says whether that changed anything.
    fn set(&mut self, share: f32) -> bool {
        let percent = (share * 100.0).floor() as u32;
        let changed = self.percent != Some(percent);
        if changed {
            self.percent = Some(percent);
            let scale = f64::from(percent) / 100.0;
            let _ = self.element.style().set_property("transform", &format!("scaleX({scale})"));
        }
        changed
    }
}
