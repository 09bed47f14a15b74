//! The orb: known at the newest snapshot, played on by the live rules until now.

use protocol::OrbState;
use sim::vec2::vec2;
use sim::{Orb, Tick, Vec2, orb};

use crate::outbox::Outbox;
use crate::prediction::Blend;
use crate::releases::Releases;

/// Furthest from the newest snapshot, milliseconds.
const MAX_EXTRAPOLATION_MS: f64 = 250.0;

#[derive(Debug)]
pub(crate) struct OrbTrack {
    tick: Tick,
    tick_rate: u32,
    /// The orb at `tick`, and after each tick that was played on.
    states: Vec<Orb>,
    blend: Blend,
}

impl OrbTrack {
    pub(crate) fn new() -> Self {
        Self { tick: Tick(0), tick_rate: sim::DEFAULT_TICK_RATE, states: Vec::new(), blend: Blend::default() }
    }

    pub(crate) fn restart(&mut self, tick_rate: u32) {
        self.tick_rate = tick_rate;
        self.states.clear();
    }

    /// A snapshot came; `server_tick` is what the server plays by now.
    pub(crate) fn received(
        &mut self,
        now_ms: f64,
        tick: Tick,
        state: &OrbState,
        server_tick: f64,
        releases: &mut Releases,
        out: &mut Outbox,
    ) {
        let shown = self.position(now_ms, server_tick);
        self.tick = tick;
        self.states.clear();
        self.states.push(Orb {
            position: vec2(state.x, state.y),
            velocity: vec2(state.vx, state.vy),
            batted_by: state.batted_by,
            spent_left: 0,
            batted_from: Vec2::ZERO,
        });
        self.advance(now_ms, server_tick, releases, out);
        self.blend = Blend::default();
        if let (Some(shown), Some(correct)) = (shown, self.position(now_ms, server_tick)) {
            self.blend.begin(now_ms, shown, correct);
        }
    }

    /// Plays on as far as `server_tick` needs.
    pub(crate) fn advance(
        &mut self,
        now_ms: f64,
        server_tick: f64,
        releases: &mut Releases,
        out: &mut Outbox,
    ) {
        let needed = self.ticks_on(server_tick) as usize + 2;
        while let Some(mut orb) = self.states.last().copied().filter(|_| self.states.len() < needed) {
            let tick = self.tick.plus(self.states.len() as u32);
            let rate = self.tick_rate;
            let played = releases.play(now_ms, tick, out, |rules, _| {
                let mut moved = orb;
                orb::advance(&mut moved, rules, rate)?;
                Ok(moved)
            });
            orb = played.unwrap_or(orb);
            self.states.push(orb);
        }
    }

    pub(crate) fn position(&self, now_ms: f64, server_tick: f64) -> Option<Vec2> {
        let last = self.states.len().checked_sub(1)?;
        let ticks = self.ticks_on(server_tick);
        let from = self.states[(ticks as usize).min(last)].position;
        let to = self.states[(ticks as usize + 1).min(last)].position;
        Some(from + (to - from) * ticks.fract() as f32 + self.blend.left(now_ms))
    }

    /// The orb as it is by now.
    pub(crate) fn state(&self, server_tick: f64) -> Option<&Orb> {
        let last = self.states.len().checked_sub(1)?;
        self.states.get((self.ticks_on(server_tick) as usize).min(last))
    }

    fn ticks_on(&self, server_tick: f64) -> f64 {
        let cap = MAX_EXTRAPOLATION_MS * f64::from(self.tick_rate) / 1_000.0;
        (server_tick - f64::from(self.tick.0)).clamp(0.0, cap)
    }
}
