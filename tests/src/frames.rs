//! What the game costs in a browser: time for each frame of a fight among hundreds, bytes, and the wait for the first frame.

use std::fmt::Write;
use std::process::Stdio;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::browser::{Tab, TestBrowser};
use crate::process::{Server, ServerOptions};
use crate::variable;

/// Players in sight, our own among them.
const PLAYERS: u32 = 300;
/// Frames are measured so many times. Others use this machine too: of each figure, the middle one counts.
const WINDOWS: usize = 7;
/// How long each time, milliseconds.
const WINDOW_MS: u32 = 3_000;
/// Fresh browsers that load the game; the middle one counts.
const LOADS: usize = 3;

/// An arena that a screen shows as a whole, in which hundreds fight and nobody dies: all of them are in sight.
const HEAP: &str = "const TUNING = #{
    arena_width: 1100.0, arena_height: 600.0, max_hp: 10000.0, orb_damage: 10.0, respawn_delay: 0.0
};";

/// Notes how long each callback of a frame works, how long it takes until the frame is painted and the tab can do something
/// else, when the callback began, and when the first frame with our own player was drawn.
const WATCH: &str = "(() => {
    const watch = window.watch = { work: [], painted: [], began: [], playable: 0, on: false };
    const ask = window.requestAnimationFrame.bind(window);
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = ({ data }) => { if (watch.on) watch.painted.push(performance.now() - data); };
    window.requestAnimationFrame = callback => ask(time => {
        const before = performance.now();
        port1.postMessage(before);
        callback(time);
        const after = performance.now();
        if (watch.on) { watch.work.push(after - before); watch.began.push(time); }
        if (!watch.playable && window.hotswap) {
            const state = window.hotswap.state();
            const own = state?.players?.some(player => player.id === state.me);
            if (own && state.connection === 'online' && state.frames > 0) watch.playable = after;
        }
    });
})()";

/// Watches for a while and gives percentiles 50, 95 and 99, milliseconds.
fn window() -> String {
    let summary = "
    const { work, painted, began } = window.watch;
    const gaps = began.slice(1).map((time, index) => time - began[index]);
    const percentiles = values => {
        const sorted = values.slice().sort((a, b) => a - b);
        return [0.5, 0.95, 0.99].map(share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
    };
    const state = window.hotswap.state();
    return { frames: work.length, work: percentiles(work), painted: percentiles(painted), gaps: percentiles(gaps),
             seen: state.players.filter(player => player.alive).length };";
    format!(
        "(async () => {{
            Object.assign(window.watch, {{ work: [], painted: [], began: [], on: true }});
            await new Promise(done => setTimeout(done, {WINDOW_MS}));
            window.watch.on = false;
            {summary}
        }})()"
    )
}

/// What came over the wire, compressed as it was.
const BYTES: &str = "['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
    .filter(entry => !entry.name.includes('/admin'))
    .map(entry => [new URL(entry.name).pathname, entry.encodedBodySize])";

/// What was measured.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Frames that were measured.
    pub frames: u64,
    /// Living players in the last of them.
    pub seen: u64,
    /// Work in a frame's callback, percentiles 50, 95 and 99, milliseconds.
    pub work_ms: [f64; 3],
    /// From the begin of the callback until the frame is painted, the same.
    pub painted_ms: [f64; 3],
    /// From one frame to the next, the same.
    pub gap_ms: [f64; 3],
    /// From the opening of the page to the first frame in the fight, milliseconds.
    pub playable_ms: f64,
    /// Path and compressed size of each file.
    pub files: Vec<(String, u64)>,
}

/// Measures everything, in about a minute.
///
/// # Errors
/// When server or browser fail, or not everybody comes.
pub async fn measure() -> anyhow::Result<Figures> {
    let flags = ["--room-size", "400"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let mut loads = Vec::new();
    let mut files = Vec::new();
    for _ in 0..LOADS {
        let browser = TestBrowser::launch().await?;
        let tab = enter(&browser, &server).await?;
        loads.push(tab.evaluate("window.watch.playable").await?.as_f64().context("no first frame")?);
        files = files_of(&tab.evaluate(BYTES).await?)?;
        browser.close().await?;
    }
    loads.sort_by(f64::total_cmp);

    server.publish(HEAP, "heap").await?;
    let crowd = send_crowd(&server)?;
    let browser = TestBrowser::launch().await?;
    let tab = enter(&browser, &server).await?;
    tab.stop_network_reports().await?;
    tab.wait("everybody", &format!("s => s.players.length >= {PLAYERS}")).await?;
    let mut windows = Vec::new();
    for _ in 0..WINDOWS {
        windows.push(tab.evaluate(&window()).await?);
    }
    tab.screenshot("bench-frames").await?;
    ensure!(tab.exceptions().is_empty(), "the page threw {:?}", tab.exceptions());
    browser.close().await?;
    drop(crowd);
    Ok(Figures {
        frames: windows.iter().filter_map(|window| window["frames"].as_u64()).sum(),
        seen: windows.iter().filter_map(|window| window["seen"].as_u64()).min().context("no players")?,
        work_ms: middle(&windows, "work")?,
        painted_ms: middle(&windows, "painted")?,
        gap_ms: middle(&windows, "gaps")?,
        playable_ms: loads[LOADS / 2],
        files,
    })
}

/// Players who run and strike wildly, in a program of their own: it shares the machine with the browser, so it is a build
/// that costs as little as it can, and gives way.
fn send_crowd(server: &Server) -> anyhow::Result<Child> {
    let players = (PLAYERS - 1).to_string();
    Command::new("nice")
        .args(["-n", "10"])
        .arg(variable("HOTSWAP_SWARM")?)
        .args(["--players", &players, "--behaviour", "fight", "--seconds", "300", &server.url("/")])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("the crowd does not start")
}

async fn enter(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(WATCH).await?;
    tab.go_to(&server.url("/?name=Bench&autoplay=1")).await?;
    tab.wait_until("the first frame of the fight", "window.watch.playable > 0").await?;
    Ok(tab)
}

/// The middle of each percentile.
fn middle(windows: &[Value], name: &str) -> anyhow::Result<[f64; 3]> {
    let of = |index: usize| {
        let mut values: Vec<f64> = windows.iter().filter_map(|window| window[name][index].as_f64()).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().context("no frames were measured")
    };
    Ok([of(0)?, of(1)?, of(2)?])
}

fn files_of(entries: &Value) -> anyhow::Result<Vec<(String, u64)>> {
    let mut files = Vec::new();
    for entry in entries.as_array().context("no list of files")? {
        let path = entry[0].as_str().context("a file without a path")?.to_owned();
        let size = entry[1].as_f64().context("a file without a size")? as u64;
        // The module is preloaded and then fetched: one transfer, two entries.
        if size > 0 && !files.iter().any(|(known, _)| *known == path) {
            files.push((path, size));
        }
    }
    files.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(files)
}

/// What stands in the documentation.
#[must_use]
pub fn section(figures: &Figures) -> String {
    let total: u64 = figures.files.iter().map(|(_, size)| size).sum();
    let kilobytes = |bytes: u64| bytes as f64 / 1000.0;
    let mut text = format!(
        "{} living players in sight of one tab of 1280 x 800 in headless Chromium, which draws in software; server, crowd \
         and browser share two cores. {} frames in {WINDOWS} times {} s, of which the middle figure stands here.\n\n| | p50 | p95 | p99 |\n|---|---|---|---|\n",
        figures.seen,
        figures.frames,
        WINDOW_MS / 1000
    );
    for (name, [p50, p95, p99]) in [
        ("work in a frame, ms", figures.work_ms),
        ("the same until it is painted, ms", figures.painted_ms),
        ("from frame to frame, ms", figures.gap_ms),
    ] {
        let _ = writeln!(text, "| {name} | {p50:.1} | {p95:.1} | {p99:.1} |");
    }
    let _ = writeln!(
        text,
        "\nFrom opening the page to the first frame in the fight, over loopback, with nothing kept: {:.0} ms (the middle of \
         {LOADS}). Everything that is loaded, compressed as served: {:.0} KB.\n\n| file | KB |\n|---|---|",
        figures.playable_ms,
        kilobytes(total)
    );
    for (path, size) in &figures.files {
        let _ = writeln!(text, "| `{path}` | {:.1} |", kilobytes(*size));
    }
    text
}
