//! What is known of a value while a function is being compiled: its type, and where its bits will be.

use super::builder::{Builder, Register, TRUE};
use rhai::{Dynamic, ImmutableString};

/// Longest array that can be compiled: what hooks return, and a bit.
pub(super) const MAX_ARRAY: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Int,
    Bool,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Float => "a float",
            Self::Int => "an int",
            Self::Bool => "a bool",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) kind: Kind,
    pub(super) at: Register,
}

impl Scalar {
    pub(super) fn bool(builder: &mut Builder, value: bool) -> Self {
        Self { kind: Kind::Bool, at: builder.constant(if value { TRUE } else { 0 }) }
    }

    pub(super) fn int(builder: &mut Builder, value: i32) -> Self {
        Self { kind: Kind::Int, at: builder.constant(value as u32) }
    }

    pub(super) fn float(builder: &mut Builder, value: f32) -> Self {
        Self { kind: Kind::Float, at: builder.constant(value.to_bits()) }
    }

    /// A constant, if it is a number or a truth.
    fn constant(builder: &mut Builder, value: &Dynamic) -> Option<Self> {
        if let Ok(value) = value.as_float() {
            return Some(Self::float(builder, value));
        }
        if let Ok(value) = value.as_int() {
            return Some(Self::int(builder, value));
        }
        value.as_bool().ok().map(|value| Self::bool(builder, value))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `()`.
    Unit,
    Scalar(Scalar),
    Array(Vec<Scalar>),
    /// Of one type on one way and of another on the other: nobody may read it.
    Mixed,
}

impl Value {
    /// A constant of the script or of the game, if it can be compiled.
    pub(super) fn constant(builder: &mut Builder, value: &Dynamic) -> Option<Self> {
        if value.is_unit() {
            return Some(Self::Unit);
        }
        if let Ok(items) = value.as_array_ref() {
            let items: Option<Vec<Scalar>> =
                items.iter().map(|item| Scalar::constant(builder, item)).collect();
            return items.filter(|items| items.len() <= MAX_ARRAY).map(Self::Array);
        }
        Scalar::constant(builder, value).map(Self::Scalar)
    }

    /// `yes` where `condition` is true, else `no`.
    pub(super) fn select(builder: &mut Builder, condition: Register, yes: &Self, no: &Self) -> Self {
        let mut scalar = |yes: &Scalar, no: &Scalar| {
            (yes.kind == no.kind)
                .then(|| Scalar { kind: yes.kind, at: builder.select(condition, yes.at, no.at) })
        };
        match (yes, no) {
            (Self::Unit, Self::Unit) => Self::Unit,
            (Self::Scalar(yes), Self::Scalar(no)) => scalar(yes, no).map_or(Self::Mixed, Self::Scalar),
            (Self::Array(yes), Self::Array(no)) if yes.len() == no.len() => {
                let items: Option<Vec<Scalar>> =
                    yes.iter().zip(no).map(|(yes, no)| scalar(yes, no)).collect();
                items.map_or(Self::Mixed, Self::Array)
            }
            _ => Self::Mixed,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Unit => "nothing",
            Self::Scalar(scalar) => scalar.kind.name(),
            Self::Array(_) => "an array",
            Self::Mixed => "a value whose type depends on the way taken",
        }
    }
}

/// A variable of the running function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: ImmutableString,
    pub(super) constant: bool,
    pub(super) value: Value,
}
