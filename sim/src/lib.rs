//! The game: a fixed-step world of players and one orb.
//!
//! Everything here is a pure function of the world, the rules and the inputs of a tick. There is no clock, no I/O,
//! no global random number generator and no container whose iteration order can differ, so equal inputs give
//! bit-identical worlds on every machine, natively and in wasm.
//!
//! Units: distances are world units (one unit is one CSS pixel at zoom 1), speeds are units per second, durations in
//! [`Tuning`] are seconds and become whole ticks when they are used. `y` grows downwards, as on a canvas.

pub mod bots;
pub mod checksum;
pub mod combat;
pub mod effect;
pub mod hindsight;
pub mod ids;
pub mod input;
pub mod moments;
pub mod movement;
mod near;
pub mod orb;
pub mod rng;
pub mod round;
pub mod rules;
pub mod spawn;
pub mod step;
pub mod teams;
pub mod tuning;
pub mod vec2;
pub mod world;

pub use effect::Effect;
pub use hindsight::Hindsight;
pub use ids::{PlayerId, Seq, Tick};
pub use input::PlayerInput;
pub use rules::{NativeRules, Rules, RulesError};
pub use tuning::Tuning;
pub use vec2::Vec2;
pub use world::{Orb, Player, World};

/// Ticks per second of the simulation unless the server is told otherwise.
pub const DEFAULT_TICK_RATE: u32 = 30;
