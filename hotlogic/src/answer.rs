//! Reading what a hook returned: the right shape, finite, and within the bounds of the game.

use crate::error::kind_of;
use crate::hooks::Hook;
use rhai::Dynamic;
use sim::Vec2;
use sim::bots::{BotMark, BotWish};
use sim::tuning::{MAX_HP, MAX_SCALED_SIZE, MAX_SPEED};

/// Speeds may be this much above the limit, as turning a vector rounds; the game shortens them.
const ROUNDING: f32 = 1.001;
/// Positions further out than this are a mistake; nearer ones outside of the arena are put back to its edge.
pub(crate) const MAX_POSITION: f32 = 2.0 * MAX_SCALED_SIZE;
/// Most points that one kill gives or takes.
pub(crate) const MAX_POINTS: i32 = 1_000_000;

/// An int or a float as a float.
pub(crate) fn number(value: &Dynamic) -> Option<f32> {
    value.as_float().ok().or_else(|| value.as_int().ok().map(|int| int as f32))
}

/// Exactly `N` finite numbers.
pub(crate) fn numbers<const N: usize>(hook: Hook, value: &Dynamic) -> Result<[f32; N], String> {
    let wrong = || format!("must return {} but returned {}", hook.returns(), kind_of(value));
    let array = value.as_array_ref().map_err(|_| wrong())?;
    if array.len() != N {
        return Err(wrong());
    }
    let mut numbers = [0.0; N];
    for (slot, element) in numbers.iter_mut().zip(array.iter()) {
        *slot = number(element).ok_or_else(wrong)?;
    }
    if let Some(index) = numbers.iter().position(|number| !number.is_finite()) {
        return Err(format!("must return finite numbers, but number {} is {}", index + 1, numbers[index]));
    }
    Ok(numbers)
}

/// One or two finite numbers: a bare number stands for the first of the pair.
pub(crate) fn one_or_two(hook: Hook, value: &Dynamic) -> Result<(f32, Option<f32>), String> {
    match number(value) {
        Some(number) if number.is_finite() => Ok((number, None)),
        Some(number) => Err(format!("must return finite numbers, but returned {number}")),
        None => numbers::<2>(hook, value).map(|[first, second]| (first, Some(second))),
    }
}

/// A velocity that the game allows.
pub(crate) fn velocity(x: f32, y: f32) -> Result<Vec2, String> {
    let velocity = Vec2 { x, y };
    let speed = velocity.length();
    if speed > MAX_SPEED * ROUNDING {
        return Err(format!("returned a speed of {speed}; at most {MAX_SPEED} units per second are allowed"));
    }
    Ok(velocity.clamp_length(MAX_SPEED))
}

/// A position that is not absurd.
pub(crate) fn position(x: f32, y: f32) -> Result<Vec2, String> {
    if x.abs() > MAX_POSITION || y.abs() > MAX_POSITION {
        return Err(format!("returned the position [{x}, {y}], far outside of any arena"));
    }
    Ok(Vec2 { x, y })
}

/// Damage in whole hit points.
pub(crate) fn damage(value: f32) -> Result<i32, String> {
    whole("damage", value, 0, MAX_HP)
}

/// Hit points given back.
pub(crate) fn heal(value: f32) -> Result<i32, String> {
    whole("heal", value, 0, MAX_HP)
}

/// Points of a kill.
pub(crate) fn points(value: f32) -> Result<i32, String> {
    whole("points", value, -MAX_POINTS, MAX_POINTS)
}

/// Knock-back, towards the striker when it is negative.
pub(crate) fn knockback(value: f32) -> Result<f32, String> {
    if value.abs() > MAX_SPEED * ROUNDING {
        return Err(format!(
            "returned a knock-back of {value}; it must be between -{MAX_SPEED} and {MAX_SPEED}"
        ));
    }
    Ok(value.clamp(-MAX_SPEED, MAX_SPEED))
}

/// What a bot wants: a way of any length, what to strike at (0 nothing, 1 the opponent, 2 the orb), and whether to dash.
pub(crate) fn wish([dx, dy, strike, dash]: [f32; 4]) -> Result<BotWish, String> {
    let strike = match whole("what to strike at", strike, 0, 2)? {
        0 => None,
        1 => Some(BotMark::Foe),
        _ => Some(BotMark::Orb),
    };
    // By its larger part first, as the square of a huge number has no end.
    let way = Vec2 { x: dx, y: dy } * dx.abs().max(dy.abs()).max(1.0).recip();
    Ok(BotWish { direction: way.clamp_length(1.0), strike, dash: whole("dash", dash, 0, 1)? == 1 })
}

fn whole(what: &str, value: f32, min: i32, max: i32) -> Result<i32, String> {
    let rounded = value.round();
    if rounded < min as f32 || rounded > max as f32 {
        return Err(format!("returned {value} as {what}; it must be between {min} and {max}"));
    }
    Ok(rounded as i32)
}
