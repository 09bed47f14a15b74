//! Binary snapshots: deltas of a few bits a player against the tick before, and keyframes for whoever begins to listen.
//!
//! A frame is, in this order: one byte that says what follows ([`SNAPSHOT`](crate::codec::SNAPSHOT) or
//! [`KEYFRAME`](crate::codec::KEYFRAME)), the tick (four bytes, little endian), the part for its receiver alone
//! (`own`), and to its end the part that everybody gets, which is the same bytes for all and encoded once.
//! A battlefield has frames of its own, [`FIELD`](crate::codec::FIELD) and [`FIELD_KEYFRAME`](crate::codec::FIELD_KEYFRAME),
//! in which the last part is one of the cells that the receiver sees: see `field`.
//! `docs/protocol.md`, "Binary framing", is the specification.
//!
//! Encoder and decoder run the same code (`table`) on the same whole numbers: it asks a `Coder` for decisions, which
//! either writes them or reads them.

mod decoder;
mod encoder;
mod field;
mod models;
mod orb;
mod own;
mod range;
mod table;
mod track;

pub use decoder::{Decoded, SnapshotDecoder, SnapshotError};
pub use encoder::SnapshotEncoder;
pub use field::{BORDER, CELL, CellRect, FieldEncoder, MAX_CELLS, Standing};
pub use own::{OwnCheck, OwnWriter, own_checksum};
pub use table::Picture;

/// Most players of a snapshot.
pub const MAX_PLAYERS: usize = 16_384;
/// How far from the truth a position of somebody else may be, units.
pub const POSITION_TOLERANCE: f32 = track::GRID as f32 / track::FINE as f32;
