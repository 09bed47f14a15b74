//! A fight that is played wholly in this tab: the real game among bots, with or without somebody who plays along.

use client_core::hotlogic::ActiveRules;
use client_core::protocol::{ReleaseInfo, RoundInfo, SceneInfo};
use client_core::sim::bots::{Brain, Skills, name_of};
use client_core::sim::moments::Moments;
use client_core::sim::round::Round;
use client_core::sim::tuning::seconds_to_ticks;
use client_core::sim::{
    DEFAULT_TICK_RATE, Effect, Player, PlayerId, PlayerInput, Rules, RulesError, Tick, Tuning, Vec2, World,
};
use client_core::{ClientEvent, OrbView, PlayerView, View};

use crate::settings;

/// A pause longer than this is not caught up, ticks.
const MOST_TICKS: u32 = 5;
/// The floor: no server says what it looks like.
const FLOOR: [u8; 3] = [22, 30, 48];
/// Whoever plays along.
const ME: PlayerId = PlayerId(1);

pub(crate) struct Fight {
    world: World,
    before: World,
    rules: ActiveRules,
    /// What is played on with when the rules fail.
    fallback: ActiveRules,
    failure: Option<RulesError>,
    bots: Vec<(PlayerId, Brain)>,
    /// How many bots have come so far.
    bot_count: u32,
    seed: u64,
    inputs: Vec<(PlayerId, PlayerInput)>,
    /// Name of whoever plays along, and what it wants in the coming tick.
    me: Option<(String, PlayerInput)>,
    /// The look of whoever plays along.
    skin: Option<u8>,
    tick_ms: f64,
    next_ms: f64,
    moments: Moments,
    /// The round, as a server would tell it.
    round: RoundInfo,
}

impl Fight {
    /// An empty arena.
    pub(crate) fn new(rules: ActiveRules, seed: u64, now_ms: f64) -> Self {
        let world = World::new(seed, Tick(0), DEFAULT_TICK_RATE, rules.tuning());
        Self {
            before: world.clone(),
            world,
            rules,
            fallback: ActiveRules::default(),
            failure: None,
            bots: Vec::new(),
            bot_count: 0,
            seed,
            inputs: Vec::new(),
            me: None,
            skin: None,
            tick_ms: 1_000.0 / f64::from(DEFAULT_TICK_RATE),
            next_ms: now_ms,
            moments: Moments::default(),
            round: RoundInfo::default(),
        }
    }

    /// Lets somebody play along.
    pub(crate) fn let_in(&mut self, name: &str) {
        self.enter(ME);
        self.me = Some((name.to_owned(), PlayerInput::default()));
        self.skin = settings::skin();
        self.tell_round();
    }

    /// Adds to what whoever plays along wants in the coming tick.
    pub(crate) fn want(&mut self, input: PlayerInput) {
        if let Some((_, wanted)) = &mut self.me {
            wanted.merge(input);
        }
    }

    /// Lets bots come or go until there are so many.
    pub(crate) fn set_bots(&mut self, count: u32, skills: Skills) {
        for (id, _) in self.bots.drain((count as usize).min(self.bots.len())..) {
            self.world.leave(id);
        }
        while self.bots.len() < count as usize {
            let number = (self.seed as u32).wrapping_add(self.bot_count);
            let id = PlayerId(PlayerId::FIRST_BOT.0 | number);
            let brain = Brain::new(skills.of(self.bot_count), self.seed ^ u64::from(number) << 20);
            self.bot_count = self.bot_count.wrapping_add(1);
            self.enter(id);
            self.bots.push((id, brain));
        }
    }

    /// Makes all bots as good as that.
    pub(crate) fn train(&mut self, skills: Skills) {
        for ((id, brain), count) in self.bots.iter_mut().zip(0..) {
            *brain = Brain::new(skills.of(count), self.seed ^ u64::from(id.0) << 20);
        }
    }

    /// Begins again with other rules. Everybody stays where it is, unless the arena has another size.
    ///
    /// # Errors
    /// When the rules let nobody in; the fight goes on as before then.
    pub(crate) fn restart(&mut self, mut rules: ActiveRules) -> Result<(), RulesError> {
        let (old, new) = (self.rules.tuning(), rules.tuning());
        let same_size = (old.arena_width, old.arena_height) == (new.arena_width, new.arena_height);
        let round_ticks = seconds_to_ticks(new.round_duration, DEFAULT_TICK_RATE);
        let mut world = if same_size {
            let mut world = self.world.clone();
            world.fit(new);
            world.round = Round::first(world.tick, round_ticks.max(1));
            world
        } else {
            World::new(self.seed, self.world.tick, DEFAULT_TICK_RATE, new)
        };
        for body in &self.world.players {
            let stays = same_size && body.alive();
            if !stays {
                world.leave(body.id);
                world.join(&mut rules, body.id)?;
            } else if let Some(player) = world.player_mut(body.id) {
                let Player { id, position, velocity, facing, direction, .. } = *body;
                let hp = rules.tuning().max_hp as i32;
                *player = Player { position, velocity, facing, direction, hp, ..Player::new(id) };
            }
        }
        world.fit(rules.tuning());
        self.before.clone_from(&world);
        self.world = world;
        self.moments = Moments::default();
        self.tell_round();
        self.fallback = std::mem::replace(&mut self.rules, rules);
        Ok(())
    }

    /// Why the rules failed and others play now, if that has happened; told once.
    pub(crate) fn take_failure(&mut self) -> Option<RulesError> {
        self.failure.take()
    }

    /// Plays all ticks that are due, tells what happens in them, and gives what is to be seen now.
    pub(crate) fn play(&mut self, now_ms: f64, mut tell: impl FnMut(&ClientEvent, &View)) -> View {
        let mut ticks = 0;
        while self.next_ms <= now_ms {
            self.next_ms += self.tick_ms;
            ticks += 1;
            if ticks > MOST_TICKS {
                self.next_ms = now_ms + self.tick_ms;
                break;
            }
            self.step();
            if self.world.effects.is_empty() {
                continue;
            }
            let view = self.view_between(1.0);
            for effect in &self.world.effects {
                event_of(*effect, &self.round).iter().for_each(|event| tell(event, &view));
            }
        }
        self.view(now_ms)
    }

    /// What is to be seen now.
    pub(crate) fn view(&self, now_ms: f64) -> View {
        self.view_between(1.0 - ((self.next_ms - now_ms) / self.tick_ms) as f32)
    }

    fn enter(&mut self, id: PlayerId) {
        while let Err(error) = self.world.join(&mut self.rules, id) {
            self.fail(error);
        }
    }

    fn step(&mut self) {
        self.before.clone_from(&self.world);
        self.inputs.clear();
        if let Some((_, wanted)) = &mut self.me {
            self.inputs.push((ME, std::mem::take(wanted)));
        }
        for index in 0..self.bots.len() {
            let input = self.think(index);
            self.inputs.push(input);
        }
        while let Err(error) = self.world.step(&mut self.rules, &self.inputs) {
            self.world.clone_from(&self.before);
            self.fail(error);
        }
        self.moments.observe(&self.world.effects);
        if self.round.number != self.world.round.number || self.round.ends != self.world.round.ends {
            self.tell_round();
        }
    }

    fn tell_round(&mut self) {
        let me = self.me.as_ref().map_or("", |(name, _)| name.as_str());
        let name_of = |id: PlayerId| if id == ME { me } else { bot_name(id) };
        self.round = RoundInfo::told(&self.world, &self.moments, name_of);
    }

    /// What a bot wants.
    fn think(&mut self, index: usize) -> (PlayerId, PlayerInput) {
        loop {
            let (id, brain) = &mut self.bots[index];
            match brain.think(&self.world, *id, &mut self.rules) {
                Ok(input) => return (*id, input),
                Err(error) => self.fail(error),
            }
        }
    }

    /// Ends, as the native rules at the bottom never fail.
    fn fail(&mut self, error: RulesError) {
        self.failure.get_or_insert(error);
        self.rules = std::mem::take(&mut self.fallback);
        self.world.fit(self.rules.tuning());
    }

    fn view_between(&self, share: f32) -> View {
        let between = |from: Vec2, to: Vec2| from + (to - from) * share.clamp(0.0, 1.0);
        let players = self.world.players.iter().map(|player| {
            let before = self.before.player(player.id).filter(|before| before.alive() == player.alive());
            let position = before.map_or(player.position, |before| between(before.position, player.position));
            self.seen(player, position)
        });
        let tuning = self.rules.tuning().clone();
        let me = self.me.as_ref().and_then(|_| self.world.player(ME));
        let rate = DEFAULT_TICK_RATE as f32;
        View {
            me: me.map(|me| me.id),
            players: players.collect(),
            orb: OrbView {
                position: between(self.before.orb.position, self.world.orb.position),
                velocity: self.world.orb.velocity,
                batted_by: self.world.orb.batted_by,
            },
            round: me.map(|_| self.round.clone()),
            seconds_left: self.world.round.ends.since(self.world.tick) as f32 / rate,
            leaders: Vec::new(),
            standing: None,
            strike_cooldown: me.map_or(0.0, |me| left(me.strike_cooldown, tuning.strike_cooldown)),
            dash_cooldown: me.map_or(0.0, |me| left(me.dash_cooldown, tuning.dash_cooldown)),
            respawn_seconds: me.filter(|me| !me.alive()).map_or(0.0, |me| me.respawn_left as f32 / rate),
            tuning,
            release: ReleaseInfo::default(),
            scene: SceneInfo { background_color: FLOOR, ..SceneInfo::default() },
        }
    }

    fn seen(&self, player: &Player, position: Vec2) -> PlayerView {
        let own = self.me.as_ref().filter(|_| player.id == ME);
        PlayerView {
            skin: self.skin.filter(|_| own.is_some()),
            id: player.id,
            name: own.map_or_else(|| bot_name(player.id).to_owned(), |(name, _)| name.clone()),
            position,
            facing: player.facing.angle(),
            hp: player.hp,
            score: player.score,
            kills: player.kills,
            deaths: player.deaths,
            alive: player.alive(),
            team: player.team,
            shield: player.shielded(),
            dashing: player.dash_left > 0,
            connected: true,
            me: own.is_some(),
        }
    }
}

fn bot_name(id: PlayerId) -> &'static str {
    name_of(id.0 - PlayerId::FIRST_BOT.0.min(id.0))
}

/// What is left of a cooldown, as a share of the whole: 0 is ready.
fn left(ticks: u32, whole_seconds: f32) -> f32 {
    let whole = seconds_to_ticks(whole_seconds, DEFAULT_TICK_RATE).max(1);
    (ticks as f32 / whole as f32).min(1.0)
}

fn event_of(effect: Effect, round: &RoundInfo) -> Option<ClientEvent> {
    Some(match effect {
        Effect::Strike { player } => ClientEvent::Strike { player },
        Effect::Hit { attacker, target, damage, hp, by_orb, .. } => {
            ClientEvent::Hit { attacker, target, damage, hp, by_orb }
        }
        Effect::Kill { killer, victim, by_orb, .. } => ClientEvent::Killed { killer, victim, by_orb },
        Effect::Respawn { player } => ClientEvent::Respawned { player },
        Effect::RoundStarted { .. } | Effect::RoundEnded { .. } => ClientEvent::Round(round.clone()),
        Effect::OrbBatted { .. } => return None,
    })
}

/// The rules behind the title: nothing is published there.
pub(crate) fn gentle_rules() -> ActiveRules {
    let tuning = Tuning { orb_damage: 20.0, ..Tuning::default() };
    ActiveRules::Native(client_core::sim::NativeRules { tuning })
}
