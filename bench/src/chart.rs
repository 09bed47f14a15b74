//! Results as a drawing in SVG: processor time and age over the number of players, a line for each server.

use std::fmt::Write;

use crate::contest::{Results, Turn};
use crate::peers::Peer;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 400.0;
/// Of one panel.
const PANEL: f64 = 330.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 340.0;
const LEFT: [f64; 2] = [50.0, 480.0];

/// Told apart also by people who see few colours: by lightness and by the marks.
const COLOURS: [&str; 9] =
    ["#d62728", "#000000", "#1f77b4", "#2ca02c", "#8c564b", "#9467bd", "#ff7f0e", "#17becf", "#7f7f7f"];

/// A panel: what it shows and how high that is.
struct Panel {
    title: &'static str,
    left: f64,
    figure: fn(&Turn) -> f64,
    /// Marks on the axis; the last is the top.
    marks: &'static [f64],
    /// 0 at the bottom, 1 at the top.
    height: fn(f64) -> f64,
}

const PANELS: [Panel; 2] = [
    Panel {
        title: "server CPU, cores",
        left: LEFT[0],
        figure: |turn| turn.cores,
        marks: &[0.0, 0.25, 0.5, 0.75, 1.0],
        height: |cores| cores.clamp(0.0, 1.0),
    },
    Panel {
        title: "age of the state when it arrives, p99, ms",
        left: LEFT[1],
        figure: |turn| turn.age_p99_ms,
        marks: &[1.0, 10.0, 100.0, 1_000.0],
        height: |ms| (ms.max(1.0).log10() / 3.0).clamp(0.0, 1.0),
    },
];

/// The drawing; rows that do not count are left out, and rows that did not keep up are hollow.
#[must_use]
pub fn chart(results: &Results, peers: &[Peer], players: &[u32]) -> String {
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for panel in &PANELS {
        axes(&mut svg, panel, players);
        for (index, &peer) in peers.iter().enumerate() {
            curve(&mut svg, panel, results, peer, players, COLOURS[index % COLOURS.len()]);
        }
    }
    let present =
        peers.iter().enumerate().filter(|(_, peer)| results.rows.iter().any(|row| row.peer == **peer));
    for (place, (index, peer)) in present.enumerate() {
        let (x, y) = (LEFT[0] + (place % 5) as f64 * 160.0, BOTTOM + 35.0 + (place / 5) as f64 * 16.0);
        let colour = COLOURS[index % COLOURS.len()];
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"{:.1}\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
            y - 4.0,
            x + 9.0,
            peer.name()
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where a number of players is, from left to right: each has as much room.
fn across(panel: &Panel, players: &[u32], index: usize) -> f64 {
    panel.left + 15.0 + index as f64 * (PANEL - 30.0) / (players.len().max(2) - 1) as f64
}

fn up(panel: &Panel, value: f64) -> f64 {
    BOTTOM - (BOTTOM - TOP) * (panel.height)(value)
}

fn axes(svg: &mut String, panel: &Panel, players: &[u32]) {
    let (left, right) = (panel.left, panel.left + PANEL);
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"{}\" font-size=\"13\">{}</text>", TOP - 16.0, panel.title);
    for mark in panel.marks {
        let y = up(panel, *mark);
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>",
            left - 6.0,
            y + 4.0
        );
    }
    for (index, count) in players.iter().enumerate() {
        let x = across(panel, players, index);
        let _ =
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{count}</text>", BOTTOM + 15.0);
    }
}

fn curve(svg: &mut String, panel: &Panel, results: &Results, peer: Peer, players: &[u32], colour: &str) {
    let rows = players.iter().enumerate().filter_map(|(index, &count)| {
        let row = results.row(peer, count).filter(|row| !row.does_not_count())?;
        let value = row.summary(panel.figure)?.median;
        Some((across(panel, players, index), up(panel, value), row.kept_up()))
    });
    let points: Vec<(f64, f64, bool)> = rows.collect();
    let line: Vec<String> = points.iter().map(|(x, y, _)| format!("{x:.1},{y:.1}")).collect();
    let width = if peer == Peer::Hotswap { 3 } else { 1 };
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
        line.join(" ")
    );
    for (x, y, kept_up) in points {
        let fill = if kept_up { colour } else { "#ffffff" };
        let _ = writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{fill}\" stroke=\"{colour}\"/>"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::Row;

    fn results() -> Results {
        let turn =
            |cores| Turn { cores, delivered: 1.0, age_p99_ms: 10.0, complete: true, ..Turn::default() };
        let row = |peer, players, turn| Row { peer, players, turns: vec![turn] };
        Results {
            rows: vec![
                row(Peer::Hotswap, 100, turn(0.5)),
                row(Peer::Hotswap, 200, Turn { delivered: 0.1, ..turn(1.0) }),
                row(Peer::Floor, 100, Turn { crowd_was_slow: true, ..turn(0.2) }),
            ],
            absent: Vec::new(),
        }
    }

    #[test]
    fn points_are_where_their_values_are() {
        let svg = chart(&results(), &[Peer::Hotswap, Peer::Floor], &[100, 200]);
        let half_up = (TOP + BOTTOM) / 2.0;
        assert!(svg.contains(&format!("<polyline points=\"65.0,{half_up:.1} 365.0,{TOP:.1}\"")), "{svg}");
        assert!(
            svg.contains("cy=\"40.0\" r=\"4\" fill=\"#ffffff\""),
            "who does not keep up is hollow: {svg}"
        );
        assert!(svg.contains(">hotswap</text>") && svg.contains(">floor</text>"));
    }

    #[test]
    fn what_does_not_count_is_not_drawn() {
        let svg = chart(&results(), &[Peer::Floor], &[100]);
        assert!(svg.contains("<polyline points=\"\""), "{svg}");
    }

    #[test]
    fn the_drawing_is_well_formed() {
        let svg = chart(&results(), &Peer::ALL, &[100, 200]);
        let count = |what: &str| svg.matches(what).count();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert_eq!(count("<text"), count("</text>"));
        assert!(!svg.contains("NaN"));
    }
}
