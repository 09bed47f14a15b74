//! The fight behind the title: bots among themselves.

use client_core::View;
use client_core::sim::bots::Skills;

use crate::fight::{Fight, gentle_rules};
use crate::render::Renderer;

/// How many play.
const PLAYERS: u32 = 6;

pub(crate) struct Attract(Fight);

impl Attract {
    pub(crate) fn new(now_ms: f64) -> Self {
        let mut fight = Fight::new(gentle_rules(), now_ms.to_bits(), now_ms);
        fight.set_bots(PLAYERS, Skills::Mixed);
        Self(fight)
    }

    /// What is to be seen now. Blows go to the renderer directly; nobody hears of rounds.
    pub(crate) fn view(&mut self, now_ms: f64, renderer: &mut Renderer) -> View {
        self.0.play(now_ms, |event, view| {
            if !matches!(event, client_core::ClientEvent::Round(_)) {
                renderer.handle(event, view, now_ms);
            }
        })
    }
}
