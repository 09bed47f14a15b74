//! Players who walked into a cell, for those who did not see where they came from.

use sim::PlayerId;

use super::encoder::write_sized;
use super::{CellKey, CellRect, MAX_CELLS, key};
use crate::packed::models::{code_name, read_name};
use crate::packed::own::varint;
use crate::packed::range::{RangeDecoder, RangeEncoder};
use crate::packed::table::Slot;

/// Everybody who changed cells in a tick. Keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Introductions {
    /// In the order of the cells that they came to.
    list: Vec<Introduction>,
    /// Where the list of each row of cells begins, and where that of the last one ends.
    rows: Vec<usize>,
    bytes: Vec<u8>,
    /// Places in the list of those who are written.
    chosen: Vec<usize>,
}

/// One player who changed cells.
#[derive(Clone, Copy, Debug)]
struct Introduction {
    /// Who.
    id: PlayerId,
    /// `None` for somebody who is new in the room.
    from: Option<CellKey>,
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
        let begin = |row| self.list.partition_point(|introduction| introduction.to < key(0, row));
        self.rows.clear();
        self.rows.extend((0..=MAX_CELLS).map(begin));
    }

    /// Appends how many came into cells that somebody who saw `seen` goes on looking at, from where it did not look, and
    /// who they are.
    pub(super) fn write(&mut self, out: &mut Vec<u8>, seen: CellRect, view: CellRect) {
        self.chosen.clear();
        for row in view.common(&seen).into_iter().flat_map(CellRect::rows) {
            let top = usize::from(row.top);
            let news = |place: &usize| {
                let Introduction { from, to, .. } = self.list[*place];
                row.contains(to) && !from.is_some_and(|from| seen.contains(from))
            };
            self.chosen.extend((self.rows[top]..self.rows[top + 1]).filter(news));
        }
        varint(out, self.chosen.len() as u32);
        for place in &self.chosen {
            let (start, end) = self.list[*place].bytes;
            write_sized(out, &self.bytes[start..end]);
        }
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
