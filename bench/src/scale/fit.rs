//! Least squares: what a player, its inputs and its updates cost, from runs in which all were counted.

/// One run: what there was, and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Observation {
    /// Players.
    pub players: f64,
    /// Updates a second.
    pub updates: f64,
    /// Inputs a second.
    pub inputs: f64,
    /// Cores that the server used.
    pub cores: f64,
}

/// Cores as a sum of `N` things, each at its cost.
#[derive(Clone, Copy, Debug)]
pub struct Fit<const N: usize> {
    /// What is counted in a run; the first is 1.
    terms: fn(&Observation) -> [f64; N],
    /// Cores for each of it.
    pub costs: [f64; N],
    /// Standard errors of these.
    pub errors: [f64; N],
    /// Share of the differences between runs that this explains, at most 1.
    pub r2: f64,
    /// How far it is off on average, cores.
    pub mean_error: f64,
}

/// Cores = a + b players + c updates.
#[must_use]
pub fn fit_updates(runs: &[Observation]) -> Option<Fit<3>> {
    Fit::of(runs, |run| [1.0, run.players, run.updates])
}

/// Cores = a + b players + c updates + d inputs.
#[must_use]
pub fn fit_inputs(runs: &[Observation]) -> Option<Fit<4>> {
    Fit::of(runs, |run| [1.0, run.players, run.updates, run.inputs])
}

impl<const N: usize> Fit<N> {
    /// The best one; `None` when the runs do not tell the terms from each other, or are too few.
    fn of(runs: &[Observation], terms: fn(&Observation) -> [f64; N]) -> Option<Self> {
        if runs.len() <= N {
            return None;
        }
        // Columns of like size, so that the sums below lose no digits.
        let unit: [f64; N] =
            std::array::from_fn(|i| runs.iter().map(|run| terms(run)[i]).fold(f64::MIN_POSITIVE, f64::max));
        let scaled = |run: &Observation| -> [f64; N] {
            let row = terms(run);
            std::array::from_fn(|i| row[i] / unit[i])
        };
        let (mut normal, mut right) = ([[0.0; N]; N], [0.0; N]);
        for run in runs {
            let row = scaled(run);
            for i in 0..N {
                right[i] += row[i] * run.cores;
                for j in 0..N {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
        let inverse = inverted(normal)?;
        let cost = |i: usize| (0..N).map(|j| inverse[i][j] * right[j]).sum::<f64>() / unit[i];
        let mut fit =
            Self { terms, costs: std::array::from_fn(cost), errors: [0.0; N], r2: 1.0, mean_error: 0.0 };
        let count = runs.len() as f64;
        let residuals: Vec<f64> = runs.iter().map(|run| run.cores - fit.cores(run)).collect();
        let unexplained: f64 = residuals.iter().map(|off| off * off).sum();
        let mean = runs.iter().map(|run| run.cores).sum::<f64>() / count;
        let all: f64 = runs.iter().map(|run| (run.cores - mean).powi(2)).sum();
        let variance = unexplained / (count - N as f64);
        fit.errors = std::array::from_fn(|i| (variance * inverse[i][i].max(0.0)).sqrt() / unit[i]);
        if all > 0.0 {
            fit.r2 = 1.0 - unexplained / all;
        }
        fit.mean_error = residuals.iter().map(|off| off.abs()).sum::<f64>() / count;
        Some(fit)
    }

    /// What it says that a run takes.
    #[must_use]
    pub fn cores(&self, run: &Observation) -> f64 {
        (self.terms)(run).iter().zip(self.costs).map(|(count, cost)| count * cost).sum()
    }

    /// The most players that `cores` carry, when `run` says what so many players make; searched up to a million.
    #[must_use]
    pub fn most_players(&self, cores: f64, run: impl Fn(f64) -> Observation) -> f64 {
        let (mut low, mut high) = (0.0, 1e6);
        while high - low > 0.5 {
            let middle = (low + high) * 0.5;
            if self.cores(&run(middle)) <= cores {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Slope of a line through points `(x, y)`, and its standard error; `None` with less than three, or all above each other.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    if points.len() < 3 {
        return None;
    }
    let mean = |figure: fn(&(f64, f64)) -> f64| points.iter().map(figure).sum::<f64>() / count;
    let (x0, y0) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|(x, _)| (x - x0).powi(2)).sum();
    if spread <= 0.0 {
        return None;
    }
    let slope = points.iter().map(|(x, y)| (x - x0) * (y - y0)).sum::<f64>() / spread;
    let off: f64 = points.iter().map(|(x, y)| (y - y0 - slope * (x - x0)).powi(2)).sum();
    Some((slope, (off / (count - 2.0) / spread).sqrt()))
}

/// By elimination, always with the largest pivot; `None` when there is no inverse.
fn inverted<const N: usize>(mut left: [[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut right: [[f64; N]; N] =
        std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 }));
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| left[*a][column].abs().total_cmp(&left[*b][column].abs()))?;
        left.swap(column, pivot);
        right.swap(column, pivot);
        let by = left[column][column];
        // The columns are scaled to about 1: less than this is rounding.
        if by.abs() < 1e-9 {
            return None;
        }
        left[column] = left[column].map(|value| value / by);
        right[column] = right[column].map(|value| value / by);
        for row in (0..N).filter(|row| *row != column) {
            let by = left[row][column];
            for j in 0..N {
                left[row][j] -= by * left[column][j];
                right[row][j] -= by * right[column][j];
            }
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Players who stand, and players who run, with noise that has no trend.
    fn runs(noise: f64) -> Vec<Observation> {
        let counts = [200.0, 400.0, 800.0, 1_600.0];
        let both = counts.iter().flat_map(|n| [(*n, 0.0), (*n, 20.0 * n * n)]);
        let signs = [1.0, -1.0, -1.0, 1.0];
        let run = |((players, updates), sign): ((f64, f64), &f64)| {
            let inputs = if updates > 0.0 { 10.0 * players } else { 0.0 };
            let cores = 0.02 + 1e-4 * players + 2e-9 * updates + 3e-6 * inputs + noise * sign;
            Observation { players, updates, inputs, cores }
        };
        both.zip(signs.iter().cycle()).map(run).collect()
    }

    #[test]
    fn costs_that_are_there_are_found() {
        let fit = fit_inputs(&runs(0.0)).unwrap();
        for (found, there) in fit.costs.into_iter().zip([0.02, 1e-4, 2e-9, 3e-6]) {
            assert!((found / there - 1.0).abs() < 1e-6, "{found} for {there}");
        }
        assert!((fit.r2 - 1.0).abs() < 1e-9 && fit.mean_error < 1e-9 && fit.errors[0] < 1e-9);
    }

    #[test]
    fn noise_and_what_is_left_out_show_in_the_errors() {
        let noisy = fit_inputs(&runs(0.01)).unwrap();
        assert!((noisy.costs[0] - 0.02).abs() < 4.0 * noisy.errors[0] && noisy.errors[0] > 1e-3, "{noisy:?}");
        assert!(noisy.r2 < 1.0 && noisy.mean_error > 3e-3, "{noisy:?}");
        let without_inputs = fit_updates(&runs(0.0)).unwrap();
        assert!(without_inputs.mean_error > 1e-3 && without_inputs.costs[2] > 2e-9, "{without_inputs:?}");
    }

    #[test]
    fn players_who_always_get_as_much_cannot_be_told_from_their_updates() {
        let run = |n: f64| Observation { players: n, updates: 20.0 * n, inputs: 0.0, cores: n };
        let runs: Vec<_> = (1..9).map(|n| run(f64::from(n))).collect();
        assert!(fit_updates(&runs).is_none());
        assert!(fit_updates(&runs[..3]).is_none());
    }

    #[test]
    fn a_core_carries_as_many_as_the_costs_say() {
        let fit = fit_inputs(&runs(0.0)).unwrap();
        let idle = |players| Observation { players, ..Observation::default() };
        let most = fit.most_players(1.0, idle);
        assert!((most - 9_800.0).abs() < 1.0, "{most}");
        let all = |players| Observation { updates: 20.0 * players * players, ..idle(players) };
        let most = fit.most_players(1.0, all);
        assert!((fit.cores(&all(most)) - 1.0).abs() < 1e-3, "{most}");
    }

    #[test]
    fn a_line_has_its_slope_and_noise_an_error() {
        let line: Vec<_> = (0..10).map(|x| (f64::from(x), 5.0 + 2.0 * f64::from(x))).collect();
        let (found, error) = slope(&line).unwrap();
        assert!((found - 2.0).abs() < 1e-9 && error < 1e-9);
        let noisy: Vec<_> = line.iter().map(|(x, y)| (*x, y + (x * 7.0).sin())).collect();
        assert!(slope(&noisy).unwrap().1 > 0.01);
        assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)]), None);
    }
}
