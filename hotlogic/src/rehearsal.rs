//! What a draft would change, in numbers: the same fights, played once by the live rules and once by the draft.

use std::sync::Arc;

use crate::dry_run::SEED;
use crate::fight::{Crowd, Fight};
use crate::metered::Metered;
use crate::rehearsal::tally::Tally;
use crate::{Recording, RhaiRules, ScriptError};
use sim::{Rules, RulesError};

mod tally;

/// Generated fights that stand in while nothing is recorded.
const GENERATED_FIGHTS: u64 = 4;
/// Ticks of each of them: forty seconds.
const GENERATED_TICKS: u32 = 1_200;
/// Ticks times players after which nothing more is played.
pub const MAX_PLAYER_TICKS: u64 = 200_000;
/// Operations of either side after which nothing more is played: a second or two.
const MAX_OPERATIONS: u64 = 20_000_000;
/// In recorded fights nobody gets further from where the live rules have it, as a share of the reach of a strike. The players
/// of a recording strike at who was there then.
const LEASH: f32 = 0.25;
/// Changes by more than this are worth a word, per cent.
const MUCH: f64 = 25.0;

/// What came out of a rehearsal.
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsal {
    /// Recorded fights were played, and not generated ones.
    pub recorded: bool,
    /// Fights that were played.
    pub fights: u32,
    /// Ticks of all fights.
    pub ticks: u64,
    /// Time of all fights, seconds.
    pub seconds: f64,
    /// By the live rules.
    pub live: Numbers,
    /// By the draft.
    pub draft: Numbers,
}

/// What happened in all fights together, by one set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Numbers {
    /// Players killed.
    pub kills: u64,
    /// Median time from the first blow of a life to its end, seconds; unknown when nobody died.
    pub time_to_kill: Option<f64>,
    /// Hit points taken.
    pub damage: u64,
    /// Ways of all players together, units.
    pub distance: f64,
    /// Hits by the orb.
    pub orb_hits: u64,
    /// Strikes, hits or not.
    pub strikes: u64,
    /// Strikes that hit somebody.
    pub strike_hits: u64,
    /// Players killed by the orb.
    pub orb_kills: u64,
    /// Operations a tick, as the interpreter counts them.
    pub operations: f64,
}

/// One number of both sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// For programs.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// By the live rules; unknown when it did not happen.
    pub live: Option<f64>,
    /// By the draft.
    pub draft: Option<f64>,
}

impl Row {
    /// By how many per cent the draft's number differs; unknown when there is nothing to compare with.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        match (self.live?, self.draft?) {
            (live, draft) if live == draft => Some(0.0),
            (0.0, _) => None,
            (live, draft) => Some((draft - live) / live * 100.0),
        }
    }

    /// The same in words: `same`, `more`, `much more`, `less`, `much less`, `new` or `gone`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.live.filter(|n| *n != 0.0), self.draft.filter(|n| *n != 0.0), self.change()) {
            (None, None, _) => "same",
            (None, Some(_), _) => "new",
            (Some(_), None, _) => "gone",
            (_, _, Some(change)) if change > MUCH => "much more",
            (_, _, Some(change)) if change < -MUCH => "much less",
            (_, _, Some(change)) if change > 0.0 => "more",
            (_, _, Some(change)) if change < 0.0 => "less",
            _ => "same",
        }
    }
}

impl Rehearsal {
    /// Number by number.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let share = |n: &Numbers| (n.strikes > 0).then(|| n.strike_hits as f64 / n.strikes as f64 * 100.0);
        let row = |name, title, of: &dyn Fn(&Numbers) -> Option<f64>| Row {
            name,
            title,
            live: of(&self.live),
            draft: of(&self.draft),
        };
        vec![
            row("kills", "Kills", &|n| Some(n.kills as f64)),
            row("time_to_kill_s", "Time to kill, median, s", &|n| n.time_to_kill),
            row("damage", "Damage, hit points", &|n| Some(n.damage as f64)),
            row("distance", "Distance moved, units", &|n| Some(n.distance)),
            row("strikes", "Strikes", &|n| Some(n.strikes as f64)),
            row("strike_hit_percent", "Strikes that hit, %", &share),
            row("orb_hits", "Hits by the orb", &|n| Some(n.orb_hits as f64)),
            row("orb_kills", "Deaths by the orb", &|n| Some(n.orb_kills as f64)),
            row("operations_per_tick", "Cost, operations a tick", &|n| Some(n.operations)),
        ]
    }
}

/// One side of a rehearsal.
struct Side {
    rules: Metered,
    tally: Tally,
}

/// Plays the fights by both, tick by tick, until they end or enough was played. Without recordings generated fights stand in.
/// `None` when `cancelled` says so.
///
/// # Errors
/// When the draft fails. A recorded fight in which the live rules fail is left out from there on.
pub fn rehearse(
    live: &RhaiRules,
    draft: &RhaiRules,
    recorded: &[Arc<Recording>],
    cancelled: impl Fn() -> bool,
) -> Result<Option<Rehearsal>, ScriptError> {
    let mut sides = [live, draft].map(|rules| Side { rules: Metered::new(rules), tally: Tally::default() });
    let (mut fights, mut ticks, mut seconds, mut player_ticks) = (0, 0_u64, 0.0, 0_u64);
    let count = if recorded.is_empty() { GENERATED_FIGHTS } else { recorded.len() as u64 };
    'fights: for index in 0..count {
        let [live, draft] = &mut sides;
        let begin = |side: &mut Side| match recorded.get(index as usize) {
            Some(recording) => Ok(Fight::recorded(recording, &side.rules)),
            None => {
                Fight::generated(SEED.wrapping_add(index), GENERATED_TICKS, Crowd::Unharmed, &mut side.rules)
            }
        };
        let (Ok(mut by_live), mut by_draft) = (begin(live), begin(draft)?) else { continue };
        fights += 1;
        live.tally.begin();
        draft.tally.begin();
        loop {
            if cancelled() {
                return Ok(None);
            }
            let enough = [&live.rules, &draft.rules].iter().any(|rules| rules.operations() > MAX_OPERATIONS);
            if enough || player_ticks > MAX_PLAYER_TICKS {
                break 'fights;
            }
            let lived = live.play(&mut by_live);
            if !matches!(lived, Ok(true)) {
                break;
            }
            if !draft.play(&mut by_draft)? {
                break;
            }
            ticks += 1;
            if let (Fight::Recorded(model), Fight::Recorded(replay)) = (&by_live, &mut by_draft) {
                let leash = live.rules.tuning().strike_range * LEASH;
                replay.follow(model.world(), leash, draft.rules.tuning());
                draft.tally.new_lives(&model.world().effects);
            }
            seconds += f64::from(by_live.world().dt());
            player_ticks += by_live.world().players.len() as u64;
        }
    }
    let [live, draft] = sides.map(|side| side.tally.numbers(side.rules.operations(), ticks));
    Ok(Some(Rehearsal { recorded: !recorded.is_empty(), fights, ticks, seconds, live, draft }))
}

impl Side {
    /// Plays a tick; `false` when the fight is over.
    fn play(&mut self, fight: &mut Fight<'_>) -> Result<bool, RulesError> {
        if !fight.prepare(&mut self.rules)? {
            return Ok(false);
        }
        self.tally.before(fight.world());
        fight.play(&mut self.rules)?;
        self.tally.after(fight.world());
        Ok(true)
    }
}
