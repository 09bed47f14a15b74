//! The hooks, in words, each with a working piece to start from.

use super::HookWords;
use crate::hooks::Hook;

pub(super) fn words(hook: Hook) -> HookWords {
    let (doc, params, starter): (_, &[&str], _) = match hook {
        Hook::MovePlayer => (
            "A player's new velocity. Asked for every living player in every tick, except while it dashes. Left out: the \
             velocity approaches player_speed in the wanted direction.",
            &[
                "velocity to the right by its own will, units per second",
                "velocity downwards by its own will, units per second",
                "wanted direction to the right; [dx, dy] is at most 1 long",
                "wanted direction downwards; [0, 0] is to stand",
                "length of the tick, seconds",
            ],
            MOVE_PLAYER,
        ),
        Hook::Strike => (
            "What a strike does to somebody in reach. Damage 0 is a miss; a negative knock-back pulls. Left out: \
             [strike_damage, strike_knockback].",
            &[
                "between the centres of the two, units",
                "1 when the striker looks straight at the target, 0 to the side, -1 away from it",
                "hit points of the striker",
                "hit points of the target before the strike",
            ],
            STRIKE,
        ),
        Hook::MoveOrb => (
            "Where the orb is, and how it flies, at the end of a tick. Bouncing off the walls is up to the script. Left \
             out: it flies straight, bounces off and slows down to orb_speed.",
            &[
                "centre of the orb, units from the left",
                "centre of the orb, units from the top",
                "velocity to the right, units per second",
                "velocity downwards, units per second",
                "length of the tick, seconds",
            ],
            MOVE_ORB,
        ),
        Hook::SpawnPoint => (
            "Where a player enters. A point outside of the arena is moved to its edge. Left out: anywhere in the spawn area.",
            &["a random number from 0 up to 1", "another one"],
            SPAWN_POINT,
        ),
        Hook::OnKill => (
            "What a kill is worth: points, and hit points given back to the killer. Left out: one point, no hit points.",
            &[
                "hit points of the killer; 0 when it died before its orb hit",
                "kills of the killer since its own last death, this one included",
                "true when the orb did it",
            ],
            ON_KILL,
        ),
        Hook::BotThink => (
            "What a bot wants. Asked when it looks around, a few times a second. It strikes when it has had time to react and \
             the mark is in reach. Left out: bots think for themselves.",
            &[
                "where the bot is, units from the left",
                "where the bot is, units from the top",
                "its hit points as a share of all: above 0, at most 1",
                "true when it could strike now",
                "true when it could dash now, and has no shield to lose",
                "from the bot to its nearest living opponent, units to the right",
                "the same downwards; when it is alone, everything about the opponent is 0",
                "velocity of the opponent to the right, blows included, units per second",
                "velocity of the opponent downwards",
                "hit points of the opponent as a share of all; 0 when there is none",
                "true when the opponent cannot be hurt now",
                "from the bot to the orb, units to the right",
                "from the bot to the orb, units downwards",
                "velocity of the orb to the right, units per second",
                "velocity of the orb downwards",
                "true when the orb would hurt the bot",
                "a number from 0 up to 1 that is the bot's own and stays the same",
                "a random number from 0 up to 1, another one each time",
            ],
            BOT_THINK,
        ),
    };
    HookWords { hook, doc, params, starter }
}

const MOVE_PLAYER: &str = "\
fn move_player(vx, vy, dx, dy, dt) {
    let share = min(player_response * dt, 1.0);
    [lerp(vx, dx * player_speed, share), lerp(vy, dy * player_speed, share)]
}
";

const STRIKE: &str = "\
fn strike(distance, facing, attacker_hp, target_hp) {
    [strike_damage, strike_knockback]
}
";

const MOVE_ORB: &str = "\
fn move_orb(x, y, vx, vy, dt) {
    x += vx * dt;
    y += vy * dt;
    if x <= orb_radius { vx = abs(vx); }
    if x >= arena_width - orb_radius { vx = -abs(vx); }
    if y <= orb_radius { vy = abs(vy); }
    if y >= arena_height - orb_radius { vy = -abs(vy); }
    [x, y, vx, vy]
}
";

const SPAWN_POINT: &str = "\
fn spawn_point(r1, r2) {
    [arena_width * r1, arena_height * r2]
}
";

const ON_KILL: &str = "\
fn on_kill(killer_hp, streak, by_orb) {
    if by_orb { [2, 10] } else { [1, 0] }
}
";

const BOT_THINK: &str = "\
fn bot_think(x, y, hp, can_strike, can_dash, foe_x, foe_y, foe_vx, foe_vy, foe_hp, foe_shielded, orb_x, orb_y, orb_vx, \
orb_vy, orb_danger, nature, random) {
    let near = hypot(foe_x, foe_y) < strike_range;
    [foe_x, foe_y, if near && can_strike { 1 } else { 0 }, 0]
}
";
