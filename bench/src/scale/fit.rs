//! Least squares: what a player and an update cost, from runs in which both were counted.

/// One run: what there was, and what it took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Players.
    pub players: f64,
    /// Updates a second.
    pub updates: f64,
    /// Cores that the server used.
    pub cores: f64,
}

/// Cores = `a` + `b` players + `c` updates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Cores without players.
    pub a: f64,
    /// Cores for each player.
    pub b: f64,
    /// Cores for each update a second.
    pub c: f64,
    /// Standard errors of the three.
    pub errors: [f64; 3],
    /// Share of the differences between runs that this explains, at most 1.
    pub r2: f64,
    /// How far it is off on average, cores.
    pub mean_error: f64,
}

impl Fit {
    /// The best one; `None` when the runs do not tell players from updates, or are too few.
    #[must_use]
    pub fn of(runs: &[Observation]) -> Option<Self> {
        if runs.len() < 4 {
            return None;
        }
        // Columns of like size, so that the sums below lose no digits.
        let most = |figure: fn(&Observation) -> f64| runs.iter().map(figure).fold(1.0, f64::max);
        let (players, updates) = (most(|run| run.players), most(|run| run.updates));
        let row = |run: &Observation| [1.0, run.players / players, run.updates / updates];
        let mut normal = [[0.0; 3]; 3];
        let mut right = [0.0; 3];
        for run in runs {
            let row = row(run);
            for i in 0..3 {
                right[i] += row[i] * run.cores;
                for j in 0..3 {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
        let inverse = inverted(normal)?;
        let scaled: [f64; 3] = std::array::from_fn(|i| (0..3).map(|j| inverse[i][j] * right[j]).sum());
        let fit = Self {
            a: scaled[0],
            b: scaled[1] / players,
            c: scaled[2] / updates,
            errors: [0.0; 3],
            r2: 0.0,
            mean_error: 0.0,
        };
        let count = runs.len() as f64;
        let residuals: Vec<f64> = runs.iter().map(|run| run.cores - fit.cores(run)).collect();
        let unexplained: f64 = residuals.iter().map(|off| off * off).sum();
        let mean = runs.iter().map(|run| run.cores).sum::<f64>() / count;
        let all: f64 = runs.iter().map(|run| (run.cores - mean).powi(2)).sum();
        let variance = unexplained / (count - 3.0);
        let error = |i: usize, unit: f64| (variance * inverse[i][i].max(0.0)).sqrt() / unit;
        Some(Self {
            errors: [error(0, 1.0), error(1, players), error(2, updates)],
            r2: if all > 0.0 { 1.0 - unexplained / all } else { 1.0 },
            mean_error: residuals.iter().map(|off| off.abs()).sum::<f64>() / count,
            ..fit
        })
    }

    /// What it says that a run takes.
    #[must_use]
    pub fn cores(&self, run: &Observation) -> f64 {
        self.a + self.b * run.players + self.c * run.updates
    }

    /// The most players that `cores` carry, each of whom gets `updates` a second among so many; searched up to a million.
    #[must_use]
    pub fn most_players(&self, cores: f64, updates: impl Fn(f64) -> f64) -> f64 {
        let fits = |players: f64| {
            let run = Observation { players, updates: players * updates(players), cores: 0.0 };
            self.cores(&run) <= cores
        };
        let (mut low, mut high) = (0.0, 1e6);
        while high - low > 0.5 {
            let middle = (low + high) * 0.5;
            if fits(middle) {
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

/// By cofactors; `None` when there is none.
fn inverted(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |i: usize, j: usize| {
        let (r, s) = ((i + 1) % 3, (i + 2) % 3);
        let (c, d) = ((j + 1) % 3, (j + 2) % 3);
        m[r][c] * m[s][d] - m[r][d] * m[s][c]
    };
    let determinant: f64 = (0..3).map(|j| m[0][j] * minor(0, j)).sum();
    // The columns are scaled to about 1: this much is rounding.
    if determinant.abs() < 1e-9 {
        return None;
    }
    Some(std::array::from_fn(|i| std::array::from_fn(|j| minor(j, i) / determinant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(players: f64, updates: f64, noise: f64) -> Observation {
        Observation { players, updates, cores: 0.02 + 1e-4 * players + 2e-9 * updates + noise }
    }

    fn runs(noise: f64) -> Vec<Observation> {
        let counts = [200.0, 400.0, 800.0, 1_600.0];
        let both = counts.iter().flat_map(|n| [(*n, 0.0), (*n, 20.0 * n * n)]);
        both.zip([1.0, -1.0, -1.0, 1.0].iter().cycle())
            .map(|((n, u), sign)| run(n, u, sign * noise))
            .collect()
    }

    #[test]
    fn costs_that_are_there_are_found() {
        let fit = Fit::of(&runs(0.0)).unwrap();
        assert!((fit.a - 0.02).abs() < 1e-9 && (fit.b - 1e-4).abs() < 1e-12 && (fit.c - 2e-9).abs() < 1e-16);
        assert!((fit.r2 - 1.0).abs() < 1e-9 && fit.mean_error < 1e-9 && fit.errors[0] < 1e-9);
    }

    #[test]
    fn noise_shows_in_the_errors() {
        let fit = Fit::of(&runs(0.01)).unwrap();
        assert!((fit.a - 0.02).abs() < 4.0 * fit.errors[0] && fit.errors[0] > 1e-3, "{fit:?}");
        assert!(fit.r2 < 1.0 && fit.mean_error > 5e-3, "{fit:?}");
    }

    #[test]
    fn players_who_always_get_as_much_cannot_be_told_from_their_updates() {
        let runs: Vec<_> = (1..9).map(|n| run(f64::from(n), 20.0 * f64::from(n), 0.0)).collect();
        assert_eq!(Fit::of(&runs), None);
        assert_eq!(Fit::of(&runs[..3]), None);
    }

    #[test]
    fn a_core_carries_as_many_as_the_costs_say() {
        let fit = Fit::of(&runs(0.0)).unwrap();
        let idle = fit.most_players(1.0, |_| 0.0);
        assert!((idle - 9_800.0).abs() < 1.0, "{idle}");
        let all = fit.most_players(1.0, |players| 20.0 * players);
        assert!((0.02 + 1e-4 * all + 4e-8 * all * all - 1.0).abs() < 1e-3, "{all}");
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
