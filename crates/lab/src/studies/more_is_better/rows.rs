//! Rows of trials and of the eigenframework: one size, one ridge.

use ndarray::Array1;

use super::eigenframework::{Prediction, Regression, Spectrum, best_ridge, solve};
use super::simulation::{self, Design};
use super::table::{POOL, TRIAL, Table};
use super::{Found, Settings, Sweep, other, outcome, wrong};
use crate::{Context, Outcome, StudyError};

/// The grid of ridges in the authors' script: evenly spaced in their logarithm, both ends among them.
const RIDGES: (f64, f64, usize) = (1e-3, 1e2, 31);

/// How near a ridge of a spec is to its place on the grid: seven digits are printed.
const SAME: f64 = 1e-6;

/// Standard errors within which a measurement agrees, and share of theory within which it does anyway.
const WITHIN: (f64, f64) = (3.0, 0.03);

/// The grid of ridges.
pub(super) fn ridges() -> Vec<f64> {
    let (from, to, count) = RIDGES;
    (0..count).map(|j| from * (to / from).powf(j as f64 / (count - 1) as f64)).collect()
}

/// Where on the grid of sizes and ridges a row is; the place after the grid of ridges is the best ridge by theory.
pub(super) fn place(settings: &Settings) -> Result<(usize, usize), StudyError> {
    let sizes = settings.sizes();
    let Some(size) = sizes.iter().position(|size| *size == settings.size) else {
        let near = sizes.iter().min_by_key(|size| size.abs_diff(settings.size)).copied().unwrap_or(0);
        let Settings { size, smallest, largest, .. } = *settings;
        return Err(wrong(format!("size is {size}, which the grid from {smallest} to {largest} lacks; the nearest is {near}")));
    };
    let grid = ridges();
    if settings.ridge == 0.0 {
        return Ok((size, grid.len()));
    }
    let ridge = grid.iter().position(|ridge| (settings.ridge / ridge - 1.0).abs() < SAME);
    let lacks = || wrong(format!("ridge is {}, which the grid of 31 from 0.001 to 100 lacks; 0 stands for the best one", settings.ridge));
    Ok((size, ridge.ok_or_else(lacks)?))
}

/// The power law of the settings.
pub(super) fn spectrum(settings: &Settings) -> Result<Spectrum, StudyError> {
    Spectrum::power_law(settings.alpha, settings.beta, settings.modes)
}

/// What is learnt at a size of the sweep; the ridge is to be filled in.
pub(super) fn regression(settings: &Settings, size: usize) -> Regression {
    let (fixed, varied) = (settings.fixed as f64, if size == 0 { f64::INFINITY } else { size as f64 });
    let (samples, features) = match settings.sweep {
        Sweep::Features => (fixed, varied),
        Sweep::Samples => (varied, fixed),
    };
    Regression { samples, features, ridge: 0.0, noise: settings.noise }
}

/// The best ridge of a size, within the grid.
fn best(settings: &Settings, spectrum: &Spectrum, size: usize) -> Result<(f64, Prediction), StudyError> {
    best_ridge(spectrum, &regression(settings, size), RIDGES.0, RIDGES.1)
}

/// All ridges of a size, the best one at the end, with what the eigenframework says.
fn predictions(settings: &Settings, size: usize) -> Result<Vec<(f64, Prediction)>, StudyError> {
    let (spectrum, of) = (spectrum(settings)?, regression(settings, size));
    let mut all = Vec::new();
    for ridge in ridges() {
        all.push((ridge, solve(&spectrum, &Regression { ridge, ..of })?));
    }
    all.push(best(settings, &spectrum, size)?);
    Ok(all)
}

/// A trial with all sizes and ridges.
pub(super) fn draw(settings: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let (spectrum, sizes) = (spectrum(settings)?, settings.sizes());
    let ridges = sizes.iter().map(|size| {
        let mut ridges = ridges();
        ridges.push(best(settings, &spectrum, *size)?.0);
        Ok(ridges)
    });
    let design = Design {
        sweep: settings.sweep,
        fixed: settings.fixed,
        ridges: ridges.collect::<Result<_, StudyError>>()?,
        sizes,
        eigenvalues: spectrum.modes().map(|(eigenvalue, _, _)| eigenvalue).collect::<Array1<f64>>(),
        target: spectrum.modes().map(|(_, power, _)| power.sqrt()).collect::<Array1<f64>>(),
        noise: settings.noise,
    };
    let table = simulation::trial(&design, context.seed, context.watch)?;
    finish(&table)
}

/// The mean over trials with all sizes and ridges.
pub(super) fn pool(settings: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let trials = needs.iter().map(|need| read(settings, need, TRIAL)).collect::<Result<Vec<_>, _>>()?;
    let pool = Table::pool(&trials).ok_or_else(|| other("trials of different shapes, or fewer than two; this is a bug"))?;
    finish(&pool)
}

/// The outcome that carries a table: its curve is the test error along ridges at the first size.
fn finish(table: &Table) -> Result<Outcome, StudyError> {
    let along = |(place, ridge): (usize, f64)| (ridge, table.at(0, place).first().copied().unwrap_or(f64::NAN));
    let curve = ridges().into_iter().enumerate().map(along).collect();
    outcome(&Found { numbers: Vec::new(), curve }, Some(table.to_bytes()))
}

/// The table that a stage left.
fn read(settings: &Settings, need: &Outcome, depth: usize) -> Result<Table, StudyError> {
    let (sizes, ridges) = (settings.sizes().len(), ridges().len() + 1);
    let table = need.weights.as_ref().and_then(|bytes| Table::from_bytes(bytes, sizes, ridges, depth));
    // Committed outcomes have no weights.
    table.ok_or_else(|| other("the trials behind this row are known without their tables; take runs.parquet away, so that they are made again"))
}

/// The mean over trials that a row needs.
pub(super) fn pooled(settings: &Settings, needs: &[Outcome]) -> Result<Table, StudyError> {
    let need = needs.first().ok_or_else(|| other("a row without its trials; this is a bug"))?;
    read(settings, need, POOL)
}

/// The eigenframework at one size and ridge, which need not be on the grid.
pub(super) fn theory(settings: &Settings) -> Result<Found, StudyError> {
    let all = predictions(settings, settings.size)?;
    let (best_ridge, best) = all.last().copied().ok_or_else(|| other("no ridge; this is a bug"))?;
    let here =
        if settings.ridge == 0.0 { best } else { solve(&spectrum(settings)?, &Regression { ridge: settings.ridge, ..regression(settings, settings.size) })? };
    let numbers = vec![
        ("theory-test", here.test),
        ("theory-train", here.train),
        ("best-ridge", best_ridge),
        ("best-theory", best.test),
        ("best-ratio", best.root_ratio * best.root_ratio),
    ];
    Ok(Found { numbers, curve: grid(&all, |_, prediction| prediction.test) })
}

/// Along the grid of ridges.
fn grid(all: &[(f64, Prediction)], of: impl Fn(usize, &Prediction) -> f64) -> Vec<(f64, f64)> {
    let grid = all.iter().take(ridges().len()).enumerate();
    grid.map(|(r, (ridge, prediction))| (*ridge, of(r, prediction))).collect()
}

/// The mean of our trials at one size and ridge, beside theory.
pub(super) fn mean(settings: &Settings, needs: &[Outcome]) -> Result<Found, StudyError> {
    let (table, (size, ridge)) = (pooled(settings, needs)?, place(settings)?);
    let all = predictions(settings, settings.size)?;
    let numbers = |r: usize| <[f64; POOL]>::try_from(table.at(size, r)).unwrap_or([f64::NAN; POOL]);
    // Shares are over the grid alone: the best ridge is between two of it.
    let share = |of: &dyn Fn(usize) -> bool| (0..all.len() - 1).filter(|r| of(*r)).count() as f64 / (all.len() - 1) as f64;
    let test = |r: usize| agrees(numbers(r)[0], numbers(r)[1], all[r].1.test);
    let train = |r: usize| agrees(numbers(r)[2], numbers(r)[3], all[r].1.train);
    let [test_error, test_se, train_error, train_se] = numbers(ridge);
    let here = all.get(ridge).map(|(_, prediction)| *prediction).ok_or_else(|| other("no such ridge; this is a bug"))?;
    let (best_ridge, best) = all.last().copied().ok_or_else(|| other("no ridge; this is a bug"))?;
    let found = vec![
        ("test-error", test_error),
        ("test-se", test_se),
        ("train-error", train_error),
        ("train-se", train_se),
        ("theory-test", here.test),
        ("theory-train", here.train),
        ("agreeing", share(&test)),
        ("train-agreeing", share(&train)),
        ("identity-error", (train_error / test_error / (here.train / here.test) - 1.0).abs()),
        ("best-ridge", best_ridge),
        ("best-theory", best.test),
    ];
    Ok(Found { numbers: found, curve: grid(&all, |r, _| numbers(r)[0]) })
}

/// One of our trials at one size and ridge, beside theory.
pub(super) fn trial(settings: &Settings, needs: &[Outcome]) -> Result<Found, StudyError> {
    let need = needs.first().ok_or_else(|| other("a row without its trial; this is a bug"))?;
    let (table, (size, ridge)) = (read(settings, need, TRIAL)?, place(settings)?);
    let all = predictions(settings, settings.size)?;
    let numbers = |r: usize| <[f64; TRIAL]>::try_from(table.at(size, r)).unwrap_or([f64::NAN; TRIAL]);
    let [test_error, train_error] = numbers(ridge);
    let here = all.get(ridge).map(|(_, prediction)| *prediction).ok_or_else(|| other("no such ridge; this is a bug"))?;
    let (best_ridge, best) = all.last().copied().ok_or_else(|| other("no ridge; this is a bug"))?;
    let found = vec![
        ("test-error", test_error),
        ("train-error", train_error),
        ("theory-test", here.test),
        ("theory-train", here.train),
        ("best-ridge", best_ridge),
        ("best-theory", best.test),
    ];
    Ok(Found { numbers: found, curve: grid(&all, |r, _| numbers(r)[0]) })
}

/// Whether a measurement is within three standard errors of theory, or within 3 % of it.
pub(super) fn agrees(measured: f64, se: f64, theory: f64) -> bool {
    let off = (measured - theory).abs();
    off <= WITHIN.0 * se || off <= WITHIN.1 * theory.abs()
}
