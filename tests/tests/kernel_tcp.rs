//! The game over the TCP of the kernel on a line with delay and loss: two players in one network, the server in another.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::Ipv4Addr;
use std::time::Duration;

use client_core::sim::PlayerId;
use client_core::{ClientEvent, ConnectionState, NetStats};
use swarm::{Behaviour, Bot, BotOptions, BotState};
use tests::bad_line::{BadLine, End};
use tests::netns::Namespace;
use tests::process::{Server, ServerOptions};
use tests::report;
use tokio::runtime::Builder;

/// One way to a player on another continent.
const DELAY: Duration = Duration::from_millis(50);
/// Share of packets that a poor wireless network loses.
const LOSS: f32 = 0.02;
/// Decides which packets.
const SEED: u64 = 11;
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const PLAYERS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// In a network of its own every port is free.
const PORT: u16 = 8_080;
/// Rules under which a fight is soon over.
const HARD_BLOWS: &str = "const TUNING = #{ strike_damage: 50.0 };";

/// Snapshots until the clock and the distances have settled: 3 s.
const SETTLING: u64 = 90;
/// Snapshots of running about alone while no packet is lost: 5 s.
const CLEAN: u64 = 150;
/// Snapshots of running about alone: 15 s.
const ALONE: u64 = 450;
/// Snapshots of fighting, at least: 10 s.
const FIGHTING: u64 = 300;

/// Corrections that nobody would call rubber-banding, in a part without loss: a busy machine may be late itself.
const CORRECTIONS_WITHOUT_LOSS: u64 = 2;
/// A lost packet comes again a round trip or two later, and so do the inputs in it and behind it: each may be played
/// later than predicted.
const CORRECTIONS_FOR_A_LOST_PACKET: u64 = 3;
/// Share of frames for which no snapshot was there in time, at most.
const STARVED: f64 = 0.25;
/// Share of snapshots that say that the newest input was late, at most.
const LATE: f64 = 0.25;
/// Share of the server's ticks of which we got the snapshot, at least; the server skips whoever cannot take more.
const DELIVERED: f64 = 0.8;
/// How far whoever runs about for `ALONE` gets, units, at least: inputs that the server does not play move nobody.
const PATH: f32 = 1_000.0;

/// What was seen in a part of the game.
#[derive(Debug, Default)]
struct Part {
    snapshots: u64,
    /// Ticks of the server meanwhile.
    ticks: f64,
    frames: u64,
    starved: u64,
    corrections: u64,
    largest_correction: f32,
    /// Snapshots that said that the newest input had come after its tick.
    late: u64,
    /// How far the own player ran, units.
    path: f32,
    jitter_ms: f64,
    interpolation_ms: f64,
    rtt_ms: f64,
}

impl Part {
    fn add(&mut self, before: &BotState, now: &BotState) {
        let (a, b): (&NetStats, &NetStats) = (&before.stats, &now.stats);
        self.snapshots += b.snapshots - a.snapshots;
        self.ticks += b.server_tick - a.server_tick;
        self.frames += b.frames - a.frames;
        self.starved += b.starved_frames - a.starved_frames;
        self.corrections += b.corrections - a.corrections;
        self.largest_correction = b.largest_correction;
        self.late += u64::from(b.input_lead < 0) * (b.snapshots - a.snapshots);
        let place = |state: &BotState| state.view.as_ref().and_then(|view| Some(view.own()?.position));
        if let (Some(from), Some(to)) = (place(before), place(now)) {
            self.path += (to - from).length();
        }
        self.jitter_ms = self.jitter_ms.max(b.jitter_ms);
        self.interpolation_ms = self.interpolation_ms.max(b.interpolation_ms);
        self.rtt_ms = b.rtt_ms;
    }

    fn starved_share(&self) -> f64 {
        self.starved as f64 / self.frames.max(1) as f64
    }

    fn late_share(&self) -> f64 {
        self.late as f64 / self.snapshots.max(1) as f64
    }

    fn check(&self, what: &str, corrections: Option<u64>) {
        report(&format!(
            "{what}: {} snapshots of {:.0} ticks; round trip {:.0} ms, jitter at most {:.0} ms, interpolation delay at most {:.0} ms; \
             {} corrections (the largest so far {:.1} units), inputs late in {:.1} % of snapshots, {:.1} % of frames starved, \
             ran {:.0} units",
            self.snapshots,
            self.ticks,
            self.rtt_ms,
            self.jitter_ms,
            self.interpolation_ms,
            self.corrections,
            self.largest_correction,
            100.0 * self.late_share(),
            100.0 * self.starved_share(),
            self.path,
        ));
        assert!(self.snapshots as f64 >= self.ticks * DELIVERED, "{what}: snapshots are missing: {self:?}");
        assert!(self.starved_share() <= STARVED, "{what}: the others stand still: {self:?}");
        assert!(self.late_share() <= LATE, "{what}: inputs come too late: {self:?}");
        if let Some(corrections) = corrections {
            assert!(self.corrections <= corrections, "{what}: rubber-banding: {self:?}");
        }
    }
}

/// Watches a bot play until it has had this many more snapshots; it must stay in the arena all the time.
async fn watch(bot: &mut Bot, snapshots: u64) -> anyhow::Result<Part> {
    let mut part = Part::default();
    let mut before = bot.state();
    while part.snapshots < snapshots {
        let had = before.stats.snapshots;
        let now = bot
            .wait_until(|state| state.stats.snapshots > had || state.connection != ConnectionState::Online)
            .await?;
        assert_eq!(now.connection, ConnectionState::Online, "the connection was lost");
        part.add(&before, &now);
        before = now;
    }
    Ok(part)
}

fn fighter(name: &str, seed: u64) -> BotOptions {
    BotOptions { name: name.to_owned(), behaviour: Behaviour::Fight, seed, ..BotOptions::default() }
}

fn id_of(bot: &Bot) -> PlayerId {
    bot.view().unwrap().me.unwrap()
}

/// The whole game, on a thread in the players' network.
async fn play(server_side: &Namespace, line: &BadLine) -> anyhow::Result<()> {
    let options = ServerOptions {
        launcher: server_side.launcher(),
        host: SERVER.into(),
        port: PORT,
        ..ServerOptions::default()
    };
    let server = Server::start_with(options).await?;
    let mut ada = Bot::connect_with(&server.socket_url(), fighter("Ada", 1));
    ada.wait_online().await?;
    let ada_id = id_of(&ada);
    watch(&mut ada, SETTLING).await?;

    // Alone there is nobody to run into: what is predicted must be what happens.
    watch(&mut ada, CLEAN).await?.check("alone, nothing lost", Some(CORRECTIONS_WITHOUT_LOSS));
    line.lose(LOSS);
    let before = line.there();
    let alone = watch(&mut ada, ALONE).await?;
    let lost = line.there().lost - before.lost;
    alone.check("alone", Some(CORRECTIONS_FOR_A_LOST_PACKET * lost.max(1)));
    assert!(alone.path >= PATH, "the server does not play what Ada wants: {alone:?}");

    // New rules arrive in the middle of it, and then an opponent.
    let release = server.publish(HARD_BLOWS, "hard blows").await?;
    ada.wait_for(|view| u64::from(view.release.number) == release).await?;
    let mut bob = Bot::connect_with(&server.socket_url(), fighter("Bob", 2));
    bob.wait_online().await?;
    let bob_id = id_of(&bob);
    watch(&mut ada, FIGHTING).await?.check("fighting", None);
    let ours = [(ada_id, bob_id), (bob_id, ada_id)];
    let a_blow = |event: &ClientEvent| matches!(event, ClientEvent::Hit { attacker, target, .. } if ours.contains(&(*attacker, *target)));
    ada.wait_for_event(a_blow).await?;
    bob.wait_for_event(a_blow).await?;

    let (there, back) = (line.there(), line.back());
    report(&format!("the line ({}): to the server {there:?}, from it {back:?}", congestion_control()));
    assert!(there.lost > 0 && back.lost > 0, "the line lost nothing");
    for (bot, id) in [(&ada, ada_id), (&bob, bob_id)] {
        let state = bot.state();
        assert_eq!((&state.connection, id_of(bot)), (&ConnectionState::Online, id), "the same player");
        assert_eq!((state.stats.reconnects, state.stats.bad_messages), (0, 0));
    }
    Ok(())
}

/// What the kernel does about loss; the server takes what the machine is set to.
fn congestion_control() -> String {
    std::fs::read_to_string("/proc/sys/net/ipv4/tcp_congestion_control").unwrap_or_default().trim().to_owned()
}

#[test]
fn players_on_a_line_with_delay_and_loss_fight_on_as_the_same_players_and_are_hardly_ever_corrected()
-> anyhow::Result<()> {
    let set_up = || {
        let (server_side, players_side) = (Namespace::new("server")?, Namespace::new("players")?);
        let line = BadLine::connect(
            End { namespace: &players_side, address: PLAYERS },
            End { namespace: &server_side, address: SERVER },
            DELAY,
            SEED,
        )?;
        anyhow::Ok((server_side, players_side, line))
    };
    let (server_side, players_side, line) = match set_up() {
        Ok(set_up) => set_up,
        Err(missing) => {
            report(&format!("SKIPPED the game over a bad line, as it cannot be laid here: {missing:#}"));
            return Ok(());
        }
    };
    // The bots' threads are started from this one, so they are in the players' network too.
    std::thread::scope(|scope| {
        let player = || {
            players_side.enter()?;
            Builder::new_current_thread().enable_all().build()?.block_on(play(&server_side, &line))
        };
        scope.spawn(player).join().unwrap()
    })
}
