//! The constants of the law `critical_batch` in three steps, each from runs of its own: converged losses, a sweep over batches, and trajectories.
//!
//! 1. Converged losses L(N) = (N_c/N)^α_N: least squares of ln L on ln N.
//! 2. A size with several batches: at each of some losses, S and B of the runs that reach it lie on (S/S_min − 1)(E/E_min − 1) = 1 with E = B S, which
//!    is S = S_min + E_min/B. Its critical batch is E_min/S_min, and ln B_crit = ln B_* − ln L / α_B by least squares.
//! 3. All rows that are not converged, those of the sweep among them: S_min = S / (1 + B_crit(L)/B) at the measured loss, and the law `kaplan_steps` fitted to them with N_c and α_N held.
//!
//! Errors of one step go on into the next, and no step weighs what a later one will need: a fit of all six constants at once ([`global`]) has neither fault.
//!
//! Source: Su et al. 2024, sections on estimation; the hyperbola is that of McCandlish et al. 2018.

use curves::Samples;
use models::surface::critical_batch::{critical_batch, min_steps};
use models::surface::kaplan_steps::KaplanSteps;

use crate::efficiency::reached;
use crate::{Fit, FitError, Global, Loss, Rows, global};

/// What the recipe takes from its user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stages {
    /// Runs of at least so many steps count as converged.
    pub converged: f64,
    /// At how many losses the runs of a sweep are compared: 2 to 10,000.
    pub levels: usize,
}

/// A loss, and what it takes to reach it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Nats per token.
    pub loss: f64,
    /// Least steps, at a large batch.
    pub min_steps: f64,
    /// Least data, at a small batch; in units of the batch.
    pub min_data: f64,
}

impl Level {
    /// The batch at which a run needs twice the least of both.
    pub fn critical(&self) -> f64 {
        self.min_data / self.min_steps
    }
}

/// What the recipe found.
#[derive(Clone, Debug)]
pub struct Staged {
    /// n_c, alpha_n, s_c, alpha_s, b_star, alpha_b: the parameters of `critical_batch`, in its order.
    pub theta: Vec<f64>,
    /// The critical batch at every loss that had one.
    pub levels: Vec<Level>,
    /// The last step, as a fit of `kaplan_steps`.
    pub last: Fit,
}

/// The three steps on rows of params, steps and batch; rows of weight 0 are not there. `loss` is what the last step minimises.
///
/// # Errors
/// Rows with other than three inputs, inputs or targets that are not positive, two rows of one size, batch and step; fewer than two converged sizes, fewer than two losses at which three batches
/// or more give a critical one, or numbers from which no constant of the right sign follows.
pub fn fit(rows: Rows<'_>, how: Stages, loss: Loss, seed: u64) -> Result<Staged, FitError> {
    let all = read(rows)?;
    let setting = |what: &str| FitError::Setting(what.to_owned());
    if !(2..=10_000).contains(&how.levels) || how.converged.is_nan() {
        return Err(setting("at least two losses (10,000 at most), and a number of steps from which runs count as converged"));
    }
    let (ends, running): (Vec<Row>, Vec<Row>) = all.into_iter().partition(|r| r.steps >= how.converged);
    let few = |have: usize, who: &str| FitError::TooFewPoints { have, need: 2, who: who.to_owned() };
    let sizes: Vec<(f64, f64, f64)> = ends.iter().map(|r| (r.params.ln(), r.loss.ln(), r.weight)).collect();
    let (at_one, slope) = line(&sizes).ok_or_else(|| few(ends.len(), "the law of converged sizes"))?;
    let (alpha_n, n_c) = (-slope, (-at_one / slope).exp());
    let levels = levels(&running, how.levels)?;
    let batches: Vec<(f64, f64, f64)> = levels.iter().map(|l| (l.loss.ln(), l.critical().ln(), 1.0)).collect();
    let (ln_b, slope) = line(&batches).ok_or_else(|| few(levels.len(), "the critical batch, from losses that three batches or more reach,"))?;
    let (b_star, alpha_b) = (ln_b.exp(), -slope.recip());
    let found = [n_c, alpha_n, b_star, alpha_b];
    if found.iter().any(|v| !(*v > 0.0 && v.is_finite())) {
        return Err(setting("converged losses must fall with size, and critical batches rise as the loss falls"));
    }
    let mut x = Vec::with_capacity(2 * running.len());
    running.iter().for_each(|r| x.extend([r.params, min_steps(r.steps, r.batch, critical_batch(r.loss, b_star, alpha_b))]));
    let samples = Samples::new(2, x, running.iter().map(|r| r.loss).collect(), running.iter().map(|r| r.weight).collect())?;
    let held = Global { pinned: vec![Some(n_c), Some(alpha_n), None, None], starts: 40, keep: 3, ..Global::default() };
    let last = global::fit(&KaplanSteps, Rows::new(&samples), loss, &held, seed)?;
    let (Some(&s_c), Some(&alpha_s)) = (last.theta.get(2), last.theta.get(3)) else {
        return Err(setting("kaplan_steps has four parameters"));
    };
    Ok(Staged { theta: vec![n_c, alpha_n, s_c, alpha_s, b_star, alpha_b], levels, last })
}

/// One row of positive weight.
#[derive(Clone, Copy)]
struct Row {
    params: f64,
    steps: f64,
    batch: f64,
    loss: f64,
    weight: f64,
}

fn read(rows: Rows<'_>) -> Result<Vec<Row>, FitError> {
    let mut all = Vec::with_capacity(rows.len());
    for i in 0..rows.len() {
        let (&[params, steps, batch], loss, weight) = (rows.at(i).x, rows.targets()[i], rows.weights()[i]) else {
            return Err(FitError::Setting(format!("rows of params, steps and batch, not of {} inputs", rows.inputs())));
        };
        if weight <= 0.0 {
            continue;
        }
        if loss <= 0.0 {
            return Err(FitError::NotPositive { row: i, value: loss });
        }
        if params <= 0.0 || steps <= 0.0 || batch <= 0.0 {
            return Err(FitError::Setting(format!("row {i}: params, steps and batch must be positive")));
        }
        all.push(Row { params, steps, batch, loss, weight });
    }
    Ok(all)
}

/// The critical batch at losses that all runs of a size reach, evenly spaced in their logarithm, for each size with three batches or more.
fn levels(rows: &[Row], count: usize) -> Result<Vec<Level>, FitError> {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.params.total_cmp(&b.params).then(a.batch.total_cmp(&b.batch)).then(a.steps.total_cmp(&b.steps)));
    let mut found = Vec::new();
    for size in sorted.chunk_by(|a, b| a.params == b.params) {
        let runs: Vec<(&[Row], Vec<f64>, Vec<f64>)> = size
            .chunk_by(|a, b| a.batch == b.batch)
            .filter(|run| run.len() > 1)
            .map(|run| (run, run.iter().map(|r| r.steps).collect(), run.iter().map(|r| r.loss).collect()))
            .collect();
        if runs.len() < 3 {
            continue;
        }
        let least = |losses: &Vec<f64>| losses.iter().copied().fold(f64::INFINITY, f64::min);
        let low = runs.iter().map(|r| least(&r.2)).fold(0.0, f64::max);
        let high = runs.iter().filter_map(|r| r.2.first().copied()).fold(f64::INFINITY, f64::min);
        if low >= high {
            continue;
        }
        for k in 1..=count {
            let loss = low * (high / low).powf(k as f64 / (count + 1) as f64);
            let mut points = Vec::with_capacity(runs.len());
            for (run, steps, losses) in &runs {
                if let (Some(steps), Some(row)) = (reached(steps, losses, loss)?, run.first()) {
                    points.push((row.batch, steps, row.weight));
                }
            }
            found.extend(hyperbola(&points).map(|(min_steps, min_data)| Level { loss, min_steps, min_data }));
        }
    }
    Ok(found)
}

/// S_min and E_min of S = S_min + E_min/B, by least squares of relative errors in S; `None` unless both are positive.
fn hyperbola(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    if points.len() < 3 {
        return None;
    }
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|(b, s, w)| w * f(s.recip(), (b * s).recip())).sum::<f64>();
    let (uu, uv, vv, u, v) = (sum(&|u, _| u * u), sum(&|u, v| u * v), sum(&|_, v| v * v), sum(&|u, _| u), sum(&|_, v| v));
    let determinant = uu * vv - uv * uv;
    let found = ((u * vv - v * uv) / determinant, (v * uu - u * uv) / determinant);
    (found.0 > 0.0 && found.1 > 0.0 && found.0.is_finite() && found.1.is_finite()).then_some(found)
}

/// Intercept and slope of weighted least squares on (x, y, weight); `None` for fewer than two values of x.
fn line(points: &[(f64, f64, f64)]) -> Option<(f64, f64)> {
    let total: f64 = points.iter().map(|p| p.2).sum();
    let mean = |f: &dyn Fn(&(f64, f64, f64)) -> f64| points.iter().map(|p| p.2 * f(p)).sum::<f64>() / total;
    let (x, y) = (mean(&|p| p.0), mean(&|p| p.1));
    let slope = mean(&|p| (p.0 - x) * (p.1 - y)) / mean(&|p| (p.0 - x).powi(2));
    let varies = points.iter().any(|p| p.0 != points[0].0);
    (varies && slope.is_finite()).then_some((y - slope * x, slope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::At;

    /// Constants without a meaning of their own.
    const TRUTH: [f64; 6] = [6e13, 0.08, 3e3, 0.7, 1.5e8, 0.22];
    const HOW: Stages = Stages { converged: 1e11, levels: 10 };

    fn spaced(low: f64, high: f64, count: usize) -> Vec<f64> {
        (0..count).map(|k| low * (high / low).powf(k as f64 / (count - 1) as f64)).collect()
    }

    /// Seven converged sizes, nine batches of 10M, one batch of the others; `points` steps a run.
    fn samples(points: usize) -> Samples {
        let sizes = [1e6, 2e6, 5e6, 1e7, 2e7, 3e7, 6e7];
        let mut x: Vec<[f64; 3]> = sizes.iter().map(|n| [*n, 1e12, 1e8]).collect();
        for k in 0..9 {
            x.extend(spaced(1e3, 1e6, points).into_iter().map(|s| [1e7, s, 16e3 * 2f64.powi(k)]));
        }
        for n in sizes.iter().filter(|n| **n != 1e7) {
            x.extend(spaced(300.0, 3e5, points).into_iter().map(|s| [*n, s, 524_288.0]));
        }
        let law = models::find("critical_batch").unwrap();
        let y = x.iter().map(|x| law.eval(&At::at(x), &TRUTH)).collect();
        Samples::new(3, x.concat(), y, vec![]).unwrap()
    }

    #[test]
    fn constants_are_found_again() {
        for (points, near) in [(40, 3e-3), (160, 2e-4)] {
            let staged = fit(Rows::new(&samples(points)), HOW, Loss::LogSquares, 1).unwrap();
            for (k, (got, want)) in staged.theta.iter().zip(TRUTH).enumerate() {
                assert!((got / want - 1.0).abs() < near, "{points} points, constant {k}: {got} {want}");
            }
            for l in &staged.levels {
                let want = critical_batch(l.loss, TRUTH[4], TRUTH[5]);
                assert!((l.critical() / want - 1.0).abs() < near, "{l:?} {want}");
            }
            assert_eq!(staged.levels.len(), 10);
        }
    }

    #[test]
    fn a_hyperbola_by_hand() {
        // S_min = 100, E_min = 1e6: steps 1100, 600, 200 at batches 1e3, 2e3, 1e4.
        let (s, e) = hyperbola(&[(1e3, 1100.0, 1.0), (2e3, 600.0, 2.0), (1e4, 200.0, 1.0)]).unwrap();
        assert!((s / 100.0 - 1.0).abs() < 1e-9 && (e / 1e6 - 1.0).abs() < 1e-9, "{s} {e}");
        // More steps at larger batches: no hyperbola. And two points are too few.
        assert_eq!(hyperbola(&[(1e3, 100.0, 1.0), (2e3, 200.0, 1.0), (4e3, 400.0, 1.0)]), None);
        assert_eq!(hyperbola(&[(1e3, 1100.0, 1.0), (2e3, 600.0, 1.0)]), None);
    }

    #[test]
    fn what_the_steps_lack_is_named() {
        let s = samples(20);
        let word = |how: Stages, s: &Samples| fit(Rows::new(s), how, Loss::LogSquares, 1).map(|f| f.theta).unwrap_err().to_string();
        assert!(word(Stages { converged: 1e13, ..HOW }, &s).contains("converged sizes"));
        assert!(word(Stages { levels: 1, ..HOW }, &s).contains("two losses"));
        assert!(word(Stages { converged: f64::NAN, ..HOW }, &s).contains("two losses"));
        // Without the sweep there is no batch to compare.
        let of = |x: Vec<f64>, y: Vec<f64>, inputs: usize| Samples::new(inputs, x, y, vec![]).unwrap();
        let converged = of(vec![1e6, 1e12, 1e8, 1e7, 1e12, 1e8, 1e7, 1e3, 1e5], vec![4.0, 3.5, 5.0], 3);
        assert!(word(HOW, &converged).contains("critical batch"));
        assert!(word(HOW, &of(vec![1.0, 2.0], vec![1.0], 2)).contains("inputs"));
        assert!(word(HOW, &of(vec![1.0, -2.0, 1.0], vec![1.0], 3)).contains("positive"));
        assert!(word(HOW, &of(vec![1.0, 2.0, 1.0], vec![0.0], 3)).contains("positive"));
        // Losses that rise with size have no N_c.
        let mut y = s.targets().to_vec();
        y[..7].reverse();
        let x: Vec<f64> = (0..s.len()).flat_map(|i| s.row(i).to_vec()).collect();
        assert!(word(HOW, &of(x, y, 3)).contains("fall with size"));
    }
}
