//! What a bot does when nobody tells it what to do.

use client_core::sim::rng::Rng;
use client_core::sim::{PlayerId, Vec2};
use client_core::{Client, View};

/// What a bot does by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Behaviour {
    /// Nothing: it is told what to do.
    #[default]
    Idle,
    /// Runs about.
    Wander,
    /// Runs to whoever is nearest and strikes.
    Fight,
}

impl Behaviour {
    /// One decision.
    pub(crate) fn act(self, client: &mut Client, now_ms: f64, rng: &mut Rng) {
        match self {
            Self::Idle => {}
            Self::Wander => wander(client, rng),
            Self::Fight => {
                let view = client.view(now_ms);
                match nearest(&view) {
                    Some((_, offset)) => fight(client, &view, offset, rng),
                    None => wander(client, rng),
                }
            }
        }
    }
}

fn wander(client: &mut Client, rng: &mut Rng) {
    if rng.next_u32().is_multiple_of(6) {
        client.set_direction(Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU));
    }
}

fn fight(client: &mut Client, view: &View, offset: Vec2, rng: &mut Rng) {
    let reach = view.tuning.strike_range;
    client.set_direction(offset.normalize_or(Vec2::ZERO));
    if offset.length() < reach * 0.9 {
        client.attack(Some(offset));
    } else if rng.next_u32().is_multiple_of(40) {
        client.dash();
    }
}

/// The nearest living enemy, and how far away it is.
fn nearest(view: &View) -> Option<(PlayerId, Vec2)> {
    let own = view.own()?.position;
    let enemies = view.players.iter().filter(|player| !player.me && player.alive && !player.shield);
    enemies
        .map(|player| (player.id, player.position - own))
        .min_by(|(_, a), (_, b)| a.dot(*a).total_cmp(&b.dot(*b)))
}
