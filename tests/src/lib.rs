//! What the end-to-end tests share: the server as a process, and a browser with tabs.
//!
//! `cargo xtask test` builds what is tested and sets three variables: `HOTSWAP_BIN` (the server), `CHROME` (the browser)
//! and `HOTSWAP_SCREENSHOTS` (a folder for pictures).

pub mod arena;
#[cfg(target_os = "linux")]
pub mod bad_line;
pub mod browser;
pub mod control_room;
pub mod crowd;
pub mod firefox;
pub mod frames;
pub mod netcode;
#[cfg(target_os = "linux")]
pub mod netns;
pub mod nginx;
pub mod players;
pub mod process;
pub mod relay;

use std::io::Write;
use std::time::Duration;

/// Longer than anything that is waited for takes, even on a busy machine; a test that gets here has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Rules for a fight that needs no chasing: everybody enters at one spot without a shield, and two strikes kill.
pub const CLOSE_QUARTERS: &str = "const TUNING = #{
    spawn_min_x: 800.0, spawn_max_x: 800.0, spawn_min_y: 500.0, spawn_max_y: 500.0,
    shield_duration: 0.0, strike_damage: 60.0, strike_knockback: 0.0, orb_speed: 0.0, orb_damage: 0.0,
    respawn_delay: 1.0,
};";

/// The value of a variable that `cargo xtask test` sets.
///
/// # Errors
/// When it is missing.
pub fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name)
        .map_err(|_| anyhow::anyhow!("{name} is not set: run these tests with `cargo xtask test`"))
}

/// Prints a line, also when the test passes: test harnesses keep what `println!` says of a passed test to themselves.
pub fn report(line: &str) {
    // Nobody reads it when this fails.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
