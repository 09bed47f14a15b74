//! Comparisons of floats as the interpreter makes them: numbers that differ by a rounding error are equal.
//!
//! The formulas are the language's own, NaN included (it equals 0, for one), and must stay so, step by step.

/// What differences are measured by. 0 means that the two count as equal.
#[inline(always)]
fn scale(x: f32, y: f32) -> f32 {
    if x * y == 0.0 { 1.0 } else { x.abs().max(y.abs()) }
}

#[inline(always)]
pub(super) fn equal(x: f32, y: f32) -> bool {
    let scale = scale(x, y);
    scale == 0.0 || (x - y).abs() / scale <= f32::EPSILON
}

/// Not the opposite of [`equal`] where NaN is involved.
#[inline(always)]
pub(super) fn different(x: f32, y: f32) -> bool {
    let scale = scale(x, y);
    scale != 0.0 && (x - y).abs() / scale > f32::EPSILON
}

#[inline(always)]
pub(super) fn greater(x: f32, y: f32) -> bool {
    let scale = scale(x, y);
    scale != 0.0 && (x - y) / scale > f32::EPSILON
}

#[inline(always)]
pub(super) fn at_least(x: f32, y: f32) -> bool {
    let scale = scale(x, y);
    scale == 0.0 || (x - y) / scale > -f32::EPSILON
}

#[inline(always)]
pub(super) fn less(x: f32, y: f32) -> bool {
    greater(y, x)
}

#[inline(always)]
pub(super) fn at_most(x: f32, y: f32) -> bool {
    at_least(y, x)
}
