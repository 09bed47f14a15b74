//! `swarm`: a crowd of headless players against a server, with a line of figures a second.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use client_core::protocol::Encoding;
use client_core::{ConnectionState, NetStats};
use swarm::{Behaviour, Bot, BotOptions};

/// A crowd of headless players.
#[derive(Debug, Parser)]
struct Args {
    /// Address of the game, for example ws://127.0.0.1:8080/ws
    url: String,
    /// How many players
    #[arg(long, default_value_t = 10)]
    players: u32,
    /// For how long, seconds
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// What they do
    #[arg(long, value_enum, default_value_t = Behaviour::Wander)]
    behaviour: Behaviour,
    /// Speak JSON instead of the binary protocol
    #[arg(long)]
    json_protocol: bool,
    /// End with a summary as JSON
    #[arg(long)]
    json: bool,
}

/// Sums over all players.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    online: u32,
    snapshots: u64,
    bytes_in: u64,
    bytes_out: u64,
    corrections: u64,
    reconnects: u64,
    bad_messages: u64,
    starved_frames: u64,
    frames: u64,
}

impl Totals {
    fn of(bots: &[Bot]) -> Self {
        let mut totals = Self::default();
        for state in bots.iter().map(Bot::state) {
            let NetStats { snapshots, bytes_in, bytes_out, corrections, .. } = state.stats;
            totals.online += u32::from(state.connection == ConnectionState::Online);
            totals.snapshots += snapshots;
            totals.bytes_in += bytes_in;
            totals.bytes_out += bytes_out;
            totals.corrections += corrections;
            totals.reconnects += u64::from(state.stats.reconnects);
            totals.bad_messages += state.stats.bad_messages;
            totals.starved_frames += state.stats.starved_frames;
            totals.frames += state.stats.frames;
        }
        totals
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let args = Args::parse();
    let bots: Vec<Bot> = (0..args.players).map(|n| join(&args, n)).collect();
    let mut before = Totals::default();
    let mut most_online = 0;
    for second in 1..=args.seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = Totals::of(&bots);
        most_online = most_online.max(now.online);
        let line = format!(
            "{second:4} s  {} online  {} snapshots/s  {} bytes/s in  {} bytes/s out  {} corrections",
            now.online,
            now.snapshots - before.snapshots,
            now.bytes_in - before.bytes_in,
            now.bytes_out - before.bytes_out,
            now.corrections - before.corrections,
        );
        // The summary alone is on standard output, so that a program can read it.
        if args.json {
            writeln!(io::stderr(), "{line}")?
        } else {
            writeln!(io::stdout(), "{line}")?
        }
        before = now;
    }
    if args.json {
        let summary = summary(&args, &bots, before, most_online);
        writeln!(io::stdout(), "{summary}")?;
    }
    for bot in &bots {
        bot.leave();
    }
    for mut bot in bots {
        // Whoever is not gone by now leaves with the process.
        let _ = bot.wait_until(|state| matches!(state.connection, ConnectionState::Closed { .. })).await;
    }
    Ok(if most_online == args.players { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn join(args: &Args, number: u32) -> Bot {
    let options = BotOptions {
        name: format!("bot {number}"),
        encoding: if args.json_protocol { Encoding::Json } else { Encoding::Binary },
        resume: None,
        behaviour: args.behaviour,
        frame: Duration::from_millis(33),
        observed: false,
        seed: u64::from(number) + 1,
    };
    Bot::connect_with(&args.url, options)
}

fn summary(args: &Args, bots: &[Bot], totals: Totals, most_online: u32) -> serde_json::Value {
    let mut rtts: Vec<f64> = bots.iter().map(|bot| bot.state().stats.rtt_ms).collect();
    rtts.sort_by(f64::total_cmp);
    let rtt = |percent: usize| rtts.get(rtts.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0.0);
    serde_json::json!({
        "players": args.players,
        "seconds": args.seconds,
        "online": totals.online,
        "most_online": most_online,
        "snapshots": totals.snapshots,
        "bytes_in": totals.bytes_in,
        "bytes_out": totals.bytes_out,
        "corrections": totals.corrections,
        "reconnects": totals.reconnects,
        "bad_messages": totals.bad_messages,
        "starved_frames": totals.starved_frames,
        "frames": totals.frames,
        "rtt_ms_p50": rtt(50),
        "rtt_ms_p99": rtt(99),
    })
}
