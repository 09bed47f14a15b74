//! One fight and its members: takes events between ticks, plays ticks, and hands every member what it is sent.

mod members;
mod removal;
mod switching;
mod voting;
mod watching;

use std::sync::Arc;

use bytes::Bytes;
use protocol::{CloseCode, ErrorCode, ReleaseInfo, SceneInfo, ServerMessage, codec};
use sim::{Hindsight, RulesError, Tick, World};

use super::bots::{BotSettings, Bots};
use super::costs::{Costs, RulesClock};
use super::delivery::Delivery;
pub use super::delivery::Keyframes;
use super::effects;
use super::guard::{Guarded, Stopwatch, TimeGuard};
use super::inputs::Refused;
use super::intents::{self, Intents};
use super::kick_vote::{KickDecision, KickVotes};
use super::outcome::Outcome;
use super::recorder::Recorder;
use super::roster::{Member, Roster};
use super::rules::RoomRules;
use super::vote::Ballot;
use super::{Mode, RoomEvent, saved, status};
use crate::release::{CardFailure, LoadedRelease};
use crate::storage::{PlayerCheckpoint, PlayerTotals};

/// Longest time between a blow and its push, ticks: whoever is further away than that is pushed before it knows.
const MAX_REACTION: u32 = 10;

/// What a room is opened with.
pub struct RoomSetup {
    /// Its number.
    pub number: u32,
    /// Where its random numbers come from.
    pub seed: u64,
    /// Its first tick is the one after this.
    pub tick: Tick,
    /// Ticks per second.
    pub tick_rate: u32,
    /// Ticks for which a lost player stays.
    pub grace_ticks: u32,
    /// Ticks that strikes look back to what the striker saw.
    pub hindsight_ticks: u32,
    /// What it plays.
    pub release: Arc<LoadedRelease>,
    /// What it falls back to.
    pub fallback: Option<Arc<LoadedRelease>>,
    /// What it looks like.
    pub scene: SceneInfo,
    /// What its players see of it.
    pub mode: Mode,
    /// Who plays when there are few people.
    pub bots: BotSettings,
}

/// What the outside must do after a tick.
#[derive(Debug, Default)]
pub struct Aftermath {
    /// The last state of players who are gone for good.
    pub departed: Vec<PlayerCheckpoint>,
    /// Rules that failed in this tick, newest first; the room plays on with others.
    pub failures: Vec<RulesFailure>,
    /// Cards that failed in this tick; the room plays on without.
    pub card_failures: Vec<CardFailure>,
    /// Wants to know which cards can be played with these rules.
    pub wants_cards: Option<Arc<LoadedRelease>>,
    /// Kills, deaths and won rounds of this tick, for the lifetime records.
    pub totals: Vec<PlayerTotals>,
    /// Keyframes of this tick.
    pub keyframes: Keyframes,
    /// Votes on removing somebody that are over.
    pub decided: Vec<KickDecision>,
    /// A stretch of the fight whose recording has just ended.
    pub recorded: Option<hotlogic::Recording>,
}

/// Rules that failed while they ran.
#[derive(Clone, Debug)]
pub struct RulesFailure {
    /// Number of the release.
    pub release: u32,
    /// The tick in which they failed.
    pub tick: Tick,
    /// Why.
    pub error: RulesError,
    /// Number of the release that plays now; 0 for the native rules.
    pub fell_back_to: u32,
}

/// A room.
pub struct Room {
    number: u32,
    world: World,
    /// The world as it was before the tick, for the case that a rule fails.
    rescue: World,
    rules: RoomRules,
    scene: SceneInfo,
    pending_scene: Option<(SceneInfo, Tick)>,
    roster: Roster,
    delivery: Delivery,
    grace_ticks: u32,
    hindsight: Hindsight,
    /// What happened since the last tick and concerns everybody.
    news: Vec<ServerMessage>,
    intents: Intents,
    aftermath: Aftermath,
    mode: Mode,
    bots: Bots,
    costs: Costs,
    guard: Option<TimeGuard>,
    recorder: Recorder,
    ballot: Ballot,
    kick_votes: KickVotes,
    outcome: Outcome,
}

impl Room {
    /// Opens a room.
    #[must_use]
    pub fn new(setup: RoomSetup) -> Self {
        let rules = RoomRules::new(setup.release, setup.fallback);
        let tuning = sim::Rules::tuning(&rules.active);
        let world = World::new(setup.seed, setup.tick, setup.tick_rate, tuning);
        let delivery = Delivery::new(setup.mode, tuning, setup.tick_rate);
        Self {
            number: setup.number,
            rescue: world.clone(),
            world,
            rules,
            scene: setup.scene,
            pending_scene: None,
            roster: Roster::default(),
            delivery,
            grace_ticks: setup.grace_ticks,
            hindsight: Hindsight::of(setup.hindsight_ticks),
            news: Vec::new(),
            intents: Intents::default(),
            aftermath: Aftermath::default(),
            mode: setup.mode,
            bots: Bots::new(setup.bots, setup.seed),
            costs: Costs::default(),
            guard: None,
            recorder: Recorder::default(),
            ballot: Ballot::new(setup.seed),
            kick_votes: KickVotes::default(),
            outcome: Outcome::begin(),
        }
    }

    /// Measures from now on what the rules cost, with this clock. A room has none of its own.
    pub fn measure_rules(&mut self, clock: RulesClock) {
        self.costs.measure(clock);
    }

    /// From now on rules may take only so long.
    pub fn guard_time(&mut self, stopwatch: Box<dyn Stopwatch>) {
        self.guard = Some(TimeGuard::new(stopwatch, self.world.tick_rate));
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The newest tick.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.world.tick
    }

    /// People in the arena, also those without a connection.
    #[must_use]
    pub fn population(&self) -> u32 {
        self.roster.people().len() as u32
    }

    /// The state of the fight.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The same, to change: whoever sets up a fight, for a rehearsal or a test. Players see it with the next tick.
    pub fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &hotlogic::ActiveRules {
        &self.rules.active
    }

    /// The same in words.
    #[must_use]
    pub fn release(&self) -> &ReleaseInfo {
        &self.rules.info
    }

    /// Takes in one event.
    pub fn handle_event(&mut self, event: RoomEvent) {
        match event {
            RoomEvent::Join { join, reply } => reply(self.join(*join)),
            RoomEvent::Input { from, seq, tick, input } => {
                let now = self.world.tick;
                let Some(member) = self.heard(from) else { return };
                if let Err(refused) = member.inputs.push(now, seq, tick, input) {
                    let (code, message) = match refused {
                        Refused::Stale => (ErrorCode::StaleInput, "this sequence number was used already"),
                        Refused::Overflow => (ErrorCode::RateLimited, "too many inputs wait for their tick"),
                    };
                    tell(member, &ServerMessage::Error { code, message: message.to_owned() });
                }
            }
            RoomEvent::Chat { from, text } => {
                if self.heard(from).is_some() {
                    self.news.push(ServerMessage::Chat { from: from.player, text });
                }
            }
            RoomEvent::Vote { from, id, option } => self.cast_vote(from, id, option),
            RoomEvent::Cards { cards } => self.ballot.take_deck(cards),
            RoomEvent::CardsChanged => self.ballot.forget_deck(),
            RoomEvent::Resync { from } => {
                if let Some(connection) = self.heard(from).and_then(Member::connection) {
                    connection.needs_keyframe = true;
                }
            }
            RoomEvent::RoundTrip { from, rtt_ms, ahead } => {
                if let Some(member) = self.heard(from) {
                    member.rtt_ms = Some(rtt_ms);
                    if let Some(player) = self.world.player_mut(from.player) {
                        player.reaction = u32::from(ahead).min(MAX_REACTION);
                    }
                }
            }
            RoomEvent::VoteKick { from, target } => self.vote_kick(from, target),
            RoomEvent::AnswerKick { from, id, yes } => self.answer_kick(from, id, yes),
            RoomEvent::Kick { player, removal } => self.kick(player, removal),
            RoomEvent::Tell { player, message } => self.tell_one(player, &message),
            RoomEvent::Lost { from } => self.lost(from),
            RoomEvent::Leave { from } => {
                if self.roster.sender(from).is_some() {
                    self.remove(from.player);
                }
            }
            RoomEvent::SwitchRules { release, activate, automatic } => {
                self.announce_rules(release, activate, automatic);
            }
            RoomEvent::Distrust { hash, instead } => self.rules.distrust(&hash, instead),
            RoomEvent::SafeMode => {
                let played = self.rules.info.number;
                self.rules.enter_safe_mode();
                if played != 0 {
                    self.rules_replaced();
                }
            }
            RoomEvent::SwitchScene { scene, activate } => {
                let activate = activate.max(self.world.tick.plus(1));
                self.news.push(ServerMessage::HotUpdate {
                    release: None,
                    scene: Some(scene.clone()),
                    activate_tick: activate,
                });
                self.pending_scene = Some((scene, activate));
            }
            RoomEvent::Status { reply } => {
                let costs = self.costs.report(&self.rules);
                reply(status::describe(self.number, &self.world, &self.roster, &self.rules, costs));
            }
            RoomEvent::Summary { reply } => {
                reply(status::summarize(self.number, &self.world, &self.roster, &self.rules));
            }
            RoomEvent::Watch(event) => self.handle_watch(event),
            RoomEvent::Drain { reply } => {
                let last = self.checkpoints();
                self.drain();
                reply(last);
            }
        }
    }

    /// Plays one tick and hands everybody what it gets.
    pub fn play_tick(&mut self) -> Aftermath {
        self.expire_lost();
        self.settle_kick_vote();
        let next = self.world.tick.plus(1);
        intents::hold_absent(next, &mut self.roster, &mut self.world);
        let Self { bots, roster, world, rules, news, .. } = self;
        if let Err(error) = bots.fill(roster, world, &mut rules.active, news) {
            self.rules_failed(error);
        }
        self.make_room();
        self.switch_due(next);
        self.intents.collect(next, &mut self.roster, &mut self.world, &mut self.rules.active);
        let asked = self.think();
        self.step(asked);
        self.bots.notice(&self.world);
        self.hindsight.record(&self.world);
        intents::forget_former_lives(&mut self.roster, &self.world.effects);
        let Self { world, roster, outcome, news, aftermath, .. } = self;
        effects::tell(world, roster, outcome, news, &mut aftermath.totals);
        self.hold_vote();
        let tuning = sim::Rules::tuning(&self.rules.active);
        let release = (self.rules.info.number, self.rules.switches());
        self.aftermath.keyframes =
            self.delivery.deliver(&self.world, tuning, &mut self.roster, &mut self.news, release);
        std::mem::take(&mut self.aftermath)
    }

    /// Leaves out the ticks up to `tick`, for a server that was asleep: nobody moves in them, and nobody is told of them.
    pub fn skip_to(&mut self, tick: Tick) {
        let skipped = tick.since(self.world.tick);
        self.world.tick = self.world.tick.max(tick);
        self.world.round.ends = self.world.round.ends.plus(skipped);
        self.hindsight.clear();
        for member in self.roster.members_mut() {
            if let Some(connection) = member.connection() {
                connection.needs_keyframe = true;
            }
        }
        self.roster.watchers_mut().iter_mut().for_each(|watcher| watcher.needs_keyframe = true);
    }

    /// What must be stored of everybody who is here.
    #[must_use]
    pub fn checkpoints(&self) -> Vec<PlayerCheckpoint> {
        let bodies = self.world.players.iter().zip(self.roster.people());
        bodies.map(|(player, member)| saved::checkpoint(self.number, player, member)).collect()
    }

    /// Lets the bots think, which is a part of the tick; says how often the rules were asked.
    fn think(&mut self) -> u32 {
        loop {
            let Self { bots, costs, world, rules, guard, intents, .. } = self;
            let release = rules.info.number;
            let mut guarded = Guarded::new(&mut rules.active, guard.as_mut());
            match costs.think(bots, world, &mut guarded, release, intents) {
                Ok(()) => return guarded.calls(),
                Err(error) => self.rules_failed(error),
            }
        }
    }

    fn step(&mut self, asked: u32) {
        self.rescue.clone_from(&self.world);
        let (room, inputs) = (self.number, self.intents.inputs());
        self.recorder.begin_tick(room, &self.rules.info, &self.world, inputs, &self.hindsight);
        let mut asked = Some(asked);
        while let Err(error) = self.try_step(asked.take()) {
            self.world.clone_from(&self.rescue);
            self.rules_failed(error);
        }
        self.aftermath.recorded = self.recorder.end_tick(&self.rules.info, &self.world);
    }

    /// After so many questions, or afresh.
    fn try_step(&mut self, asked: Option<u32>) -> Result<(), RulesError> {
        let (rules, guard) = (&mut self.rules.active, self.guard.as_mut());
        let mut rules = match asked {
            Some(calls) => Guarded::going_on(rules, guard, calls),
            None => Guarded::new(rules, guard),
        };
        let release = self.rules.info.number;
        self.costs.step(&mut self.world, &mut rules, release, self.intents.inputs(), &self.hindsight)?;
        rules.finish()
    }

    fn drain(&mut self) {
        let now = self.world.tick;
        for member in self.roster.members_mut() {
            tell(member, &ServerMessage::Draining);
            member.disconnect(now, CloseCode::GoingAway);
        }
        for watcher in self.roster.watchers_mut().iter_mut() {
            let draining = codec::encode_server(&ServerMessage::Draining, watcher.encoding);
            watcher.push(Bytes::from(draining));
        }
        self.roster.watchers_mut().close(CloseCode::GoingAway);
    }
}

/// Sends something to one member with the next tick.
fn tell(member: &mut Member, message: &ServerMessage) {
    if let Some(connection) = member.connection() {
        let encoded = codec::encode_server(message, connection.encoding);
        connection.push(Bytes::from(encoded));
    }
}
