//! One screen on a running test, drawn anew every second.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::crowd::tally::Tally;
use crate::measure::{Glance, MAX_LAG_P99_MS, MAX_THREAD_CPU, Stage};

/// To the upper left corner, and clear from there.
const HOME_AND_CLEAR: &str = "\x1b[H\x1b[J";
/// Seconds that a curve shows.
const CURVE: usize = 60;
/// From low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What the screen remembers.
pub struct Screen {
    title: String,
    players: u32,
    ages_p99: VecDeque<f64>,
    updates: VecDeque<f64>,
    all: Tally,
}

impl Screen {
    /// A screen for a crowd of `players` on `title`.
    #[must_use]
    pub fn new(title: &str, players: u32) -> Self {
        Self {
            title: title.to_owned(),
            players,
            ages_p99: VecDeque::new(),
            updates: VecDeque::new(),
            all: Tally::default(),
        }
    }

    /// The whole screen after one more look, with what moves the cursor to its place.
    #[must_use]
    pub fn draw(&mut self, glance: &Glance) -> String {
        let seconds = glance.span.as_secs_f64().max(1e-9);
        let tally = &glance.tally;
        self.all.absorb(tally);
        let per_snapshot = glance.samples.positions_per_snapshot();
        let updates = tally.states as f64 * per_snapshot / seconds;
        remember(&mut self.ages_p99, tally.ages.percentile_ms(99.0));
        remember(&mut self.updates, updates);

        let stage = match glance.stage {
            Stage::Joining => "players come in",
            Stage::WarmingUp => "warming up",
            Stage::Measuring => "measuring",
        };
        let mut screen = String::from(HOME_AND_CLEAR);
        let mut line = |text: String| {
            screen.push_str(&text);
            screen.push('\n');
        };
        line(format!("swarm  {}  {:.0} s  {stage}", self.title, glance.elapsed.as_secs_f64()));
        line(String::new());
        line(format!("in the fight   {} of {}  {}", glance.in_fight, self.players, {
            bar(glance.in_fight as f64 / f64::from(self.players.max(1)), 30)
        }));
        line(format!(
            "connecting     p50 {:.1}  p99 {:.1}  max {:.1} ms",
            self.all.joining.percentile_ms(50.0),
            self.all.joining.percentile_ms(99.0),
            self.all.joining.max_ms()
        ));
        line(String::new());
        line(format!(
            "snapshots      {:.0} a second, {per_snapshot:.1} players moved in each, {:.0} bytes a second to each player",
            tally.states as f64 / seconds,
            tally.bytes_in as f64 / seconds / glance.in_fight.max(1) as f64
        ));
        line(format!("updates        {updates:.0} a second  {}", curve(&self.updates)));
        line(format!(
            "state age      p50 {:.2}  p99 {:.2}  p99.9 {:.2} ms",
            tally.ages.percentile_ms(50.0),
            tally.ages.percentile_ms(99.0),
            tally.ages.percentile_ms(99.9)
        ));
        line(format!("  p99          {}", curve(&self.ages_p99)));
        line(format!("left out       {} ticks", self.all.skipped));
        line(format!("lost           {} players", self.all.lost));
        for (what, count) in self.all.errors.iter().take(5) {
            line(format!("               {count} x {what}"));
        }
        line(String::new());
        let lag = tally.lag.percentile_ms(99.0);
        let late =
            if lag > MAX_LAG_P99_MS || glance.thread_cpu > MAX_THREAD_CPU { "  too busy!" } else { "" };
        line(format!(
            "this crowd     {} {:.0} % of a core, turns {lag:.1} ms late{late}",
            bar(glance.thread_cpu, 20),
            glance.thread_cpu * 100.0
        ));
        screen
    }
}

fn remember(curve: &mut VecDeque<f64>, value: f64) {
    if curve.len() == CURVE {
        curve.pop_front();
    }
    curve.push_back(value);
}

/// A share as a bar of `width` characters.
fn bar(share: f64, width: usize) -> String {
    let full = (share.clamp(0.0, 1.0) * width as f64).round() as usize;
    let mut bar = String::new();
    let _ = write!(bar, "[{}{}]", "#".repeat(full), ".".repeat(width - full));
    bar
}

/// Values as a line of small bars; the highest fills its place.
fn curve(values: &VecDeque<f64>) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let height = |value: f64| if most > 0.0 { (value / most * 7.0).round() as usize } else { 0 };
    values.iter().map(|value| BARS[height(*value).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::SampleFigures;
    use std::time::Duration;

    #[test]
    fn bars_and_curves_fill_their_place_and_no_more() {
        assert_eq!(bar(0.5, 4), "[##..]");
        assert_eq!(bar(7.0, 2), "[##]");
        assert_eq!(curve(&VecDeque::from([0.0, 5.0, 10.0])), "▁▅█");
        assert_eq!(curve(&VecDeque::from([0.0])), "▁");
    }

    #[test]
    fn the_screen_shows_who_is_in_and_what_went_wrong() {
        let mut screen = Screen::new("ws://arena/ws", 10);
        let mut glance = Glance {
            stage: Stage::Measuring,
            elapsed: Duration::from_secs(3),
            in_fight: 9,
            tally: Tally { states: 270, lost: 1, ..Tally::default() },
            samples: SampleFigures { snapshots: 30, positions: 300, ..SampleFigures::default() },
            span: Duration::from_secs(1),
            thread_cpu: 0.99,
        };
        glance.tally.error("refused");
        let drawn = screen.draw(&glance);
        for wanted in ["9 of 10", "270 a second", "updates        2700", "1 x refused", "too busy!"] {
            assert!(drawn.contains(wanted), "{wanted} is not in {drawn}");
        }
    }
}
