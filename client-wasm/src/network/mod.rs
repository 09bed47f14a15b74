//! The network panel: why it lags, and how the game plays on a bad network.

mod graph;
mod history;
mod lab;
mod trouble;

use client_core::{Conditions, ConnectionState, NetStats};
use wasm_bindgen::JsValue;
use web_sys::{Event, HtmlElement};

use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{fill, t};
use crate::inbox::{Choice, Inbox, Wake};
use crate::settings;
use graph::Graph;
use history::{History, SLICE_MS};
use lab::Lab;
pub(crate) use lab::{Knob, preset_of};
use trouble::Verdict;

/// Between two updates of the numbers, milliseconds.
const FIGURES_MS: f64 = 500.0;
/// Where there is room for the controls from the start.
const ROOMY: &str = "(min-width: 701px) and (min-height: 780px)";

/// The panel.
pub(crate) struct Network {
    panel: Panel,
    expanded: Attribute,
    controls: Panel,
    controls_expanded: Attribute,
    class: Attribute,
    verdict_text: Text,
    polling: Panel,
    trouble: Attribute,
    figures: Figures,
    graph: Graph,
    lab: Lab,
    history: History,
    verdict: Verdict,
    drawn_ms: f64,
    figures_ms: f64,
}

impl Network {
    /// Finds it on the page, and leaves it as this tab left it.
    ///
    /// # Errors
    /// When a part of it is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        listen_click("network-button", inbox, || Choice::ToggleNetwork)?;
        listen_click("network-close", inbox, || Choice::CloseNetwork)?;
        listen_click("network-more", inbox, || Choice::ToggleLab)?;
        listen_click("lab-cut", inbox, || Choice::Cut)?;
        listen_click("lab-stall", inbox, || Choice::Stall)?;
        let mut network = Self {
            panel: Panel::by_id("network")?,
            expanded: Attribute::new(dom::by_id("network-button")?, "aria-expanded"),
            controls: Panel::by_id("network-lab")?,
            controls_expanded: Attribute::new(dom::by_id("network-more")?, "aria-expanded"),
            class: Attribute::new(dom::body().into(), "data-network"),
            verdict_text: Text::by_id("network-verdict")?,
            polling: Panel::by_id("network-polling")?,
            trouble: Attribute::new(dom::by_id("network")?, "data-trouble"),
            figures: Figures::new()?,
            graph: Graph::new("network-graph")?,
            lab: Lab::new(inbox)?,
            history: History::default(),
            verdict: Verdict::new(),
            drawn_ms: 0.0,
            figures_ms: 0.0,
        };
        network.show_controls(dom::media_matches(ROOMY));
        network.open(settings::network_open());
        Ok(network)
    }

    /// Opens or closes it, and remembers that.
    pub(crate) fn toggle(&mut self) {
        self.open(!self.is_open());
        settings::set_network_open(self.is_open());
    }

    /// Closes it, and remembers that.
    pub(crate) fn close(&mut self) {
        if self.is_open() {
            self.toggle();
        }
    }

    /// Shows or hides the controls that make the network bad.
    pub(crate) fn toggle_controls(&mut self) {
        self.show_controls(!self.controls.is_shown());
    }

    /// Whether it is to be seen.
    pub(crate) fn is_open(&self) -> bool {
        self.panel.is_shown()
    }

    /// The element, which may lie over the fight.
    pub(crate) fn element(&self) -> &HtmlElement {
        self.panel.element()
    }

    /// Says whether the line is HTTP polling.
    pub(crate) fn show_polling(&mut self, polls: bool) {
        self.polling.show(polls);
    }

    /// A new client counts from zero.
    pub(crate) fn forget(&mut self) {
        self.history = History::default();
        self.verdict = Verdict::new();
    }

    /// Takes up the figures of this frame.
    pub(crate) fn record(&mut self, stats: &NetStats, connection: &ConnectionState, now_ms: f64) {
        self.history.record(stats, matches!(connection, ConnectionState::Online), now_ms);
    }

    /// Shows what is known, if anybody looks and it is time; says whether it did.
    pub(crate) fn update(
        &mut self,
        stats: &NetStats,
        connection: &ConnectionState,
        conditions: Conditions,
        now_ms: f64,
    ) -> bool {
        if !self.is_open() || now_ms - self.drawn_ms < SLICE_MS {
            return false;
        }
        self.drawn_ms = now_ms;
        self.verdict.update(&self.history, stats, connection, now_ms);
        self.verdict_text.set(&self.verdict.text);
        self.trouble.set(self.verdict.trouble.name());
        self.lab.show(conditions);
        self.graph.draw(&self.history, stats.interpolation_ms);
        if now_ms - self.figures_ms >= FIGURES_MS {
            self.figures_ms = now_ms;
            self.figures.update(stats, &self.history);
        }
        true
    }

    fn open(&mut self, open: bool) {
        self.panel.show(open);
        self.expanded.set(if open { "true" } else { "false" });
        self.drawn_ms = 0.0;
        self.figures_ms = 0.0;
        self.tell_page();
    }

    fn show_controls(&mut self, show: bool) {
        self.controls.show(show);
        self.controls_expanded.set(if show { "true" } else { "false" });
        self.tell_page();
    }

    /// The style sheet makes room for the panel.
    fn tell_page(&mut self) {
        self.class.set(match (self.panel.is_shown(), self.controls.is_shown()) {
            (false, _) => "closed",
            (true, false) => "open",
            (true, true) => "lab",
        });
    }
}

/// The numbers.
struct Figures {
    rtt: Text,
    jitter: Text,
    delay: Text,
    age: Text,
    queue: Text,
    lead: Text,
    corrections: Text,
    largest: Text,
    received: Text,
    sent: Text,
    reconnects: Text,
    frames: Text,
}

impl Figures {
    fn new() -> Result<Self, JsValue> {
        Ok(Self {
            rtt: Text::by_id("net-rtt")?,
            jitter: Text::by_id("net-jitter")?,
            delay: Text::by_id("net-delay")?,
            age: Text::by_id("net-age")?,
            queue: Text::by_id("net-queue")?,
            lead: Text::by_id("net-lead")?,
            corrections: Text::by_id("net-corrections")?,
            largest: Text::by_id("net-largest")?,
            received: Text::by_id("net-in")?,
            sent: Text::by_id("net-out")?,
            reconnects: Text::by_id("net-reconnects")?,
            frames: Text::by_id("net-frames")?,
        })
    }

    fn update(&mut self, stats: &NetStats, history: &History) {
        let ms = |value: f64| format!("{value:.0} ms");
        self.rtt.set(&ms(stats.rtt_ms));
        self.jitter.set(&ms(stats.jitter_ms));
        self.delay.set(&ms(stats.interpolation_ms));
        let oldest = history.last(1_000.0).map(|slice| slice.age_ms).fold(0.0, f64::max);
        self.age.set(&ms(oldest));
        self.queue.set(&ticks(f64::from(stats.input_lead)));
        self.lead.set(&fill("net.ticks", &[("n", &format!("{:.1}", stats.lead_ticks))]));
        self.corrections.set(&stats.corrections.to_string());
        self.largest.set(&match stats.corrections {
            0 => t("net.none").to_owned(),
            _ => fill("net.units", &[("n", &format!("{:.1}", stats.largest_correction))]),
        });
        let (received, sent) = history.bytes_a_second();
        self.received.set(&rate(received));
        self.sent.set(&rate(sent));
        self.reconnects.set(&stats.reconnects.to_string());
        let frames: u32 = history.last(1_000.0).map(|slice| slice.frames).sum();
        self.frames.set(&fill("net.fps", &[("n", &frames.to_string())]));
    }
}

fn ticks(count: f64) -> String {
    let key = if count.abs() == 1.0 { "net.tick" } else { "net.ticks" };
    fill(key, &[("n", &count.to_string())])
}

fn rate(bytes: f64) -> String {
    if bytes < 1_000.0 { format!("{bytes:.0} B/s") } else { format!("{:.1} kB/s", bytes / 1_000.0) }
}

fn listen_click(id: &str, inbox: &Inbox, choice: impl Fn() -> Choice + 'static) -> Result<(), JsValue> {
    let button: HtmlElement = dom::by_id(id)?;
    let (post, pressed) = (inbox.clone(), button.clone());
    dom::listen(&button, "click", move |event: Event| {
        lab::release_focus(&pressed, &event);
        post.post(Wake::Choice(choice()));
    });
    Ok(())
}
