//! The scripts that come with the game. They are data: a server starts with [`ARENA`] when nothing was published yet.

/// The default rules, with a swirling orb.
pub const ARENA: &str = include_str!("../../rules/arena.rhai");

/// The small, plain arena: 500 x 500, a strike reaches 10 units and takes 10 of 100 hit points.
pub const CLASSIC: &str = include_str!("../../rules/classic.rhai");

/// Two teams, no friendly fire.
pub const TEAMS: &str = include_str!("../../rules/teams.rhai");

/// All of them by name.
pub const ALL: &[(&str, &str)] = &[("arena", ARENA), ("classic", CLASSIC), ("teams", TEAMS)];

/// The cards by name, in the order in which operators see them.
pub const CARDS: &[(&str, &str)] = &[
    ("heavy_orb", include_str!("../../rules/mutators/heavy_orb.rhai")),
    ("floating_orb", include_str!("../../rules/mutators/floating_orb.rhai")),
    ("big_push", include_str!("../../rules/mutators/big_push.rhai")),
    ("glass_cannon", include_str!("../../rules/mutators/glass_cannon.rhai")),
    ("giants", include_str!("../../rules/mutators/giants.rhai")),
    ("ice_floor", include_str!("../../rules/mutators/ice_floor.rhai")),
    ("sprint", include_str!("../../rules/mutators/sprint.rhai")),
    ("vampire", include_str!("../../rules/mutators/vampire.rhai")),
];
