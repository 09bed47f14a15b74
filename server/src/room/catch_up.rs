//! Inputs that come after their tick: what the player did then is played again, as if they had come in time.
//!
//! TCP loses nothing, but a lost packet makes everything behind it late. Whoever pressed a key in time should not see its
//! avatar pulled back because of that, so the room remembers the last ticks of each player and plays them once more
//! with the late input in its place. What comes out is where the rules would have put the player, so nobody gets
//! further than the rules allow; and only movement is played again, so nothing that others did is undone: blows count when
//! they fell, and push when they pushed. Three bounds keep it honest: [`MAX_LATE`] ticks at once, a budget over time, and
//! never past a death or a return to life.

use std::collections::VecDeque;

use sim::tuning::seconds_to_ticks;
use sim::{Player, PlayerInput, Rules, RulesError, Tick, movement};

/// Most ticks that are played again at once: 250 ms at 30 Hz rounded up, as far as strikes look back, too.
pub const MAX_LATE: u32 = 8;
/// One tick may be played again for each so many that pass.
const TICKS_PER_CREDIT: u32 = 6;

/// The last ticks of one player.
#[derive(Debug)]
pub struct Past {
    /// In order, without gaps, since the player came to life; at most [`MAX_LATE`].
    lived: VecDeque<Lived>,
    /// In sixths of a tick (see [`TICKS_PER_CREDIT`]).
    credit: u32,
}

/// One tick as it was played.
#[derive(Clone, Copy, Debug)]
struct Lived {
    tick: Tick,
    before: Player,
    input: Option<PlayerInput>,
}

impl Default for Past {
    fn default() -> Self {
        Self { lived: VecDeque::with_capacity(MAX_LATE as usize), credit: MAX_LATE * TICKS_PER_CREDIT }
    }
}

impl Past {
    /// The player is about to live through `tick`.
    pub fn record(&mut self, tick: Tick, before: &Player, input: Option<PlayerInput>) {
        if self.lived.back().is_some_and(|last| last.tick.plus(1) != tick) {
            self.lived.clear();
        }
        if self.lived.len() == MAX_LATE as usize {
            self.lived.pop_front();
        }
        self.lived.push_back(Lived { tick, before: *before, input });
        self.credit = (self.credit + 1).min(MAX_LATE * TICKS_PER_CREDIT);
    }

    /// The player died, came to life or was moved, or the rules are others: what was before cannot be played again.
    pub fn forget(&mut self) {
        self.lived.clear();
    }

    /// Plays again with the `late` inputs, in order, each with the tick that it was made for; changes `body`, which is
    /// about to live through `next`. Returns the number of ticks that were played again. Strikes are left out: a late one
    /// happens in `next`.
    ///
    /// # Errors
    /// When a rule fails; nothing is changed then.
    pub fn catch_up(
        &mut self,
        next: Tick,
        late: &[(Tick, PlayerInput)],
        body: &mut Player,
        rules: &mut impl Rules,
        tick_rate: u32,
    ) -> Result<u32, RulesError> {
        let Some((made_for, _)) = late.first() else { return Ok(0) };
        if self.lived.back().is_none_or(|last| last.tick.plus(1) != next) {
            // Ticks were left out since, and nothing was lived through in them.
            return Ok(0);
        }
        let affordable = next.0.saturating_sub(self.credit / TICKS_PER_CREDIT);
        let earliest = self.lived.front().map_or(next, |first| first.tick);
        let from = Tick(made_for.0.max(affordable).max(earliest.0));
        if from >= next {
            return Ok(0);
        }
        let start = (from.0 - earliest.0) as usize;
        let mut again: VecDeque<Lived> = self.lived.clone();
        let mut moved = again[start].before;
        for lived in again.iter_mut().skip(start) {
            take_blows(&mut moved, &lived.before);
            lived.before = moved;
            let first = lived.tick == from;
            // Those that are too old even for this are played in the first tick that can be.
            for (tick, input) in late.iter().filter(|(tick, _)| *tick == lived.tick || first && *tick < from)
            {
                debug_assert!(*tick < next);
                let movement_only = PlayerInput { attack: false, ..*input };
                lived.input.get_or_insert_default().merge(movement_only);
            }
            live(&mut moved, lived.input, rules, tick_rate)?;
        }
        self.lived = again;
        self.credit = self.credit.saturating_sub((next.0 - from.0) * TICKS_PER_CREDIT);
        take_movement(body, &moved);
        Ok(next.0 - from.0)
    }
}

/// One tick of one player, as the world plays it as long as nobody else is involved.
fn live(
    body: &mut Player,
    input: Option<PlayerInput>,
    rules: &mut impl Rules,
    tick_rate: u32,
) -> Result<(), RulesError> {
    if let Some(input) = &input {
        movement::apply_input(body, input, rules, tick_rate);
    }
    movement::advance(body, rules, tick_rate)?;
    if input.is_some_and(|input| input.attack) && body.alive() && body.strike_cooldown == 0 {
        body.strike_cooldown = seconds_to_ticks(rules.tuning().strike_cooldown, tick_rate);
        body.shield_left = 0;
        body.striking = true;
    }
    Ok(())
}

/// Everything that others decide. It does not depend on the player's own inputs.
fn take_blows(body: &mut Player, lived: &Player) {
    body.push = lived.push;
    body.recoil = lived.recoil;
    body.recoil_left = lived.recoil_left;
    body.hp = lived.hp;
}

/// Everything that a player's own inputs decide.
fn take_movement(body: &mut Player, moved: &Player) {
    body.position = moved.position;
    body.velocity = moved.velocity;
    body.facing = moved.facing;
    body.direction = moved.direction;
    body.strike_cooldown = moved.strike_cooldown;
    body.dash_cooldown = moved.dash_cooldown;
    body.dash_left = moved.dash_left;
    body.shield_left = moved.shield_left;
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::vec2::vec2;
    use sim::{NativeRules, PlayerId, Vec2, World};

    const RATE: u32 = 30;
    const ME: PlayerId = PlayerId(1);

    /// Plays `ticks`, with `inputs` arriving before the tick they are listed with, and made for the tick in them.
    fn play(ticks: u32, inputs: &[(u32, u32, PlayerInput)], touched: Option<u32>) -> (Player, Past) {
        let mut rules = NativeRules::default();
        let mut world = World::new(1, Tick(0), RATE, rules.tuning());
        world.join(&mut rules, ME).unwrap();
        world.player_mut(ME).unwrap().position = vec2(500.0, 500.0);
        world.orb.position = vec2(1_400.0, 900.0);
        let mut past = Past::default();
        for tick in 1..=ticks {
            let next = Tick(tick);
            let due: Vec<(Tick, PlayerInput)> = inputs
                .iter()
                .filter(|(arrives, ..)| *arrives == tick)
                .map(|(_, made_for, input)| (Tick(*made_for), *input))
                .collect();
            let late: Vec<_> = due.iter().copied().filter(|(made_for, _)| *made_for < next).collect();
            let body = world.player_mut(ME).unwrap();
            let played = past.catch_up(next, &late, body, &mut rules, RATE).unwrap();
            let mut merged: Option<PlayerInput> = None;
            for (made_for, input) in due {
                let as_late_as_this = made_for >= next || played == 0;
                let input = if as_late_as_this {
                    input
                } else {
                    PlayerInput { attack: input.attack, ..Default::default() }
                };
                merged.get_or_insert_default().merge(input);
            }
            past.record(next, world.player(ME).unwrap(), merged);
            let inputs: Vec<_> = merged.into_iter().map(|input| (ME, input)).collect();
            world.step(&mut rules, &inputs).unwrap();
            if touched == Some(tick) {
                past.forget();
            }
        }
        (*world.player(ME).unwrap(), past)
    }

    fn right() -> PlayerInput {
        PlayerInput::moving(vec2(1.0, 0.0))
    }

    #[test]
    fn a_late_input_ends_where_it_would_have_ended_in_time() {
        let stop = PlayerInput::moving(Vec2::ZERO);
        let in_time = [(5, 5, right()), (8, 8, PlayerInput::dashing()), (20, 20, stop)];
        let late = [(9, 5, right()), (9, 8, PlayerInput::dashing()), (23, 20, stop)];
        let (expect, _) = play(40, &in_time, None);
        let (body, _) = play(40, &late, None);
        assert_eq!(body, expect);
    }

    #[test]
    fn an_input_that_is_too_late_is_played_as_far_back_as_allowed() {
        let (early, _) = play(60, &[(40 - MAX_LATE, 40 - MAX_LATE, right())], None);
        let (late, _) = play(60, &[(40, 3, right())], None);
        assert_eq!(late, early);
    }

    #[test]
    fn a_player_that_was_touched_is_not_taken_back_before_that() {
        let (expect, _) = play(40, &[(20, 18, right())], Some(17));
        let (since, _) = play(40, &[(18, 18, right())], None);
        assert_eq!(expect.position, since.position);
        let (body, _) = play(40, &[(20, 15, right())], Some(17));
        assert_eq!(body.position, since.position, "played from the first tick after the touch");
    }

    #[test]
    fn whoever_is_late_all_the_time_is_soon_as_late_as_it_is() {
        let always_late: Vec<_> = (10..100)
            .map(|tick| {
                (
                    tick,
                    tick - MAX_LATE,
                    PlayerInput::moving(vec2(if tick % 2 == 0 { 1.0 } else { -1.0 }, 0.0)),
                )
            })
            .collect();
        let (_, past) = play(100, &always_late, None);
        assert!(past.credit < TICKS_PER_CREDIT * 2, "{past:?}");
    }

    #[test]
    fn after_ticks_that_were_left_out_nothing_is_played_again() {
        let (mut body, mut past) = play(40, &[], None);
        let before = body;
        let late = [(Tick(90), right())];
        let played = past.catch_up(Tick(100), &late, &mut body, &mut NativeRules::default(), RATE);
        assert_eq!((played, body), (Ok(0), before));
    }

    #[test]
    fn nobody_gets_further_than_running_and_dashing_allows() {
        let (honest, _) = play(60, &[(1, 1, right())], None);
        let (cheat, _) = play(60, &[(1, 1, right()), (30, 1, right()), (45, 2, right())], None);
        assert_eq!(cheat.position, honest.position);
    }
}
