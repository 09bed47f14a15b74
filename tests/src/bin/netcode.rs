//! Prints the table of `docs/netcode.md`; run it with `cargo xtask bench netcode`.
#![expect(clippy::print_stdout, reason = "a table for people is its purpose")]

use std::thread;

use tests::netcode::{LINES, measure, table};

fn main() {
    let lines = LINES.map(|round_trip_ms| thread::spawn(move || measure(round_trip_ms)));
    let figures: Vec<_> = lines.into_iter().filter_map(|line| line.join().ok()).collect();
    println!("{}", table(&figures));
}
