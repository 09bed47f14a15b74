//! The bots of a room: they fill it up while there are few people, and make room when more come.
//!
//! A bot is a member without a connection. It has an id that says so, is never stored, takes nobody's seat, and leaves a fight with
//! somebody only when it is over.

use std::net::{Ipv4Addr, SocketAddr};

use protocol::{PlayerState, ServerMessage};
use sim::bots::{Brain, Skills, name_of};
use sim::{Effect, PlayerId, Rules, RulesError, Tick, World};

use super::catch_up::Past;
use super::inputs::InputQueue;
use super::intents::Intents;
use super::roster::{Link, Member, Roster};

/// A bot that has neither struck a person nor been struck by one for this long is in no fight, seconds.
const CALM_SECONDS: f32 = 3.0;
/// Then it goes even in the middle of a fight, seconds.
const PATIENCE_SECONDS: f32 = 8.0;
/// Between two bots that take the places of people who left, seconds.
const ARRIVAL_SECONDS: f32 = 2.0;

/// How many bots a room has, and what they are like.
#[derive(Clone, Copy, Debug, Default)]
pub struct BotSettings {
    /// As many players the room has while there is anybody; 0 for no bots.
    pub fill: u32,
    /// How good they are.
    pub skills: Skills,
}

/// All bots of a room.
pub(super) struct Bots {
    settings: BotSettings,
    seed: u64,
    /// How many have come so far.
    count: u32,
    bots: Vec<Bot>,
    /// So many have thought about the coming tick.
    thought: usize,
    /// No other one comes before this tick.
    next_arrival: Tick,
    /// Since when there are too many.
    too_many_since: Option<Tick>,
}

struct Bot {
    id: PlayerId,
    brain: Brain,
    /// When it last struck a person, or was struck by one.
    fought: Tick,
}

impl Bots {
    /// None yet. Their numbers and thoughts follow from `seed`.
    pub(super) fn new(settings: BotSettings, seed: u64) -> Self {
        let bots = Vec::with_capacity(settings.fill as usize);
        Self { settings, seed, count: 0, bots, thought: 0, next_arrival: Tick(0), too_many_since: None }
    }

    /// Lets bots come or go, as people are too few or enough.
    ///
    /// # Errors
    /// When the `spawn_point` rule fails; the bot tries again in the next tick.
    pub(super) fn fill(
        &mut self,
        roster: &mut Roster,
        world: &mut World,
        rules: &mut impl Rules,
        news: &mut Vec<ServerMessage>,
    ) -> Result<(), RulesError> {
        let people = roster.people().len() as u32;
        // Who looks on wants to see a fight.
        let alone = people == 0 && roster.watchers().is_empty();
        let wanted = if alone { 0 } else { self.settings.fill.saturating_sub(people) as usize };
        if self.bots.len() <= wanted {
            self.too_many_since = None;
        }
        // The first fight begins at once; later they drop in one by one.
        let at_once = self.bots.is_empty();
        while self.bots.len() < wanted && (at_once || world.tick >= self.next_arrival) {
            self.enter(roster, world, rules, news)?;
            self.next_arrival = world.tick.plus(world.ticks(ARRIVAL_SECONDS));
        }
        while self.bots.len() > wanted
            && let Some(index) = self.next_to_leave(world, alone)
        {
            let id = self.bots.remove(index).id;
            roster.remove(id);
            world.leave(id);
            news.push(ServerMessage::PlayerLeft { id });
        }
        Ok(())
    }

    /// Adds what the bots want in the coming tick.
    ///
    /// # Errors
    /// When the `bot_think` rule fails. Asked again, with other rules, it goes on with the bot that they failed for.
    pub(super) fn think(
        &mut self,
        world: &World,
        rules: &mut impl Rules,
        intents: &mut Intents,
    ) -> Result<(), RulesError> {
        while let Some(bot) = self.bots.get_mut(self.thought) {
            let input = bot.brain.think(world, bot.id, rules)?;
            if input != sim::PlayerInput::default() {
                intents.add(bot.id, input);
            }
            self.thought += 1;
        }
        self.thought = 0;
        Ok(())
    }

    /// Other rules are in force: everybody looks around in the coming tick.
    pub(super) fn look_up(&mut self) {
        self.bots.iter_mut().for_each(|bot| bot.brain.look_up());
    }

    /// Remembers who has just fought with people.
    pub(super) fn notice(&mut self, world: &World) {
        for effect in &world.effects {
            let Effect::Hit { attacker, target, .. } = *effect else { continue };
            if attacker.is_bot() == target.is_bot() {
                continue;
            }
            let id = attacker.max(target);
            if let Some(bot) = self.bots.iter_mut().find(|bot| bot.id == id) {
                bot.fought = world.tick;
            }
        }
    }

    fn enter(
        &mut self,
        roster: &mut Roster,
        world: &mut World,
        rules: &mut impl Rules,
        news: &mut Vec<ServerMessage>,
    ) -> Result<(), RulesError> {
        // Begins anywhere, so that nobody who comes back after a restart takes a new bot for an old one.
        let number = (self.seed as u32).wrapping_add(self.count);
        let id = PlayerId(PlayerId::FIRST_BOT.0 | number);
        world.join(rules, id)?;
        let skill = self.settings.skills.of(self.count);
        self.count = self.count.wrapping_add(1);
        let name = name_of(number);
        roster.insert(member(id, name, world.tick));
        if let Some(body) = world.player(id) {
            news.push(ServerMessage::NewPlayer { player: PlayerState::full(body, name, true) });
        }
        let brain = Brain::new(skill, self.seed ^ u64::from(number) << 20);
        self.bots.push(Bot { id, brain, fought: Tick(0) });
        Ok(())
    }

    /// Which one goes, if one may go now.
    fn next_to_leave(&mut self, world: &World, at_once: bool) -> Option<usize> {
        let now = world.tick;
        let since = *self.too_many_since.get_or_insert(now);
        let calm = now.0.checked_sub(world.ticks(CALM_SECONDS)).map_or(Tick(0), Tick);
        let free = |bot: &Bot| {
            at_once || bot.fought <= calm || !world.player(bot.id).is_some_and(sim::Player::alive)
        };
        let crowded = crowded_team(world);
        let elsewhere = |bot: &Bot| world.player(bot.id).is_none_or(|body| body.team != crowded);
        let may_go = self.bots.iter().enumerate().filter(|(_, bot)| free(bot));
        if let Some((index, _)) = may_go.min_by_key(|(index, bot)| (elsewhere(bot), *index)) {
            return Some(index);
        }
        if now.since(since) < world.ticks(PATIENCE_SECONDS) {
            return None;
        }
        self.too_many_since = Some(now);
        let (index, _) = self.bots.iter().enumerate().min_by_key(|(_, bot)| bot.fought)?;
        Some(index)
    }
}

/// The team with more members; 0 when there are no teams, or both are as large.
fn crowded_team(world: &World) -> u8 {
    let [one, two] = sim::teams::sums(&world.players);
    match one.members.cmp(&two.members) {
        std::cmp::Ordering::Greater => 1,
        std::cmp::Ordering::Less => 2,
        std::cmp::Ordering::Equal => 0,
    }
}

/// A bot as the room knows its members.
fn member(id: PlayerId, name: &str, now: Tick) -> Member {
    Member {
        id,
        name: name.to_owned(),
        skin: None,
        address: SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        inputs: InputQueue::default(),
        past: Past::default(),
        link: Link::Bot,
        rtt_ms: None,
        heard: now,
        joined: now,
        spoke: true,
        late: false,
        silent: false,
    }
}
