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
        self.text.set(&hp.to_string());
        self.value.set(&hp.to_string());
        self.max.set(&(view.tuning.max_hp as i32).to_string());
        self.strike.update(view.strike_cooldown);
        self.dash.update(view.dash_cooldown);
    }
}

/// A cooldown: fills up until it is ready.
struct Pip {
    element: Element,
    fill: Fill,
}

impl Pip {
    fn new(id: &str) -> Result<Self, JsValue> {
        let element: Element = dom::by_id(id)?;
        let fill = element.query_selector("i")?.ok_or_else(|| format!("#{id} has no <i>"))?;
        Ok(Self { element, fill: Fill::new(wasm_bindgen::JsCast::unchecked_into(fill)) })
    }

    fn update(&mut self, left: f32) {
        if self.fill.set(1.0 - left) {
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
