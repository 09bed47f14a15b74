//! The numbers of the game that rules may change.

/// Widest and highest arena, in units. Bounds what a script may ask for and what a quantised position must hold.
pub const MAX_ARENA_SIZE: f32 = 8_192.0;
/// Widest and highest arena that was scaled for many players, in units.
pub const MAX_SCALED_SIZE: f32 = 4.0 * MAX_ARENA_SIZE;
/// Fastest that anything moves, in units per second: a bound on what rules may return.
pub const MAX_SPEED: f32 = 4_000.0;
/// Most hit points that rules may give.
pub const MAX_HP: i32 = 10_000;

macro_rules! tuning {
    ($($(#[doc = $doc:literal])+ $name:ident: $default:expr, $min:expr, $max:expr;)+) => {
        /// Tuning numbers of a rule set. A script overrides any of them by name in its `TUNING` map.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Tuning {
            $($(#[doc = $doc])+ pub $name: f32,)+
        }

        impl Default for Tuning {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Tuning {
            /// All names with their default, smallest and largest value, in the order of the struct.
            pub const FIELDS: &'static [TuningField] = &[
                $(TuningField {
                    name: stringify!($name), default: $default, min: $min, max: $max, doc: concat!($($doc),+),
                },)+
            ];

            /// Sets the number called `name`.
            ///
            /// # Errors
            /// [`TuningError`] when there is no such number or `value` is outside its bounds; nothing changes then.
            pub fn set(&mut self, name: &str, value: f32) -> Result<(), TuningError> {
                match name {
                    $(stringify!($name) => {
                        if !($min..=$max).contains(&value) {
                            return Err(TuningError::OutOfBounds {
                                name: stringify!($name), value, min: $min, max: $max,
                            });
                        }
                        if stringify!($name) == "teams" && value != 0.0 && value != 2.0 {
                            return Err(TuningError::NoSuchTeams { value });
                        }
                        self.$name = value;
                    })+
                    _ => return Err(TuningError::Unknown { name: name.to_owned(), nearest: nearest_name(name) }),
                }
                Ok(())
            }

            /// The number called `name`.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<f32> {
                match name {
                    $(stringify!($name) => Some(self.$name),)+
                    _ => None,
                }
            }
        }
    };
}

/// What is known of one tuning number.
#[derive(Clone, Copy, Debug)]
pub struct TuningField {
    /// Name in scripts.
    pub name: &'static str,
    /// Value when no script says otherwise.
    pub default: f32,
    /// Smallest allowed value.
    pub min: f32,
    /// Largest allowed value.
    pub max: f32,
    /// Meaning and unit.
    pub doc: &'static str,
}

/// Why a tuning number was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TuningError {
    /// No number has this name.
    #[error("there is no tuning number called \"{name}\"{}", nearest.map(|n| format!("; did you mean \"{n}\"?")).unwrap_or_default())]
    Unknown {
        /// As the script wrote it.
        name: String,
        /// The closest existing name, if one is close.
        nearest: Option<&'static str>,
    },
    /// The value is outside of its bounds, or not a number.
    #[error("\"{name}\" is {value}, but must be between {min} and {max}")]
    OutOfBounds {
        /// Name of the number.
        name: &'static str,
        /// Refused value.
        value: f32,
        /// Smallest allowed.
        min: f32,
        /// Largest allowed.
        max: f32,
    },
    /// There are no teams, or two.
    #[error("\"teams\" is {value}, but must be 0 (everybody fights for themselves) or 2 (two teams)")]
    NoSuchTeams {
        /// Refused value.
        value: f32,
    },
}

tuning! {
    /// Arena width, units.
    arena_width: 1600.0, 100.0, MAX_ARENA_SIZE;
    /// Arena height, units.
    arena_height: 1000.0, 100.0, MAX_ARENA_SIZE;
    /// Hit points of a fresh player.
    max_hp: 100.0, 1.0, MAX_HP as f32;
    /// Radius of a player's body, units.
    player_radius: 18.0, 1.0, 200.0;
    /// Running speed, units per second.
    player_speed: 260.0, 0.0, MAX_SPEED;
    /// How quickly a player reaches the wanted velocity, per second (share of the difference).
    player_response: 14.0, 0.1, 1000.0;
    /// Reach of a strike, centre to centre, units.
    strike_range: 84.0, 0.0, 2000.0;
    /// Damage of a strike, hit points.
    strike_damage: 20.0, 0.0, MAX_HP as f32;
    /// Seconds between two strikes.
    strike_cooldown: 0.45, 0.0, 60.0;
    /// Speed given to whoever is struck, units per second.
    strike_knockback: 420.0, 0.0, MAX_SPEED;
    /// How quickly knock-back fades, per second (share of what is left).
    knockback_decay: 6.0, 0.1, 1000.0;
    /// Speed while dashing, units per second.
    dash_speed: 900.0, 0.0, MAX_SPEED;
    /// Seconds a dash lasts.
    dash_duration: 0.14, 0.0, 5.0;
    /// Seconds between two dashes.
    dash_cooldown: 1.2, 0.0, 60.0;
    /// Seconds from death to respawn.
    respawn_delay: 3.0, 0.0, 60.0;
    /// Seconds of invulnerability after a spawn; a strike or dash of one's own ends it.
    shield_duration: 1.5, 0.0, 60.0;
    /// Radius of the orb, units.
    orb_radius: 14.0, 1.0, 200.0;
    /// Speed of the orb when nobody has batted it, units per second.
    orb_speed: 180.0, 0.0, MAX_SPEED;
    /// Speed of a freshly batted orb, units per second.
    orb_bat_speed: 820.0, 0.0, MAX_SPEED;
    /// How quickly a batted orb slows down to its usual speed, per second (share of the difference).
    orb_drag: 0.55, 0.0, 1000.0;
    /// Damage of a batted orb, hit points.
    orb_damage: 35.0, 0.0, MAX_HP as f32;
    /// Speed given to whoever the orb hits, units per second.
    orb_knockback: 520.0, 0.0, MAX_SPEED;
    /// Below this speed a batted orb is harmless again, units per second.
    orb_live_speed: 300.0, 0.0, MAX_SPEED;
    /// Left edge of the spawn area, units.
    spawn_min_x: 0.0, 0.0, MAX_ARENA_SIZE;
    /// Top edge of the spawn area, units.
    spawn_min_y: 0.0, 0.0, MAX_ARENA_SIZE;
    /// Right edge of the spawn area, units; 0 means the arena's.
    spawn_max_x: 0.0, 0.0, MAX_ARENA_SIZE;
    /// Bottom edge of the spawn area, units; 0 means the arena's.
    spawn_max_y: 0.0, 0.0, MAX_ARENA_SIZE;
    /// Length of a round, seconds.
    round_duration: 300.0, 5.0, 86_400.0;
    /// Pause between two rounds, seconds.
    round_pause: 15.0, 0.0, 600.0;
    /// Teams: 0, everybody fights for themselves, or 2.
    teams: 0.0, 0.0, 2.0;
}

impl Tuning {
    /// The same numbers in an arena that is `scale` times as wide and high, for more players; so is the spawn area. The
    /// scale counts as 1 when it is less, or no number.
    #[must_use]
    pub fn scaled(&self, scale: f32) -> Self {
        let sized = |size: f32| (size * scale.max(1.0)).min(MAX_SCALED_SIZE);
        Self {
            arena_width: sized(self.arena_width),
            arena_height: sized(self.arena_height),
            spawn_min_x: sized(self.spawn_min_x),
            spawn_min_y: sized(self.spawn_min_y),
            spawn_max_x: sized(self.spawn_max_x),
            spawn_max_y: sized(self.spawn_max_y),
            ..self.clone()
        }
    }
}

/// The field closest to `name`, when it is at most two edits away.
fn nearest_name(name: &str) -> Option<&'static str> {
    Tuning::FIELDS
        .iter()
        .map(|field| (edit_distance(name, field.name), field.name))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, nearest)| nearest)
}

/// Levenshtein distance in bytes: insertions, deletions and substitutions from `a` to `b`.
#[must_use]
pub fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Whole ticks that `seconds` last at `tick_rate` ticks per second, rounded to nearest.
#[must_use]
pub fn seconds_to_ticks(seconds: f32, tick_rate: u32) -> u32 {
    (seconds * tick_rate as f32 + 0.5) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_lie_within_their_bounds() {
        let tuning = Tuning::default();
        for field in Tuning::FIELDS {
            let value = tuning.get(field.name).unwrap();
            assert!(value >= field.min && value <= field.max, "{} = {value}", field.name);
        }
    }

    #[test]
    fn a_scaled_arena_is_as_many_times_as_wide_and_high_and_nothing_else_changes() {
        let tuning = Tuning { spawn_max_x: 800.0, ..Tuning::default() };
        let scaled = tuning.scaled(2.5);
        assert_eq!((scaled.arena_width, scaled.arena_height), (4_000.0, 2_500.0));
        assert_eq!((scaled.spawn_max_x, scaled.spawn_max_y), (2_000.0, 0.0));
        assert_eq!(scaled.player_speed, tuning.player_speed);
        assert_eq!(tuning.scaled(f32::INFINITY).arena_width, MAX_SCALED_SIZE);
        for none in [f32::NAN, 0.0, -3.0, 1.0] {
            assert_eq!(tuning.scaled(none), tuning);
        }
    }

    #[test]
    fn a_misspelt_name_gets_a_suggestion() {
        let error = Tuning::default().set("strike_rang", 5.0).unwrap_err();
        assert!(error.to_string().contains("did you mean \"strike_range\"?"), "{error}");
        let error = Tuning::default().set("gravity", 5.0).unwrap_err();
        assert!(!error.to_string().contains("did you mean"), "{error}");
    }

    #[test]
    fn there_are_no_teams_or_two() {
        let mut tuning = Tuning::default();
        for refused in [1.0, 0.5, 3.0, -2.0, f32::NAN] {
            assert!(tuning.set("teams", refused).is_err(), "{refused}");
        }
        let error = tuning.set("teams", 1.0).unwrap_err().to_string();
        assert!(error.contains("must be 0 (everybody fights for themselves) or 2"), "{error}");
        tuning.set("teams", 2.0).unwrap();
        assert_eq!(tuning.teams, 2.0);
    }

    #[test]
    fn what_is_out_of_bounds_or_not_a_number_changes_nothing() {
        let mut tuning = Tuning::default();
        for bad in [-1.0, f32::INFINITY, f32::NAN, 1e9] {
            assert!(tuning.set("player_speed", bad).is_err(), "{bad}");
        }
        assert_eq!(tuning, Tuning::default());
    }
}
