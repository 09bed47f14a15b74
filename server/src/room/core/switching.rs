//! Other rules, another scene, another size: announced, and in force from their tick on.

use std::sync::Arc;

use protocol::ServerMessage;
use sim::{RulesError, Tick};

use super::{Room, RulesFailure};
use crate::release::LoadedRelease;
use crate::room::{Mode, growth, intents};

impl Room {
    pub(super) fn announce_rules(&mut self, release: Arc<LoadedRelease>, activate: Tick, automatic: bool) {
        let info = self.rules.describe(&release);
        let activate = activate.max(self.world.tick.plus(1));
        let Some(activate_tick) = self.rules.schedule(release, activate, automatic) else { return };
        self.news.push(ServerMessage::HotUpdate { release: Some(info), scene: None, activate_tick });
    }

    /// Announces a larger battlefield when it is too small for everybody. It is made small again only when nobody is there
    /// who would be moved.
    pub(super) fn make_room(&mut self) {
        let (now, second) = (self.world.tick, self.world.tick_rate);
        if self.mode == Mode::Arena {
            return;
        }
        let wanted = growth::scale_for(self.population());
        if wanted > self.rules.scale() || self.population() == 0 && self.rules.scale() > 1.0 {
            let (release, activate_tick) = self.rules.resize(wanted, now.plus(second));
            let update = ServerMessage::HotUpdate { release: Some(release), scene: None, activate_tick };
            self.news.push(update);
        }
    }

    pub(super) fn switch_due(&mut self, tick: Tick) {
        let scale = self.rules.info.arena_scale;
        if self.rules.switch_due(tick) {
            self.world.fit(sim::Rules::tuning(&self.rules.active));
            if self.rules.info.arena_scale != scale
                && let Err(error) = self.world.scatter(&mut self.rules.active)
            {
                self.rules_failed(error);
            }
            intents::forget_all(&mut self.roster);
            self.bots.look_up();
        }
        if self.rules.take_broken_promise() {
            let release = Some(self.rules.info.clone());
            self.news.push(ServerMessage::HotUpdate { release, scene: None, activate_tick: tick });
        }
        if let Some((scene, _)) = self.pending_scene.take_if(|(_, due)| *due <= tick) {
            self.scene = scene;
        }
    }

    /// Falls back. Ends, as the native rules at the bottom never fail.
    pub(super) fn rules_failed(&mut self, error: RulesError) {
        let Err(error) = self.card_failed(error) else { return };
        let failed = self.rules.info.number;
        let tick = self.world.tick.plus(1);
        self.rules.fall_back(tick);
        self.rules_replaced();
        let fell_back_to = self.rules.info.number;
        self.aftermath.failures.push(RulesFailure { release: failed, tick, error, fell_back_to });
    }

    /// Other rules play from this very tick on.
    pub(super) fn rules_replaced(&mut self) {
        self.world.fit(sim::Rules::tuning(&self.rules.active));
        intents::forget_all(&mut self.roster);
        let (release, activate_tick) = (self.rules.info.clone(), self.world.tick.plus(1));
        self.news.push(ServerMessage::HotUpdate { release: Some(release), scene: None, activate_tick });
    }
}
