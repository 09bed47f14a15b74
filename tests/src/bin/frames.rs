//! Writes what the game costs in a browser into the page that is named on the command line; run it with
//! `cargo xtask bench client`.

use std::fs;

use anyhow::Context;
use tests::frames::{measure, section};
use tests::report;

/// The lines of the page between which the figures stand.
const MARKERS: [&str; 2] = ["<!-- begin: client -->", "<!-- end: client -->"];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("which page?")?;
    let section = section(&measure().await?);
    report(&section);
    let page = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let [begin, end] = MARKERS;
    let (before, rest) = page.split_once(begin).with_context(|| format!("{path} has no {begin}"))?;
    let (_, after) = rest.split_once(end).with_context(|| format!("{path} has no {end}"))?;
    fs::write(&path, format!("{before}{begin}\n\n{}\n\n{end}{after}", section.trim()))?;
    Ok(())
}
