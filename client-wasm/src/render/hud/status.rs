//! The small print: connection, round trip, and which rules are in force; and a hint when the connection is bad.

use client_core::{ConnectionState, NetStats, View};
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::dom::{self, Panel, Text};
use crate::i18n::{fill, t};

/// From here on a fight is no longer fair, milliseconds.
const POOR_MS: f64 = 250.0;
/// A connection that was silent for this long is stalling, milliseconds.
const STALL_MS: f64 = 800.0;
/// How long the hint stays after the trouble, milliseconds.
const HINT_MS: f64 = 1_500.0;

pub(super) struct Status {
    panel: Element,
    connection: Text,
    ping: Text,
    ping_element: Element,
    network: Text,
    rules: Text,
    /// What a fight without a server is called.
    offline: Option<&'static str>,
    menu_rules: Text,
    menu_scene: Text,
    hint: Panel,
    hint_text: Text,
    trouble_ms: f64,
}

impl Status {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            panel: dom::by_id("status")?,
            connection: Text::by_id("status-connection")?,
            ping: Text::by_id("status-ping")?,
            ping_element: dom::by_id("status-ping")?,
            network: Text::by_id("status-network")?,
            rules: Text::by_id("status-rules")?,
            offline: None,
            menu_rules: Text::by_id("menu-rules")?,
            menu_scene: Text::by_id("menu-scene")?,
            hint: Panel::by_id("link-hint")?,
            hint_text: Text::by_id("link-hint")?,
            trouble_ms: f64::NEG_INFINITY,
        })
    }

    pub(super) fn panel(&self) -> &Element {
        &self.panel
    }

    pub(super) fn show_line(&mut self, bad: bool, polls: bool) {
        self.network.set(match (bad, polls) {
            (true, _) => t("status.bad_network"),
            (false, true) => t("status.polling"),
            (false, false) => "",
        });
    }

    pub(super) fn show_offline(&mut self, title: Option<&'static str>) {
        self.offline = title;
    }

    pub(super) fn update(
        &mut self,
        view: &View,
        connection: &ConnectionState,
        stats: &NetStats,
        now_ms: f64,
    ) {
        if let Some(title) = self.offline {
            self.connection.set(title);
            self.hint.show(false);
            [&mut self.ping, &mut self.rules].into_iter().for_each(|text| text.set(""));
            return;
        }
        let online = matches!(connection, ConnectionState::Online);
        let stalling = online && stats.snapshot_age_ms > STALL_MS;
        self.connection.set(match connection {
            ConnectionState::Connecting => t("connection.connecting"),
            ConnectionState::Handshaking => t("status.joining"),
            ConnectionState::Queued { .. } => t("status.queued"),
            ConnectionState::Online if stalling => t("status.unstable"),
            ConnectionState::Online => t("status.online"),
            ConnectionState::Waiting { .. } => t("connection.reconnecting"),
            ConnectionState::Closed { .. } => t("connection.disconnected"),
        });
        let poor = stalling || stats.rtt_ms > POOR_MS;
        self.ping.set(&if online { format!("{:.0} ms", stats.rtt_ms) } else { String::new() });
        let _ = self.ping_element.class_list().toggle_with_force("poor", poor);
        let rules = label(&view.release.version, view.release.number);
        self.rules.set(&fill("status.rules", &[("name", &rules)]));
        self.menu_rules.set(&rules);
        self.menu_scene.set(&label(&view.scene.version, view.scene.number));
        if poor && online {
            self.trouble_ms = now_ms;
            self.hint_text.set(&if stalling {
                fill("status.no_news", &[("s", &format!("{:.1}", stats.snapshot_age_ms / 1000.0))])
            } else {
                fill("status.slow", &[("ms", &format!("{:.0}", stats.rtt_ms))])
            });
        }
        // It stays for a moment, or it would flicker.
        self.hint.show(online && now_ms - self.trouble_ms < HINT_MS);
    }
}

/// Like `v1.2 #3`: what the operator called it, and its number.
fn label(version: &str, number: u32) -> String {
    if version.is_empty() { format!("#{number}") } else { format!("{version} #{number}") }
}
