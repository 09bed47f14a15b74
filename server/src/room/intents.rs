//! What everybody wants in the coming tick, put in order: late inputs are caught up with, and the absent stand still.

use sim::{Effect, PlayerId, PlayerInput, Rules, Tick, Vec2, World};

use super::roster::{Link, Roster};

/// For how long a player can still be struck after its connection was lost, seconds.
const EXPOSED_SECONDS: f32 = 1.0;
/// A connection that says nothing for this long, not even a heartbeat, is as good as lost, seconds.
const SILENCE_SECONDS: f32 = 3.0;

/// The inputs of one tick.
#[derive(Default)]
pub struct Intents {
    inputs: Vec<(PlayerId, PlayerInput)>,
    /// Of the player whose inputs are collected: those that came after their tick.
    late: Vec<(Tick, PlayerInput)>,
}

impl Intents {
    /// The inputs that were collected last: at most one a player.
    #[must_use]
    pub fn inputs(&self) -> &[(PlayerId, PlayerInput)] {
        &self.inputs
    }

    /// Adds what a bot wants in the same tick.
    pub(super) fn add(&mut self, bot: PlayerId, input: PlayerInput) {
        self.inputs.push((bot, input));
    }

    /// Takes what is due at `tick` out of the queues. For what is late, the player's last ticks are played again.
    pub fn collect(&mut self, tick: Tick, roster: &mut Roster, world: &mut World, rules: &mut impl Rules) {
        self.inputs.clear();
        for (member, body) in roster.members_mut().iter_mut().zip(&mut world.players) {
            self.late.clear();
            let mut now: Option<PlayerInput> = None;
            while let Some((made_for, input)) = member.inputs.take_due(tick) {
                if made_for < tick {
                    self.late.push((made_for, input));
                } else {
                    now.get_or_insert_default().merge(input);
                }
            }
            member.late = !self.late.is_empty();
            // A rule that fails here fails in the tick itself, too, and is replaced there.
            let caught_up = member.past.catch_up(tick, &self.late, body, rules, world.tick_rate);
            let replayed = caught_up.is_ok_and(|ticks| ticks > 0);
            for (_, late) in self.late.iter().rev() {
                // What was played again is done, but for the strike; what could not be is played now.
                let strike = PlayerInput { attack: late.attack, seen: late.seen, ..PlayerInput::default() };
                let mut merged = if replayed { strike } else { *late };
                merged.merge(now.unwrap_or_default());
                now = Some(merged);
            }
            if matches!(member.link, Link::Up(_)) {
                member.past.record(tick, body, now);
            }
            self.inputs.extend(now.map(|input| (member.id, input)));
        }
    }
}

/// Players who are not there stand still, and are no idle targets: whoever is away for longer than a moment is shielded
/// until it is back. The moment is for those who would pull the plug to get out of a blow.
pub fn hold_absent(tick: Tick, roster: &mut Roster, world: &mut World) {
    let (exposed, silence) = (world.ticks(EXPOSED_SECONDS), world.ticks(SILENCE_SECONDS));
    for (member, body) in roster.members_mut().iter_mut().zip(&mut world.players) {
        member.silent |= matches!(member.link, Link::Up(_)) && tick.since(member.heard) > silence;
        let away = member.away_for(tick);
        if away == 0 {
            continue;
        }
        body.direction = Vec2::ZERO;
        member.past.forget();
        if away > exposed && body.alive() {
            body.shield_left = body.shield_left.max(2);
        }
    }
}

/// Nobody is taken back to before a death or a return to life.
pub fn forget_former_lives(roster: &mut Roster, effects: &[Effect]) {
    for effect in effects {
        match *effect {
            Effect::Kill { victim: player, .. } | Effect::Respawn { player } => {
                if let Some(member) = roster.get_mut(player) {
                    member.past.forget();
                }
            }
            Effect::RoundStarted { .. } => return forget_all(roster),
            _ => {}
        }
    }
}

/// Nothing before this tick can be played again: the rules are others.
pub fn forget_all(roster: &mut Roster) {
    for member in roster.members_mut() {
        member.past.forget();
    }
}
