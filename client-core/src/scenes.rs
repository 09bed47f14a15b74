//! What the arena looks like: announced scenes, the one that is shown, and whether its image has arrived.

use protocol::limits::{MAX_ACK_ERROR_CHARS, clean_text};
use protocol::{ClientMessage, SceneInfo, UpdateStage};
use sim::Tick;

use crate::outbox::{ClientEvent, Outbox};

/// Announced scenes that are remembered.
const MAX_PENDING: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Scenes {
    current: SceneInfo,
    /// The current one was told to the driver.
    shown: bool,
    announced_ms: f64,
    pending: Vec<(Tick, SceneInfo, f64)>,
    loaded: Option<String>,
}

impl Scenes {
    /// The server said what is in force.
    pub(crate) fn restart(&mut self, now_ms: f64, scene: SceneInfo, out: &mut Outbox) {
        self.pending.clear();
        if !self.shown || self.current != scene {
            self.show(scene, now_ms, out);
        }
    }

    pub(crate) fn announce(&mut self, now_ms: f64, scene: SceneInfo, from: Tick) {
        if self.pending.len() == MAX_PENDING {
            self.pending.remove(0);
        }
        self.pending.push((from, scene, now_ms));
    }

    /// Shows what is due; the last one announced wins.
    pub(crate) fn activate(&mut self, tick: Tick, out: &mut Outbox) {
        while let Some(at) = self.pending.iter().position(|(from, _, _)| *from <= tick) {
            let (_, scene, announced_ms) = self.pending.remove(at);
            self.show(scene, announced_ms, out);
        }
    }

    /// The driver has the image of a scene, or cannot get it.
    pub(crate) fn loaded(&mut self, now_ms: f64, number: u32, outcome: Result<(), String>, out: &mut Outbox) {
        if number != self.current.number {
            return;
        }
        if outcome.is_ok() {
            self.loaded.clone_from(&self.current.background_image);
        }
        out.send(&ClientMessage::AckUpdate {
            release: number,
            ok: outcome.is_ok(),
            error: outcome.err().map(|error| clean_text(&error, MAX_ACK_ERROR_CHARS)),
            ms: (now_ms - self.announced_ms).max(0.0) as f32,
            stage: UpdateStage::Active,
            card: None,
        });
    }

    pub(crate) fn current(&self) -> &SceneInfo {
        &self.current
    }

    /// Content hash of the newest image that the driver has.
    pub(crate) fn loaded_image(&self) -> Option<String> {
        self.loaded.clone()
    }

    fn show(&mut self, scene: SceneInfo, announced_ms: f64, out: &mut Outbox) {
        self.current = scene;
        self.announced_ms = announced_ms;
        self.shown = true;
        out.tell(ClientEvent::SceneActive { scene: self.current.clone() });
    }
}
