//! Tables of many rows: a search and its resamples look at a part, and all rows have the last word.
//!
//! A run with ten thousand checkpoints says hardly more of a law than the same run with two hundred of them, for checkpoints of one run err
//! together. So a table of more than [`LARGE`] rows is thinned: at most [`PART`] runs, drawn by chance, with as many evenly spaced rows of
//! each as make about [`PART`] rows; where they begin differs from run to run, so that runs of the same few checkpoints are not all seen at one
//! of them, and each counts for as many as it stands for. The optimum of the part is where the search on all rows begins. Resamples are fits of the part, moved
//! so that they lie around the fit of all rows, and drawn together by √(runs of the part / runs), since the variance falls with the number of
//! runs (Bickel, Götze and van Zwet 1997, the m out of n bootstrap). What rows of one run tell apart is lost, so that intervals are rather too wide.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use crate::{Fit, FitError, Problem, seed};

/// Tables of no more rows than this are searched and resampled whole.
pub const LARGE: usize = 10_000;
/// Rows, and runs, of the part of a larger one.
pub const PART: usize = 4_000;

/// Multiples of it, less whole numbers, are spread evenly however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// A part of a large problem.
pub(crate) struct Part<'a> {
    /// The problem on some of the rows.
    pub problem: Problem<'a>,
    /// The square root of the share of the runs that are in it.
    pub spread: f64,
}

/// A part of the problem's rows; nothing where it is not large.
///
/// # Errors
/// Rows that make no problem.
pub(crate) fn part<'a>(problem: &Problem<'a>) -> Result<Option<Part<'a>>, FitError> {
    if problem.samples.len() <= LARGE {
        return Ok(None);
    }
    let mut of_run: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (row, run) in problem.runs.iter().enumerate() {
        of_run.entry(*run).or_default().push(row);
    }
    let all = of_run.len();
    let mut runs: Vec<usize> = of_run.keys().copied().collect();
    if all > PART {
        // By number and not by draw of the caller: a part belongs to the table.
        runs.shuffle(&mut Pcg64::seed_from_u64(seed::of(&["part", &all.to_string()])));
        runs.truncate(PART);
    }
    let most = PART / runs.len();
    let mut rows: Vec<(usize, f64)> = Vec::with_capacity(PART);
    for (rank, run) in runs.iter().enumerate() {
        let own = &of_run[run];
        let kept = own.len().min(most.max(1));
        // One of each of as many equal stretches, at a place that runs through all there are.
        let phase = (rank as f64 * GOLDEN).fract();
        let stands_for = own.len() as f64 / kept as f64;
        rows.extend((0..kept).map(|k| (own[(((k as f64 + phase) * stands_for) as usize).min(own.len() - 1)], stands_for)));
    }
    rows.sort_unstable_by_key(|row| row.0);
    let part = problem.of_rows(&rows.iter().map(|row| row.0).collect::<Vec<_>>())?;
    let weights = part.samples.weights().iter().zip(&rows).map(|(w, row)| w * row.1).collect();
    Ok(Some(Part { problem: part.with_weights(weights)?, spread: (runs.len() as f64 / all as f64).sqrt() }))
}

impl Part<'_> {
    /// Fits of the part as fits of all rows: moved from around `own`, the fit of the part, to around `fit`, and drawn together.
    pub(crate) fn around(&self, fit: &Fit, own: &Fit, resample: Fit) -> Fit {
        let params = fit.law.params();
        let moved = params.iter().enumerate().map(|(k, p)| {
            let line = |theta: &[f64]| p.domain.to_line(theta[k]);
            p.domain.from_line(line(&fit.theta) + self.spread * (line(&resample.theta) - line(&own.theta)))
        });
        Fit { theta: moved.collect(), ..resample }
    }
}

#[cfg(test)]
mod tests {
    use curves::Samples;
    use models::At;

    use super::*;
    use crate::intervals::{IntervalSettings, Intervals, Quantity};
    use crate::solver::{GlobalSearch, Resampling};
    use crate::{IntervalMethod, Loss, Solver};

    /// Rows of a law with an error that each run has for itself, `rows` of each.
    fn table(runs: usize, rows: usize, error: impl Fn(usize) -> f64) -> Problem<'static> {
        let law = models::find("ensemble").unwrap();
        let x: Vec<f64> = (0..runs * rows).map(|i| (1 + i % 10) as f64).collect();
        let y = (0..runs * rows).map(|i| law.eval(&At::at(&[x[i]]), &[3.0, 0.5, 1.0]) + error(i / rows)).collect();
        let of: Vec<usize> = (0..runs * rows).map(|i| i / rows).collect();
        Problem::new(law, Loss::Squares, Samples::new(1, x, y, vec![]).unwrap(), of)
    }

    /// Errors that look random and whose mean is nearly nothing.
    fn error(run: usize) -> f64 {
        0.01 * ((run * run) as f64 * 0.7).sin()
    }

    #[test]
    fn a_part_has_rows_of_every_run_or_some_runs() {
        assert!(part(&table(20, 10, error)).unwrap().is_none());
        let few = part(&table(20, 1000, error)).unwrap().unwrap();
        assert_eq!((few.problem.samples.len(), few.problem.count_runs(), few.spread), (4000, 20, 1.0));
        let many = part(&table(16_000, 1, error)).unwrap().unwrap();
        assert_eq!((many.problem.samples.len(), many.problem.count_runs(), many.spread), (4000, 4000, 0.5));
        // Rows are those of their runs.
        let whole = table(20, 1000, error);
        let at = (0..4000).find(|i| few.problem.runs[*i] == 7).unwrap();
        assert!((0..20_000).any(|i| whole.runs[i] == 7 && whole.samples.targets()[i] == few.problem.samples.targets()[at]));
    }

    #[test]
    fn runs_of_the_same_few_checkpoints_are_seen_at_all_of_them() {
        let few = part(&table(2_500, 5, error)).unwrap().unwrap().problem;
        let mut levels: Vec<f64> = (0..few.samples.len()).map(|i| few.samples.row(i)[0]).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        // Runs alternate between the places 1 to 5 and 6 to 10.
        assert_eq!((few.samples.len(), levels.len()), (2_500, 10));
        assert!(few.samples.weights().iter().all(|w| *w == 5.0));
    }

    #[test]
    fn all_rows_have_the_last_word() {
        let problem = table(20, 1000, |_| 0.0);
        let fit = GlobalSearch::default().solve(&problem, 1).unwrap().fit;
        for (found, truth) in fit.theta.iter().zip([3.0, 0.5, 1.0]) {
            assert!((found - truth).abs() < 1e-6, "{:?}", fit.theta);
        }
        // An error of the last runs alone, which a part may lack, moves the fit of all.
        let moved = table(16_000, 1, |run| if run >= 8_000 { 0.5 } else { -0.5 });
        let fit = GlobalSearch::default().solve(&moved, 1).unwrap().fit;
        assert!((problem.law.eval(&At::at(&[5.0]), &fit.theta) - 3.1).abs() < 1e-3, "{:?}", fit.theta);
    }

    #[test]
    fn the_spread_is_that_of_all_runs() {
        // The level's standard error falls with the root of the runs.
        let width = |runs: usize| {
            let problem = table(runs, 1, error);
            let solver = GlobalSearch::default();
            let fit = solver.solve(&problem, 1).unwrap().fit;
            let how = IntervalSettings { methods: vec![IntervalMethod::Bootstrap], confidence: 0.9, resampling: Resampling { count: 60, keep: 2 } };
            let i = Intervals::new(&problem, &solver, &fit, &how, 1).of(0, Quantity::Parameter(0)).unwrap();
            assert!(i.low < fit.theta[0] && fit.theta[0] < i.high, "{i:?}");
            i.high - i.low
        };
        let ratio = width(4_000) / width(16_000);
        assert!((1.5..2.7).contains(&ratio), "{ratio}");
    }
}
