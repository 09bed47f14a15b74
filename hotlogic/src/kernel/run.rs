//! Runs a program over lanes. Every step is a loop over all lanes, which the compiler turns into vector instructions.

use super::compare;
use super::program::{Op, Program, Step};
use crate::math;

/// The registers of a program, `W` lanes wide. Memory is taken at the first run and kept.
#[derive(Debug)]
pub(crate) struct Lanes<const W: usize> {
    registers: Vec<[u32; W]>,
    failed: [u32; W],
}

impl<const W: usize> Default for Lanes<W> {
    fn default() -> Self {
        Self { registers: Vec::new(), failed: [0; W] }
    }
}

/// A copy begins without memory: it is for another owner, who may never run.
impl<const W: usize> Clone for Lanes<W> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<const W: usize> Lanes<W> {
    /// Makes room for `program`. Lanes serve one program in their life, so constants are written only once.
    #[inline]
    pub(crate) fn prepare(&mut self, program: &Program) {
        if self.registers.is_empty() {
            self.registers.resize(program.first_step() + program.steps.len(), [0; W]);
            for (register, bits) in self.registers[program.params..].iter_mut().zip(&program.constants) {
                *register = [*bits; W];
            }
        }
    }

    /// One parameter, all lanes.
    #[inline]
    pub(crate) fn param(&mut self, index: usize) -> &mut [u32; W] {
        &mut self.registers[index]
    }

    /// All registers, the parameters first.
    #[inline]
    pub(crate) fn registers(&mut self) -> &mut [[u32; W]] {
        &mut self.registers
    }

    /// One number of the answer, all lanes.
    #[inline]
    pub(crate) fn result(&self, program: &Program, index: usize) -> &[u32; W] {
        &self.registers[usize::from(program.results[index])]
    }

    /// The interpreter would report an error in this lane.
    #[inline]
    pub(crate) fn failed(&self, lane: usize) -> bool {
        self.failed[lane] != 0
    }

    /// Runs a program whose parameters are set.
    pub(crate) fn run(&mut self, program: &Program) {
        self.failed = [0; W];
        let first = program.first_step();
        for (index, step) in program.steps.iter().enumerate() {
            let (before, rest) = self.registers.split_at_mut(first + index);
            let Some(out) = rest.first_mut() else { return };
            take(step, before, out, &mut self.failed);
        }
    }
}

fn take<const W: usize>(step: &Step, before: &[[u32; W]], out: &mut [u32; W], failed: &mut [u32; W]) {
    let a = &before[usize::from(step.a)];
    let b = &before[usize::from(step.b)];
    let c = &before[usize::from(step.c)];
    match step.op {
        Op::AddFloat => floats(out, a, b, |x, y| x + y),
        Op::SubFloat => floats(out, a, b, |x, y| x - y),
        Op::MulFloat => floats(out, a, b, |x, y| x * y),
        Op::DivFloat => floats(out, a, b, |x, y| x / y),
        Op::RemFloat => floats(out, a, b, |x, y| x % y),
        Op::NegFloat => float(out, a, |x| -x),
        Op::AddInt => checked(out, failed, a, b, c, i32::checked_add),
        Op::SubInt => checked(out, failed, a, b, c, i32::checked_sub),
        Op::MulInt => checked(out, failed, a, b, c, i32::checked_mul),
        Op::DivInt => checked(out, failed, a, b, c, i32::checked_div),
        Op::RemInt => checked(out, failed, a, b, c, i32::checked_rem),
        Op::NegInt => checked(out, failed, a, b, c, |x, _| x.checked_neg()),
        Op::EqFloat => float_truths(out, a, b, compare::equal),
        Op::NeFloat => float_truths(out, a, b, compare::different),
        Op::GtFloat => float_truths(out, a, b, compare::greater),
        Op::GeFloat => float_truths(out, a, b, compare::at_least),
        Op::LtFloat => float_truths(out, a, b, compare::less),
        Op::LeFloat => float_truths(out, a, b, compare::at_most),
        Op::EqInt => two(out, a, b, |x, y| truth(x == y)),
        Op::NeInt => two(out, a, b, |x, y| truth(x != y)),
        Op::GtInt => two(out, a, b, |x, y| truth(x as i32 > y as i32)),
        Op::GeInt => two(out, a, b, |x, y| truth(x as i32 >= y as i32)),
        Op::LtInt => two(out, a, b, |x, y| truth((x as i32) < y as i32)),
        Op::LeInt => two(out, a, b, |x, y| truth(x as i32 <= y as i32)),
        Op::And => two(out, a, b, |x, y| x & y),
        Op::Or => two(out, a, b, |x, y| x | y),
        Op::Xor => two(out, a, b, |x, y| x ^ y),
        Op::AndNot => two(out, a, b, |x, y| x & !y),
        Op::Not => two(out, a, a, |x, _| !x),
        Op::Select => three(out, a, b, c, |mask, yes, no| (yes & mask) | (no & !mask)),
        Op::IntToFloat => two(out, a, a, |x, _| (x as i32 as f32).to_bits()),
        Op::FloatToInt => two(out, a, a, |x, _| f32::from_bits(x) as i32 as u32),
        Op::Sqrt => float(out, a, f32::sqrt),
        Op::AbsFloat => float(out, a, f32::abs),
        Op::AbsInt => two(out, a, a, |x, _| (x as i32).saturating_abs() as u32),
        Op::SignFloat => float(out, a, math::sign),
        Op::SignInt => two(out, a, a, |x, _| (x as i32).signum() as u32),
        Op::MinFloat => floats(out, a, b, math::smaller),
        Op::MinInt => two(out, a, b, |x, y| (x as i32).min(y as i32) as u32),
        Op::MaxFloat => floats(out, a, b, math::larger),
        Op::MaxInt => two(out, a, b, |x, y| (x as i32).max(y as i32) as u32),
        Op::ClampFloat => floats3(out, a, b, c, math::clamp),
        Op::ClampInt => {
            three(out, a, b, c, |x, low, high| math::clamp_int(x as i32, low as i32, high as i32) as u32)
        }
        Op::Lerp => floats3(out, a, b, c, math::lerp),
        Op::IsNan => two(out, a, a, |x, _| truth(f32::from_bits(x).is_nan())),
        Op::IsFinite => two(out, a, a, |x, _| truth(f32::from_bits(x).is_finite())),
        Op::One(index) => {
            let function = math::ONE[usize::from(index)].1;
            float(out, a, function);
        }
        Op::Two(index) => {
            let function = math::TWO[usize::from(index)].1;
            floats(out, a, b, function);
        }
    }
}

#[inline(always)]
fn truth(value: bool) -> u32 {
    if value { u32::MAX } else { 0 }
}

#[inline(always)]
fn two<const W: usize>(out: &mut [u32; W], a: &[u32; W], b: &[u32; W], f: impl Fn(u32, u32) -> u32) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = f(*a, *b);
    }
}

#[inline(always)]
fn three<const W: usize>(
    out: &mut [u32; W],
    a: &[u32; W],
    b: &[u32; W],
    c: &[u32; W],
    f: impl Fn(u32, u32, u32) -> u32,
) {
    for (((out, a), b), c) in out.iter_mut().zip(a).zip(b).zip(c) {
        *out = f(*a, *b, *c);
    }
}

#[inline(always)]
fn float<const W: usize>(out: &mut [u32; W], a: &[u32; W], f: impl Fn(f32) -> f32) {
    two(out, a, a, |x, _| f(f32::from_bits(x)).to_bits());
}

#[inline(always)]
fn floats<const W: usize>(out: &mut [u32; W], a: &[u32; W], b: &[u32; W], f: impl Fn(f32, f32) -> f32) {
    two(out, a, b, |x, y| f(f32::from_bits(x), f32::from_bits(y)).to_bits());
}

#[inline(always)]
fn floats3<const W: usize>(
    out: &mut [u32; W],
    a: &[u32; W],
    b: &[u32; W],
    c: &[u32; W],
    f: impl Fn(f32, f32, f32) -> f32,
) {
    three(out, a, b, c, |x, y, z| f(f32::from_bits(x), f32::from_bits(y), f32::from_bits(z)).to_bits());
}

#[inline(always)]
fn float_truths<const W: usize>(
    out: &mut [u32; W],
    a: &[u32; W],
    b: &[u32; W],
    f: impl Fn(f32, f32) -> bool,
) {
    two(out, a, b, |x, y| truth(f(f32::from_bits(x), f32::from_bits(y))));
}

/// Arithmetic of ints: what has no result fails, if the lane is in the mask.
#[inline(always)]
fn checked<const W: usize>(
    out: &mut [u32; W],
    failed: &mut [u32; W],
    a: &[u32; W],
    b: &[u32; W],
    mask: &[u32; W],
    f: impl Fn(i32, i32) -> Option<i32>,
) {
    for (lane, out) in out.iter_mut().enumerate() {
        let result = f(a[lane] as i32, b[lane] as i32);
        *out = result.unwrap_or(0) as u32;
        if result.is_none() {
            failed[lane] |= mask[lane];
        }
    }
}
