//! Operators: which step does what `a + b` does, by the types of the two.

use super::Unfit;
use super::builder::{Builder, Register, TRUE};
use super::lower::Lowering;
use super::program::Op;
use super::values::{Kind, Scalar};
use rhai::{Position, Token};

pub(super) fn unary(
    lowering: &mut Lowering<'_>,
    token: &Token,
    operand: Scalar,
    position: Position,
) -> Result<Scalar, Unfit> {
    let Scalar { kind, at } = operand;
    let mask = all_lanes(lowering);
    let builder = &mut lowering.builder;
    let at = match (token, kind) {
        (Token::Bang, Kind::Bool) => builder.one(Op::Not, at),
        (Token::Minus | Token::UnaryMinus, Kind::Float) => builder.one(Op::NegFloat, at),
        (Token::Minus | Token::UnaryMinus, Kind::Int) => builder.three(Op::NegInt, at, at, mask),
        (Token::Plus | Token::UnaryPlus, Kind::Float | Kind::Int) => at,
        _ => return Err(Unfit::new(format!("this operator is not compiled for {}", kind.name()), position)),
    };
    Ok(Scalar { kind, at })
}

pub(super) fn binary(
    lowering: &mut Lowering<'_>,
    token: &Token,
    left: Scalar,
    right: Scalar,
    position: Position,
) -> Result<Scalar, Unfit> {
    let mask = all_lanes(lowering);
    let builder = &mut lowering.builder;
    let result = match (left.kind, right.kind) {
        (Kind::Bool, Kind::Bool) => of_truths(builder, token, left.at, right.at),
        (Kind::Bool, _) | (_, Kind::Bool) => None,
        (Kind::Int, Kind::Int) => of_ints(token).map(|(op, kind)| {
            let third = if op.can_fail() { mask } else { left.at };
            Scalar { kind, at: builder.three(op, left.at, right.at, third) }
        }),
        _ => of_floats(token).map(|(op, kind)| {
            let (left, right) = (float(builder, left), float(builder, right));
            Scalar { kind, at: builder.two(op, left, right) }
        }),
    };
    result.ok_or_else(|| {
        let (left, right) = (left.kind.name(), right.kind.name());
        Unfit::new(format!("this operator is not compiled for {left} and {right}"), position)
    })
}

/// The register of a number as a float.
pub(super) fn float(builder: &mut Builder, number: Scalar) -> Register {
    match number.kind {
        Kind::Int => builder.one(Op::IntToFloat, number.at),
        _ => number.at,
    }
}

/// The mask of the lanes that get here, as a register.
fn all_lanes(lowering: &mut Lowering<'_>) -> Register {
    match lowering.mask {
        Some(mask) => mask,
        None => lowering.builder.constant(TRUE),
    }
}

fn of_floats(token: &Token) -> Option<(Op, Kind)> {
    Some(match token {
        Token::Plus => (Op::AddFloat, Kind::Float),
        Token::Minus => (Op::SubFloat, Kind::Float),
        Token::Multiply => (Op::MulFloat, Kind::Float),
        Token::Divide => (Op::DivFloat, Kind::Float),
        Token::Modulo => (Op::RemFloat, Kind::Float),
        Token::EqualsTo => (Op::EqFloat, Kind::Bool),
        Token::NotEqualsTo => (Op::NeFloat, Kind::Bool),
        Token::GreaterThan => (Op::GtFloat, Kind::Bool),
        Token::GreaterThanEqualsTo => (Op::GeFloat, Kind::Bool),
        Token::LessThan => (Op::LtFloat, Kind::Bool),
        Token::LessThanEqualsTo => (Op::LeFloat, Kind::Bool),
        _ => return None,
    })
}

fn of_ints(token: &Token) -> Option<(Op, Kind)> {
    Some(match token {
        Token::Plus => (Op::AddInt, Kind::Int),
        Token::Minus => (Op::SubInt, Kind::Int),
        Token::Multiply => (Op::MulInt, Kind::Int),
        Token::Divide => (Op::DivInt, Kind::Int),
        Token::Modulo => (Op::RemInt, Kind::Int),
        Token::Ampersand => (Op::And, Kind::Int),
        Token::Pipe => (Op::Or, Kind::Int),
        Token::XOr => (Op::Xor, Kind::Int),
        Token::EqualsTo => (Op::EqInt, Kind::Bool),
        Token::NotEqualsTo => (Op::NeInt, Kind::Bool),
        Token::GreaterThan => (Op::GtInt, Kind::Bool),
        Token::GreaterThanEqualsTo => (Op::GeInt, Kind::Bool),
        Token::LessThan => (Op::LtInt, Kind::Bool),
        Token::LessThanEqualsTo => (Op::LeInt, Kind::Bool),
        _ => return None,
    })
}

/// True is more than false.
fn of_truths(builder: &mut Builder, token: &Token, left: Register, right: Register) -> Option<Scalar> {
    let at = match token {
        Token::EqualsTo => builder.two(Op::EqInt, left, right),
        Token::NotEqualsTo | Token::XOr => builder.two(Op::Xor, left, right),
        Token::Ampersand => builder.two(Op::And, left, right),
        Token::Pipe => builder.two(Op::Or, left, right),
        Token::GreaterThan => builder.two(Op::AndNot, left, right),
        Token::LessThan => builder.two(Op::AndNot, right, left),
        Token::GreaterThanEqualsTo => {
            let less = builder.two(Op::AndNot, right, left);
            builder.one(Op::Not, less)
        }
        Token::LessThanEqualsTo => {
            let greater = builder.two(Op::AndNot, left, right);
            builder.one(Op::Not, greater)
        }
        _ => return None,
    };
    Some(Scalar { kind: Kind::Bool, at })
}
