//! The capacity model: what runs have cost, and what a core would carry by it.

use std::fmt::Write;

use super::Scene;
use super::capacity::{Run, remark, what};
use super::fit::{Fit, Observation, fit_inputs, fit_updates};

/// How busy a core may be when ticks are to be on time, and something is to be left for joins.
const BUSY_CORE: f64 = 0.8;

/// What a scene costs.
#[must_use]
pub fn fit(runs: &[Run], scene: Scene) -> Option<Fit<3>> {
    let counted = runs.iter().filter(|run| run.scene == scene && run.counts());
    fit_updates(&counted.map(Run::observation).collect::<Vec<_>>())
}

/// So many players like those of `group`, which are all of one kind.
#[must_use]
pub fn like(group: &[&Run], players: f64) -> Observation {
    let updates_each = |run: &Run| run.turn.updates_per_second / f64::from(run.players);
    Observation { players, updates: players * each(group, players, updates_each), ..Observation::default() }
}

/// A figure of each of so many players: between the measured numbers of players on the line between their figures. Beyond
/// them it is what it was, but for those who see all others run: there it grows with their number.
fn each(group: &[&Run], players: f64, figure: fn(&Run) -> f64) -> f64 {
    let grows = group.iter().any(|run| run.scene == Scene::FullView && run.moving);
    let counted = group.iter().filter(|run| run.counts());
    let mut known: Vec<(f64, f64)> = counted.map(|run| (f64::from(run.players), figure(run))).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known.dedup_by(|later, earlier| later.0 <= earlier.0);
    let beyond = |(n, value): (f64, f64)| if grows { value * players / n } else { value };
    match known.iter().position(|(n, _)| *n >= players) {
        Some(0) => beyond(known[0]),
        Some(after) => {
            let ((n0, low), (n1, high)) = (known[after - 1], known[after]);
            low + (high - low) * (players - n0) / (n1 - n0)
        }
        None => known.last().map_or(0.0, |last| beyond(*last)),
    }
}

/// What a core carries by the model, as Markdown.
#[must_use]
pub fn carried(runs: &[Run]) -> String {
    let mut text = String::from(
        "| scene | players who | on one core at 80 % | bytes/s each | Mbit/s for all |\n|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let Some(fit) = fit(runs, scene) else { continue };
        for moving in [false, true] {
            let group: Vec<&Run> =
                runs.iter().filter(|run| run.scene == scene && run.moving == moving).collect();
            let players = fit.most_players(BUSY_CORE, |players| like(&group, players));
            let bytes = each(&group, players, |run| run.turn.bytes_per_player);
            let _ = writeln!(
                text,
                "| {} | {} | {:.0} | {bytes:.0} | {:.0} |",
                scene.name(),
                what(moving),
                (players / 100.0).round() * 100.0,
                players * bytes * 8.0 / 1e6
            );
        }
    }
    text
}

/// What was found, as Markdown: the model of each scene, and all runs with what the model says of them.
#[must_use]
pub fn table(runs: &[Run]) -> String {
    let mut text = String::from(
        "| scene | a, cores | b, per 1,000 players | c, per million updates/s | d, per 10,000 inputs/s | R² | mean error, cores \
         | runs |\n|---|---|---|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let of_scene: Vec<&Run> = runs.iter().filter(|run| run.scene == scene).collect();
        let counted = of_scene.iter().filter(|run| run.counts()).count();
        let Some(fit) = fit(runs, scene) else {
            let _ = writeln!(text, "| {} | too few runs that count | | | | | | {counted} |", scene.name());
            continue;
        };
        let _ = writeln!(
            text,
            "| {} | {} | | {:.4} | {:.4} | {counted} of {} |",
            scene.name(),
            costs(&fit),
            fit.r2,
            fit.mean_error,
            of_scene.len()
        );
    }
    let counted: Vec<Observation> = runs.iter().filter(|run| run.counts()).map(Run::observation).collect();
    if let Some(fit) = fit_inputs(&counted) {
        let _ = writeln!(
            text,
            "| all, inputs apart | {} | {:.4} | {:.4} | {} of {} |",
            costs(&fit),
            fit.r2,
            fit.mean_error,
            counted.len(),
            runs.len()
        );
    }
    text.push_str(
        "\n| scene | players | | CPU, cores | the model says | off by | updates/s, million | bytes/s each | age p99, ms | |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let fit = fit(runs, scene);
        let mut of_scene: Vec<&Run> = runs.iter().filter(|run| run.scene == scene).collect();
        of_scene.sort_by_key(|run| (run.moving, run.players));
        for run in of_scene {
            let said = fit.map(|fit| fit.cores(&run.observation()));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.3} | {} | {} | {:.3} | {:.0} | {:.1} |{} |",
                scene.name(),
                run.players,
                what(run.moving),
                run.turn.cores,
                said.map_or(String::new(), |said| format!("{said:.3}")),
                said.map_or(String::new(), |said| off_by(run.turn.cores - said)),
                run.turn.updates_per_second / 1e6,
                run.turn.bytes_per_player,
                run.turn.age_p99_ms,
                remark(run)
            );
        }
    }
    text
}

/// In thousandths of a core, without a sign for none.
fn off_by(cores: f64) -> String {
    let thousandths = (cores * 1e3).round();
    if thousandths == 0.0 { "0.000".to_owned() } else { format!("{:+.3}", thousandths / 1e3) }
}

/// Costs with their errors, as cells of a table.
fn costs<const N: usize>(fit: &Fit<N>) -> String {
    let digits_and_units = [(4, 1.0), (4, 1e3), (5, 1e6), (4, 1e4)];
    let cells = fit.costs.iter().zip(fit.errors).zip(digits_and_units);
    let cells: Vec<String> = cells
        .map(|((cost, error), (digits, unit))| {
            format!("{:.digits$} ± {:.digits$}", cost * unit, error * unit)
        })
        .collect();
    cells.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::Turn;

    fn run(players: u32, moving: bool, slow: bool) -> Run {
        let n = f64::from(players);
        let updates = if moving { 20.0 * n * n } else { 0.0 };
        let turn = Turn {
            cores: 0.01 + 1e-4 * n + 1e-9 * updates,
            updates_per_second: updates,
            delivered: 1.0,
            complete: true,
            crowd_was_slow: slow,
            ..Turn::default()
        };
        Run { scene: Scene::FullView, players, moving, turn }
    }

    fn runs() -> Vec<Run> {
        let counts = [100, 200, 400, 800];
        counts.iter().flat_map(|players| [run(*players, false, false), run(*players, true, false)]).collect()
    }

    #[test]
    fn the_table_shows_costs_errors_and_what_is_off() {
        let mut runs = runs();
        runs.push(run(1_600, true, true));
        let table = table(&runs);
        assert!(
            table.contains(
                "| one room, full view | 0.0100 ± 0.0000 | 0.1000 ± 0.0000 | 0.00100 ± 0.00000 | | 1.0000"
            ),
            "{table}"
        );
        assert!(table.contains("| 8 of 9 |") && table.contains("(the crowd was too slow)"), "{table}");
        assert!(table.contains("| rooms of 64 | too few runs that count |"), "{table}");
        assert!(
            table.contains("| one room, full view | 800 | run | 0.103 | 0.103 | 0.000 | 12.800 |"),
            "{table}"
        );
    }

    #[test]
    fn a_core_carries_what_the_model_says_at_four_fifths() {
        // 0.01 + 1e-4 n = 0.8 for those who stand.
        let carried = carried(&runs());
        assert!(carried.contains("| one room, full view | stand | 7900 |"), "{carried}");
        assert!(!carried.contains("rooms of 64"), "{carried}");
    }

    #[test]
    fn players_who_were_not_measured_are_like_those_who_were() {
        let (a, b) = (run(100, true, false), run(200, true, false));
        let found = [50.0, 100.0, 150.0, 300.0].map(|n| like(&[&b, &a], n).updates / n);
        assert_eq!(found, [1_000.0, 2_000.0, 3_000.0, 6_000.0]);
        assert_eq!(like(&[], 100.0).updates, 0.0);
        let of_rooms = |run: &Run| Run { scene: Scene::Rooms, ..run.clone() };
        let (a, b) = (of_rooms(&a), of_rooms(&b));
        let found = [50.0, 150.0, 300.0].map(|n| like(&[&a, &b], n).updates / n);
        assert_eq!(found, [2_000.0, 3_000.0, 4_000.0], "a room does not get fuller by another one");
    }
}
