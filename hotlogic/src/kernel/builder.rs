//! Writes a program step by step: equal steps become one, and what nobody reads is left out.

use super::program::{Op, Program, Step};
use std::collections::BTreeMap;

/// Longest program, steps. With [`MAX_VISITED`](super::lower::MAX_VISITED) it bounds time and memory of a call.
const MAX_STEPS: usize = 1_000;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Register {
    Param(u16),
    Constant(u16),
    Step(u16),
}

/// All bits: the truth, and the mask of all lanes.
pub(super) const TRUE: u32 = u32::MAX;

#[derive(Default)]
pub(super) struct Builder {
    constants: Vec<u32>,
    known_constants: BTreeMap<u32, u16>,
    steps: Vec<(Op, [Register; 3])>,
    known_steps: BTreeMap<(Op, [Register; 3]), u16>,
    too_long: bool,
}

impl Builder {
    pub(super) fn constant(&mut self, bits: u32) -> Register {
        let next = self.constants.len() as u16;
        let index = *self.known_constants.entry(bits).or_insert(next);
        if index == next {
            self.constants.push(bits);
        }
        Register::Constant(index)
    }

    pub(super) fn one(&mut self, op: Op, a: Register) -> Register {
        self.three(op, a, a, a)
    }

    pub(super) fn two(&mut self, op: Op, a: Register, b: Register) -> Register {
        self.three(op, a, b, a)
    }

    pub(super) fn three(&mut self, op: Op, a: Register, b: Register, c: Register) -> Register {
        let step = (op, [a, b, c]);
        if let Some(known) = self.known_steps.get(&step) {
            return Register::Step(*known);
        }
        if self.steps.len() >= usize::from(u16::MAX) {
            // Whatever comes now is thrown away in `finish`.
            self.too_long = true;
            return a;
        }
        let index = self.steps.len() as u16;
        self.steps.push(step);
        self.known_steps.insert(step, index);
        Register::Step(index)
    }

    /// `yes` where `condition` is true, else `no`.
    pub(super) fn select(&mut self, condition: Register, yes: Register, no: Register) -> Register {
        if yes == no { yes } else { self.three(Op::Select, condition, yes, no) }
    }

    /// The program that gives `results`, or `None` when it is too long.
    pub(super) fn finish(self, params: usize, results: &[Register]) -> Option<Program> {
        let mut used = vec![false; self.steps.len()];
        let mark = |used: &mut Vec<bool>, register: &Register| {
            if let Register::Step(index) = register {
                used[usize::from(*index)] = true;
            }
        };
        results.iter().for_each(|register| mark(&mut used, register));
        for index in (0..self.steps.len()).rev() {
            let (op, reads) = &self.steps[index];
            used[index] |= op.can_fail();
            if used[index] {
                reads.iter().for_each(|register| mark(&mut used, register));
            }
        }
        let kept = used.iter().filter(|used| **used).count();
        if self.too_long || kept > MAX_STEPS {
            return None;
        }

        let first = params + self.constants.len();
        let mut places = Vec::with_capacity(used.len());
        let mut next = first;
        for used in &used {
            places.push(next as u16);
            next += usize::from(*used);
        }
        let place = |register: &Register| match register {
            Register::Param(index) => *index,
            Register::Constant(index) => params as u16 + index,
            Register::Step(index) => places[usize::from(*index)],
        };
        let steps = self.steps.iter().zip(&used).filter(|(_, used)| **used).map(|((op, reads), _)| {
            let [a, b, c] = [0, 1, 2].map(|n: usize| place(&reads[n]));
            Step { op: *op, a, b, c }
        });
        Some(Program {
            params,
            steps: steps.collect(),
            results: results.iter().map(place).collect(),
            constants: self.constants,
        })
    }
}
