//! A join storm: a thousand players connect to a running server at the same moment.

use anyhow::ensure;
use tests::process::{Server, ServerOptions};
use tests::{PATIENCE, crowd, report};

const STORM: u32 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_come_at_once_all_get_in_and_share_their_keyframes() -> anyhow::Result<()> {
    swarm::system::raise_file_limit();
    let flags =
        ["--room-size", "1100", "--max-players", "1100", "--log", "error"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let before = server.metric("hotswap_tick_seconds_count").await?;

    let storm = crowd::idle(server.address, STORM, 0.0)?;
    let (storm, seen) = tokio::task::spawn_blocking(move || {
        let seen = storm.wait(PATIENCE, |seen| seen.in_fight + seen.lost >= u64::from(STORM));
        (storm, seen)
    })
    .await?;
    ensure!(seen.errors.is_empty(), "somebody was refused or complained to: {:?}", seen.errors);
    assert_eq!((seen.joined, seen.in_fight, seen.lost), (1_000, 1_000, 0));

    let ticks = server.metric("hotswap_tick_seconds_count").await? - before;
    let encoded = server.metric("hotswap_keyframes_encoded_total").await?;
    let sent = server.metric("hotswap_keyframes_sent_total").await?;
    report(&format!("{sent} keyframes sent, {encoded} encoded, in {ticks} ticks"));
    assert!(sent >= f64::from(STORM), "only {sent} were sent");
    assert!((1.0..=ticks).contains(&encoded), "{encoded} keyframes were encoded in {ticks} ticks");
    assert_eq!(server.metric("hotswap_ticks_left_out_total").await?, 0.0, "the arena stood still");
    assert_eq!(server.metric("hotswap_players").await?, f64::from(STORM));
    tokio::task::spawn_blocking(move || storm.leave()).await?;
    Ok(())
}
