//! Strikes, damage and death.

use crate::effect::Effect;
use crate::hindsight::Hindsight;
use crate::ids::PlayerId;
use crate::near::Near;
use crate::rules::{KillQuery, Rules, RulesError, StrikeQuery};
use crate::teams::mates;
use crate::tuning::MAX_HP;
use crate::vec2::Vec2;
use crate::world::World;

/// The player swings now, if it is alive and its cooldown is over: everybody in reach is asked about, and the orb is
/// batted when it is in reach. Others are where they were at the moment that the striker `saw`. `near` has looked around
/// after everybody moved.
///
/// # Errors
/// When a rule fails; the world is half stepped then.
pub(crate) fn strike(
    world: &mut World,
    striker: usize,
    rules: &mut impl Rules,
    saw: Option<f64>,
    hindsight: &Hindsight,
    near: &mut Near,
) -> Result<(), RulesError> {
    let tuning = rules.tuning();
    let (range, cooldown) = (tuning.strike_range, world.ticks(tuning.strike_cooldown));
    let attacker = &mut world.players[striker];
    if !attacker.alive() || attacker.strike_cooldown > 0 {
        return Ok(());
    }
    attacker.strike_cooldown = cooldown;
    attacker.shield_left = 0;
    attacker.striking = true;
    let attacker = *attacker;
    world.effects.push(Effect::Strike { player: attacker.id });

    for &index in near.around(attacker.position, range) {
        let index = index as usize;
        let target = world.players[index];
        let seen_at = saw.and_then(|moment| hindsight.place(target.id, moment));
        let offset = seen_at.unwrap_or(target.position) - attacker.position;
        let in_reach = offset.dot(offset) <= range * range;
        if index == striker || !in_reach || !target.alive() || target.shielded() || mates(&attacker, &target)
        {
            continue;
        }
        let away = offset.normalize_or(attacker.facing);
        let outcome = rules.strike(StrikeQuery {
            distance: offset.length(),
            facing: away.dot(attacker.facing),
            attacker_hp: world.players[striker].hp,
            target_hp: target.hp,
        })?;
        if outcome.damage > 0 {
            let blow = Blow { damage: outcome.damage, push: away * outcome.knockback, shot: None };
            hurt(world, attacker.id, index, blow, rules)?;
        }
    }
    crate::orb::bat(world, &attacker, rules.tuning());
    Ok(())
}

/// What reaches a target.
pub(crate) struct Blow {
    pub(crate) damage: i32,
    pub(crate) push: Vec2,
    /// How far from there the orb was batted, units, if the orb did it.
    pub(crate) shot: Option<f32>,
}

/// Takes hit points and pushes; a player without hit points dies, and the attacker gets what `on_kill` says.
/// Nothing happens between rounds.
pub(crate) fn hurt(
    world: &mut World,
    attacker: PlayerId,
    target: usize,
    blow: Blow,
    rules: &mut impl Rules,
) -> Result<(), RulesError> {
    if !world.round.is_playing() {
        return Ok(());
    }
    let (by_orb, shot) = (blow.shot.is_some(), blow.shot.unwrap_or(0.0));
    let respawn_ticks = world.ticks(rules.tuning().respawn_delay);
    let victim = &mut world.players[target];
    let damage = blow.damage.min(victim.hp);
    victim.hp -= damage;
    victim.push_away(blow.push);
    let (id, hp) = (victim.id, victim.hp);
    world.effects.push(Effect::Hit { attacker, target: id, damage, hp, by_orb, shot });
    if hp > 0 {
        return Ok(());
    }
    let victim = &mut world.players[target];
    victim.deaths += 1;
    victim.streak = 0;
    victim.respawn_left = respawn_ticks;
    victim.stop();

    let max_hp = rules.tuning().max_hp as i32;
    let Some(killer) = world.player_mut(attacker) else {
        world.effects.push(Effect::Kill { killer: attacker, victim: id, by_orb, streak: 0, points: 0 });
        return Ok(());
    };
    killer.kills += 1;
    killer.streak += 1;
    let streak = killer.streak;
    let reward = rules.on_kill(KillQuery { killer_hp: killer.hp, streak, by_orb })?;
    killer.score = killer.score.saturating_add(reward.points);
    if killer.alive() {
        killer.hp = killer.hp.saturating_add(reward.heal.clamp(0, MAX_HP)).min(max_hp);
    }
    world.effects.push(Effect::Kill { killer: attacker, victim: id, by_orb, streak, points: reward.points });
    Ok(())
}
