//! `docs/benchmarks.md`: what was measured, how, on what, and what came of it.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::contest::{Plan, Results};
use crate::install::version;
use crate::peers::{Family, Kit};
use crate::table::table;

/// What the figures mean; the same in every run.
const HOW: &str = "\
The job is the same for all: N players in one fight, each makes ten moves a second, and everybody sees everybody. One
process serves, pinned to one core; the players are `swarm`, on the other. Servers take turns in one run, so that what else
the machine does meets all of them, and each starts afresh. Every figure is the median of the turns, with the range.

- **CPU**: user and system time of the server's process over the measured window.
- **Delivered**: what players got of what was due: every move to every other player (10 N (N - 1) a second), or 20 snapshots a
  second to each player.
- **Updates**: newest positions of a player that reached a client. Hotswap Arena simulates: everybody who runs is somewhere
  else in every tick, which makes 20 N a second for each client. The others know positions only from moves: 10 N. A snapshot
  counts the players who moved since the one before, not those who are merely listed.
- **Age**: for servers that pass moves on, from when the move was *due* at its sender until it was read; for servers
  that send snapshots, from when the snapshot was *due* until it was read. So it leaves out what a move waits for the next
  snapshot, 25 ms on average. A server that falls behind is late against the plan, not against itself; ticks that Hotswap
  Arena leaves out count until the next one comes.
- **Bytes**: to each player, with what WebSocket adds.
- A server **keeps up** when it delivers at least 95 %, at most 100 ms old (p99), and loses nobody. One that delivered less than
  60 % is not asked for more players. When `swarm` itself was the bottleneck, a turn does not count.

What is not the same: Hotswap Arena decides everything itself (movement by rules in a script, blows, the orb) and sends each
player its own exact state besides; the others believe what they are told and pass it on.

All use plain WebSocket without compression and without TLS. The floor does nothing but one `write` a player and tick, of
as many bytes as Hotswap Arena sent: what the kernel takes for itself.
";

/// The whole page.
#[must_use]
pub fn page(plan: &Plan, results: &Results, kit: &Kit, chart_file: &str) -> String {
    let mut page =
        String::from("# Benchmarks\n\nWritten by `cargo xtask bench`; run it to get your own.\n\n");
    let _ = writeln!(page, "{HOW}");
    let _ = writeln!(page, "## Results\n\n{}\n", conditions(plan, kit));
    let _ = writeln!(page, "![Processor time and age over the number of players]({chart_file})\n");
    page.push_str("Hollow points did not keep up.\n");
    for &players in &plan.players {
        let _ = write!(page, "\n### {players} players\n\n{}", table(results, &plan.peers, players));
    }
    page.push_str("\n## The servers\n\n| name | what it is | sends |\n|---|---|---|\n");
    for peer in &plan.peers {
        let sends = match peer.family() {
            Family::Moves => "moves",
            Family::Snapshots => "snapshots",
        };
        let _ = writeln!(page, "| {} | {} | {sends} |", peer.name(), peer.what());
    }
    page.push_str("\nTheir sources are in `bench/peers` and `bench/src/bin`, the exact versions of what they use beside them.\n");
    for (peer, why) in &results.absent {
        let _ = writeln!(page, "\nNot measured: {}. {}", peer.name(), first_sentence(why));
    }
    page
}

/// What `cargo xtask bench client` wrote into the page before: this benchmark does not measure it, and keeps it.
#[must_use]
pub fn browser_section(before: &str) -> &str {
    before.find("\n## In the browser\n").map_or("", |start| &before[start..])
}

/// Machine, date and versions.
fn conditions(plan: &Plan, kit: &Kit) -> String {
    let node = kit.installed.node.as_ref().map(|(node, _)| version(node, "--version")).unwrap_or_default();
    let python = kit.installed.python.as_ref().map(|python| version(python, "--version")).unwrap_or_default();
    let cores = std::fs::read_to_string("/proc/cpuinfo")
        .map_or(0, |info| info.lines().filter(|line| line.starts_with("processor")).count());
    let mut facts = vec![
        date(),
        format!("{} with {cores} cores", processor()),
        format!("Linux {}", version(Path::new("uname"), "-r")),
        version(Path::new("rustc"), "--version"),
    ];
    facts.extend((!node.is_empty()).then(|| format!("Node {node}")));
    facts.extend((!python.is_empty()).then_some(python));
    facts.extend(node_packages(kit));
    let pinned =
        if plan.core.is_some() { "server and players on a core each" } else { "not pinned to cores" };
    format!("{}. {} turns of {} s each, {pinned}.", facts.join(", "), plan.repeats, plan.window.as_secs())
}

fn date() -> String {
    let output = Command::new("date").arg("+%Y-%m-%d").output();
    output.map_or(String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = info.lines().filter_map(|line| line.split_once(':'));
    let model = lines.find(|(key, _)| key.trim() == "model name").map(|(_, value)| value.trim().to_owned());
    model.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Names and versions of the packages that matter.
fn node_packages(kit: &Kit) -> Vec<String> {
    let text = std::fs::read_to_string(kit.peers.join("package.json")).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let requirements = kit.peers.join("python-socketio/requirements.txt");
    let python = std::fs::read_to_string(requirements).unwrap_or_default();
    let wanted = [("@colyseus/core", "Colyseus"), ("socket.io", "Socket.IO"), ("ws", "ws")];
    let node = wanted.into_iter().filter_map(|(package, name)| {
        Some(format!("{name} {}", manifest["dependencies"][package].as_str()?))
    });
    let python = python.lines().filter_map(|line| line.split_once("=="));
    let python = python.filter(|(name, _)| ["python-socketio", "uvicorn"].contains(name));
    node.chain(python.map(|(name, version)| format!("{name} {version}"))).collect()
}

fn first_sentence(why: &str) -> String {
    let sentence = why.split(". ").next().unwrap_or_default().trim();
    format!("{}.", sentence.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Row, Turn};
    use crate::peers::Peer;
    use anyhow::anyhow;
    use std::time::Duration;

    #[test]
    fn what_was_measured_in_the_browser_is_kept() {
        let section = "\n## In the browser\n\nfigures\n";
        assert_eq!(browser_section(&format!("# Benchmarks\n\nold\n{section}")), section);
        assert_eq!(browser_section("# Benchmarks\n"), "");
    }

    #[test]
    fn the_page_has_a_table_for_each_number_of_players_and_says_who_is_missing() {
        let plan = Plan {
            peers: vec![Peer::Hotswap, Peer::ColyseusUws],
            players: vec![50, 100],
            repeats: 3,
            window: Duration::from_secs(8),
            core: Some(0),
        };
        let row = |players| Row { peer: Peer::Hotswap, players, turns: vec![Turn::default()] };
        let results = Results {
            rows: vec![row(50), row(100)],
            absent: vec![(Peer::ColyseusUws, "it is not installed. Really.".to_owned())],
        };
        let kit = Kit {
            hotswap: "hotswap".into(),
            binaries: ".".into(),
            peers: Path::new(env!("CARGO_MANIFEST_DIR")).join("peers"),
            installed: crate::install::Installed { node: Err(anyhow!("no")), python: Err(anyhow!("no")) },
        };
        let page = page(&plan, &results, &kit, "benchmarks.svg");
        for wanted in [
            "### 50 players",
            "### 100 players",
            "3 turns of 8 s each, server and players on a core each",
            "Not measured: colyseus-uws. it is not installed.",
            "(benchmarks.svg)",
            "Socket.IO 4.",
        ] {
            assert!(page.contains(wanted), "{wanted} is not in {page}");
        }
    }
}
