//! The sending side: every cell once a tick, for all who see it.

use sim::{PlayerId, Tick};

use super::introductions::Introductions;
use super::{CellKey, CellRect, MAX_CELLS, NEW_VIEW, STANDING, Standing, cell_of};
use crate::packed::models::{self, Models, code_name};
use crate::packed::orb::OrbSlot;
use crate::packed::own::varint;
use crate::packed::range::{Coder, RangeEncoder};
use crate::packed::table::{Picture, Slot};
use crate::packed::{MAX_PLAYERS, encoder::momentum_steps};
use crate::snapshot::OrbState;

/// Ages of a room, ticks, at which its cells take over what was learnt meanwhile; after the last one, that often.
const LESSONS: [u32; 4] = [16, 64, 256, 1_024];

/// Encodes each cell of a battlefield against the tick before, once for all who see it. Allocates nothing once it has
/// seen its largest tick.
#[derive(Debug)]
pub struct FieldEncoder {
    momentum: i32,
    tick: Tick,
    release: u32,
    orb: OrbSlot,
    /// Of what everybody gets.
    models: Models,
    /// With which every cell begins in every tick.
    lesson: Models,
    /// Learns from the fullest cell.
    pupil: Models,
    age: u32,
    slots: Vec<Placed>,
    before: Vec<Placed>,
    cells: Vec<Cell>,
    /// Indexes of slots, cell by cell.
    order: Vec<u32>,
    introductions: Introductions,
    /// What everybody gets: as a delta and as a keyframe.
    room: Vec<u8>,
    room_keyframe: Vec<u8>,
    room_keyframe_made: bool,
    /// The deltas of all cells, row by row, each behind its length: what somebody sees of a row is one piece.
    deltas: Vec<u8>,
    /// One of them.
    delta: Vec<u8>,
    /// Positions of those who left a cell, in its list before.
    left: Vec<usize>,
    /// What the pupil writes is of no use.
    exercise: Vec<u8>,
    encoded: Encodings,
}

/// How often cells were encoded in a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encodings {
    /// Deltas: one for each cell with somebody in it.
    pub deltas: usize,
    /// Keyframes: one for each cell that came into somebody's view.
    pub keyframes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Placed {
    slot: Slot,
    cell: CellKey,
    from: Option<CellKey>,
}

#[derive(Debug, Default)]
struct Cell {
    /// Who was in it after the tick before; then after this one.
    members: Vec<PlayerId>,
    /// Its part of the order.
    part: (usize, usize),
    delta: (usize, usize),
    keyframe: Vec<u8>,
    keyframe_made: bool,
}

impl FieldEncoder {
    /// An encoder for a fight with that `momentum`: see [`SnapshotEncoder::new`](crate::packed::SnapshotEncoder::new).
    #[must_use]
    pub fn new(momentum: f32) -> Self {
        let side = usize::from(MAX_CELLS);
        Self {
            momentum: momentum_steps(momentum),
            tick: Tick(0),
            release: 0,
            orb: OrbSlot::default(),
            models: Models::default(),
            lesson: Models::default(),
            pupil: Models::default(),
            age: 0,
            slots: Vec::new(),
            before: Vec::new(),
            cells: (0..side * side).map(|_| Cell::default()).collect(),
            order: Vec::new(),
            introductions: Introductions::default(),
            room: Vec::new(),
            room_keyframe: Vec::new(),
            room_keyframe_made: false,
            deltas: Vec::new(),
            delta: Vec::new(),
            left: Vec::new(),
            exercise: Vec::new(),
            encoded: Encodings::default(),
        }
    }

    /// The tick that was encoded last.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// What was encoded of the last tick so far.
    #[must_use]
    pub fn encodings(&self) -> Encodings {
        self.encoded
    }

    /// Encodes the next tick. `players` are in ascending order of id; those past [`MAX_PLAYERS`] are not seen. `name_at` gives
    /// the name of the one at a position in that list.
    pub fn encode<'n>(
        &mut self,
        tick: Tick,
        release: u32,
        orb: &OrbState,
        players: &[Picture],
        name_at: impl Fn(usize) -> &'n str,
    ) {
        let players = &players[..players.len().min(MAX_PLAYERS)];
        self.tick = tick;
        self.encoded = Encodings::default();
        self.encode_room(release, orb);
        self.place(players, name_at);
        let fullest = self.sort();
        self.deltas.clear();
        for cell in 0..self.cells.len() {
            if cell == fullest {
                self.learn(cell, players);
            }
            self.encode_cell(cell, players);
        }
    }

    /// The part that everybody gets.
    fn encode_room(&mut self, release: u32, orb: &OrbState) {
        self.room.clear();
        self.room_keyframe_made = false;
        let mut coder = RangeEncoder::new(&mut self.room);
        let models = &mut self.models;
        if coder.bit(&mut models.rules, release != self.release) {
            self.release = models::sized(&mut coder, release);
        }
        self.age += 1;
        let last = LESSONS[LESSONS.len() - 1];
        let due = LESSONS.contains(&self.age) || self.age.is_multiple_of(last);
        if coder.bit(&mut models.roster, due) {
            self.lesson.clone_from(&self.pupil);
            self.lesson.code(&mut coder);
        }
        self.orb.code_tick(&mut coder, models, self.momentum, Some(orb));
        coder.finish();
    }

    /// Finds out who is in which cell, and introduces those who came from elsewhere.
    fn place<'n>(&mut self, players: &[Picture], name_at: impl Fn(usize) -> &'n str) {
        std::mem::swap(&mut self.slots, &mut self.before);
        self.slots.clear();
        self.introductions.clear();
        let mut known = self.before.iter().peekable();
        for (index, picture) in players.iter().enumerate() {
            while known.next_if(|placed| placed.slot.id < picture.id()).is_some() {}
            let (slot, from) = match known.next_if(|placed| placed.slot.id == picture.id()) {
                Some(known) => (known.slot, Some(known.cell)),
                None => (Slot::new(picture), None),
            };
            let cell = cell_of(picture.position(), from);
            if from != Some(cell) {
                self.introductions.add(&slot, from, cell, name_at(index));
            }
            self.slots.push(Placed { slot, cell, from });
        }
        self.introductions.sort();
    }

    /// Sorts by cells, keeping the order of ids within each; gives the fullest one.
    fn sort(&mut self) -> usize {
        for cell in &mut self.cells {
            cell.part = (0, 0);
            cell.keyframe_made = false;
        }
        for placed in &self.slots {
            self.cells[usize::from(placed.cell)].part.1 += 1;
        }
        let (mut total, mut fullest) = (0, (0, 0));
        for (index, cell) in self.cells.iter_mut().enumerate() {
            let count = cell.part.1;
            cell.part = (total, total);
            total += count;
            if count > fullest.0 {
                fullest = (count, index);
            }
        }
        self.order.clear();
        self.order.resize(total, 0);
        for (index, placed) in self.slots.iter().enumerate() {
            let end = &mut self.cells[usize::from(placed.cell)].part.1;
            self.order[*end] = index as u32;
            *end += 1;
        }
        fullest.1
    }

    /// Plays through a cell with models that never begin anew.
    fn learn(&mut self, cell: usize, players: &[Picture]) {
        self.exercise.clear();
        let mut coder = RangeEncoder::new(&mut self.exercise);
        let Cell { part, members, .. } = &self.cells[cell];
        let part = &self.order[part.0..part.1];
        let moved = |index: &u32| self.slots[*index as usize].from != Some(cell as CellKey);
        coder.bit(&mut self.pupil.roster, part.len() != members.len() || part.iter().any(moved));
        for &index in part {
            let (mut slot, picture) = (self.slots[index as usize].slot, &players[index as usize]);
            slot.code_tick(&mut coder, &mut self.pupil, self.momentum, Some(picture));
        }
        coder.finish();
    }

    fn encode_cell(&mut self, key: usize, players: &[Picture]) {
        let Cell { members, part, delta, .. } = &mut self.cells[key];
        let start = self.deltas.len();
        let part = &self.order[part.0..part.1];
        if part.is_empty() && members.is_empty() {
            write_sized(&mut self.deltas, &[]);
            *delta = (start, self.deltas.len());
            return;
        }
        self.encoded.deltas += 1;
        let mut models = self.lesson.clone();
        self.delta.clear();
        let mut coder = RangeEncoder::new(&mut self.delta);
        let id_at = |index: &u32| self.slots[*index as usize].slot.id;
        self.left.clear();
        let mut now = part.iter().map(id_at).peekable();
        for (index, id) in members.iter().enumerate() {
            while now.next_if(|other| other < id).is_some() {}
            if now.next_if_eq(id).is_none() {
                self.left.push(index);
            }
        }
        let came = part.len() + self.left.len() - members.len();
        if coder.bit(&mut models.roster, !self.left.is_empty() || came > 0) {
            models::sized(&mut coder, self.left.len() as u32);
            for index in self.left.drain(..).rev() {
                models::sized(&mut coder, index as u32);
            }
            models::sized(&mut coder, came as u32);
            let newcomers = part.iter().filter(|index| members.binary_search(&id_at(index)).is_err());
            newcomers.for_each(|index| {
                models::sized(&mut coder, id_at(index).0);
            });
            members.clear();
            members.extend(part.iter().map(id_at));
        }
        for &index in part {
            let (slot, picture) = (&mut self.slots[index as usize].slot, &players[index as usize]);
            slot.code_tick(&mut coder, &mut models, self.momentum, Some(picture));
        }
        coder.finish();
        write_sized(&mut self.deltas, &self.delta);
        *delta = (start, self.deltas.len());
    }

    /// Positions, in the list that was encoded last, of those in the cells of `view`.
    pub fn in_view(&self, view: CellRect) -> impl Iterator<Item = usize> {
        view.cells().flat_map(|cell| {
            let (start, end) = self.cells[usize::from(cell)].part;
            self.order[start..end].iter().map(|index| *index as usize)
        })
    }

    /// Appends what comes behind the private part of a frame: the cells of `view`, for somebody who got those of `seen`
    /// with the tick before. Without `seen` it is a keyframe. `name_at` is that of the tick.
    pub fn write<'n>(
        &mut self,
        out: &mut Vec<u8>,
        seen: Option<CellRect>,
        view: CellRect,
        standing: Option<Standing>,
        name_at: impl Fn(usize) -> &'n str,
    ) {
        let new_view = seen != Some(view);
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        out.push(flag(new_view, NEW_VIEW) | flag(standing.is_some(), STANDING));
        if new_view {
            out.extend_from_slice(&view.to_bytes());
        }
        if let Some(Standing { rank, players }) = standing {
            varint(out, rank);
            varint(out, players);
        }
        let room = if seen.is_some() { &self.room } else { self.room_keyframe() };
        write_sized(out, room);
        match seen {
            Some(seen) => self.introductions.write(out, seen, view),
            None => varint(out, 0),
        }
        for row in view.rows() {
            let known = seen.and_then(|seen| row.common(&seen));
            let Some(known) = known else {
                row.cells().for_each(|cell| write_sized(out, self.keyframe(cell, &name_at)));
                continue;
            };
            let (first, last) = (known.first(), known.last());
            (row.first()..first).for_each(|cell| write_sized(out, self.keyframe(cell, &name_at)));
            let (start, end) =
                (self.cells[usize::from(first)].delta.0, self.cells[usize::from(last)].delta.1);
            out.extend_from_slice(&self.deltas[start..end]);
            (last + 1..=row.last()).for_each(|cell| write_sized(out, self.keyframe(cell, &name_at)));
        }
    }

    fn room_keyframe(&mut self) -> &[u8] {
        if !std::mem::replace(&mut self.room_keyframe_made, true) {
            self.room_keyframe.clear();
            let mut coder = RangeEncoder::new(&mut self.room_keyframe);
            coder.raw(8, self.momentum as u32);
            models::sized(&mut coder, self.release);
            self.models.code(&mut coder);
            self.lesson.code(&mut coder);
            self.orb.code_whole(&mut coder);
            coder.finish();
        }
        &self.room_keyframe
    }

    /// A cell for those who have just come to see it. It is made when somebody asks for the first time in a tick.
    fn keyframe<'n>(&mut self, key: CellKey, name_at: &impl Fn(usize) -> &'n str) -> &[u8] {
        let cell = &mut self.cells[usize::from(key)];
        if !std::mem::replace(&mut cell.keyframe_made, true) {
            self.encoded.keyframes += 1;
            cell.keyframe.clear();
            let mut coder = RangeEncoder::new(&mut cell.keyframe);
            models::sized(&mut coder, cell.members.len() as u32);
            let mut before = 0;
            for &index in &self.order[cell.part.0..cell.part.1] {
                let slot = &mut self.slots[index as usize].slot;
                slot.code_whole(&mut coder, before);
                before = slot.id.0;
                code_name(&mut coder, name_at(index as usize));
            }
            coder.finish();
        }
        &cell.keyframe
    }
}

/// The length as a varint, and the bytes.
pub(super) fn write_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    varint(out, bytes.len() as u32);
    out.extend_from_slice(bytes);
}
