//! The capacity model as a drawing in SVG: measured points, and the line that was fitted to them.

use std::fmt::Write;

use super::Scene;
use super::capacity::Run;
use super::fit::Fit;
use super::model::{fit, like};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 360.0;
/// Of one panel.
const PANEL: f64 = 260.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 290.0;
const LEFT: [f64; 3] = [44.0, 362.0, 680.0];
/// Players who stand, and players who run: told apart also by the dashes of their lines.
const COLOURS: [&str; 2] = ["#1f77b4", "#d62728"];
const DASHES: [&str; 2] = ["6 4", "none"];
/// Points on a line.
const STEPS: u32 = 60;

/// The drawing; points that do not count are hollow.
#[must_use]
pub fn plot(runs: &[Run]) -> String {
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    let most = f64::from(runs.iter().map(|run| run.players).max().unwrap_or(1));
    let highest = runs.iter().map(|run| run.turn.cores).fold(0.0, f64::max);
    let axes = Axes { players: most * 1.08, cores: if highest > 0.55 { 1.0 } else { 0.5 } };
    for (scene, left) in Scene::ALL.into_iter().zip(LEFT) {
        axes.draw(&mut svg, scene, left);
        let of_scene: Vec<&Run> = runs.iter().filter(|run| run.scene == scene).collect();
        for moving in [false, true] {
            let group: Vec<&Run> = of_scene.iter().copied().filter(|run| run.moving == moving).collect();
            let colour = COLOURS[usize::from(moving)];
            if let Some(fit) = fit(runs, scene) {
                axes.line(&mut svg, left, &fit, &group, moving);
            }
            for run in group {
                let (x, y) = axes.place(left, f64::from(run.players), run.turn.cores);
                let fill = if run.counts() { colour } else { "#ffffff" };
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{fill}\" stroke=\"{colour}\"/>"
                );
            }
        }
    }
    for (index, text) in ["players who stand", "players who run"].into_iter().enumerate() {
        let x = LEFT[0] + index as f64 * 170.0;
        let y = BOTTOM + 52.0;
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{0}\" x2=\"{1}\" y2=\"{0}\" stroke=\"{2}\" stroke-width=\"2\" \
             stroke-dasharray=\"{3}\"/><circle cx=\"{4}\" cy=\"{0}\" r=\"4\" fill=\"{2}\"/><text x=\"{5}\" y=\"{y}\">{text}</text>",
            y - 4.0,
            x + 28.0,
            COLOURS[index],
            DASHES[index],
            x + 14.0,
            x + 36.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\">Points are measured, lines are the model. Hollow points do not count.</text>",
        LEFT[0] + 360.0,
        BOTTOM + 52.0
    );
    svg.push_str("</svg>\n");
    svg
}

/// What the ends of the axes stand for.
struct Axes {
    players: f64,
    cores: f64,
}

impl Axes {
    fn place(&self, left: f64, players: f64, cores: f64) -> (f64, f64) {
        let up = (cores / self.cores).clamp(0.0, 1.0);
        (left + PANEL * players / self.players, BOTTOM - (BOTTOM - TOP) * up)
    }

    fn draw(&self, svg: &mut String, scene: Scene, left: f64) {
        let _ = writeln!(
            svg,
            "<text x=\"{left}\" y=\"{}\" font-size=\"13\">{}: CPU, cores</text>",
            TOP - 18.0,
            scene.name()
        );
        for step in 0..=4 {
            let cores = self.cores * f64::from(step) / 4.0;
            let (_, y) = self.place(left, 0.0, cores);
            let _ = writeln!(
                svg,
                "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>\
                 <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left + PANEL,
                left - 5.0,
                y + 4.0,
                (cores * 1e3).round() / 1e3
            );
        }
        let unit = if self.players > 2_500.0 { 1_000.0 } else { 500.0 };
        let mut players = 0.0;
        while players <= self.players {
            let (x, _) = self.place(left, players, 0.0);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{BOTTOM}\" x2=\"{x:.1}\" y2=\"{}\" stroke=\"#888888\"/>\
                 <text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{players}</text>",
                BOTTOM + 4.0,
                BOTTOM + 17.0
            );
            players += unit;
        }
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">players</text>",
            left + PANEL / 2.0,
            BOTTOM + 32.0
        );
    }

    fn line(&self, svg: &mut String, left: f64, fit: &Fit<3>, group: &[&Run], moving: bool) {
        let points = (0..=STEPS).filter_map(|step| {
            let players = self.players * f64::from(step) / f64::from(STEPS);
            let cores = fit.cores(&like(group, players));
            let (x, y) = self.place(left, players, cores);
            (cores <= self.cores).then(|| format!("{x:.1},{y:.1}"))
        });
        let points: Vec<String> = points.collect();
        let index = usize::from(moving);
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" stroke-dasharray=\"{}\"/>",
            points.join(" "),
            COLOURS[index],
            DASHES[index]
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::Turn;

    fn run(players: u32, updates_each: f64, cores: f64, slow: bool) -> Run {
        let turn = Turn {
            cores,
            updates_per_second: updates_each * f64::from(players),
            delivered: 1.0,
            complete: true,
            crowd_was_slow: slow,
            ..Turn::default()
        };
        Run { scene: Scene::Rooms, players, moving: updates_each > 0.0, turn }
    }

    #[test]
    fn measured_points_are_where_they_were_and_hollow_when_they_do_not_count() {
        let runs = [run(500, 0.0, 0.25, false), run(1_000, 0.0, 0.5, true)];
        let svg = plot(&runs);
        let half = (TOP + BOTTOM) / 2.0;
        let x = LEFT[1] + PANEL * 500.0 / 1_080.0;
        assert!(svg.contains(&format!("cx=\"{x:.1}\" cy=\"{half:.1}\" r=\"4\" fill=\"#1f77b4\"")), "{svg}");
        assert!(svg.contains("fill=\"#ffffff\" stroke=\"#1f77b4\""), "{svg}");
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}
