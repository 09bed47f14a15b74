//! Two-dimensional vectors in f32, with only operations that are bit-identical on every target.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Mul, Sub};

/// A point or a direction. In JSON it is the array `[x, y]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
#[serde(from = "[f32; 2]", into = "[f32; 2]")]
pub struct Vec2 {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// Shorthand for [`Vec2`].
#[must_use]
pub const fn vec2(x: f32, y: f32) -> Vec2 {
    Vec2 { x, y }
}

impl Vec2 {
    /// The origin.
    pub const ZERO: Self = vec2(0.0, 0.0);

    /// Scalar product.
    #[must_use]
    pub fn dot(self, other: Self) -> f32 {
        self.x * other.x + self.y * other.y
    }

    /// Euclidean length. Square roots are exact in IEEE 754, so this is the same everywhere.
    #[must_use]
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1, or `fallback` for a vector too short to have one.
    #[must_use]
    pub fn normalize_or(self, fallback: Self) -> Self {
        let length = self.length();
        if length > 1e-6 && length.is_finite() { self * (1.0 / length) } else { fallback }
    }

    /// The same direction, shortened to `limit` when it is longer.
    #[must_use]
    pub fn clamp_length(self, limit: f32) -> Self {
        let length = self.length();
        if length > limit { self * (limit / length) } else { self }
    }

    /// Both coordinates are finite numbers.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }

    /// The unit vector at `angle` radians, measured clockwise from the x axis as y grows downwards.
    #[must_use]
    pub fn from_angle(angle: f32) -> Self {
        vec2(libm::cosf(angle), libm::sinf(angle))
    }

    /// Angle in radians, in `-pi..=pi`; 0 for the zero vector.
    #[must_use]
    pub fn angle(self) -> f32 {
        libm::atan2f(self.y, self.x)
    }
}

impl From<[f32; 2]> for Vec2 {
    fn from([x, y]: [f32; 2]) -> Self {
        vec2(x, y)
    }
}

impl From<Vec2> for [f32; 2] {
    fn from(v: Vec2) -> Self {
        [v.x, v.y]
    }
}

impl Add for Vec2 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        vec2(self.x + other.x, self.y + other.y)
    }
}

impl AddAssign for Vec2 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Vec2 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        vec2(self.x - other.x, self.y - other.y)
    }
}

impl Mul<f32> for Vec2 {
    type Output = Self;
    fn mul(self, factor: f32) -> Self {
        vec2(self.x * factor, self.y * factor)
    }
}
