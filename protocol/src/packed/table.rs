//! What both sides know of everybody, and how a tick changes it.

use sim::{PlayerId, Vec2};

use super::models::{Models, signed, sized};
use super::range::Coder;
use super::track::{Track, fine};
use crate::limits::SKINS;
use crate::snapshot::{FACING_STEP, PlayerState};

/// Bits of a look: 0 is none.
const SKIN_BITS: u32 = 4;
const _: () = assert!((SKINS as u32) < 1 << SKIN_BITS);

/// Flags of a player.
pub(super) mod flag {
    pub(crate) const ALIVE: u8 = 1;
    pub(crate) const SHIELD: u8 = 2;
    pub(crate) const DASHING: u8 = 4;
    pub(crate) const STRIKING: u8 = 8;
    pub(crate) const CONNECTED: u8 = 16;
    /// On team 1.
    pub(crate) const TEAM_1: u8 = 32;
    /// On team 2.
    pub(crate) const TEAM_2: u8 = 64;
    /// How many there are.
    pub(crate) const COUNT: u32 = 7;
}

/// One player as the encoder is shown it, every tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picture {
    id: PlayerId,
    position: Vec2,
    facing: Vec2,
    rest: Rest,
    skin: Option<u8>,
}

/// What does not change in most ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// Hit points, score, kills and deaths.
    numbers: [i32; 4],
    flags: u8,
}

impl Picture {
    /// What everybody sees of `player`.
    #[must_use]
    pub fn of(player: &sim::Player, connected: bool) -> Self {
        let flags = [
            (player.alive(), flag::ALIVE),
            (player.shielded(), flag::SHIELD),
            (player.dash_left > 0, flag::DASHING),
            (player.striking, flag::STRIKING),
            (connected, flag::CONNECTED),
            (player.team == 1, flag::TEAM_1),
            (player.team == 2, flag::TEAM_2),
        ];
        Self {
            id: player.id,
            position: player.position,
            facing: player.facing,
            rest: Rest {
                numbers: [player.hp, player.score, player.kills as i32, player.deaths as i32],
                flags: flags.iter().fold(0, |flags, (set, flag)| flags | if *set { *flag } else { 0 }),
            },
            skin: None,
        }
    }

    /// The same in a chosen look, one of [`SKINS`].
    #[must_use]
    pub fn wearing(self, skin: Option<u8>) -> Self {
        Self { skin, ..self }
    }

    /// Its centre, units.
    #[must_use]
    pub fn position(&self) -> Vec2 {
        self.position
    }

    /// Who it is.
    #[must_use]
    pub fn id(&self) -> PlayerId {
        self.id
    }
}

/// One player as both sides know it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Slot {
    pub(super) id: PlayerId,
    x: Track,
    y: Track,
    /// The view in 256ths of a full turn.
    facing: u8,
    rest: Rest,
    /// The chosen look: told only with the whole player.
    skin: Option<u8>,
    /// Ticks since it was last surprising, up to 255.
    calm: u8,
    /// Came in this tick: its changes are no changes.
    pub(super) fresh: bool,
    /// What was shown to the encoder, so that an angle is only computed when it changes. Unknown to decoders.
    shown: Vec2,
}

/// Which fields of a player a tick changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    x: bool,
    y: bool,
    facing: bool,
    numbers: [bool; 4],
    flags: u8,
}

impl Slot {
    /// Somebody new, standing.
    pub(super) fn new(picture: &Picture) -> Self {
        Self {
            id: picture.id,
            x: Track::standing(fine(picture.position.x)),
            y: Track::standing(fine(picture.position.y)),
            facing: direction(picture.facing),
            rest: picture.rest,
            skin: picture.skin,
            calm: 0,
            fresh: true,
            shown: picture.facing,
        }
    }

    /// Takes the view of `picture` and gives it in 256ths of a turn.
    fn show(&mut self, picture: &Picture) -> u8 {
        if self.shown == picture.facing {
            return self.facing;
        }
        self.shown = picture.facing;
        direction(picture.facing)
    }

    /// One tick of a player who was there before. Encoders know the `picture`.
    pub(super) fn code_tick(
        &mut self,
        coder: &mut impl Coder,
        models: &mut Models,
        momentum: i32,
        picture: Option<&Picture>,
    ) -> Changed {
        let (mut x, mut y, mut facing, mut rest) = (0, 0, self.facing, self.rest);
        if let Some(picture) = picture {
            x = self.x.residual(fine(picture.position.x));
            y = self.y.residual(fine(picture.position.y));
            (facing, rest) = (self.show(picture), picture.rest);
        }
        let before = *self;
        let surprise = x != 0 || y != 0 || facing != self.facing || rest != self.rest;
        let surprise = coder.bit(&mut models.surprise[Models::calm(self.calm)], surprise);
        if surprise {
            let residual = &mut models.residual[usize::from(self.calm < 2)];
            x = residual.code(coder, x);
            y = residual.code(coder, y);
            let strayed = usize::from(x != 0 || y != 0);
            if coder.bit(&mut models.turned[strayed], facing != self.facing) {
                let turn = i32::from(facing.wrapping_sub(self.facing) as i8);
                self.facing = self.facing.wrapping_add(models.turn.code(coder, turn) as u8);
            }
            let swung = usize::from(self.rest.flags & flag::STRIKING != 0);
            if coder.bit(&mut models.rare[swung], rest != self.rest) {
                self.rest.code_change(coder, models, &rest);
            }
        }
        self.x.advance(x, momentum);
        self.y.advance(y, momentum);
        self.calm = if surprise { 0 } else { self.calm.saturating_add(1) };
        Changed {
            x: self.x.coordinate() != before.x.coordinate(),
            y: self.y.coordinate() != before.y.coordinate(),
            facing: self.facing != before.facing,
            numbers: [0, 1, 2, 3].map(|field| self.rest.numbers[field] != before.rest.numbers[field]),
            flags: self.rest.flags ^ before.rest.flags,
        }
    }

    /// All of a player. `id_before` is that of the player before in the list.
    pub(super) fn code_whole(&mut self, coder: &mut impl Coder, id_before: u32) {
        self.id = PlayerId(id_before.wrapping_add(sized(coder, self.id.0.wrapping_sub(id_before))));
        self.x.code(coder);
        self.y.code(coder);
        self.facing = coder.raw(8, u32::from(self.facing)) as u8;
        for number in &mut self.rest.numbers {
            *number = signed(coder, *number);
        }
        self.rest.flags = coder.raw(flag::COUNT, u32::from(self.rest.flags)) as u8;
        self.calm = coder.raw(8, u32::from(self.calm)) as u8;
        let skin = coder.raw(SKIN_BITS, self.skin.map_or(0, |skin| u32::from(skin % SKINS) + 1)) as u8;
        self.skin = skin.checked_sub(1).filter(|skin| *skin < SKINS);
    }

    /// The fields that `changed` names.
    pub(super) fn state(&self, changed: &Changed) -> PlayerState {
        let number = |field: usize| changed.numbers[field].then_some(self.rest.numbers[field]);
        // Missing for somebody who comes without one.
        let in_team = *changed != Changed::ALL || self.rest.team() > 0;
        let team_changed = changed.flags & (flag::TEAM_1 | flag::TEAM_2) != 0;
        let set = |flag: u8| (changed.flags & flag != 0).then_some(self.rest.flags & flag != 0);
        PlayerState {
            id: self.id,
            name: None,
            x: changed.x.then(|| self.x.coordinate()),
            y: changed.y.then(|| self.y.coordinate()),
            facing: changed.facing.then(|| f32::from(self.facing as i8) * FACING_STEP),
            hp: number(0),
            score: number(1),
            kills: number(2).map(|kills| kills as u32),
            deaths: number(3).map(|deaths| deaths as u32),
            alive: set(flag::ALIVE),
            shield: set(flag::SHIELD),
            dashing: set(flag::DASHING),
            striking: set(flag::STRIKING),
            connected: set(flag::CONNECTED),
            team: (in_team && team_changed).then(|| self.rest.team()),
            bot: (*changed == Changed::ALL && self.id.is_bot()).then_some(true),
            skin: self.skin.filter(|_| *changed == Changed::ALL),
        }
    }
}

impl Changed {
    /// Every field.
    pub(super) const ALL: Self = Self { x: true, y: true, facing: true, numbers: [true; 4], flags: u8::MAX };

    /// At least one field.
    pub(super) fn any(&self) -> bool {
        *self != Self::default()
    }
}

impl Rest {
    fn team(&self) -> u8 {
        match (self.flags & flag::TEAM_1 != 0, self.flags & flag::TEAM_2 != 0) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        }
    }

    fn code_change(&mut self, coder: &mut impl Coder, models: &mut Models, target: &Self) {
        for (field, number) in self.numbers.iter_mut().enumerate() {
            if coder.bit(&mut models.field[field], target.numbers[field] != *number) {
                let change = target.numbers[field].wrapping_sub(*number);
                *number = number.wrapping_add(models.change.code(coder, change));
            }
        }
        for index in 0..flag::COUNT {
            let flag = 1 << index;
            let model = &mut models.field[4 + index as usize];
            if coder.bit(model, (target.flags ^ self.flags) & flag != 0) {
                self.flags ^= flag;
            }
        }
    }
}

/// A view in 256ths of a full turn, clockwise from the x axis.
fn direction(facing: Vec2) -> u8 {
    (facing.angle() / FACING_STEP).round() as i32 as u8
}
