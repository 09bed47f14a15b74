//! The own player, ahead of the server: played with the server's own code, and put right when the server says otherwise.
//!
//! Predicted states of past ticks are kept until the server has spoken about them. If it says the same, bit for bit,
//! nothing needs to be done; if not, its state is taken and every input that it has not applied yet is played again.
//! What that moves on the screen is blended away.

use hotlogic::ActiveRules;
use std::collections::VecDeque;

use protocol::OwnState;
use sim::tuning::seconds_to_ticks;
use sim::world::clamp_inside;
use sim::{Player, PlayerId, PlayerInput, Rules, RulesError, Seq, Tick, Vec2, movement};

use crate::outbox::Outbox;
use crate::releases::Releases;

/// Time constant of the blend, milliseconds: after 100 ms a twelfth of the error is left.
pub(crate) const BLEND_MS: f64 = 40.0;
/// Errors above this are not blended, units.
pub(crate) const SNAP_UNITS: f32 = 200.0;
/// Errors up to this are none, units.
const EXACT_UNITS: f32 = 0.01;
/// Most ticks that are played again; older states are taken as they are.
const MAX_REPLAY: u32 = 120;
/// Inputs that are later than this are not played again by the server, ticks.
const MAX_LATE: u32 = 8;
/// Inputs that wait for their acknowledgement at most.
const MAX_INPUTS: usize = 256;

#[derive(Clone, Copy, Debug)]
struct SentInput {
    seq: Seq,
    tick: Tick,
    input: PlayerInput,
}

/// What the server's word changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The first word: prediction begins.
    Started,
    /// As predicted.
    Confirmed,
    /// Some of our inputs were late; the server will catch up with them, and then says what we predicted.
    Pending,
    /// Put right. `units` is how far the avatar moved; `excused` when nobody could have known: a death, a respawn, a
    /// jump of the clock, rules that are not here yet.
    Corrected { units: f32, excused: bool },
}

/// Where a visible error comes from and since when it fades.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Blend {
    error: Vec2,
    since_ms: f64,
}

impl Blend {
    pub(crate) fn begin(&mut self, now_ms: f64, shown: Vec2, correct: Vec2) {
        let error = shown - correct;
        let keep = error.is_finite() && error.length() <= SNAP_UNITS;
        *self = Self { error: if keep { error } else { Vec2::ZERO }, since_ms: now_ms };
    }

    pub(crate) fn left(&self, now_ms: f64) -> Vec2 {
        self.error * (-(now_ms - self.since_ms).max(0.0) / BLEND_MS).exp() as f32
    }
}

#[derive(Debug)]
pub(crate) struct Predictor {
    tick_rate: u32,
    /// States after past ticks, in order, without gaps; the last one is the newest.
    states: VecDeque<(Tick, Player)>,
    /// What the tick after the newest will be, if nothing more is pressed: drawn in part already.
    next: Player,
    inputs: VecDeque<SentInput>,
    /// A second change of direction in the same tick, sent when the tick is over.
    unsent_direction: Option<Vec2>,
    last_stamp: Tick,
    blend: Blend,
    /// Nothing was heard since the connection was made.
    stale: bool,
    /// The tick jumped: the next correction says nothing about the prediction.
    jumped: bool,
    /// By how many ticks the prediction was ahead of a snapshot that came, at most: since the last heartbeat, and before it.
    ahead: [u32; 2],
}

impl Predictor {
    pub(crate) fn new() -> Self {
        Self {
            tick_rate: sim::DEFAULT_TICK_RATE,
            states: VecDeque::new(),
            next: Player::new(PlayerId(0)),
            inputs: VecDeque::new(),
            unsent_direction: None,
            last_stamp: Tick(0),
            blend: Blend::default(),
            stale: true,
            jumped: false,
            ahead: [0; 2],
        }
    }

    /// By how many ticks the prediction is ahead of the snapshots that come, at most, in the time since the call before the
    /// last one; `None` when no snapshot came.
    pub(crate) fn take_ahead(&mut self) -> Option<u8> {
        let most = self.ahead[0].max(self.ahead[1]);
        self.ahead = [0, self.ahead[0]];
        (most > 0).then_some(most.min(255) as u8)
    }

    /// A new connection: keeps the picture, forgets the rest.
    pub(crate) fn restart(&mut self, tick_rate: u32) {
        self.tick_rate = tick_rate;
        self.inputs.clear();
        self.unsent_direction = None;
        self.last_stamp = Tick(0);
        self.stale = true;
    }

    /// Predicts.
    pub(crate) fn running(&self) -> bool {
        !self.stale && !self.states.is_empty()
    }

    /// The newest predicted tick.
    pub(crate) fn tick(&self) -> Tick {
        self.states.back().map_or(Tick(0), |(tick, _)| *tick)
    }

    /// The newest predicted state.
    pub(crate) fn body(&self) -> Option<&Player> {
        self.states.back().map(|(_, body)| body)
    }

    /// The state that was predicted for `tick`, as long as the server has not spoken about a later one.
    pub(crate) fn state_at(&self, tick: Tick) -> Option<&Player> {
        let (first, _) = self.states.front()?;
        let index = tick.0.checked_sub(first.0)? as usize;
        self.states.get(index).filter(|(kept, _)| *kept == tick).map(|(_, body)| body)
    }

    /// Inputs that were made for `tick` or before it have not been applied, as the last one that was is `seq`; the server may
    /// still catch up with them.
    pub(crate) fn is_late(&self, tick: Tick, seq: Seq) -> bool {
        let first = self.inputs.iter().find(|sent| sent.seq > seq);
        first.is_some_and(|sent| (1..=MAX_LATE).contains(&tick.plus(1).since(sent.tick)))
    }

    /// The state that is drawn in part already.
    pub(crate) fn next_body(&self) -> &Player {
        &self.next
    }

    /// The tick that the next input is for.
    pub(crate) fn input_tick(&self) -> Tick {
        self.tick().plus(1).max(self.last_stamp)
    }

    /// An input of that kind was made for the next tick already.
    pub(crate) fn has_made(&self, kind: impl Fn(&PlayerInput) -> bool) -> bool {
        let tick = self.input_tick();
        self.inputs.iter().any(|sent| sent.tick == tick && kind(&sent.input))
    }

    /// Takes up an input that was sent for [`Predictor::input_tick`].
    pub(crate) fn press(&mut self, seq: Seq, input: PlayerInput) {
        if self.inputs.len() == MAX_INPUTS {
            self.inputs.pop_front();
        }
        let tick = self.input_tick();
        self.last_stamp = tick;
        self.inputs.push_back(SentInput { seq, tick, input });
    }

    /// Takes up a direction that is not sent yet.
    pub(crate) fn hold_back(&mut self, direction: Vec2) {
        self.unsent_direction = Some(direction);
    }

    /// The direction that must be sent now, before the tick is over.
    pub(crate) fn take_unsent(&mut self) -> Option<Vec2> {
        self.unsent_direction.take()
    }

    /// Plays the next tick for good.
    pub(crate) fn step(&mut self, now_ms: f64, releases: &mut Releases, out: &mut Outbox) {
        let Some((tick, body)) = self.states.back().copied() else { return };
        let tick = tick.plus(1);
        let input = self.input_at(tick);
        let body = play(&body, tick, input, self.tick_rate, now_ms, releases, out);
        self.states.push_back((tick, body));
        self.look_ahead(now_ms, releases, out);
    }

    /// Plays the tick after the newest for the picture.
    pub(crate) fn look_ahead(&mut self, now_ms: f64, releases: &mut Releases, out: &mut Outbox) {
        let Some((tick, body)) = self.states.back().copied() else { return };
        let tick = tick.plus(1);
        let mut input = self.input_at(tick);
        if let Some(direction) = self.unsent_direction {
            input.get_or_insert_default().merge(PlayerInput::moving(direction));
        }
        self.next = play(&body, tick, input, self.tick_rate, now_ms, releases, out);
    }

    /// Goes on at another tick without playing those in between.
    pub(crate) fn jump(&mut self, now_ms: f64, tick: Tick, releases: &mut Releases, out: &mut Outbox) {
        let Some((_, body)) = self.states.back().copied() else { return };
        self.states.clear();
        self.states.push_back((tick, body));
        self.jumped = true;
        self.look_ahead(now_ms, releases, out);
    }

    /// The server said what is the case at `tick`. A prediction that begins goes on to `target`.
    #[expect(clippy::too_many_arguments, reason = "the picture before and after needs both clock and world")]
    pub(crate) fn reconcile(
        &mut self,
        now_ms: f64,
        fraction: f32,
        tick: Tick,
        you: &OwnState,
        me: PlayerId,
        target: Tick,
        releases: &mut Releases,
        out: &mut Outbox,
    ) -> Verdict {
        let shown = self.position(now_ms, fraction);
        let starting = !self.running();
        // The tick after the newest must still be free of what the server does from now on.
        self.ahead[0] = self.ahead[0].max(self.tick().since(tick) + 1);
        let in_order = self.inputs.iter().all(|sent| (sent.seq <= you.seq) == (sent.tick <= tick));
        self.inputs.retain(|sent| sent.seq > you.seq);
        let overdue = self.inputs.front().map_or(0, |sent| tick.plus(1).since(sent.tick));
        while self.states.front().is_some_and(|(kept, _)| *kept < tick) && self.states.len() > 1 {
            self.states.pop_front();
        }
        let predicted = self.states.front().filter(|(kept, _)| *kept == tick).map(|(_, body)| *body);
        if !starting && in_order && predicted.is_some_and(|body| same(&body, you)) {
            return Verdict::Confirmed;
        }
        // Late inputs, which the server will catch up with: it is right about everything but the movement.
        let pending = predicted
            .filter(|body| !starting && (1..=MAX_LATE).contains(&overdue) && body.alive() && you.hp > 0);
        if pending.is_some_and(|body| same_blows(&body, you)) {
            return Verdict::Pending;
        }
        if pending.is_none() {
            // What came too late for its tick is played by the server in the next one.
            for sent in self.inputs.iter_mut().filter(|sent| sent.tick <= tick) {
                sent.tick = tick.plus(1);
            }
        }
        let truth = pending.map_or_else(|| you.to_player(me), |body| with_blows(body, you));
        let before = self.body().map(|body| body.position);
        let end = if starting { target } else { self.tick() }.max(tick);
        self.stale = false;
        self.states.clear();
        self.states.push_back((tick, truth));
        if end.since(tick) > MAX_REPLAY {
            self.jump(now_ms, end, releases, out);
        } else {
            self.replay(now_ms, end, releases, out);
        }
        self.blend = Blend::default();
        if let Some(shown) = shown {
            let correct = self.position(now_ms, fraction).unwrap_or(shown);
            self.blend.begin(now_ms, shown, correct);
        }
        if starting {
            return Verdict::Started;
        }
        let units = match (before, self.body()) {
            (Some(before), Some(body)) => (body.position - before).length(),
            _ => 0.0,
        };
        let respawned =
            predicted.is_some_and(|body| you.shield_left > body.shield_left || you.hp > 0 && !body.alive());
        if respawned {
            self.blend = Blend::default();
        }
        let died = you.hp == 0 && predicted.is_none_or(|body| body.alive());
        let jumped = std::mem::take(&mut self.jumped);
        let excused = jumped || died || respawned || !releases.exact(tick) || units <= EXACT_UNITS;
        Verdict::Corrected { units, excused }
    }

    /// Where the avatar is drawn, `fraction` of the way from the newest tick to the next.
    pub(crate) fn position(&self, now_ms: f64, fraction: f32) -> Option<Vec2> {
        let body = self.body()?;
        Some(body.position + (self.next.position - body.position) * fraction + self.blend.left(now_ms))
    }

    fn replay(&mut self, now_ms: f64, end: Tick, releases: &mut Releases, out: &mut Outbox) {
        while let Some((tick, body)) = self.states.back().copied().filter(|(tick, _)| *tick < end) {
            let tick = tick.plus(1);
            let body = play(&body, tick, self.input_at(tick), self.tick_rate, now_ms, releases, out);
            self.states.push_back((tick, body));
        }
        self.look_ahead(now_ms, releases, out);
    }

    /// Everything that was sent for a tick, merged.
    fn input_at(&self, tick: Tick) -> Option<PlayerInput> {
        let mut merged: Option<PlayerInput> = None;
        for sent in self.inputs.iter().filter(|sent| sent.tick == tick) {
            merged.get_or_insert_default().merge(sent.input);
        }
        merged
    }
}

/// One tick of one player, as [`sim::World::step`] plays it for everybody.
fn play(
    before: &Player,
    tick: Tick,
    input: Option<PlayerInput>,
    tick_rate: u32,
    now_ms: f64,
    releases: &mut Releases,
    out: &mut Outbox,
) -> Player {
    let turn = |rules: &mut ActiveRules, switched: bool| {
        let mut body = *before;
        if switched {
            fit(&mut body, rules);
        }
        take_turn(&mut body, input, rules, tick_rate)?;
        Ok(body)
    };
    releases.play(now_ms, tick, out, turn).unwrap_or(*before)
}

fn take_turn(
    body: &mut Player,
    input: Option<PlayerInput>,
    rules: &mut ActiveRules,
    tick_rate: u32,
) -> Result<(), RulesError> {
    if let Some(input) = &input {
        movement::apply_input(body, input, rules, tick_rate);
    }
    movement::advance(body, rules, tick_rate)?;
    if input.is_some_and(|input| input.attack) && body.alive() && body.strike_cooldown == 0 {
        body.strike_cooldown = seconds_to_ticks(rules.tuning().strike_cooldown, tick_rate);
        body.shield_left = 0;
        body.striking = true;
    }
    if !body.alive() {
        body.respawn_left = body.respawn_left.saturating_sub(1);
    }
    Ok(())
}

/// What [`sim::World::fit`] does to a player when rules are switched.
fn fit(body: &mut Player, rules: &ActiveRules) {
    let tuning = rules.tuning();
    body.position = clamp_inside(body.position, tuning.player_radius, tuning);
    body.hp = body.hp.min(tuning.max_hp as i32);
}

/// Nobody else did anything to the player that we do not know of.
fn same_blows(body: &Player, you: &OwnState) -> bool {
    let OwnState { hp, push, recoil, recoil_left, .. } = *you;
    (body.hp, body.push, body.recoil, body.recoil_left) == (hp, push, recoil, recoil_left)
}

/// Our own movement, and what others did meanwhile.
fn with_blows(body: Player, you: &OwnState) -> Player {
    Player { hp: you.hp, push: you.push, recoil: you.recoil, recoil_left: you.recoil_left, ..body }
}

/// Equal to the bit in everything that influences the player's future.
fn same(body: &Player, you: &OwnState) -> bool {
    let bits = |v: Vec2| (v.x.to_bits(), v.y.to_bits());
    bits(body.position) == bits(you.position)
        && bits(body.velocity) == bits(you.velocity)
        && bits(body.push) == bits(you.push)
        && bits(body.recoil) == bits(you.recoil)
        && body.recoil_left == you.recoil_left
        && bits(body.facing) == bits(you.facing)
        && bits(body.direction) == bits(you.direction)
        && body.hp == you.hp
        && body.strike_cooldown == you.strike_cooldown
        && body.dash_cooldown == you.dash_cooldown
        && body.dash_left == you.dash_left
        && body.shield_left == you.shield_left
        && body.respawn_left == you.respawn_left
}
