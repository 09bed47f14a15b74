//! A fixed script for players: what to do, and when.
//!
//! One step a line: seconds since the player came in, and what it does. `repeat` begins again from the top.
//!
//! ```text
//! # run right, strike, run back
//! 0    move 1 0
//! 0.5  attack
//! 1.0  dash
//! 1.5  move -1 0
//! 2.0  attack 0 -1
//! 2.5  chat hello
//! 3.0  repeat
//! ```

use std::str::FromStr;
use std::time::Duration;

use client_core::sim::Vec2;
use client_core::sim::vec2::vec2;

/// Shortest round of a script that repeats.
const SHORTEST_ROUND: Duration = Duration::from_millis(50);

/// What a player does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Run there from now on.
    Move(Vec2),
    /// Strike, looking there.
    Attack(Option<Vec2>),
    /// Dash.
    Dash,
    /// Say something.
    Chat(String),
}

/// A script, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    steps: Vec<(Duration, Act)>,
    repeat: Option<Duration>,
}

/// What is wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ScriptError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self { steps: Vec::new(), repeat: None };
        let mut latest = Duration::ZERO;
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |problem: String| ScriptError { line: index + 1, problem };
            if script.repeat.is_some() {
                return Err(wrong("nothing can follow `repeat`".to_owned()));
            }
            let (at, what) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let at = at.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            let at = at.ok_or_else(|| wrong("a step begins with its time in seconds".to_owned()))?;
            if at < latest {
                return Err(wrong("steps come in the order of their times".to_owned()));
            }
            latest = at;
            match what.trim() {
                "repeat" if at < SHORTEST_ROUND => {
                    return Err(wrong("a round takes at least 0.05 s".to_owned()));
                }
                "repeat" => script.repeat = Some(at),
                what => script.steps.push((at, act(what).map_err(wrong)?)),
            }
        }
        Ok(script)
    }
}

fn act(text: &str) -> Result<Act, String> {
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match verb {
        "move" => {
            direction(rest)?.map(Act::Move).ok_or_else(|| "`move` needs a direction: `move 1 0`".to_owned())
        }
        "attack" => Ok(Act::Attack(direction(rest)?)),
        "dash" => Ok(Act::Dash),
        "chat" if !rest.is_empty() => Ok(Act::Chat(rest.to_owned())),
        "chat" => Err("`chat` needs a text".to_owned()),
        _ => Err(format!("`{verb}` is none of move, attack, dash, chat and repeat")),
    }
}

fn direction(text: &str) -> Result<Option<Vec2>, String> {
    let numbers: Result<Vec<f32>, _> = text.split_whitespace().map(str::parse).collect();
    match numbers.as_deref() {
        Ok([]) => Ok(None),
        Ok([x, y]) if x.is_finite() && y.is_finite() => Ok(Some(vec2(*x, *y))),
        _ => Err(format!("`{text}` is not a direction: two numbers, as in `1 0`")),
    }
}

/// How far a player is in a script.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    round: u32,
    step: usize,
}

impl Progress {
    /// The next step that is due, `since` the player came in.
    pub fn next_due<'a>(&mut self, script: &'a Script, since: Duration) -> Option<&'a Act> {
        if self.step == script.steps.len() && !script.steps.is_empty() {
            let length = script.repeat?;
            if since < length * (self.round + 1) {
                return None;
            }
            self.round += 1;
            self.step = 0;
        }
        let began = script.repeat.unwrap_or_default() * self.round;
        let (at, act) = script.steps.get(self.step)?;
        if began + *at > since {
            return None;
        }
        self.step += 1;
        Some(act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(text: &str, line: usize, says: &str) {
        let error = text.parse::<Script>().unwrap_err();
        assert!(error.line == line && error.problem.contains(says), "{error}");
    }

    #[test]
    fn a_script_is_played_in_time_and_from_the_top_again() {
        let script: Script =
            "# run\n0 move 1 0\n0.5 attack 0 -1\n\n1 chat hi there # greet\n2 repeat".parse().unwrap();
        let mut progress = Progress::default();
        let mut played = |ms| {
            let mut acts = Vec::new();
            while let Some(act) = progress.next_due(&script, Duration::from_millis(ms)) {
                acts.push(act.clone());
            }
            acts
        };
        assert_eq!(played(0), [Act::Move(vec2(1.0, 0.0))]);
        assert_eq!(played(400), []);
        assert_eq!(played(1_100), [Act::Attack(Some(vec2(0.0, -1.0))), Act::Chat("hi there".to_owned())]);
        assert_eq!(played(1_999), []);
        assert_eq!(played(2_000), [Act::Move(vec2(1.0, 0.0))]);
        assert_eq!(played(4_499).len(), 3);
    }

    #[test]
    fn a_script_without_an_end_is_played_once_and_an_empty_one_not_at_all() {
        let mut progress = Progress::default();
        let once: Script = "0 dash".parse().unwrap();
        assert_eq!(progress.next_due(&once, Duration::from_secs(9)), Some(&Act::Dash));
        assert_eq!(progress.next_due(&once, Duration::from_secs(99)), None);
        let nothing: Script = "1 repeat".parse().unwrap();
        assert_eq!(Progress::default().next_due(&nothing, Duration::from_secs(99)), None);
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        check_refused("0 dash\nsoon dash", 2, "time in seconds");
        check_refused("1 dash\n0 dash", 2, "order");
        check_refused("0 jump", 1, "`jump`");
        check_refused("0 move", 1, "needs a direction");
        check_refused("0 move left 1", 1, "not a direction");
        check_refused("0 repeat", 1, "at least");
        check_refused("1 repeat\n2 dash", 2, "follow");
    }
}
