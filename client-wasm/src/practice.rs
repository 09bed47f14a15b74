//! Practice: a fight against bots that needs no server. In a frame of the admin tab it is a rehearsal of rules that nobody else
//! has seen yet.

use client_core::hotlogic::{ActiveRules, RhaiRules, ScriptError, shipped};
use client_core::sim::bots::Skills;
use client_core::sim::{PlayerInput, Vec2};
use client_core::{ClientEvent, View};

use crate::fight::Fight;
use crate::i18n::t;
use crate::rehearsal::{self, Order, Outcome};

/// Opponents, unless somebody wants more or less.
pub(crate) const BOTS: u32 = 3;

/// The fight, and who wants to know how its rules do.
pub(crate) struct Practice {
    fight: Fight,
    skills: Skills,
    rehearsal: bool,
}

impl Practice {
    /// Among bots, by the rules that come with the game.
    pub(crate) fn new(name: &str, seed: u64, now_ms: f64, rehearsal: bool) -> Self {
        let script = RhaiRules::compile(shipped::ARENA).ok();
        let mut fight = Fight::new(ActiveRules::of(script.as_ref(), None), seed, now_ms);
        fight.let_in(name);
        fight.set_bots(BOTS, Skills::Mixed);
        Self { fight, skills: Skills::Mixed, rehearsal }
    }

    /// What it is called in the display.
    pub(crate) fn title(&self) -> &'static str {
        if self.rehearsal { t("practice.rehearsal") } else { t("practice.title") }
    }

    /// It plays in a frame, for somebody who writes rules.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    /// Runs that way from now on.
    pub(crate) fn run(&mut self, direction: Vec2) {
        self.fight.want(PlayerInput::moving(direction));
    }

    /// Strikes in the coming tick.
    pub(crate) fn strike(&mut self, aim: Option<Vec2>) {
        self.fight.want(PlayerInput::striking(aim));
    }

    /// Dashes in the coming tick.
    pub(crate) fn dash(&mut self) {
        self.fight.want(PlayerInput::dashing());
    }

    /// Begins again by other rules; says whether that works.
    pub(crate) fn rehearse(&mut self, order: &Order) {
        if !self.rehearsal {
            return;
        }
        let begun = RhaiRules::compile(&order.script)
            .and_then(|rules| self.fight.restart(ActiveRules::Scripted(rules)).map_err(ScriptError::from));
        if let Err(error) = begun {
            return rehearsal::tell(&Outcome::Failed(error));
        }
        self.fight.set_bots(order.bots, order.skills);
        if self.skills != order.skills {
            self.skills = order.skills;
            self.fight.train(order.skills);
        }
        rehearsal::tell(&Outcome::Running);
    }

    /// Plays on; gives what is to be seen now.
    pub(crate) fn play(&mut self, now_ms: f64, tell: impl FnMut(&ClientEvent, &View)) -> View {
        let view = self.fight.play(now_ms, tell);
        if let Some(error) = self.fight.take_failure()
            && self.rehearsal
        {
            rehearsal::tell(&Outcome::Failed(error.into()));
        }
        view
    }

    /// What is to be seen now.
    pub(crate) fn view(&self, now_ms: f64) -> View {
        self.fight.view(now_ms)
    }
}
