//! The part of a frame that is for its receiver alone: what became of its inputs, and its own exact state.
//!
//! A client that predicts knows its own state to the bit as long as nobody touches it. So the state itself is sent only
//! when that may not hold; in all other ticks, two bytes of checksum confirm it.

use sim::{Seq, Vec2};

use crate::snapshot::OwnState;

/// What the first byte says of the state: nothing, a checksum or all of it.
const NOTHING: u8 = 0;
const CHECK: u8 = 1;
const EXACT: u8 = 2;
/// Steps of `seq` and of `lead` from here on are not steps: the number itself follows.
const ABSOLUTE: u32 = 7;

/// The server's word that the receiver knows its own state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCheck {
    /// Last input that was applied.
    pub seq: Seq,
    /// How many ticks before its tick the newest input arrived; negative when late.
    pub lead: i32,
    /// [`own_checksum`] of the state.
    pub checksum: u16,
}

/// A fingerprint of everything in `own` but `seq` and `lead`: 32-bit words, FNV-1a style (Fowler, Noll, Vo), folded.
#[must_use]
pub fn own_checksum(own: &OwnState) -> u16 {
    let vectors = [own.position, own.velocity, own.push, own.recoil, own.facing, own.direction];
    let (_, counts) = rare_fields(own);
    let mut hash = 0x811c_9dc5_u32;
    let mut word = |word: u32| {
        hash = (hash ^ word).wrapping_mul(0x0100_0193);
        hash ^= hash >> 15;
    };
    for vector in vectors {
        word(vector.x.to_bits());
        word(vector.y.to_bits());
    }
    word(own.hp as u32);
    counts.into_iter().for_each(&mut word);
    (hash ^ hash >> 16) as u16
}

/// Writes the private parts of one connection, each against the one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnWriter {
    seq: Seq,
    lead: i32,
}

impl OwnWriter {
    /// The last input that the receiver knows to be applied.
    #[must_use]
    pub fn seq(&self) -> Seq {
        self.seq
    }

    /// Appends the private part to `out`: all of `own` when `exact`, otherwise a checksum of it. A keyframe says
    /// everything from scratch.
    pub fn write(&mut self, out: &mut Vec<u8>, own: &OwnState, exact: bool, keyframe: bool) {
        let seq_step = own.seq.0.wrapping_sub(self.seq.0);
        let lead_step = zigzag(own.lead.wrapping_sub(self.lead));
        let limited = |step: u32| if keyframe { ABSOLUTE } else { step.min(ABSOLUTE) };
        let (seq_step, lead_step) = (limited(seq_step), limited(lead_step));
        let form = if exact { EXACT } else { CHECK };
        out.push(form | (seq_step << 2 | lead_step << 5) as u8);
        if seq_step == ABSOLUTE {
            varint(out, own.seq.0);
        }
        if lead_step == ABSOLUTE {
            varint(out, zigzag(own.lead));
        }
        (self.seq, self.lead) = (own.seq, own.lead);
        if exact {
            write_exact(out, own);
        } else {
            out.extend_from_slice(&own_checksum(own).to_le_bytes());
        }
    }

    /// Appends the private part of somebody of whom there is nothing to say.
    pub fn write_nothing(out: &mut Vec<u8>) {
        out.push(NOTHING);
    }
}

/// What a private part says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OwnWord {
    Nothing,
    Check(OwnCheck),
    Exact(OwnState),
}

/// Reads the private parts of one connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OwnReader {
    seq: Seq,
    lead: i32,
}

impl OwnReader {
    /// Reads a private part; also gives what comes after it.
    pub(super) fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<(OwnWord, &'a [u8])> {
        let mut rest = bytes;
        let first = u32::from(take::<1>(&mut rest)?[0]);
        let (seq_step, lead_step) = (first >> 2 & 7, first >> 5 & 7);
        let seq = match seq_step {
            ABSOLUTE => Seq(take_varint(&mut rest)?),
            step => Seq(self.seq.0.wrapping_add(step)),
        };
        let lead = match lead_step {
            ABSOLUTE => unzigzag(take_varint(&mut rest)?),
            step => self.lead.wrapping_add(unzigzag(step)),
        };
        let word = match first as u8 & 3 {
            NOTHING => OwnWord::Nothing,
            CHECK => {
                let checksum = u16::from_le_bytes(take(&mut rest)?);
                OwnWord::Check(OwnCheck { seq, lead, checksum })
            }
            EXACT => OwnWord::Exact(read_exact(&mut rest, seq, lead)?),
            _ => return None,
        };
        (self.seq, self.lead) = (seq, lead);
        Some((word, rest))
    }
}

/// The fields that are zero in most ticks, in the order of their bits in the mask that says which of them are given: those
/// that are given most often first, as the mask is shorter without the last three.
fn rare_fields(own: &OwnState) -> ([Vec2; 4], [u32; 6]) {
    (
        [own.velocity, own.direction, own.push, own.recoil],
        [
            own.strike_cooldown,
            own.dash_cooldown,
            own.shield_left,
            own.dash_left,
            own.respawn_left,
            own.recoil_left,
        ],
    )
}

/// A mask of [`rare_fields`], what is always given, and those that the mask names.
fn write_exact(out: &mut Vec<u8>, own: &OwnState) {
    let (vectors, counts) = rare_fields(own);
    let given = vectors.map(|vector| vector.x.to_bits() | vector.y.to_bits() != 0);
    let present = given.into_iter().chain(counts.map(|count| count != 0));
    varint(out, present.enumerate().fold(0, |bits, (index, present)| bits | u32::from(present) << index));
    write_vector(out, own.position);
    write_vector(out, own.facing);
    varint(out, zigzag(own.hp));
    for (vector, _) in vectors.into_iter().zip(given).filter(|(_, given)| *given) {
        write_vector(out, vector);
    }
    counts.into_iter().filter(|count| *count != 0).for_each(|count| varint(out, count));
}

fn read_exact(rest: &mut &[u8], seq: Seq, lead: i32) -> Option<OwnState> {
    let present = take_varint(rest)?;
    let given = |index: usize| present >> index & 1 == 1;
    let position = take_vector(rest)?;
    let facing = take_vector(rest)?;
    let hp = unzigzag(take_varint(rest)?);
    let mut vectors = [Vec2::ZERO; 4];
    for (_, vector) in vectors.iter_mut().enumerate().filter(|(index, _)| given(*index)) {
        *vector = take_vector(rest)?;
    }
    let mut counts = [0; 6];
    for (_, count) in counts.iter_mut().enumerate().filter(|(index, _)| given(4 + *index)) {
        *count = take_varint(rest)?;
    }
    let [velocity, direction, push, recoil] = vectors;
    let [strike_cooldown, dash_cooldown, shield_left, dash_left, respawn_left, recoil_left] = counts;
    Some(OwnState {
        seq,
        lead,
        position,
        velocity,
        push,
        recoil,
        facing,
        direction,
        hp,
        strike_cooldown,
        dash_cooldown,
        dash_left,
        shield_left,
        respawn_left,
        recoil_left,
    })
}

fn write_vector(out: &mut Vec<u8>, vector: Vec2) {
    out.extend_from_slice(&vector.x.to_le_bytes());
    out.extend_from_slice(&vector.y.to_le_bytes());
}

/// 7 bits a byte, lowest first; the highest bit says that more follow.
pub(super) fn varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn zigzag(value: i32) -> u32 {
    (value << 1 ^ value >> 31) as u32
}

fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

fn take_vector(rest: &mut &[u8]) -> Option<Vec2> {
    let [x, y] = [take(rest)?, take(rest)?].map(f32::from_le_bytes);
    Some(Vec2 { x, y })
}

pub(super) fn take_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for shift in (0..32).step_by(7) {
        let byte = u32::from(take::<1>(rest)?[0]);
        value |= (byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
