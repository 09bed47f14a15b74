//! The small print: connection, round trip, and which rules and scene are in force.

use client_core::{ConnectionState, NetStats, View};
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::dom::{self, Text};
use crate::i18n::{fill, t};

/// From here on a fight is no longer fair, milliseconds.
const POOR_MS: f64 = 250.0;
/// A connection that was silent for this long is stalling, milliseconds.
const STALL_MS: f64 = 800.0;

pub(super) struct Status {
    panel: Element,
    connection: Text,
    ping: Text,
    ping_element: Element,
    network: Text,
    rules: Text,
    scene: Text,
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
            scene: Text::by_id("status-scene")?,
        })
    }

    pub(super) fn panel(&self) -> &Element {
        &self.panel
    }

    pub(super) fn show_bad_network(&mut self, show: bool) {
        self.network.set(if show { t("status.bad_network") } else { "" });
    }

    pub(super) fn update(&mut self, view: &View, connection: &ConnectionState, stats: &NetStats) {
        let online = matches!(connection, ConnectionState::Online);
        let stalling = online && stats.snapshot_age_ms > STALL_MS;
        self.connection.set(match connection {
            ConnectionState::Connecting => t("connection.connecting"),
            ConnectionState::Handshaking => t("status.joining"),
            ConnectionState::Online if stalling => t("status.unstable"),
            ConnectionState::Online => t("status.online"),
            ConnectionState::Waiting { .. } => t("connection.reconnecting"),
            ConnectionState::Closed { .. } => t("connection.disconnected"),
        });
        let poor = stalling || stats.rtt_ms > POOR_MS;
        self.ping.set(&if online { format!("{:.0} ms", stats.rtt_ms) } else { String::new() });
        let _ = self.ping_element.class_list().toggle_with_force("poor", poor);
        self.rules.set(&label("status.rules", &view.release.version, view.release.number));
        self.scene.set(&label("status.scene", &view.scene.version, view.scene.number));
    }
}

/// Like `rules v1.2 #3`: what the operator called it, and its number.
fn label(key: &'static str, version: &str, number: u32) -> String {
    let name = if version.is_empty() { format!("#{number}") } else { format!("{version} #{number}") };
    fill(key, &[("name", &name)])
}
