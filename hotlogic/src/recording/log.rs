//! The log of a recording, in bytes: written without taking memory, read without trusting it.

use sim::{Player, PlayerId, PlayerInput, Vec2};

use super::{CHANGEABLE, Change, Ended, Event, MAX_LOG_BYTES, WORDS, set_words, words};

const TICK: u8 = 0;
const INPUT: u8 = 1;
const ENTER: u8 = 2;
const RESTORE: u8 = 3;
const LEAVE: u8 = 4;
const CHANGE: u8 = 5;

const DIRECTION: u8 = 1;
const AIM: u8 = 2;
const ATTACK: u8 = 4;
const DASH: u8 = 8;
const SEEN: u8 = 16;

/// Writes at the end, up to [`MAX_LOG_BYTES`]. All methods give `None` when it is full.
pub(super) struct Writer<'a>(&'a mut Vec<u8>);

impl<'a> Writer<'a> {
    pub(super) fn new(log: &'a mut Vec<u8>) -> Self {
        Self(log)
    }

    pub(super) fn tick(&mut self) -> Option<()> {
        self.bytes(&[TICK])
    }

    pub(super) fn enter(&mut self, id: PlayerId) -> Option<()> {
        self.head(ENTER, id)
    }

    pub(super) fn leave(&mut self, id: PlayerId) -> Option<()> {
        self.head(LEAVE, id)
    }

    pub(super) fn restore(&mut self, player: &Player) -> Option<()> {
        self.head(RESTORE, player.id)?;
        words(player).into_iter().try_for_each(|word| self.word(word))
    }

    pub(super) fn input(&mut self, id: PlayerId, input: &PlayerInput) -> Option<()> {
        self.head(INPUT, id)?;
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        self.bytes(&[flag(input.direction.is_some(), DIRECTION)
            | flag(input.aim.is_some(), AIM)
            | flag(input.attack, ATTACK)
            | flag(input.dash, DASH)
            | flag(input.seen.is_some(), SEEN)])?;
        for v in [input.direction, input.aim].into_iter().flatten() {
            self.vec2(v)?;
        }
        match input.seen {
            Some(seen) => self.bytes(&seen.to_bits().to_le_bytes()),
            None => Some(()),
        }
    }

    pub(super) fn change(&mut self, before: &Player, now: &Player) -> Result<(), Ended> {
        let (from, to) = (words(before), words(now));
        let mut told = *before;
        set_words(&mut told, &to);
        if told != *now || from[CHANGEABLE..] != to[CHANGEABLE..] {
            return Err(Ended::Torn);
        }
        let changed = (0..CHANGEABLE)
            .filter(|index| from[*index] != to[*index])
            .fold(0, |mask, index| mask | 1 << index);
        self.changed(before, changed, &to).ok_or(Ended::Full)
    }

    fn changed(&mut self, before: &Player, changed: u32, to: &[u32; WORDS]) -> Option<()> {
        self.head(CHANGE, before.id)?;
        self.vec2(before.position)?;
        self.word(changed)?;
        (0..CHANGEABLE).filter(|index| changed & (1 << index) != 0).try_for_each(|index| self.word(to[index]))
    }

    fn head(&mut self, tag: u8, id: PlayerId) -> Option<()> {
        self.bytes(&[tag])?;
        self.word(id.0)
    }

    fn vec2(&mut self, v: Vec2) -> Option<()> {
        self.word(v.x.to_bits())?;
        self.word(v.y.to_bits())
    }

    fn word(&mut self, word: u32) -> Option<()> {
        self.bytes(&word.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        if self.0.len() + bytes.len() > MAX_LOG_BYTES {
            return None;
        }
        self.0.extend_from_slice(bytes);
        Some(())
    }
}

/// Reads on from a place.
pub(super) struct Reader<'a> {
    log: &'a [u8],
    at: &'a mut usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(log: &'a [u8], at: &'a mut usize) -> Self {
        Self { log, at }
    }

    pub(super) fn event(&mut self) -> Option<Event> {
        let [tag] = self.bytes()?;
        if tag == TICK {
            return Some(Event::Tick);
        }
        let id = PlayerId(self.word()?);
        Some(match tag {
            INPUT => Event::Input(id, self.input()?),
            ENTER => Event::Enter(id),
            LEAVE => Event::Leave(id),
            RESTORE => {
                let mut all = [0; WORDS];
                for word in &mut all {
                    *word = self.word()?;
                }
                let mut player = Player::new(id);
                set_words(&mut player, &all);
                Event::Restore(player)
            }
            CHANGE => {
                let was_at = self.vec2()?;
                let changed = self.word()?;
                let mut words = [0; WORDS];
                for index in (0..CHANGEABLE).filter(|index| changed & (1 << index) != 0) {
                    words[index] = self.word()?;
                }
                Event::Change(Change { id, was_at, changed, words })
            }
            _ => return None,
        })
    }

    fn input(&mut self) -> Option<PlayerInput> {
        let [flags] = self.bytes()?;
        let has = |flag: u8| flags & flag != 0;
        let direction = if has(DIRECTION) { Some(self.vec2()?) } else { None };
        let aim = if has(AIM) { Some(self.vec2()?) } else { None };
        let seen = if has(SEEN) { Some(f64::from_bits(u64::from_le_bytes(self.bytes()?))) } else { None };
        Some(PlayerInput { direction, aim, attack: has(ATTACK), dash: has(DASH), seen })
    }

    fn vec2(&mut self) -> Option<Vec2> {
        Some(Vec2 { x: f32::from_bits(self.word()?), y: f32::from_bits(self.word()?) })
    }

    fn word(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.log.get(*self.at..)?.first_chunk()?;
        *self.at += N;
        Some(*bytes)
    }
}
