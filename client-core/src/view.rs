//! What is to be seen at one moment.

use protocol::packed::Standing;
use protocol::server::Leader;
use protocol::{ReleaseInfo, RoundInfo, SceneInfo};
use sim::tuning::seconds_to_ticks;
use sim::vec2::vec2;
use sim::{Player, PlayerId, Tuning, Vec2};

use crate::client::Client;
use crate::sight::Seen;

/// What is to be seen at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Who we are; `None` before the first `welcome`.
    pub me: Option<PlayerId>,
    /// Everybody in sight, in ascending order of id.
    pub players: Vec<PlayerView>,
    /// The orb.
    pub orb: OrbView,
    /// The running round; `None` before the first `welcome`.
    pub round: Option<RoundInfo>,
    /// Until the round, or the pause after it, ends, seconds.
    pub seconds_left: f32,
    /// Who leads, in order, where not everybody is in sight; otherwise empty.
    pub leaders: Vec<Leader>,
    /// Where we stand, where not everybody is in sight.
    pub standing: Option<Standing>,
    /// Tuning numbers in force: the size of the arena, radii, reach.
    pub tuning: Tuning,
    /// Rules in force on the server.
    pub release: ReleaseInfo,
    /// Scene in force.
    pub scene: SceneInfo,
    /// What is left of the own strike's cooldown, as a share of the whole: 0 is ready.
    pub strike_cooldown: f32,
    /// What is left of the own dash's cooldown, as a share of the whole: 0 is ready.
    pub dash_cooldown: f32,
    /// Until we are back in the arena, seconds; 0 while alive.
    pub respawn_seconds: f32,
}

/// One player.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerView {
    /// Who.
    pub id: PlayerId,
    /// Name; empty while unknown.
    pub name: String,
    /// Centre, units.
    pub position: Vec2,
    /// View, radians, clockwise from the x axis as y grows downwards.
    pub facing: f32,
    /// Hit points.
    pub hp: i32,
    /// Points of this round.
    pub score: i32,
    /// Kills of this round.
    pub kills: u32,
    /// Deaths of this round.
    pub deaths: u32,
    /// Has hit points.
    pub alive: bool,
    /// 1 or 2 in a fight of two teams, otherwise 0.
    pub team: u8,
    /// Can neither be struck nor hit.
    pub shield: bool,
    /// Dashing.
    pub dashing: bool,
    /// Has a live connection.
    pub connected: bool,
    /// It is us.
    pub me: bool,
    /// The look that was chosen; the id decides when there is none.
    pub skin: Option<u8>,
}

/// The orb.
#[derive(Clone, Debug, PartialEq)]
pub struct OrbView {
    /// Centre, units.
    pub position: Vec2,
    /// Units per second.
    pub velocity: Vec2,
    /// Who batted it last, while it hurts.
    pub batted_by: Option<PlayerId>,
}

impl View {
    pub(crate) fn of(client: &Client, now_ms: f64) -> Self {
        let server_tick = client.clock.server_tick(now_ms);
        let tick = client.newest.max(client.predictor.tick());
        let tuning = client.releases.tuning(tick).clone();
        let round = client.round.clone();
        let rate = client.tick_rate as f32;
        let seconds_left = round
            .as_ref()
            .map_or(0.0, |round| (f64::from(round.ends.0) - server_tick) as f32 / rate)
            .max(0.0);
        let body = client.predictor.body();
        let fraction = client.fraction(now_ms);
        let share = |left: Option<u32>, whole_seconds: f32| {
            let whole = seconds_to_ticks(whole_seconds, client.tick_rate).max(1) as f32;
            left.map_or(0.0, |left| ((left as f32 - fraction) / whole).clamp(0.0, 1.0))
        };
        Self {
            me: client.me,
            players: client.sight.players().map(|(id, seen)| player(client, now_ms, id, seen)).collect(),
            orb: orb(client, now_ms, server_tick, &tuning),
            round,
            leaders: client.leaders.clone(),
            standing: client.standing,
            seconds_left,
            strike_cooldown: share(
                body.map(|_| client.predictor.next_body().strike_cooldown + 1).filter(|left| *left > 1),
                tuning.strike_cooldown,
            ),
            dash_cooldown: share(
                body.map(|_| client.predictor.next_body().dash_cooldown + 1).filter(|left| *left > 1),
                tuning.dash_cooldown,
            ),
            respawn_seconds: body
                .filter(|body| !body.alive())
                .map_or(0.0, |body| body.respawn_left as f32 / rate),
            tuning,
            release: client.releases.info(tick),
            scene: client.scenes.current().clone(),
        }
    }

    /// Our own player, once it is in sight.
    #[must_use]
    pub fn own(&self) -> Option<&PlayerView> {
        self.players.iter().find(|player| player.me)
    }

    /// A player by id.
    #[must_use]
    pub fn player(&self, id: PlayerId) -> Option<&PlayerView> {
        self.players.iter().find(|player| player.id == id)
    }
}

fn player(client: &Client, now_ms: f64, id: PlayerId, seen: &Seen) -> PlayerView {
    let me = client.me == Some(id);
    let state = &seen.state;
    let latest = vec2(state.x.unwrap_or(0.0), state.y.unwrap_or(0.0));
    let drawn = seen.track.at(client.playback.tick(now_ms), client.clock.tick_ms());
    let (position, facing) = drawn.unwrap_or((latest, state.facing.unwrap_or(0.0)));
    let view = PlayerView {
        id,
        name: client.sight.name(id).to_owned(),
        position,
        facing,
        hp: state.hp.unwrap_or(0),
        score: state.score.unwrap_or(0),
        kills: state.kills.unwrap_or(0),
        deaths: state.deaths.unwrap_or(0),
        alive: seen.alive(),
        team: state.team.unwrap_or(0),
        shield: state.shield.unwrap_or(false),
        dashing: state.dashing.unwrap_or(false),
        connected: state.connected.unwrap_or(true),
        me,
        skin: state.skin,
    };
    match client.predictor.body() {
        Some(body) if me => predicted(client, now_ms, body, view),
        _ => view,
    }
}

/// Our own player is drawn where we predict it.
fn predicted(client: &Client, now_ms: f64, body: &Player, view: PlayerView) -> PlayerView {
    let next = client.predictor.next_body();
    let position = client.predictor.position(now_ms, client.fraction(now_ms)).unwrap_or(view.position);
    PlayerView {
        position,
        facing: next.facing.angle(),
        hp: body.hp,
        alive: body.alive(),
        shield: next.shielded(),
        dashing: body.dash_left > 0 || next.dash_left > 0,
        ..view
    }
}

fn orb(client: &Client, now_ms: f64, server_tick: f64, tuning: &Tuning) -> OrbView {
    let Some((position, orb)) = client.orb.position(now_ms, server_tick).zip(client.orb.state(server_tick))
    else {
        let centre = vec2(tuning.arena_width * 0.5, tuning.arena_height * 0.5);
        return OrbView { position: centre, velocity: Vec2::ZERO, batted_by: None };
    };
    OrbView { position, velocity: orb.velocity, batted_by: orb.batted_by }
}
