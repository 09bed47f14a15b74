//! Snapshots of a battlefield: everybody gets the cells around its own view, and each cell is encoded once.
//!
//! Both sides keep one table of players, as in a small room; a cell is only a list of who is in it. So nobody who walks from
//! one cell into the next needs more than its id, except for those who did not see where it came from: they get an
//! introduction. What the coder has learnt is the same for all cells and changes rarely, so that a cell can be taken up at
//! any tick for the price of its players.

mod decoder;
mod encoder;
mod introductions;

pub(super) use decoder::FieldTable;
pub use encoder::FieldEncoder;

use sim::Vec2;

/// Side of a cell, units: half the height of what is seen of a battlefield.
pub const CELL: f32 = 512.0;
/// Cells along each axis at most.
pub const MAX_CELLS: u8 = 64;
/// A player belongs to its cell until it is this far outside, units, so that nobody flickers on a border.
pub const BORDER: f32 = 20.0;
/// Most cells of one view.
const MAX_VIEW: usize = 1_024;

/// The frame names the cells that are in view from now on.
const NEW_VIEW: u8 = 1;
/// The frame says where its receiver stands in the round.
const STANDING: u8 = 2;

/// A cell: its row times [`MAX_CELLS`] plus its column.
pub(super) type CellKey = u16;

/// Cells that form a rectangle; the edges are part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellRect {
    /// First column.
    pub left: u8,
    /// First row.
    pub top: u8,
    /// Last column.
    pub right: u8,
    /// Last row.
    pub bottom: u8,
}

impl CellRect {
    /// The cells that touch the rectangle between two points, units.
    #[must_use]
    pub fn touching(min: Vec2, max: Vec2) -> Self {
        Self { left: line(min.x), top: line(min.y), right: line(max.x), bottom: line(max.y) }
    }

    /// Every cell of `other` is one of these.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }

    /// How many cells there are.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::from(self.right - self.left + 1) * usize::from(self.bottom - self.top + 1)
    }

    /// The cells, row by row.
    pub(super) fn cells(self) -> impl Iterator<Item = CellKey> {
        (self.top..=self.bottom)
            .flat_map(move |row| (self.left..=self.right).map(move |column| key(column, row)))
    }

    /// Each of its rows, which is a rectangle too. The keys of a row follow each other.
    pub(super) fn rows(self) -> impl Iterator<Item = Self> {
        (self.top..=self.bottom).map(move |row| Self { top: row, bottom: row, ..self })
    }

    /// The first of its cells.
    pub(super) fn first(self) -> CellKey {
        key(self.left, self.top)
    }

    /// The last of its cells.
    pub(super) fn last(self) -> CellKey {
        key(self.right, self.bottom)
    }

    /// The cells that are also among those of `other`.
    pub(super) fn common(self, other: &Self) -> Option<Self> {
        let common = Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        };
        (common.left <= common.right && common.top <= common.bottom).then_some(common)
    }

    pub(super) fn contains(&self, cell: CellKey) -> bool {
        let (column, row) = place(cell);
        (self.left..=self.right).contains(&column) && (self.top..=self.bottom).contains(&row)
    }

    fn from_bytes([left, top, right, bottom]: [u8; 4]) -> Option<Self> {
        let valid = left <= right && top <= bottom && right < MAX_CELLS && bottom < MAX_CELLS;
        let rect = Self { left, top, right, bottom };
        (valid && rect.count() <= MAX_VIEW).then_some(rect)
    }

    fn to_bytes(self) -> [u8; 4] {
        [self.left, self.top, self.right, self.bottom]
    }
}

/// Where a receiver stands in the round.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    bitcode::Encode,
    bitcode::Decode,
)]
pub struct Standing {
    /// Its place by score, from 1.
    pub rank: u32,
    /// How many players there are.
    pub players: u32,
}

fn key(column: u8, row: u8) -> CellKey {
    CellKey::from(row) * CellKey::from(MAX_CELLS) + CellKey::from(column)
}

fn place(cell: CellKey) -> (u8, u8) {
    let side = CellKey::from(MAX_CELLS);
    ((cell % side) as u8, (cell / side) as u8)
}

/// Column or row of a coordinate. What is outside counts to the edge.
fn line(coordinate: f32) -> u8 {
    ((coordinate / CELL) as u8).min(MAX_CELLS - 1)
}

/// The cell of a player who was in `before`.
fn cell_of(position: Vec2, before: Option<CellKey>) -> CellKey {
    if let Some(before) = before {
        let (column, row) = place(before);
        let inside = |value: f32, line: u8| {
            let from = f32::from(line) * CELL;
            value >= from - BORDER && value < from + CELL + BORDER
        };
        if inside(position.x, column) && inside(position.y, row) {
            return before;
        }
    }
    key(line(position.x), line(position.y))
}
