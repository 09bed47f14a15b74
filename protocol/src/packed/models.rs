//! What the coder has learnt so far, and how whole numbers are made of decisions.

use super::range::{Coder, PROBABILITY_BITS, Probability};

/// How many kinds of calm there are: see [`Models::calm`].
const CALM_KINDS: usize = 6;
/// Numbers and flags of a player that change rarely.
const FIELDS: usize = 4 + super::table::flag::COUNT as usize;
/// Most bits of a number.
const BITS: usize = 32;

/// Learns how large numbers of one kind are: bit length in unary, sign, then the bits below the highest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NumberModel {
    longer: [Probability; BITS],
    negative: Probability,
    /// The bit below the highest.
    second: [Probability; 4],
}

impl NumberModel {
    const FRESH: Self = Self {
        longer: [Probability::EVEN; BITS],
        negative: Probability::EVEN,
        second: [Probability::EVEN; 4],
    };

    /// Any number.
    pub(crate) fn code(&mut self, coder: &mut impl Coder, value: i32) -> i32 {
        let magnitude = value.unsigned_abs();
        let wanted = BITS - magnitude.leading_zeros() as usize;
        let mut length = 0;
        while length < BITS && coder.bit(&mut self.longer[length], wanted > length) {
            length += 1;
        }
        if length == 0 {
            return 0;
        }
        let negative = coder.bit(&mut self.negative, value < 0);
        let mut below = length as u32 - 1;
        let mut read = 1;
        if (1..=4).contains(&below) {
            below -= 1;
            let second = &mut self.second[below as usize];
            read = 2 | u32::from(coder.bit(second, magnitude >> below & 1 == 1));
        }
        let read = low_bits(coder, below, read, magnitude);
        if negative { (read as i32).wrapping_neg() } else { read as i32 }
    }

    fn each(&mut self, mut visit: impl FnMut(&mut Probability)) {
        self.longer.iter_mut().chain([&mut self.negative]).chain(&mut self.second).for_each(&mut visit);
    }
}

/// Appends the lowest `count` bits of `value` to `read`.
fn low_bits(coder: &mut impl Coder, count: u32, mut read: u32, value: u32) -> u32 {
    let mut left = count;
    while left > 0 {
        let chunk = left.min(8);
        left -= chunk;
        read = read << chunk | coder.raw(chunk, value >> left & ((1 << chunk) - 1));
    }
    read
}

/// A number of unknown size, without learning: its bit length in 6 bits, then its bits.
pub(crate) fn sized(coder: &mut impl Coder, value: u32) -> u32 {
    let length = coder.raw(6, 32 - value.leading_zeros()).min(32);
    low_bits(coder, length, 0, value)
}

/// [`sized`] with a sign.
pub(crate) fn signed(coder: &mut impl Coder, value: i32) -> i32 {
    let zigzag = sized(coder, (value << 1 ^ value >> 31) as u32);
    (zigzag >> 1) as i32 ^ -((zigzag & 1) as i32)
}

/// Writes a name: its length in bytes, and the bytes.
pub(crate) fn code_name(coder: &mut impl Coder, name: &str) {
    let name = name.as_bytes();
    let length = name.len().min(255);
    coder.raw(8, length as u32);
    for byte in &name[..length] {
        coder.raw(8, u32::from(*byte));
    }
}

/// Reads a name; `None` when it is no UTF-8.
pub(crate) fn read_name(coder: &mut impl Coder) -> Option<String> {
    let mut name = vec![0; coder.raw(8, 0) as usize];
    name.iter_mut().for_each(|byte| *byte = coder.raw(8, 0) as u8);
    String::from_utf8(name).ok()
}

/// Everything that is learnt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Models {
    /// Somebody came or left.
    pub(crate) roster: Probability,
    /// The rules are others than in the tick before.
    pub(crate) rules: Probability,
    /// Something about a player is not as predicted, by how long it was.
    pub(crate) surprise: [Probability; CALM_KINDS],
    /// Where a player is against the prediction: first the quiet, then those who were surprising just now.
    pub(crate) residual: [NumberModel; 2],
    /// The view turned, by whether the player left its way.
    pub(crate) turned: [Probability; 2],
    /// By how much.
    pub(crate) turn: NumberModel,
    /// Something else about the player changed, by whether it swung in the tick before.
    pub(crate) rare: [Probability; 2],
    /// Which of hit points, score, kills, deaths and the flags.
    pub(crate) field: [Probability; FIELDS],
    /// By how much hit points, score, kills and deaths changed.
    pub(crate) change: NumberModel,
    /// Where the orb is against the prediction.
    pub(crate) orb: NumberModel,
    /// How its velocity changed.
    pub(crate) orb_velocity: NumberModel,
    /// Another batter.
    pub(crate) batter: Probability,
}

impl Default for Models {
    fn default() -> Self {
        let even = Probability::EVEN;
        Self {
            roster: even,
            rules: even,
            surprise: [even; CALM_KINDS],
            residual: [NumberModel::FRESH; 2],
            turned: [even; 2],
            turn: NumberModel::FRESH,
            rare: [even; 2],
            field: [even; FIELDS],
            change: NumberModel::FRESH,
            orb: NumberModel::FRESH,
            orb_velocity: NumberModel::FRESH,
            batter: even,
        }
    }
}

impl Models {
    /// The kind of calm of a player who was as predicted for so many ticks.
    pub(crate) fn calm(ticks: u8) -> usize {
        (8 - ticks.leading_zeros() as usize).min(CALM_KINDS - 1)
    }

    /// Writes or reads all of them, for whoever begins to listen.
    pub(crate) fn code(&mut self, coder: &mut impl Coder) {
        let mut one = |probability: &mut Probability| {
            // Never 0 or 4096: a decision that cannot be otherwise could not be coded.
            let read = coder.raw(PROBABILITY_BITS, u32::from(probability.0));
            probability.0 = read.clamp(1, (1 << PROBABILITY_BITS) - 1) as u16;
        };
        one(&mut self.roster);
        one(&mut self.rules);
        self.surprise.iter_mut().for_each(&mut one);
        self.residual.iter_mut().for_each(|model| model.each(&mut one));
        self.turned.iter_mut().for_each(&mut one);
        self.turn.each(&mut one);
        self.rare.iter_mut().for_each(&mut one);
        self.field.iter_mut().for_each(&mut one);
        for model in [&mut self.change, &mut self.orb, &mut self.orb_velocity] {
            model.each(&mut one);
        }
        one(&mut self.batter);
    }
}

#[cfg(test)]
mod tests {
    use super::super::range::{RangeDecoder, RangeEncoder};
    use super::*;

    #[test]
    fn every_size_of_number_survives() {
        let mut numbers = vec![0, 1, -1, i32::MAX, i32::MIN, 255, -256];
        numbers.extend((0..31).flat_map(|bits| [(1 << bits) + 3, -(1 << bits) - 5]));
        let mut bytes = Vec::new();
        let mut coder = RangeEncoder::new(&mut bytes);
        let mut model = NumberModel::FRESH;
        for &number in &numbers {
            model.code(&mut coder, number);
            signed(&mut coder, number);
            sized(&mut coder, number as u32);
        }
        coder.finish();
        let mut coder = RangeDecoder::new(&bytes);
        let mut model = NumberModel::FRESH;
        for &number in &numbers {
            assert_eq!(model.code(&mut coder, 0), number);
            assert_eq!(signed(&mut coder, 0), number);
            assert_eq!(sized(&mut coder, 0), number as u32);
        }
        assert!(!coder.overrun());
    }

    #[test]
    fn what_was_learnt_can_be_passed_on() {
        let mut bytes = Vec::new();
        let mut models = Models::default();
        for value in -20..20 {
            models.turn.code(&mut RangeEncoder::new(&mut Vec::new()), value);
        }
        let mut coder = RangeEncoder::new(&mut bytes);
        models.clone().code(&mut coder);
        coder.finish();
        let mut copy = Models::default();
        copy.code(&mut RangeDecoder::new(&bytes));
        assert_eq!(copy, models);
    }
}
