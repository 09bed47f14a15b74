//! How good a bot is, in numbers.

/// How good a bot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skill {
    /// Slow to react, a poor judge of distances, never dodges.
    Easy,
    /// Somebody who has played for an evening.
    #[default]
    Normal,
    /// Quick, accurate, and back out of reach before the answer comes.
    Hard,
}

/// What makes the difference. Times are seconds, angles radians, chances 0 to 1.
#[derive(Debug, PartialEq)]
pub(super) struct Traits {
    /// Shortest and longest time from an occasion to the strike.
    pub(super) reaction: [f32; 2],
    /// Between two looks around.
    pub(super) look: f32,
    /// Most that a strike's aim and a way are off.
    pub(super) aim_error: f32,
    /// How far it believes a strike to reach, as a share of the truth: least and most.
    pub(super) judgement: [f32; 2],
    /// How much of a target's way it foresees, as a share.
    pub(super) lead: f32,
    /// Chance to dash where that would help.
    pub(super) dash: f32,
    /// Chance to step out of the orb's way, at each look.
    pub(super) dodge: f32,
    /// Backs off below this share of its hit points.
    pub(super) flee_below: f32,
    /// Chance to go for the orb rather than for somebody.
    pub(super) orb: f32,
    /// Chance to stroll.
    pub(super) wander: f32,
    /// How far away it keeps until it can strike again, in strike ranges.
    pub(super) keeps_off: f32,
    /// How much it likes somebody who is nearly down.
    pub(super) bloodlust: f32,
}

const EASY: Traits = Traits {
    reaction: [0.28, 0.6],
    look: 0.24,
    aim_error: 0.5,
    judgement: [0.7, 1.25],
    lead: 0.0,
    dash: 0.1,
    dodge: 0.0,
    flee_below: 0.15,
    orb: 0.2,
    wander: 0.25,
    keeps_off: 0.8,
    bloodlust: 0.0,
};

const NORMAL: Traits = Traits {
    reaction: [0.15, 0.34],
    look: 0.15,
    aim_error: 0.22,
    judgement: [0.82, 1.06],
    lead: 0.6,
    dash: 0.3,
    dodge: 0.35,
    flee_below: 0.3,
    orb: 0.3,
    wander: 0.1,
    keeps_off: 1.15,
    bloodlust: 0.5,
};

const HARD: Traits = Traits {
    reaction: [0.07, 0.15],
    look: 0.09,
    aim_error: 0.08,
    judgement: [0.93, 1.0],
    lead: 1.0,
    dash: 0.6,
    dodge: 0.9,
    flee_below: 0.3,
    orb: 0.3,
    wander: 0.04,
    keeps_off: 1.4,
    bloodlust: 1.0,
};

impl Skill {
    /// All of them, from the worst to the best.
    pub const ALL: [Self; 3] = [Self::Easy, Self::Normal, Self::Hard];

    pub(super) fn traits(self) -> &'static Traits {
        match self {
            Self::Easy => &EASY,
            Self::Normal => &NORMAL,
            Self::Hard => &HARD,
        }
    }
}

/// How good the bots of a fight are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Skills {
    /// All easy.
    Easy,
    /// All normal.
    Normal,
    /// All hard.
    Hard,
    /// Some of each.
    #[default]
    Mixed,
}

impl Skills {
    /// The skill of the bot that came as number `count`, from 0.
    #[must_use]
    pub fn of(self, count: u32) -> Skill {
        match self {
            Self::Easy => Skill::Easy,
            Self::Normal => Skill::Normal,
            Self::Hard => Skill::Hard,
            // Whoever is alone with three bots meets one of each.
            Self::Mixed => [Skill::Normal, Skill::Easy, Skill::Hard][count as usize % 3],
        }
    }
}

/// No skill has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bots can be easy, normal, hard or mixed")]
pub struct UnknownSkill;

impl std::str::FromStr for Skills {
    type Err = UnknownSkill;

    fn from_str(name: &str) -> Result<Self, UnknownSkill> {
        Ok(match name {
            "easy" => Self::Easy,
            "normal" => Self::Normal,
            "hard" => Self::Hard,
            "mixed" => Self::Mixed,
            _ => return Err(UnknownSkill),
        })
    }
}
