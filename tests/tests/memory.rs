//! What players cost in memory: while they are there, and after they are gone.

use std::time::Duration;

use anyhow::{Context, ensure};
use swarm::crowd::Churn;
use swarm::crowd::tally::Tally;
use swarm::system::resident_memory;
use tests::process::{Server, ServerOptions};
use tests::{PATIENCE, crowd, report};
use tokio::task::spawn_blocking;

const IDLE_PLAYERS: u32 = 800;
/// What an idle player may cost, bytes.
const MOST_PER_PLAYER: f64 = 24.0 * 1_024.0;

/// Players who are there at any time while others come and go.
const CHURNING: u32 = 200;
/// How they do. One in eight hangs up and stays in the arena for the grace period.
const CHURN: Churn = Churn { per_second: 250.0, vanish_one_in: 8 };
/// Joins until memory is looked at for the first time, and from then to the second.
const WARM_UP: u64 = 1_000;
const JOINS: u64 = 3_000;
/// How much more memory it may be then: 512 bytes a join, which is less than any session, seat or body that is not let go.
const SLACK: f64 = 512.0 * JOINS as f64;

/// All in one room.
const ONE_ROOM: [&str; 2] = ["--room-size", "2000"];

/// A server with seats for everybody.
async fn start(flags: &[&str]) -> anyhow::Result<Server> {
    swarm::system::raise_file_limit();
    let flags = ["--max-players", "2000", "--log", "error"].iter().chain(flags);
    let flags = flags.map(|flag| (*flag).to_owned()).collect();
    Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await
}

/// Memory of the server, bytes; `None`, which is said, where the system does not tell.
fn memory(server: &Server) -> anyhow::Result<Option<f64>> {
    let process = server.process().context("the server has ended")?;
    let memory = resident_memory(process);
    if memory.is_none() {
        report("skipped: this system does not say in /proc how much memory a process has");
    }
    Ok(memory.map(|bytes| bytes as f64))
}

/// Waits for what a crowd is to see, and gives both.
async fn see(
    crowd: swarm::crowd::Crowd,
    wanted: impl Fn(&Tally) -> bool + Send + 'static,
) -> anyhow::Result<(swarm::crowd::Crowd, Tally)> {
    let (crowd, seen) = spawn_blocking(move || {
        let seen = crowd.wait(PATIENCE, wanted);
        (crowd, seen)
    })
    .await?;
    ensure!(seen.lost == 0 && seen.errors.is_empty(), "{} lost, {:?}", seen.lost, seen.errors);
    Ok((crowd, seen))
}

/// Waits until the server has forgotten everybody.
async fn nobody_is_left(server: &Server) -> anyhow::Result<()> {
    let forgotten = async {
        loop {
            // The answer comes from the room's next tick, so this asks once a tick at most.
            let (_, clients) = server.call("GET", "/api/clients", None).await?;
            let nobody = clients["clients"].as_array().is_some_and(Vec::is_empty);
            let gone = nobody
                && server.metric("hotswap_players").await? == 0.0
                && server.metric("hotswap_connections").await? == 0.0;
            if gone {
                return anyhow::Ok(());
            }
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.context("somebody is still in the arena")?
}

async fn check_idle_players(flags: &[&str]) -> anyhow::Result<()> {
    let server = start(flags).await?;
    // The first few bring code, caches and threads into memory that belong to nobody.
    let few = crowd::idle(server.address, 16, 100.0)?;
    let (few, _) = see(few, |seen| seen.in_fight == 16 && seen.states >= 16 * 60).await?;
    spawn_blocking(move || few.leave()).await?;
    nobody_is_left(&server).await?;

    let Some(before) = memory(&server)? else { return Ok(()) };
    let players = u64::from(IDLE_PLAYERS);
    let crowd = crowd::idle(server.address, IDLE_PLAYERS, 400.0)?;
    let (crowd, _) = see(crowd, move |seen| seen.in_fight == players && seen.states >= players * 90).await?;
    let Some(with_them) = memory(&server)? else { return Ok(()) };
    let each = (with_them - before) / f64::from(IDLE_PLAYERS);
    report(&format!("{:.1} KiB for each of {IDLE_PLAYERS} idle players {flags:?}", each / 1_024.0));
    assert!(each <= MOST_PER_PLAYER, "{each} bytes a player");
    spawn_blocking(move || crowd.leave()).await?;
    nobody_is_left(&server).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_player_in_a_room_of_hundreds_costs_24_kib_at_most() -> anyhow::Result<()> {
    check_idle_players(&ONE_ROOM).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_player_in_a_room_of_64_costs_24_kib_at_most() -> anyhow::Result<()> {
    check_idle_players(&[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_player_in_a_battlefield_costs_24_kib_at_most() -> anyhow::Result<()> {
    check_idle_players(&["--mode", "battlefield"]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_who_come_and_go_leave_nothing_behind() -> anyhow::Result<()> {
    let server = start(&ONE_ROOM).await?;
    let crowd = crowd::coming_and_going(server.address, CHURNING, CHURN)?;
    let (crowd, _) = see(crowd, |seen| seen.joined >= WARM_UP).await?;
    let Some(warm) = memory(&server)? else { return Ok(()) };
    let (crowd, seen) = see(crowd, |seen| seen.joined >= JOINS).await?;
    let Some(later) = memory(&server)? else { return Ok(()) };
    report(&format!(
        "{:.1} MiB after {WARM_UP} joins, {:+.0} KiB after {} more",
        warm / 1_048_576.0,
        (later - warm) / 1_024.0,
        seen.joined
    ));
    assert!(seen.left >= JOINS - u64::from(CHURNING), "only {} left", seen.left);
    assert!(later - warm <= SLACK, "{} bytes for each player who is gone", (later - warm) / JOINS as f64);
    spawn_blocking(move || crowd.leave()).await?;
    nobody_is_left(&server).await?;
    let rooms = server.call("GET", "/api/rooms", None).await?.1;
    assert_eq!(rooms["rooms"][0]["players"], 0);
    // Nobody is asked for twice: the goodbye of a server that has nobody is quick.
    server.ask_to_stop(tests::process::StopSignal::Terminate).await?;
    assert!(server.ended(Duration::from_secs(10)).await?.status.success());
    Ok(())
}
