//! The receiving side: the cells that are in view.

use std::collections::BTreeMap;

use sim::PlayerId;

use super::{CellKey, CellRect, NEW_VIEW, STANDING, Standing, introductions};
use crate::packed::MAX_PLAYERS;
use crate::packed::models::{self, Models, read_name};
use crate::packed::orb::OrbSlot;
use crate::packed::own::{take, take_varint};
use crate::packed::range::{Coder, RangeDecoder};
use crate::packed::table::{Changed, Slot};
use crate::snapshot::{PlayerState, Snapshot};

/// Everybody in view, as the encoder knows it.
#[derive(Debug, Default)]
pub(in crate::packed) struct FieldTable {
    view: Option<CellRect>,
    momentum: i32,
    release: u32,
    orb: OrbSlot,
    models: Models,
    lesson: Models,
    players: BTreeMap<PlayerId, Known>,
    /// Who is in which cell, in ascending order of id.
    cells: BTreeMap<CellKey, Vec<PlayerId>>,
    /// Who left which cell in this tick.
    left: Vec<(PlayerId, CellKey)>,
}

#[derive(Debug)]
struct Known {
    slot: Slot,
    /// `None` between an introduction and the cell that it is for.
    cell: Option<CellKey>,
    /// Its name, while its owner has not been told of it.
    introduced: Option<String>,
}

impl FieldTable {
    /// Reads what comes behind the private part, into a `snapshot` that is empty but for its tick. `None` when it is no
    /// frame; nothing but a keyframe helps then.
    pub(in crate::packed) fn read(
        &mut self,
        keyframe: bool,
        bytes: &[u8],
        snapshot: &mut Snapshot,
    ) -> Option<()> {
        let rest = &mut &*bytes;
        if keyframe {
            *self = Self::default();
        }
        let seen = self.view.take();
        let [flags] = take::<1>(rest)?;
        let view = if flags & NEW_VIEW != 0 { CellRect::from_bytes(take(rest)?) } else { seen }?;
        if flags & STANDING != 0 {
            let (rank, players) = (take_varint(rest)?, take_varint(rest)?);
            snapshot.standing = Some(Standing { rank, players });
        }
        snapshot.full = keyframe;
        self.room(keyframe, take_sized(rest)?)?;
        self.left.clear();
        for _ in 0..take_varint(rest)? {
            let (slot, name) = introductions::read(take_sized(rest)?)?;
            self.insert(slot, None, name)?;
        }
        for cell in view.cells() {
            let part = take_sized(rest)?;
            if seen.is_some_and(|seen| seen.contains(cell)) {
                self.delta(cell, part, snapshot)?;
            } else {
                self.whole(cell, part, snapshot)?;
            }
        }
        self.forget_out_of_sight(seen, view, snapshot);
        snapshot.players.sort_unstable_by_key(|player| player.id);
        snapshot.release = self.release;
        snapshot.orb = self.orb.state();
        self.view = Some(view);
        Some(())
    }

    fn room(&mut self, keyframe: bool, part: &[u8]) -> Option<()> {
        let mut coder = RangeDecoder::new(part);
        let models = &mut self.models;
        if keyframe {
            self.momentum = coder.raw(8, 0) as i32;
            self.release = models::sized(&mut coder, 0);
            models.code(&mut coder);
            self.lesson.code(&mut coder);
            self.orb.code_whole(&mut coder);
        } else {
            if coder.bit(&mut models.rules, false) {
                self.release = models::sized(&mut coder, 0);
            }
            if coder.bit(&mut models.roster, false) {
                self.lesson.code(&mut coder);
            }
            self.orb.code_tick(&mut coder, models, self.momentum, None);
        }
        (!coder.overrun()).then_some(())
    }

    fn delta(&mut self, cell: CellKey, part: &[u8], snapshot: &mut Snapshot) -> Option<()> {
        let mut coder = RangeDecoder::new(part);
        let mut models = self.lesson.clone();
        let mut members = self.cells.remove(&cell)?;
        if coder.bit(&mut models.roster, false) {
            for _ in 0..models::sized(&mut coder, 0) {
                let index = models::sized(&mut coder, 0) as usize;
                if index >= members.len() {
                    return None;
                }
                self.left.push((members.remove(index), cell));
            }
            for _ in 0..models::sized(&mut coder, 0) {
                let id = PlayerId(models::sized(&mut coder, 0));
                let index = members.binary_search(&id).err()?;
                if coder.overrun() || members.len() >= MAX_PLAYERS {
                    return None;
                }
                members.insert(index, id);
            }
        }
        for id in &members {
            let known = self.players.get_mut(id)?;
            known.cell = Some(cell);
            let changed = known.slot.code_tick(&mut coder, &mut models, self.momentum, None);
            if let Some(name) = known.introduced.take() {
                snapshot.players.push(PlayerState { name: Some(name), ..known.slot.state(&Changed::ALL) });
            } else if changed.any() {
                snapshot.players.push(known.slot.state(&changed));
            }
        }
        self.cells.insert(cell, members);
        (!coder.overrun()).then_some(())
    }

    fn whole(&mut self, cell: CellKey, part: &[u8], snapshot: &mut Snapshot) -> Option<()> {
        let mut coder = RangeDecoder::new(part);
        let mut members: Vec<PlayerId> = Vec::new();
        for _ in 0..models::sized(&mut coder, 0) {
            let mut slot = Slot::default();
            slot.code_whole(&mut coder, members.last().map_or(0, |PlayerId(id)| *id));
            let name = read_name(&mut coder)?;
            if coder.overrun() || members.last().is_some_and(|last| *last >= slot.id) {
                return None;
            }
            members.push(slot.id);
            snapshot.players.push(PlayerState { name: Some(name.clone()), ..slot.state(&Changed::ALL) });
            self.insert(slot, Some(cell), name)?.introduced = None;
        }
        self.cells.insert(cell, members);
        Some(())
    }

    fn insert(&mut self, slot: Slot, cell: Option<CellKey>, name: String) -> Option<&mut Known> {
        if self.players.len() >= MAX_PLAYERS {
            return None;
        }
        let id = slot.id;
        self.players.insert(id, Known { slot, cell, introduced: Some(name) });
        self.players.get_mut(&id)
    }

    /// Takes out whoever is in no cell of the view any more.
    fn forget_out_of_sight(&mut self, seen: Option<CellRect>, view: CellRect, snapshot: &mut Snapshot) {
        for cell in seen.into_iter().flat_map(CellRect::cells).filter(|cell| !view.contains(*cell)) {
            let members = self.cells.remove(&cell).unwrap_or_default();
            self.left.extend(members.into_iter().map(|id| (id, cell)));
        }
        for (id, cell) in self.left.drain(..) {
            if self.players.get(&id).is_some_and(|known| known.cell == Some(cell)) {
                self.players.remove(&id);
                snapshot.removed.push(id);
            }
        }
        snapshot.removed.sort_unstable();
    }
}

fn take_sized<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_varint(rest)? as usize;
    let (part, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(part)
}
