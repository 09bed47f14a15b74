//! A binary adaptive range coder: each decision costs as many bits as it is surprising.
//!
//! It is the coder of LZMA (Igor Pavlov's specification, section "Range Decoder") with probabilities of 12 bits, without
//! its leading zero byte, and with an end that is as short as it can be.

/// Bits of a probability.
pub(crate) const PROBABILITY_BITS: u32 = 12;
/// How slowly probabilities follow: each decision moves them by a 32nd of what they are off.
const ADAPTATION: u32 = 5;
/// The range is refilled below this.
const REFILL: u32 = 1 << 24;
/// A decoder that reads so far past the end has been given something that was not encoded.
const MAX_OVERRUN: usize = 4;

/// How likely a decision is `false`, in 4096ths; learns with each decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probability(pub(crate) u16);

impl Probability {
    pub(crate) const EVEN: Self = Self(1 << (PROBABILITY_BITS - 1));

    fn learn(&mut self, bit: bool) {
        if bit {
            self.0 -= self.0 >> ADAPTATION;
        } else {
            self.0 += ((1 << PROBABILITY_BITS) - self.0) >> ADAPTATION;
        }
    }

    fn split(self, range: u32) -> u32 {
        (range >> PROBABILITY_BITS) * u32::from(self.0)
    }
}

/// Writes or reads decisions. A reader ignores the value that it is given, so that one function describes both
/// directions and they cannot differ.
pub(crate) trait Coder {
    /// One decision.
    fn bit(&mut self, probability: &mut Probability, bit: bool) -> bool;

    /// The lowest `count` bits of `value`, at most 16, without learning.
    fn raw(&mut self, count: u32, value: u32) -> u32;
}

/// Writes decisions behind what is in `out` already.
pub(crate) struct RangeEncoder<'a> {
    out: &'a mut Vec<u8>,
    low: u32,
    range: u32,
}

impl<'a> RangeEncoder<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, low: 0, range: u32::MAX }
    }

    fn add(&mut self, amount: u32) {
        let (low, carry) = self.low.overflowing_add(amount);
        self.low = low;
        if carry {
            self.carry();
        }
    }

    /// The whole is less than one, so a carry always finds a byte that takes it.
    fn carry(&mut self) {
        for byte in self.out.iter_mut().rev() {
            *byte = byte.wrapping_add(1);
            if *byte != 0 {
                break;
            }
        }
    }

    fn refill(&mut self) {
        while self.range < REFILL {
            self.out.push((self.low >> 24) as u8);
            self.low <<= 8;
            self.range <<= 8;
        }
    }

    /// Writes the shortest number that is still within the range. Readers take zeros for what is missing.
    pub(crate) fn finish(mut self) {
        for kept in 0..=4 {
            let rest = u32::MAX.checked_shr(8 * kept).unwrap_or(0);
            let (rounded, carry) = self.low.overflowing_add(rest);
            let rounded = rounded & !rest;
            if rounded.wrapping_sub(self.low) < self.range {
                if carry {
                    self.carry();
                }
                self.out.extend_from_slice(&rounded.to_be_bytes()[..kept as usize]);
                return;
            }
        }
    }
}

impl Coder for RangeEncoder<'_> {
    fn bit(&mut self, probability: &mut Probability, bit: bool) -> bool {
        let bound = probability.split(self.range);
        if bit {
            self.add(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        probability.learn(bit);
        self.refill();
        bit
    }

    fn raw(&mut self, count: u32, value: u32) -> u32 {
        self.range >>= count;
        self.add(self.range * (value & ((1 << count) - 1)));
        self.refill();
        value
    }
}

/// Reads decisions.
pub(crate) struct RangeDecoder<'a> {
    bytes: &'a [u8],
    at: usize,
    code: u32,
    range: u32,
}

impl<'a> RangeDecoder<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { bytes, at: 0, code: 0, range: u32::MAX };
        for _ in 0..4 {
            decoder.next_byte();
        }
        decoder
    }

    /// More was read than was written: this is no snapshot.
    pub(crate) fn overrun(&self) -> bool {
        self.at > self.bytes.len() + MAX_OVERRUN
    }

    fn next_byte(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        self.code = self.code << 8 | u32::from(byte);
    }

    fn refill(&mut self) {
        while self.range < REFILL {
            self.next_byte();
            self.range <<= 8;
        }
    }
}

impl Coder for RangeDecoder<'_> {
    fn bit(&mut self, probability: &mut Probability, _: bool) -> bool {
        let bound = probability.split(self.range);
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        probability.learn(bit);
        self.refill();
        bit
    }

    fn raw(&mut self, count: u32, _: u32) -> u32 {
        self.range >>= count;
        let value = (self.code / self.range).min((1 << count) - 1);
        self.code -= value * self.range;
        self.refill();
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decisions of all kinds, from a multiplicative congruential generator (Park, Miller 1988).
    fn play(coder: &mut impl Coder, rounds: u32, seed: u64) -> Vec<u32> {
        let mut likely = [Probability::EVEN; 4];
        let mut state = seed;
        let mut next = move || {
            state = state * 48_271 % 2_147_483_647;
            state as u32
        };
        let mut got = Vec::new();
        for _ in 0..rounds {
            let (kind, value) = (next() % 5, next());
            got.push(match kind {
                4 => coder.raw(1 + value % 16, value >> 8 & ((1 << (1 + value % 16)) - 1)),
                _ => u32::from(coder.bit(&mut likely[kind as usize], value % (1 << (3 * kind + 1)) == 0)),
            });
        }
        got
    }

    #[test]
    fn what_is_written_is_read_and_ends_where_it_ends() {
        for seed in 1..200 {
            let mut bytes = b"head".to_vec();
            let mut encoder = RangeEncoder::new(&mut bytes);
            let written = play(&mut encoder, seed as u32 * 7, seed);
            encoder.finish();
            assert_eq!(&bytes[..4], b"head");
            let mut decoder = RangeDecoder::new(&bytes[4..]);
            assert_eq!(play(&mut decoder, seed as u32 * 7, seed), written);
            assert!(!decoder.overrun());
        }
    }

    #[test]
    fn what_is_expected_costs_nearly_nothing() {
        let mut bytes = Vec::new();
        let mut encoder = RangeEncoder::new(&mut bytes);
        let mut likely = Probability::EVEN;
        for _ in 0..10_000 {
            encoder.bit(&mut likely, false);
        }
        encoder.finish();
        assert!(bytes.len() < 30, "{} bytes", bytes.len());
    }
}
