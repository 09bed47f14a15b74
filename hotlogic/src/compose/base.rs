//! What a card means by `base_NAME`: the hook of the rules, or the native one, always with the longer of its answers.

use super::{BASE, REPLACED};
use crate::hooks::Hook;

/// The function `base_NAME` for rules that have the hook (`scripted`), whose place the card may have taken (`replaced`).
pub(super) fn function(hook: Hook, scripted: bool, replaced: bool) -> String {
    let (name, params) = (hook.name(), hook.params().join(", "));
    let body = match (scripted, hook) {
        (false, _) => native(hook).to_owned(),
        (true, _) => {
            let inner = if replaced { REPLACED } else { "" };
            let ask = format!("{inner}{name}({params})");
            match hook {
                // These may answer with one number.
                Hook::Strike => whole(&ask, "strike_knockback"),
                Hook::OnKill => whole(&ask, "0"),
                Hook::MovePlayer | Hook::MoveOrb | Hook::SpawnPoint | Hook::BotThink => ask,
            }
        }
    };
    format!("fn {BASE}{name}({params}) {{\n    {body}\n}}\n")
}

fn whole(ask: &str, second: &str) -> String {
    format!(
        "let answer = {ask};\n    if type_of(answer) == \"array\" {{ answer }} else {{ [answer, {second}] }}"
    )
}

/// What [`sim::rules::native`] does, as a script; of the minds of bots only the simplest.
fn native(hook: Hook) -> &'static str {
    match hook {
        Hook::MovePlayer => {
            "let share = min(player_response * dt, 1.0);
    [vx + (dx * player_speed - vx) * share, vy + (dy * player_speed - vy) * share]"
        }
        Hook::Strike => "[strike_damage, strike_knockback]",
        Hook::MoveOrb => {
            "let speed = hypot(vx, vy);
    let pace = speed + (orb_speed - speed) * min(orb_drag * dt, 1.0);
    if speed < 0.000001 {
        vx = pace;
        vy = 0.0;
    } else {
        vx = vx / speed * pace;
        vy = vy / speed * pace;
    }
    x += vx * dt;
    y += vy * dt;
    if x < orb_radius { vx = abs(vx); }
    if x > arena_width - orb_radius { vx = -abs(vx); }
    if y < orb_radius { vy = abs(vy); }
    if y > arena_height - orb_radius { vy = -abs(vy); }
    [clamp(x, orb_radius, arena_width - orb_radius), clamp(y, orb_radius, arena_height - orb_radius), vx, vy]"
        }
        Hook::SpawnPoint => {
            "let right = if spawn_max_x > 0.0 { spawn_max_x } else { arena_width };
    let bottom = if spawn_max_y > 0.0 { spawn_max_y } else { arena_height };
    [spawn_min_x + (right - spawn_min_x) * r1, spawn_min_y + (bottom - spawn_min_y) * r2]"
        }
        Hook::OnKill => "[1, 0]",
        // A mind of their own is more than a script can ask for: they run for their opponent and strike.
        Hook::BotThink => "[foe_x, foe_y, if foe_hp > 0.0 { 1 } else { 0 }, 0]",
    }
}
