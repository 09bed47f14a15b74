//! The whole state of one fight.

use crate::effect::Effect;
use crate::ids::{PlayerId, Tick};
use crate::movement::Moves;
use crate::near::Near;
use crate::rng::Rng;
use crate::round::Round;
use crate::rules::{Rules, RulesError};
use crate::tuning::{MAX_SPEED, Tuning, seconds_to_ticks};
use crate::vec2::{Vec2, vec2};
use crate::{orb, spawn};

/// One player's body and score. Durations are ticks that are left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Player {
    /// Who.
    pub id: PlayerId,
    /// Centre, units.
    pub position: Vec2,
    /// Velocity by the player's own will, units per second.
    pub velocity: Vec2,
    /// Velocity given by blows, units per second; fades.
    pub push: Vec2,
    /// Velocity that a blow has given and that will be added to `push`, units per second.
    pub recoil: Vec2,
    /// Unit vector of the view.
    pub facing: Vec2,
    /// Wanted direction of movement, length at most 1; held until changed.
    pub direction: Vec2,
    /// Hit points, 0 when dead.
    pub hp: i32,
    /// Points of this round.
    pub score: i32,
    /// Kills of this round.
    pub kills: u32,
    /// Deaths of this round.
    pub deaths: u32,
    /// Kills since the last death.
    pub streak: i32,
    /// Until the next strike.
    pub strike_cooldown: u32,
    /// Until the next dash.
    pub dash_cooldown: u32,
    /// Of the running dash.
    pub dash_left: u32,
    /// Of invulnerability.
    pub shield_left: u32,
    /// Until the respawn; only counts while dead.
    pub respawn_left: u32,
    /// Until `recoil` takes effect; 0 when there is none.
    pub recoil_left: u32,
    /// Between a blow and its push. The server sets it to what a player's line needs, so that a player knows of a push
    /// before it predicts the tick in which it begins.
    pub reaction: u32,
    /// Swung in the last tick.
    pub striking: bool,
    /// 1 or 2 in a fight of two teams, otherwise 0. Members of a team do not hurt each other.
    pub team: u8,
}

impl Player {
    /// A player who has not entered the arena yet.
    #[must_use]
    pub fn new(id: PlayerId) -> Self {
        Self {
            id,
            position: Vec2::ZERO,
            velocity: Vec2::ZERO,
            push: Vec2::ZERO,
            recoil: Vec2::ZERO,
            facing: vec2(1.0, 0.0),
            direction: Vec2::ZERO,
            hp: 0,
            score: 0,
            kills: 0,
            deaths: 0,
            streak: 0,
            strike_cooldown: 0,
            dash_cooldown: 0,
            dash_left: 0,
            shield_left: 0,
            respawn_left: 0,
            recoil_left: 0,
            reaction: 0,
            striking: false,
            team: 0,
        }
    }

    /// Has hit points left.
    #[must_use]
    pub fn alive(&self) -> bool {
        self.hp > 0
    }

    /// Takes up what a blow gives: now, or after the player's reaction time. Blows that come in between are added.
    pub(crate) fn push_away(&mut self, blow: Vec2) {
        if self.reaction == 0 {
            self.push = (self.push + blow).clamp_length(MAX_SPEED);
            return;
        }
        self.recoil = (self.recoil + blow).clamp_length(MAX_SPEED);
        if self.recoil_left == 0 {
            self.recoil_left = self.reaction;
        }
    }

    /// Stands still: neither its own will nor blows move it any more.
    pub(crate) fn stop(&mut self) {
        self.velocity = Vec2::ZERO;
        self.push = Vec2::ZERO;
        self.recoil = Vec2::ZERO;
        self.recoil_left = 0;
        self.dash_left = 0;
    }

    /// Can neither be struck nor hit.
    #[must_use]
    pub fn shielded(&self) -> bool {
        self.shield_left > 0
    }
}

/// The ball that everybody fights with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Orb {
    /// Centre, units.
    pub position: Vec2,
    /// Units per second.
    pub velocity: Vec2,
    /// Who batted it last, while it is fast enough to hurt.
    pub batted_by: Option<PlayerId>,
    /// Ticks during which it hurts nobody, after it has hurt somebody.
    pub spent_left: u32,
    /// Where it was when it was batted last, units.
    pub batted_from: Vec2,
}

/// One fight: what [`step`](crate::step) turns into its next tick.
#[derive(Debug, PartialEq)]
pub struct World {
    /// The last tick that was stepped.
    pub tick: Tick,
    /// Ticks per second.
    pub tick_rate: u32,
    /// Everybody, in ascending order of id.
    pub players: Vec<Player>,
    /// The orb.
    pub orb: Orb,
    /// The running round.
    pub round: Round,
    /// The only source of chance.
    pub rng: Rng,
    /// What happened in the last tick.
    pub effects: Vec<Effect>,
    /// Memory for looking around.
    pub(crate) near: Scratch<Near>,
    /// Memory for moving everybody.
    pub(crate) moves: Scratch<Moves>,
}

/// Memory that is no part of the state: all are equal, and a copy of the world has its own.
#[derive(Debug, Default)]
pub(crate) struct Scratch<T>(pub(crate) T);

impl<T> PartialEq for Scratch<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Cloned by hand so that `clone_from` reuses the lists: the server copies the world every tick before it runs a script.
impl Clone for World {
    fn clone(&self) -> Self {
        Self {
            players: self.players.clone(),
            effects: self.effects.clone(),
            near: Scratch::default(),
            moves: Scratch::default(),
            ..*self
        }
    }

    fn clone_from(&mut self, source: &Self) {
        self.players.clone_from(&source.players);
        self.effects.clone_from(&source.effects);
        self.tick = source.tick;
        self.tick_rate = source.tick_rate;
        self.orb = source.orb;
        self.round = source.round;
        self.rng = source.rng;
    }
}

impl World {
    /// An empty arena at `tick`, whose whole future follows from `seed`, the rules and the inputs.
    #[must_use]
    pub fn new(seed: u64, tick: Tick, tick_rate: u32, tuning: &Tuning) -> Self {
        let mut rng = Rng::new(seed);
        let orb = orb::launch(tuning, &mut rng);
        let round = Round::first(tick, seconds_to_ticks(tuning.round_duration, tick_rate));
        Self {
            tick,
            tick_rate,
            players: Vec::new(),
            orb,
            round,
            rng,
            effects: Vec::new(),
            near: Scratch::default(),
            moves: Scratch::default(),
        }
    }

    /// Seconds of one tick.
    #[must_use]
    pub fn dt(&self) -> f32 {
        1.0 / self.tick_rate as f32
    }

    /// Whole ticks in `seconds`.
    #[must_use]
    pub fn ticks(&self, seconds: f32) -> u32 {
        seconds_to_ticks(seconds, self.tick_rate)
    }

    /// Index of a player in [`World::players`].
    #[must_use]
    pub fn index_of(&self, id: PlayerId) -> Option<usize> {
        self.players.binary_search_by_key(&id, |player| player.id).ok()
    }

    /// A player by id.
    #[must_use]
    pub fn player(&self, id: PlayerId) -> Option<&Player> {
        self.index_of(id).map(|index| &self.players[index])
    }

    /// A player by id, to change.
    pub fn player_mut(&mut self, id: PlayerId) -> Option<&mut Player> {
        self.index_of(id).map(|index| &mut self.players[index])
    }

    /// Lets a new player in, alive and shielded; does nothing when the player is there already.
    ///
    /// # Errors
    /// When the `spawn_point` rule fails; the player is not in the world then.
    pub fn join(&mut self, rules: &mut impl Rules, id: PlayerId) -> Result<(), RulesError> {
        let mut player = Player::new(id);
        spawn::revive(&mut player, rules, &mut self.rng, self.tick_rate)?;
        self.restore(player);
        self.enlist(id, rules.tuning());
        Ok(())
    }

    /// Puts a player back as it was; does nothing when the player is there already.
    pub fn restore(&mut self, player: Player) {
        if let Err(index) = self.players.binary_search_by_key(&player.id, |other| other.id) {
            self.players.insert(index, player);
        }
    }

    /// Takes a player out and returns what it was.
    pub fn leave(&mut self, id: PlayerId) -> Option<Player> {
        let index = self.index_of(id)?;
        if self.orb.batted_by == Some(id) {
            self.orb.batted_by = None;
        }
        Some(self.players.remove(index))
    }

    /// Lets those who have just come enter again, after the arena has grown: where they came in it is crowded.
    ///
    /// # Errors
    /// When the `spawn_point` rule fails; some have entered again then.
    pub fn scatter(&mut self, rules: &mut impl Rules) -> Result<(), RulesError> {
        for player in self.players.iter_mut().filter(|player| player.alive() && player.shielded()) {
            spawn::revive(player, rules, &mut self.rng, self.tick_rate)?;
        }
        Ok(())
    }

    /// Makes the state fit new tuning numbers after a switch of rules: nobody outside, nobody above the new maximum,
    /// nobody waits for longer than the new rules say, and there are teams if they say so.
    pub fn fit(&mut self, tuning: &Tuning) {
        let tick_rate = self.tick_rate;
        let ticks = |seconds| seconds_to_ticks(seconds, tick_rate);
        for player in &mut self.players {
            player.position = clamp_inside(player.position, tuning.player_radius, tuning);
            player.hp = player.hp.min(tuning.max_hp as i32);
            player.strike_cooldown = player.strike_cooldown.min(ticks(tuning.strike_cooldown));
            player.dash_cooldown = player.dash_cooldown.min(ticks(tuning.dash_cooldown));
            player.dash_left = player.dash_left.min(ticks(tuning.dash_duration));
            player.shield_left = player.shield_left.min(ticks(tuning.shield_duration));
            player.respawn_left = player.respawn_left.min(ticks(tuning.respawn_delay));
        }
        self.orb.position = clamp_inside(self.orb.position, tuning.orb_radius, tuning);
        self.fit_teams(tuning);
        let phase = if self.round.is_playing() { tuning.round_duration } else { tuning.round_pause };
        self.round.ends = self.round.ends.min(self.tick.plus(ticks(phase).max(1)));
    }
}

/// The nearest point at which a body of `radius` is inside of the arena.
#[must_use]
pub fn clamp_inside(position: Vec2, radius: f32, tuning: &Tuning) -> Vec2 {
    let clamp = |value: f32, size: f32| value.min(size - radius).max(radius.min(size * 0.5));
    vec2(clamp(position.x, tuning.arena_width), clamp(position.y, tuning.arena_height))
}
