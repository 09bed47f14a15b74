//! A stretch of a fight as it was played: the world at its beginning, and all that came from outside since.
//!
//! The beginning is a copy, to the bit. After it a log in bytes says for each tick who came and went, what the netcode changed
//! about somebody between two ticks, and what everybody wanted. It is found out by comparing the world as the last tick left
//! it with the world that the next one is about to step, so that nothing can be forgotten. [`Replay`](crate::Replay) plays it.

use sim::{Hindsight, Player, PlayerId, PlayerInput, Vec2, World};

use log::{Reader, Writer};

mod log;

/// Fights of more players than this are not recorded.
pub const MAX_PLAYERS: usize = 128;
/// Longest log of a recording, bytes.
pub const MAX_LOG_BYTES: usize = 256 * 1024;
/// Words of a player that the netcode may change between two ticks: see [`words`].
const CHANGEABLE: usize = 14;
/// Words of a player that are recorded.
const WORDS: usize = 20;

/// A stretch of a fight.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Number of the room.
    pub room: u32,
    /// Number of the release that it was played by.
    pub release: u32,
    pub(crate) start: World,
    pub(crate) hindsight: Hindsight,
    pub(crate) log: Vec<u8>,
    ticks: u32,
}

/// Why a recording has to end before a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// Its log is full, or there are too many players.
    #[error("the recording is full")]
    Full,
    /// Something happened between two ticks that no player does: time was left out, or the fight was set up anew.
    #[error("the fight does not go on where it was")]
    Torn,
}

/// What came from outside.
pub(crate) enum Event {
    /// The tick is played with what was said before.
    Tick,
    Input(PlayerId, PlayerInput),
    /// Somebody new.
    Enter(PlayerId),
    /// Somebody who was here before, and what was kept of it.
    Restore(Player),
    Leave(PlayerId),
    Change(Change),
}

/// What was changed about a player between two ticks, other than by itself.
pub(crate) struct Change {
    pub(crate) id: PlayerId,
    /// Where the player was.
    was_at: Vec2,
    changed: u32,
    words: [u32; WORDS],
}

impl Change {
    /// Changes a body. One that is somewhere else than it was then keeps its place and its velocity.
    pub(crate) fn apply(&self, body: &mut Player) {
        let mut words = words(body);
        let first = if body.position == self.was_at { 0 } else { 4 };
        for index in (first..CHANGEABLE).filter(|index| self.changed & (1 << index) != 0) {
            words[index] = self.words[index];
        }
        set_words(body, &words);
    }
}

impl Recording {
    /// Begins with the world as it is about to be stepped.
    #[must_use]
    pub fn begin(room: u32, release: u32, world: &World, hindsight: &Hindsight) -> Self {
        let log = Vec::with_capacity(MAX_LOG_BYTES);
        Self { room, release, start: world.clone(), hindsight: hindsight.clone(), log, ticks: 0 }
    }

    /// Ticks that were recorded.
    #[must_use]
    pub fn ticks(&self) -> u32 {
        self.ticks
    }

    /// Seconds that were recorded.
    #[must_use]
    pub fn seconds(&self) -> f32 {
        self.ticks as f32 / self.start.tick_rate as f32
    }

    /// Players at the beginning.
    #[must_use]
    pub fn players(&self) -> usize {
        self.start.players.len()
    }

    /// Memory that it takes, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let places = (self.hindsight.cap() as usize + 1) * size_of::<(PlayerId, Vec2)>();
        size_of::<Self>() + self.log.capacity() + self.players() * (size_of::<Player>() + places)
    }

    /// Gives back memory that was kept for more ticks.
    pub fn finish(&mut self) {
        self.log.shrink_to_fit();
    }

    /// Adds a tick: the `last` one left the world like that, now it is `next`, and is about to be stepped with these `inputs`.
    /// In the first tick both are the same. Takes no memory.
    ///
    /// # Errors
    /// [`Ended`] when the tick cannot be added; the recording is as it was, and is over.
    pub fn record(
        &mut self,
        last: &World,
        next: &World,
        inputs: &[(PlayerId, PlayerInput)],
    ) -> Result<(), Ended> {
        let before = self.log.len();
        let mut log = Writer::new(&mut self.log);
        let written = events(&mut log, last, next).and_then(|()| {
            for (id, input) in inputs {
                log.input(*id, input).ok_or(Ended::Full)?;
            }
            log.tick().ok_or(Ended::Full)
        });
        match written {
            Ok(()) => self.ticks += 1,
            Err(_) => self.log.truncate(before),
        }
        written
    }

    /// What came next, from a place in the log that is moved on; nothing at its end.
    pub(crate) fn event_at(&self, at: &mut usize) -> Option<Event> {
        Reader::new(&self.log, at).event()
    }
}

/// Everything but the inputs.
fn events(log: &mut Writer<'_>, last: &World, next: &World) -> Result<(), Ended> {
    if next.players.len() > MAX_PLAYERS {
        return Err(Ended::Full);
    }
    let stays = |id: PlayerId| next.index_of(id).is_some();
    let mut orb = last.orb;
    orb.batted_by = orb.batted_by.filter(|id| stays(*id));
    if (last.tick, last.tick_rate, last.round, orb) != (next.tick, next.tick_rate, next.round, next.orb) {
        return Err(Ended::Torn);
    }
    let newcomers = next.players.iter().filter(|player| last.index_of(player.id).is_none()).count();
    // Those who come back draw nothing. When new ones come at the same time, who is what cannot be told.
    let fresh = last.rng != next.rng;
    if fresh && !drawn_for(newcomers, last, next) {
        return Err(Ended::Torn);
    }
    for gone in last.players.iter().filter(|player| !stays(player.id)) {
        log.leave(gone.id).ok_or(Ended::Full)?;
    }
    for player in &next.players {
        match last.player(player.id) {
            Some(before) if before == player => {}
            Some(before) => log.change(before, player)?,
            None if fresh => {
                log.enter(player.id).ok_or(Ended::Full)?;
                // What its line needs may be known already. Its team depends on who came before it.
                let entered = Player { reaction: 0, direction: Vec2::ZERO, team: 0, ..*player };
                if entered != *player {
                    log.change(&entered, player)?;
                }
            }
            None => log.restore(player).ok_or(Ended::Full)?,
        }
    }
    Ok(())
}

/// Whether so many newcomers drew their places, two numbers each, and nothing else was drawn.
fn drawn_for(newcomers: usize, last: &World, next: &World) -> bool {
    let mut rng = last.rng;
    for _ in 0..2 * newcomers {
        rng.next_u32();
    }
    rng == next.rng
}

/// A player in words: what the netcode may change (place and velocity first), and then what is kept of who is away.
fn words(player: &Player) -> [u32; WORDS] {
    let Player { position, velocity, facing, direction, .. } = player;
    [
        position.x.to_bits(),
        position.y.to_bits(),
        velocity.x.to_bits(),
        velocity.y.to_bits(),
        facing.x.to_bits(),
        facing.y.to_bits(),
        direction.x.to_bits(),
        direction.y.to_bits(),
        player.strike_cooldown,
        player.dash_cooldown,
        player.dash_left,
        player.shield_left,
        player.reaction,
        u32::from(player.team),
        player.hp as u32,
        player.score as u32,
        player.kills,
        player.deaths,
        player.streak as u32,
        player.respawn_left,
    ]
}

fn set_words(player: &mut Player, words: &[u32; WORDS]) {
    let vec2 = |index: usize| Vec2 { x: f32::from_bits(words[index]), y: f32::from_bits(words[index + 1]) };
    player.position = vec2(0);
    player.velocity = vec2(2);
    player.facing = vec2(4);
    player.direction = vec2(6);
    player.strike_cooldown = words[8];
    player.dash_cooldown = words[9];
    player.dash_left = words[10];
    player.shield_left = words[11];
    player.reaction = words[12];
    player.team = words[13] as u8;
    player.hp = words[14] as i32;
    player.score = words[15] as i32;
    player.kills = words[16];
    player.deaths = words[17];
    player.streak = words[18] as i32;
    player.respawn_left = words[19];
}
