//! The part of a cell that has anything in it.

/// How far something reaches from its place on the floor: to the left, up, to the right, down, in radii of the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reach {
    pub(super) left: f64,
    pub(super) up: f64,
    pub(super) right: f64,
    pub(super) down: f64,
}

impl Reach {
    /// Also to everything within `around` of a point.
    pub(super) fn with(self, (x, y): (f64, f64), around: f64) -> Self {
        Self {
            left: self.left.max(around - x),
            up: self.up.max(around - y),
            right: self.right.max(around + x),
            down: self.down.max(around + y),
        }
    }
}

/// Whole pixels of a cell, from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crop {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Crop {
    /// All of a cell of that size.
    pub(super) fn whole(cell: f64) -> Self {
        Self { left: 0.0, top: 0.0, width: cell, height: cell }
    }

    /// What this and `other` cover together.
    pub(super) fn and(self, other: Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        let right = (self.left + self.width).max(other.left + other.width);
        let bottom = (self.top + self.height).max(other.top + other.height);
        Self { left, top, width: right - left, height: bottom - top }
    }

    /// What `reach` covers of a `cell` pixels wide and high, for a body of `radius` pixels that stands at (x, y) in it. Edges
    /// are soft, so a pixel more is taken on each side.
    pub(super) fn of(reach: Reach, radius: f64, (x, y): (f64, f64), cell: f64) -> Self {
        let low = |middle: f64, reach: f64| (middle - reach * radius - 1.0).floor().max(0.0);
        let high = |middle: f64, reach: f64| (middle + reach * radius + 1.0).ceil().min(cell);
        let (left, top) = (low(x, reach.left), low(y, reach.up));
        Self { left, top, width: high(x, reach.right) - left, height: high(y, reach.down) - top }
    }
}
