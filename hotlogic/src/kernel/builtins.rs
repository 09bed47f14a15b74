//! Functions of the game: which step does what `max(a, b)` does, by the types of its arguments.

use super::Unfit;
use super::builder::{Builder, Register};
use super::operators::float;
use super::program::Op;
use super::values::{Kind, Scalar};
use crate::math;
use rhai::Position;

/// A call of a function that the script does not define.
pub(super) fn call(
    builder: &mut Builder,
    name: &str,
    args: &[Scalar],
    position: Position,
) -> Result<Scalar, Unfit> {
    let numbers = args.iter().all(|arg| arg.kind != Kind::Bool);
    let result = match args {
        [x] if numbers => one(builder, name, *x),
        [x, y] if numbers => two(builder, name, *x, *y),
        [x, y, z] if numbers => three(builder, name, [*x, *y, *z]),
        _ => None,
    };
    result.ok_or_else(|| Unfit::new(format!("this call of `{name}` is not compiled"), position))
}

fn one(builder: &mut Builder, name: &str, x: Scalar) -> Option<Scalar> {
    let int = x.kind == Kind::Int;
    let (kind, op) = match (name, int) {
        ("abs", true) => (Kind::Int, Op::AbsInt),
        ("abs", false) => (Kind::Float, Op::AbsFloat),
        ("sign", true) => (Kind::Int, Op::SignInt),
        ("sign", false) => (Kind::Float, Op::SignFloat),
        ("to_int", true) => return Some(x),
        ("to_int", false) => (Kind::Int, Op::FloatToInt),
        ("is_nan", false) => (Kind::Bool, Op::IsNan),
        ("is_finite", false) => (Kind::Bool, Op::IsFinite),
        ("to_float", _) => return Some(Scalar { kind: Kind::Float, at: float(builder, x) }),
        ("sqrt", _) => {
            let x = float(builder, x);
            return Some(Scalar { kind: Kind::Float, at: builder.one(Op::Sqrt, x) });
        }
        _ => {
            let index = math::ONE.iter().position(|(known, _)| *known == name)?;
            let x = float(builder, x);
            return Some(Scalar { kind: Kind::Float, at: builder.one(Op::One(index as u8), x) });
        }
    };
    Some(Scalar { kind, at: builder.one(op, x.at) })
}

fn two(builder: &mut Builder, name: &str, x: Scalar, y: Scalar) -> Option<Scalar> {
    let ints = x.kind == Kind::Int && y.kind == Kind::Int;
    let op = match (name, ints) {
        ("min", true) => Op::MinInt,
        ("max", true) => Op::MaxInt,
        ("min", false) => Op::MinFloat,
        ("max", false) => Op::MaxFloat,
        _ => Op::Two(math::TWO.iter().position(|(known, _)| *known == name)? as u8),
    };
    if matches!(op, Op::MinInt | Op::MaxInt) {
        return Some(Scalar { kind: Kind::Int, at: builder.two(op, x.at, y.at) });
    }
    let (x, y) = (float(builder, x), float(builder, y));
    Some(Scalar { kind: Kind::Float, at: builder.two(op, x, y) })
}

fn three(builder: &mut Builder, name: &str, args: [Scalar; 3]) -> Option<Scalar> {
    let ints = args.iter().all(|arg| arg.kind == Kind::Int);
    let op = match name {
        "clamp" if ints => {
            let [x, low, high] = args.map(|arg| arg.at);
            return Some(Scalar { kind: Kind::Int, at: builder.three(Op::ClampInt, x, low, high) });
        }
        "clamp" => Op::ClampFloat,
        "lerp" => Op::Lerp,
        _ => return None,
    };
    let [x, y, z]: [Register; 3] = args.map(|arg| float(builder, arg));
    Some(Scalar { kind: Kind::Float, at: builder.three(op, x, y, z) })
}
