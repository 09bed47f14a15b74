//! The parameters of `bot_think`, in the order of [`Hook::params`](crate::Hook::params).

use rhai::FuncArgs;
use sim::bots::BotQuery;

/// What a bot sees, as the compiled hook takes it.
pub(crate) fn bits(query: &BotQuery) -> [u32; 18] {
    let BotQuery { position, hp, can_strike, can_dash, foe, foe_velocity, foe_hp, foe_shielded, .. } = *query;
    let BotQuery { orb, orb_velocity, orb_danger, nature, random, .. } = *query;
    let truth = |value: bool| if value { u32::MAX } else { 0 };
    [
        position.x.to_bits(),
        position.y.to_bits(),
        hp.to_bits(),
        truth(can_strike),
        truth(can_dash),
        foe.x.to_bits(),
        foe.y.to_bits(),
        foe_velocity.x.to_bits(),
        foe_velocity.y.to_bits(),
        foe_hp.to_bits(),
        truth(foe_shielded),
        orb.x.to_bits(),
        orb.y.to_bits(),
        orb_velocity.x.to_bits(),
        orb_velocity.y.to_bits(),
        truth(orb_danger),
        nature.to_bits(),
        random.to_bits(),
    ]
}

/// The same as the interpreter takes it.
pub(crate) fn args(query: &BotQuery) -> impl FuncArgs {
    let BotQuery { position, hp, can_strike, can_dash, foe, foe_velocity, foe_hp, foe_shielded, .. } = *query;
    let BotQuery { orb, orb_velocity, orb_danger, nature, random, .. } = *query;
    (
        position.x,
        position.y,
        hp,
        can_strike,
        can_dash,
        foe.x,
        foe.y,
        foe_velocity.x,
        foe_velocity.y,
        foe_hp,
        foe_shielded,
        orb.x,
        orb.y,
        orb_velocity.x,
        orb_velocity.y,
        orb_danger,
        nature,
        random,
    )
}
