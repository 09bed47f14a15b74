//! The recording: a list of inputs, two to four bytes each.
//!
//! | byte | bits |
//! |---|---|
//! | 0 | 7..4 ticks since the last input, 3..0 player (1 to 15; 0 means: only the ticks pass) |
//! | 1 | 0 attack, 1 dash, 2 a direction follows, 3 an aim follows |
//! | direction | 4..0 angle in 1/32 turns, 7..5 length in 1/7 |
//! | aim | angle in 1/256 turns |

use sim::{PlayerId, PlayerInput, Vec2};

/// One input as it is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) player: u8,
    pub(crate) attack: bool,
    pub(crate) dash: bool,
    pub(crate) direction: Option<u8>,
    pub(crate) aim: Option<u8>,
}

impl Entry {
    /// The input as the game takes it.
    pub(crate) fn input(self) -> (PlayerId, PlayerInput) {
        let turn = |part: f32| Vec2::from_angle(part * std::f32::consts::TAU);
        let direction = |byte: u8| turn(f32::from(byte & 31) / 32.0) * (f32::from(byte >> 5) / 7.0);
        let input = PlayerInput {
            direction: self.direction.map(direction),
            aim: self.aim.map(|byte| turn(f32::from(byte) / 256.0)),
            attack: self.attack,
            dash: self.dash,
            seen: None,
        };
        (PlayerId(u32::from(self.player)), input)
    }

    /// Appends the entry, made `ticks` after the one before.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn write(self, mut ticks: u8, tape: &mut Vec<u8>) {
        while ticks > 15 {
            tape.push(15 << 4);
            ticks -= 15;
        }
        tape.push(ticks << 4 | self.player);
        let (direction, aim) = (u8::from(self.direction.is_some()), u8::from(self.aim.is_some()));
        tape.push(u8::from(self.attack) | u8::from(self.dash) << 1 | direction << 2 | aim << 3);
        tape.extend(self.direction);
        tape.extend(self.aim);
    }
}

/// The inputs of each tick, tick by tick.
pub(crate) fn ticks(tape: &[u8]) -> impl Iterator<Item = Vec<(PlayerId, PlayerInput)>> {
    let mut ticks: Vec<Vec<(PlayerId, PlayerInput)>> = vec![Vec::new()];
    let mut bytes = tape.iter().copied();
    while let Some(head) = bytes.next() {
        ticks.extend((0..head >> 4).map(|_| Vec::new()));
        let player = head & 15;
        if player == 0 {
            continue;
        }
        let flags = bytes.next().expect("a whole entry");
        let mut optional = |bit: u8| (flags & bit != 0).then(|| bytes.next().expect("a whole entry"));
        let (direction, aim) = (optional(4), optional(8));
        let entry = Entry { player, attack: flags & 1 != 0, dash: flags & 2 != 0, direction, aim };
        ticks.last_mut().expect("never empty").push(entry.input());
    }
    ticks.into_iter()
}
