//! A compiled hook: a list of operations on numbered registers, each of which writes the register of its own.

/// One step on 32-bit values: floats, ints, or truths (all bits or none). `a`, `b` and `c` are what it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    /// Arithmetic of floats.
    AddFloat,
    SubFloat,
    MulFloat,
    DivFloat,
    RemFloat,
    NegFloat,
    /// Arithmetic of ints; a lane of the mask `c` fails where the interpreter would report an error.
    AddInt,
    SubInt,
    MulInt,
    DivInt,
    RemInt,
    NegInt,
    /// Comparisons of floats, by epsilon.
    EqFloat,
    NeFloat,
    GtFloat,
    GeFloat,
    LtFloat,
    LeFloat,
    /// Comparisons of ints; the first two serve truths as well.
    EqInt,
    NeInt,
    GtInt,
    GeInt,
    LtInt,
    LeInt,
    /// Bit by bit, so also of truths.
    And,
    Or,
    Xor,
    /// `a & !b`.
    AndNot,
    /// Of a truth.
    Not,
    /// `b` where `a` is true, else `c`.
    Select,
    /// Conversions.
    IntToFloat,
    FloatToInt,
    /// Functions of the game.
    Sqrt,
    AbsFloat,
    AbsInt,
    SignFloat,
    SignInt,
    MinFloat,
    MinInt,
    MaxFloat,
    MaxInt,
    ClampFloat,
    ClampInt,
    Lerp,
    IsNan,
    IsFinite,
    /// A function of the table [`math::ONE`](crate::math::ONE).
    One(u8),
    /// A function of the table [`math::TWO`](crate::math::TWO).
    Two(u8),
}

impl Op {
    /// Some lanes may fail.
    pub(crate) fn can_fail(self) -> bool {
        matches!(
            self,
            Self::AddInt | Self::SubInt | Self::MulInt | Self::DivInt | Self::RemInt | Self::NegInt
        )
    }
}

/// A step and the registers that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) a: u16,
    pub(crate) b: u16,
    pub(crate) c: u16,
}

/// A hook, compiled. Register numbers: parameters, then constants, then one for each step.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Number of parameters.
    pub(crate) params: usize,
    /// What the registers of constants hold, as bits.
    pub(crate) constants: Vec<u32>,
    pub(crate) steps: Vec<Step>,
    /// Registers of the answer, all floats; at most [`MAX_RESULTS`](Self::MAX_RESULTS).
    pub(crate) results: Vec<u16>,
}

impl Program {
    /// Most numbers that a hook returns.
    pub(crate) const MAX_RESULTS: usize = 4;

    /// Register of the first step.
    pub(crate) fn first_step(&self) -> usize {
        self.params + self.constants.len()
    }
}
