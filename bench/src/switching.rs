//! How quickly a crowd switches to new rules, and what rules that loop for ever cost.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use swarm::crowd::follower::{Follower, Switched, Switches};
use swarm::crowd::game::GameCrowd;
use swarm::crowd::server_clock::ServerClock;
use swarm::crowd::tally::Tally;
use swarm::crowd::{Crowd, CrowdOptions};
use swarm::samples::Samples;
use swarm::script::Script;
use swarm::system::Moment;
use swarm::{Behaviour, Conditions, Encoding};

use crate::contest::crowd_options;
use crate::process::{ServerProcess, free_port};

/// Players, whole clients among them, and how many of these.
const PLAYERS: u32 = 1_000;
const SAMPLES: u32 = 10;
const TICK_RATE: f64 = 30.0;
/// Releases that are published one after the other.
const RELEASES: u32 = 5;
const TOKEN: &str = "a-token-of-the-benchmark";
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// What a quiet time and an incident are watched for.
const WATCH: Duration = Duration::from_secs(3);
/// Good in the dry run; loops for ever once somebody runs in one exact direction.
const LOOP: &str =
    "fn move_player(vx, vy, dx, dy, dt) { if dx == 0.25 && dy == 0.0 { loop { } } [dx * 200.0, dy * 200.0] }";

/// What came of one release.
struct Switch {
    heard_p99_ms: f64,
    /// From publishing to the last switch.
    last_ms: f64,
    /// Switches after the begin of their tick.
    late_p99_ms: f64,
    late_last_ms: f64,
    /// Acks at the server, after the announcement.
    ack_p50_ms: f64,
    ack_p99_ms: f64,
    /// Players whose first snapshot of it was that of the named tick.
    on_the_tick: usize,
    switched: usize,
}

/// Runs it all and gives the table.
///
/// # Errors
/// When the server or the crowd cannot be started, or somebody does not switch.
pub fn run(hotswap: &Path, work: &Path) -> Result<String> {
    std::fs::create_dir_all(work)?;
    let (port, data) = (free_port()?, tempfile::tempdir_in(work).context("making a data folder")?);
    let mut command = Command::new(hotswap);
    command.args(["serve", "--port", &port.to_string(), "--log", "error", "--max-players", "2000", "--data"]);
    command.arg(data.path()).env("HOTSWAP_ADMIN_TOKEN", TOKEN).env("HOTSWAP_BOTS", "0");
    let server = ServerProcess::start(&command, None, port)?;
    let switches = Arc::new(Switches::default());
    let game = crowd_of(Behaviour::Wander, None, Encoding::Binary);
    let samples = Samples::start(
        &format!("ws://127.0.0.1:{port}/ws"),
        SAMPLES,
        Encoding::Binary,
        Behaviour::Wander,
        None,
        Conditions::default(),
    );
    let light = PLAYERS - SAMPLES;
    let crowd = Crowd::start(options(port, light), |number| {
        Box::new(Follower::new(Arc::clone(&game), number, Arc::clone(&switches)))
    })?;
    let joined = crowd
        .wait(PATIENCE, |tally| tally.in_fight >= u64::from(light) && samples.figures().online == SAMPLES);
    ensure!(joined.in_fight >= u64::from(light), "only {} players came", joined.in_fight);

    let mut measured = Vec::new();
    for turn in 1..=RELEASES {
        measured.push(publish_once(port, turn, &game, &switches, light as usize)?);
    }
    let (quiet, incident, rooms) = loop_for_ever(port, &crowd)?;
    drop(server);
    samples.leave();
    crowd.leave();
    Ok(table(&measured, &quiet, &incident, rooms))
}

fn crowd_of(behaviour: Behaviour, script: Option<Script>, encoding: Encoding) -> Arc<GameCrowd> {
    let (path, clock) = ("/ws".to_owned(), ServerClock::default());
    Arc::new(GameCrowd { path, encoding, behaviour, script, clock })
}

fn options(port: u16, players: u32) -> CrowdOptions {
    crowd_options(([127, 0, 0, 1], port).into(), players, 300.0, 10.0)
}

fn publish_once(port: u16, turn: u32, game: &GameCrowd, switches: &Switches, light: usize) -> Result<Switch> {
    let script = format!("const TUNING = #{{ max_hp: {}.0 }};", 100 + turn);
    let published = Moment::now();
    let answer =
        call(port, "POST", "/api/update_script", &json!({ "script": script, "version": format!("{turn}") }))?;
    let release = answer["number"].as_u64().context("a release without a number")? as u32;
    let begun = Instant::now();
    while switches.of(release).len() < light {
        ensure!(begun.elapsed() < PATIENCE, "only {} of {light} switched", switches.of(release).len());
        std::thread::sleep(LOOK_EVERY);
    }
    let adoption = loop {
        let adoption = call(port, "GET", "/api/adoption", &Value::Null)?["adoption"].take();
        if adoption["active"] == PLAYERS {
            break adoption;
        }
        ensure!(begun.elapsed() < PATIENCE, "not everybody said so: {adoption}");
        std::thread::sleep(LOOK_EVERY);
    };
    let all = switches.of(release);
    let ms = |from: Moment, to: Moment| to.since(from).as_secs_f64() * 1_000.0;
    let tick = |switched: &Switched| game.clock.moment(f64::from(switched.named.0) * 1_000.0 / TICK_RATE);
    let heard = sorted(all.iter().map(|one| ms(published, one.heard)));
    let last = sorted(all.iter().map(|one| ms(published, one.at)));
    let late = sorted(all.iter().filter_map(|one| Some(ms(tick(one)?, one.at))));
    let since = |name: &str| adoption["since"][name].as_f64().unwrap_or(0.0);
    Ok(Switch {
        heard_p99_ms: percentile(&heard, 0.99),
        last_ms: percentile(&last, 1.0),
        late_p99_ms: percentile(&late, 0.99),
        late_last_ms: percentile(&late, 1.0),
        ack_p50_ms: since("p50_ms"),
        ack_p99_ms: since("p99_ms"),
        on_the_tick: all.iter().filter(|one| one.first == one.named).count(),
        switched: all.len() + SAMPLES as usize,
    })
}

/// Publishes the loop and sends somebody who runs into it; gives what players noticed in a quiet time and then, and how
/// many rooms fell back.
fn loop_for_ever(port: u16, crowd: &Crowd) -> Result<(Tally, Tally, usize)> {
    let answer = call(port, "POST", "/api/update_script", &json!({ "script": LOOP, "version": "loop" }))?;
    let release = answer["number"].as_u64().context("a release without a number")?;
    let begun = Instant::now();
    while rooms_with(port, release)? == 0 {
        ensure!(begun.elapsed() < PATIENCE, "nobody plays it");
        std::thread::sleep(LOOK_EVERY);
    }
    drop(crowd.drain());
    let quiet = crowd.wait(WATCH, |_| false);
    let rooms = rooms_with(port, release)?;
    let script: Script = "0 move 0.25 0".parse().map_err(|error| anyhow::anyhow!("{error}"))?;
    let game = crowd_of(Behaviour::Idle, Some(script), Encoding::Json);
    let runner = Crowd::start(options(port, 1), |number| {
        Box::new(Follower::new(Arc::clone(&game), number, Arc::default()))
    })?;
    let incident = crowd.wait(WATCH, |_| false);
    let begun = Instant::now();
    loop {
        let answer = call(port, "GET", &format!("/api/releases/{release}"), &Value::Null)?;
        if answer["state"] == "rolled_back" {
            break;
        }
        if begun.elapsed() > PATIENCE {
            bail!("the loop was not taken back: {answer}");
        }
        std::thread::sleep(LOOK_EVERY);
    }
    runner.leave();
    Ok((quiet, incident, rooms))
}

fn rooms_with(port: u16, release: u64) -> Result<usize> {
    let answer = call(port, "GET", "/api/rooms", &Value::Null)?;
    let rooms = answer["rooms"].as_array().context("no rooms")?;
    Ok(rooms.iter().filter(|room| room["release"].as_u64() == Some(release)).count())
}

/// One call of the admin API.
fn call(port: u16, method: &str, path: &str, body: &Value) -> Result<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("half an answer")?;
    ensure!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    Ok(serde_json::from_str(body)?)
}

fn sorted(times: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut times: Vec<f64> = times.collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Nearest rank.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// Median and range of the turns.
fn spread(turns: &[Switch], figure: impl Fn(&Switch) -> f64) -> String {
    let all = sorted(turns.iter().map(figure));
    format!("{:.0} ({:.0} to {:.0})", percentile(&all, 0.5), percentile(&all, 0.0), percentile(&all, 1.0))
}

fn table(turns: &[Switch], quiet: &Tally, incident: &Tally, rooms: usize) -> String {
    let (on, all) = turns.iter().fold((0, 0), |(on, all), turn| (on + turn.on_the_tick, all + turn.switched));
    let all_light = all - turns.len() * SAMPLES as usize;
    let row = |what: &str, value: String| format!("| {what} | {value} |\n");
    [
        format!(
            "{PLAYERS} players in rooms of 64, of them {SAMPLES} whole clients; {} releases, announced one second ahead. \
             Median of the releases, with the range.\n\n| what | milliseconds |\n|---|---|\n",
            turns.len()
        ),
        row("publish until 99 % have heard of it, the check included", spread(turns, |one| one.heard_p99_ms)),
        row("publish until the last player has switched", spread(turns, |one| one.last_ms)),
        row("begin of the named tick until 99 % have switched", spread(turns, |one| one.late_p99_ms)),
        row("begin of the named tick until the last has switched", spread(turns, |one| one.late_last_ms)),
        row("announcement until the ack is back, p50", spread(turns, |one| one.ack_p50_ms)),
        row("announcement until the ack is back, p99", spread(turns, |one| one.ack_p99_ms)),
        format!("\n{on} of {all_light} light players got the snapshot of the very tick that was named as their first of the new rules.\n"),
        format!(
            "\nA release that loops for ever, in {rooms} rooms: snapshots were at most {:.0} ms old when it was run into and taken \
             back, and {} were left out; in the {} s before, at most {:.0} ms and {}.\n",
            incident.ages.percentile_ms(100.0),
            incident.skipped,
            WATCH.as_secs(),
            quiet.ages.percentile_ms(100.0),
            quiet.skipped,
        ),
    ]
    .concat()
}

/// Puts a table between the markers of a page.
///
/// # Errors
/// When there are no markers.
pub fn insert(page: &str, table: &str) -> Result<String> {
    const BEGIN: &str = "<!-- begin: hotswap -->\n";
    const END: &str = "<!-- end: hotswap -->";
    let (before, rest) = page.split_once(BEGIN).context("no marker where the table begins")?;
    let (_, after) = rest.split_once(END).context("no marker where the table ends")?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_takes_the_place_of_the_one_before_and_of_nothing_else() {
        let page = "a\n<!-- begin: hotswap -->\nold\n<!-- end: hotswap -->\nb\n";
        let page = insert(page, "new\n").unwrap();
        assert_eq!(page, "a\n<!-- begin: hotswap -->\nnew\n<!-- end: hotswap -->\nb\n");
        assert!(insert("no markers", "new").is_err());
    }
}
