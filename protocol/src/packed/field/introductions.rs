//! Players who walked into a cell, for those who did not see where they came from.

use sim::PlayerId;

use super::CellKey;
use crate::packed::models::{code_name, read_name};
use crate::packed::range::{RangeDecoder, RangeEncoder};
use crate::packed::table::Slot;

/// Everybody who changed cells in a tick. Keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Introductions {
    /// In the order of the cells that they came to.
    list: Vec<Introduction>,
    bytes: Vec<u8>,
}

/// One player who changed cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Introduction {
    /// Who.
    id: PlayerId,
    /// `None` for somebody who is new in the room.
    pub(super) from: Option<CellKey>,
    to: CellKey,
    bytes: (usize, usize),
}

impl Introductions {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.bytes.clear();
    }

    /// Somebody, as it was before the tick, came to a cell.
    pub(super) fn add(&mut self, slot: &Slot, from: Option<CellKey>, to: CellKey, name: &str) {
        let start = self.bytes.len();
        let mut coder = RangeEncoder::new(&mut self.bytes);
        let mut slot = *slot;
        slot.code_whole(&mut coder, 0);
        code_name(&mut coder, name);
        coder.finish();
        self.list.push(Introduction { id: slot.id, from, to, bytes: (start, self.bytes.len()) });
    }

    /// All were added.
    pub(super) fn sort(&mut self) {
        self.list.sort_unstable_by_key(|introduction| (introduction.to, introduction.id));
    }

    /// Those who came to the cells from `first` to `last`.
    pub(super) fn to(&self, first: CellKey, last: CellKey) -> &[Introduction] {
        let start = self.list.partition_point(|introduction| introduction.to < first);
        let count = self.list[start..].partition_point(|introduction| introduction.to <= last);
        &self.list[start..start + count]
    }

    pub(super) fn bytes(&self, introduction: &Introduction) -> &[u8] {
        &self.bytes[introduction.bytes.0..introduction.bytes.1]
    }
}

/// Reads one.
pub(super) fn read(bytes: &[u8]) -> Option<(Slot, String)> {
    let mut coder = RangeDecoder::new(bytes);
    let mut slot = Slot::default();
    slot.code_whole(&mut coder, 0);
    let name = read_name(&mut coder)?;
    (!coder.overrun()).then_some((slot, name))
}
