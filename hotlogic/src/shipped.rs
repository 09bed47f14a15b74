//! The scripts that come with the game. They are data: a server starts with [`ARENA`] when nothing was published yet.

/// The default rules, with a swirling orb.
pub const ARENA: &str = include_str!("../../rules/arena.rhai");

/// The small, plain arena: 500 x 500, a strike reaches 10 units and takes 10 of 100 hit points.
pub const CLASSIC: &str = include_str!("../../rules/classic.rhai");

/// Two teams, no friendly fire.
pub const TEAMS: &str = include_str!("../../rules/teams.rhai");

/// All of them by name.
pub const ALL: &[(&str, &str)] = &[("arena", ARENA), ("classic", CLASSIC), ("teams", TEAMS)];
