//! Results as a table in Markdown: medians, with the range in brackets.

use crate::contest::{Results, Row, Turn};
use crate::peers::Peer;

/// The middle of some values, and how far they reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Summary {
    /// Of `values`; `None` when there are none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) * 0.5 };
        Some(Self { median, least, most })
    }

    fn show(self, format: impl Fn(f64) -> String) -> String {
        let [median, least, most] = [self.median, self.least, self.most].map(format);
        if least == most { median } else { format!("{median} ({least}..{most})") }
    }
}

impl Row {
    /// The turns that count: those in which the crowd was quick enough, or all when it never was.
    #[must_use]
    pub fn counted(&self) -> Vec<&Turn> {
        let counted: Vec<&Turn> = self.turns.iter().filter(|turn| !turn.crowd_was_slow).collect();
        if counted.is_empty() { self.turns.iter().collect() } else { counted }
    }

    /// The crowd was too slow in every turn.
    #[must_use]
    pub fn does_not_count(&self) -> bool {
        self.turns.iter().all(|turn| turn.crowd_was_slow)
    }

    /// It kept up in more than half of the turns that count.
    #[must_use]
    pub fn kept_up(&self) -> bool {
        let counted = self.counted();
        counted.iter().filter(|turn| turn.kept_up()).count() * 2 > counted.len()
    }

    /// Median and range of one figure.
    #[must_use]
    pub fn summary(&self, figure: impl Fn(&Turn) -> f64) -> Option<Summary> {
        Summary::of(self.counted().into_iter().map(figure))
    }
}

/// A number as people read it: 1234567 is 1.23 M.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2} M", value / 1e6),
        value if value >= 1e4 => format!("{:.0} k", value / 1e3),
        value => format!("{value:.0}"),
    }
}

/// All results with one number of players.
#[must_use]
pub fn table(results: &Results, peers: &[Peer], players: u32) -> String {
    let mut text = String::from(
        "| server | CPU, cores | delivered, % | updates/s | age p50, ms | age p99, ms | bytes/s each | |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for &peer in peers {
        match results.row(peer, players) {
            Some(row) => text.push_str(&line(row)),
            None if results.absent.iter().any(|(absent, _)| *absent == peer) => {}
            None => {
                text.push_str(&format!("| {} | | | | | | | failed with fewer |\n", peer.name()));
            }
        }
    }
    text
}

fn line(row: &Row) -> String {
    let show = |figure: &dyn Fn(&Turn) -> f64, format: &dyn Fn(f64) -> String| {
        row.summary(figure).map_or(String::new(), |summary| summary.show(format))
    };
    let millis = |value: f64| if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") };
    let remark = match (row.does_not_count(), row.kept_up()) {
        (true, _) => "the crowd was too slow: does not count",
        (_, false) => "does not keep up",
        _ => "",
    };
    let name = if row.peer == Peer::Hotswap { "**hotswap**" } else { row.peer.name() };
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {remark} |\n",
        show(&|turn| turn.cores, &|value| format!("{value:.2}")),
        show(&|turn| turn.delivered * 100.0, &|value| format!("{value:.0}")),
        show(&|turn| turn.updates_per_second, &short),
        show(&|turn| turn.age_p50_ms, &millis),
        show(&|turn| turn.age_p99_ms, &millis),
        show(&|turn| turn.bytes_per_player, &short),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(cores: f64, crowd_was_slow: bool) -> Turn {
        Turn {
            cores,
            delivered: 1.0,
            age_p99_ms: 12.34,
            updates_per_second: 1_234_567.0,
            complete: true,
            crowd_was_slow,
            ..Turn::default()
        }
    }

    fn row(peer: Peer, turns: Vec<Turn>) -> Row {
        Row { peer, players: 100, turns }
    }

    #[test]
    fn a_row_shows_the_median_of_what_counts_and_its_range() {
        let turns = vec![turn(0.3, false), turn(0.1, false), turn(0.2, false), turn(0.9, true)];
        let line = line(&row(Peer::Hotswap, turns));
        assert!(line.contains("| **hotswap** | 0.20 (0.10..0.30) | 100 | 1.23 M |"), "{line}");
        assert!(line.contains("| 12.3 |"), "{line}");
    }

    #[test]
    fn a_row_that_only_measured_the_crowd_says_so() {
        assert!(line(&row(Peer::Floor, vec![turn(0.1, true)])).contains("does not count"));
        let late = Turn { age_p99_ms: 900.0, ..turn(0.1, false) };
        assert!(line(&row(Peer::Floor, vec![late])).contains("does not keep up"));
    }

    #[test]
    fn a_server_that_gave_up_earlier_has_an_empty_row_and_one_that_is_absent_none() {
        let results = Results {
            rows: vec![row(Peer::Hotswap, vec![turn(0.1, false)])],
            absent: vec![(Peer::ColyseusUws, "no".to_owned())],
        };
        let table = table(&results, &[Peer::Hotswap, Peer::SocketIo, Peer::ColyseusUws], 100);
        assert!(table.contains("| socketio-node | | | | | | | failed with fewer |"), "{table}");
        assert!(!table.contains("colyseus-uws"));
    }

    #[test]
    fn the_median_of_two_is_between_them() {
        let summary = Summary::of([4.0, 2.0]).unwrap();
        assert_eq!((summary.median, summary.least, summary.most), (3.0, 2.0, 4.0));
        assert_eq!(Summary::of([]), None);
    }
}
