//! The fight behind the title: the real game with the native rules, among a few who play it by themselves.

use client_core::protocol::{ReleaseInfo, SceneInfo};
use client_core::sim::{Effect, NativeRules, Player, PlayerId, PlayerInput, Tick, Tuning, Vec2, World};
use client_core::{ClientEvent, OrbView, PlayerView, View};

use crate::render::Renderer;

/// How many play.
const PLAYERS: u32 = 6;
/// A pause longer than this is not caught up, ticks.
const MOST_TICKS: u32 = 5;
/// The floor, until the server says otherwise.
const FLOOR: [u8; 3] = [22, 30, 48];

pub(crate) struct Attract {
    world: World,
    before: World,
    rules: NativeRules,
    tick_ms: f64,
    next_ms: f64,
}

impl Attract {
    pub(crate) fn new(now_ms: f64) -> Self {
        let mut rules = NativeRules { tuning: Tuning { orb_damage: 20.0, ..Tuning::default() } };
        let mut world =
            World::new(now_ms.to_bits(), Tick(0), client_core::sim::DEFAULT_TICK_RATE, &rules.tuning);
        for id in 1..=PLAYERS {
            // The native rules never fail.
            let _ = world.join(&mut rules, PlayerId(id));
        }
        let tick_ms = 1000.0 / f64::from(client_core::sim::DEFAULT_TICK_RATE);
        Self { before: world.clone(), world, rules, tick_ms, next_ms: now_ms }
    }

    /// What is to be seen now. Blows go to the renderer directly.
    pub(crate) fn view(&mut self, now_ms: f64, renderer: &mut Renderer) -> View {
        let mut ticks = 0;
        while self.next_ms <= now_ms {
            self.next_ms += self.tick_ms;
            ticks += 1;
            if ticks > MOST_TICKS {
                self.next_ms = now_ms + self.tick_ms;
                break;
            }
            self.step();
            let view = self.snapshot(1.0);
            for event in self.world.effects.iter().filter_map(|effect| event_of(*effect)) {
                renderer.handle(&event, &view, now_ms);
            }
        }
        self.snapshot(1.0 - ((self.next_ms - now_ms) / self.tick_ms) as f32)
    }

    fn step(&mut self) {
        self.before.clone_from(&self.world);
        let inputs: Vec<(PlayerId, PlayerInput)> =
            self.world.players.iter().map(|player| (player.id, think(player, &self.world))).collect();
        let _ = self.world.step(&mut self.rules, &inputs);
    }

    fn snapshot(&self, share: f32) -> View {
        let between = |from: Vec2, to: Vec2| from + (to - from) * share.clamp(0.0, 1.0);
        let players = self.world.players.iter().map(|player| {
            let before = self.before.player(player.id).filter(|before| before.alive() == player.alive());
            let position = before.map_or(player.position, |before| between(before.position, player.position));
            seen(player, position)
        });
        View {
            me: None,
            players: players.collect(),
            orb: OrbView {
                position: between(self.before.orb.position, self.world.orb.position),
                velocity: self.world.orb.velocity,
                batted_by: self.world.orb.batted_by,
            },
            round: None,
            seconds_left: 0.0,
            leaders: Vec::new(),
            standing: None,
            tuning: self.rules.tuning.clone(),
            release: ReleaseInfo::default(),
            scene: SceneInfo { background_color: FLOOR, ..SceneInfo::default() },
            strike_cooldown: 0.0,
            dash_cooldown: 0.0,
            respawn_seconds: 0.0,
        }
    }
}

/// Runs for the orb or for the next player, whichever is closer, and strikes what is in reach, now and then.
fn think(player: &Player, world: &World) -> PlayerInput {
    let distance = |point: Vec2| (point - player.position).length();
    let rival = world
        .players
        .iter()
        .filter(|other| other.id != player.id && other.alive() && !other.shielded())
        .min_by(|a, b| distance(a.position).total_cmp(&distance(b.position)));
    let orb = world.orb.position;
    let hunts_orb = world.orb.batted_by.is_none() && !(player.id.0 + world.tick.0 / 200).is_multiple_of(3);
    let target = match rival {
        Some(rival) if !hunts_orb || distance(rival.position) < distance(orb) => rival.position,
        _ => orb,
    };
    let towards = (target - player.position).normalize_or(player.facing);
    // After a strike everybody backs off, until the next.
    let heading = if player.strike_cooldown > 0 { towards * -1.0 } else { towards };
    // Everybody circles a little, each in an own rhythm, or they would end up in one heap.
    let phase = (world.tick.0 as f32) * 0.05 + player.id.0 as f32 * 1.7;
    let sway = Vec2::from_angle(phase) * 0.7;
    let in_reach = distance(target) < 76.0;
    let beat = (world.tick.0 + player.id.0 * 7).is_multiple_of(9);
    let aim = rival.map(|rival| rival.position - player.position);
    PlayerInput {
        direction: Some((heading + sway).normalize_or(heading)),
        aim: aim.filter(|_| in_reach && beat),
        attack: in_reach && beat,
        dash: (world.tick.0 + player.id.0 * 31).is_multiple_of(140),
        seen: None,
    }
}

fn seen(player: &Player, position: Vec2) -> PlayerView {
    const NAMES: [&str; 6] = ["Ada", "Kenji", "Noor", "Pavel", "Lucía", "Tomi"];
    PlayerView {
        id: player.id,
        name: NAMES[player.id.0 as usize % NAMES.len()].to_owned(),
        position,
        facing: player.facing.angle(),
        hp: player.hp,
        score: player.score,
        kills: player.kills,
        deaths: player.deaths,
        alive: player.alive(),
        shield: player.shielded(),
        dashing: player.dash_left > 0,
        connected: true,
        me: false,
    }
}

fn event_of(effect: Effect) -> Option<ClientEvent> {
    Some(match effect {
        Effect::Strike { player } => ClientEvent::Strike { player },
        Effect::Hit { attacker, target, damage, hp, by_orb } => {
            ClientEvent::Hit { attacker, target, damage, hp, by_orb }
        }
        Effect::Kill { killer, victim, by_orb } => ClientEvent::Killed { killer, victim, by_orb },
        Effect::Respawn { player } => ClientEvent::Respawned { player },
        Effect::OrbBatted { .. } | Effect::RoundStarted { .. } | Effect::RoundEnded { .. } => return None,
    })
}
