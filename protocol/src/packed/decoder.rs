//! The receiving side: follows one connection from its first keyframe on.

use sim::{PlayerId, Tick};

use super::MAX_PLAYERS;
use super::field::FieldTable;
use super::models::{self, Models};
use super::orb::OrbSlot;
use super::own::{OwnCheck, OwnReader, OwnWord};
use super::range::{Coder, RangeDecoder};
use super::table::{Changed, Slot};
use crate::codec::{FIELD, FIELD_KEYFRAME, KEYFRAME, snapshot_tick};
use crate::snapshot::{PlayerState, Snapshot};

/// Why a frame is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The tick before is missing: ask for a keyframe.
    #[error("the tick before this delta is missing")]
    NeedsKeyframe,
    /// It is no snapshot. Nothing but a keyframe helps after that.
    #[error("not a snapshot")]
    Malformed,
}

/// What a frame said.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The state, as JSON would have told it. `you` is there when the server told the exact own state.
    pub snapshot: Snapshot,
    /// Otherwise this: the server believes that the receiver knows its own state, and says how to verify that.
    pub check: Option<OwnCheck>,
}

/// Decodes the snapshots of one connection. A new connection needs a new one.
#[derive(Debug, Default)]
pub struct SnapshotDecoder {
    tick: Option<Tick>,
    momentum: i32,
    release: u32,
    slots: Vec<Slot>,
    orb: OrbSlot,
    models: Models,
    own: OwnReader,
    field: FieldTable,
}

impl SnapshotDecoder {
    /// Decodes a frame.
    ///
    /// # Errors
    /// [`SnapshotError`]; never panics, whatever the bytes. After an error only a keyframe is decoded.
    pub fn decode(&mut self, frame: &[u8]) -> Result<Decoded, SnapshotError> {
        let before = self.tick.take();
        let (Some(tick), Some(kind)) = (snapshot_tick(frame), frame.first()) else {
            return Err(SnapshotError::Malformed);
        };
        let follows = before.is_some_and(|before| before.0.checked_add(1) == Some(tick.0));
        let whole = matches!(*kind, KEYFRAME | FIELD_KEYFRAME);
        if !whole && !follows {
            return Err(SnapshotError::NeedsKeyframe);
        }
        let (word, shared) = self.own.read(&frame[5..]).ok_or(SnapshotError::Malformed)?;
        let mut snapshot = Snapshot { tick, ..Snapshot::default() };
        let known = match *kind {
            FIELD | FIELD_KEYFRAME => self.field.read(whole, shared, &mut snapshot),
            _ => self.room(whole, shared, &mut snapshot),
        };
        known.ok_or(SnapshotError::Malformed)?;
        self.tick = Some(tick);
        let check = match word {
            OwnWord::Nothing => None,
            OwnWord::Exact(you) => {
                snapshot.you = Some(you);
                None
            }
            OwnWord::Check(check) => Some(check),
        };
        Ok(Decoded { snapshot, check })
    }

    /// A room in which everybody sees everything.
    fn room(&mut self, whole: bool, shared: &[u8], snapshot: &mut Snapshot) -> Option<()> {
        let mut coder = RangeDecoder::new(shared);
        if whole {
            self.whole(&mut coder, snapshot)?;
        } else {
            self.delta(&mut coder, snapshot)?;
        }
        snapshot.release = self.release;
        snapshot.orb = self.orb.state();
        (!coder.overrun()).then_some(())
    }

    fn delta(&mut self, coder: &mut RangeDecoder<'_>, snapshot: &mut Snapshot) -> Option<()> {
        let models = &mut self.models;
        if coder.bit(&mut models.rules, false) {
            self.release = models::sized(coder, 0);
        }
        if coder.bit(&mut models.roster, false) {
            for _ in 0..models::sized(coder, 0) {
                let index = models::sized(coder, 0) as usize;
                if index >= self.slots.len() {
                    return None;
                }
                snapshot.removed.push(self.slots.remove(index).id);
            }
            for _ in 0..models::sized(coder, 0) {
                let mut slot = Slot::default();
                slot.fresh = true;
                slot.code_whole(coder, 0);
                let index = self.slots.binary_search_by_key(&slot.id, |other| other.id).err()?;
                if coder.overrun() || self.slots.len() >= MAX_PLAYERS {
                    return None;
                }
                self.slots.insert(index, slot);
            }
            snapshot.removed.reverse();
        }
        for slot in &mut self.slots {
            let fresh = std::mem::take(&mut slot.fresh);
            let changed =
                if fresh { Changed::ALL } else { slot.code_tick(coder, models, self.momentum, None) };
            if changed.any() {
                snapshot.players.push(slot.state(&changed));
            }
        }
        self.orb.code_tick(coder, models, self.momentum, None);
        Some(())
    }

    fn whole(&mut self, coder: &mut RangeDecoder<'_>, snapshot: &mut Snapshot) -> Option<()> {
        snapshot.full = true;
        self.momentum = coder.raw(8, 0) as i32;
        self.release = models::sized(coder, 0);
        self.models.code(coder);
        self.orb = OrbSlot::default();
        self.orb.code_whole(coder);
        self.slots.clear();
        let mut before = None;
        for _ in 0..models::sized(coder, 0) {
            let mut slot = Slot::default();
            slot.code_whole(coder, before.map_or(0, |PlayerId(id)| id));
            let name = models::read_name(coder)?;
            let in_order = before.is_none_or(|before| before < slot.id);
            if coder.overrun() || !in_order || self.slots.len() >= MAX_PLAYERS {
                return None;
            }
            before = Some(slot.id);
            snapshot.players.push(PlayerState { name: Some(name), ..slot.state(&Changed::ALL) });
            self.slots.push(slot);
        }
        Some(())
    }
}
