//! The authors' theory and trials against ours.
//!
//! Their theory is a table of test errors by two nested bisections; where n or k is the number of modes, 10,000, it fails at small ridges and says
//! the error of knowing nothing. Their trials have 1,000 test points each, and standard deviations over 45.

use super::csv::{Csv, Differences};
use super::eigenframework::{Regression, solve};
use super::rows::{agrees, ridges, spectrum};
use super::table::Table;
use super::{Family, Found, Settings, Sweep, other};
use crate::{Context, Go, StudyError};

/// A difference beyond this is a failure of one of the two.
const FAILURE: f64 = 1e-3;

/// How often the watch is asked: about a tenth of a second of solving.
const WATCH: usize = 500;

fn family(family: Family) -> &'static str {
    match family {
        Family::Powerlaw => "gaussian_powerlaw",
        Family::Imitation => "gaussian_imitation",
        Family::Relu => "relu_cifar10",
    }
}

fn sweep(settings: &Settings) -> &'static str {
    match settings.sweep {
        Sweep::Features => "n256",
        Sweep::Samples => "k256",
    }
}

/// A point of a table: samples, features, ridge.
fn points(csv: &Csv) -> Result<Vec<[f64; 3]>, StudyError> {
    let (n, k, ridge) = (csv.numbers("n")?, csv.numbers("k")?, csv.numbers("ridge")?);
    Ok(n.into_iter().zip(k).zip(ridge).map(|((n, k), ridge)| [n, k, ridge]).collect())
}

/// The authors' whole table of theory for power laws against ours.
pub(super) fn theory_table(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let csv = Csv::read(context, "rf_theory.csv", &[("family", family(Family::Powerlaw))])?;
    let (points, theirs, sweeps) = (points(&csv)?, csv.numbers("test_mse")?, csv.texts("sweep")?);
    let (spectrum, modes) = (spectrum(settings)?, settings.modes as f64);
    let (mut kept, mut left_out, mut failures) = (Vec::with_capacity(points.len()), 0.0, 0.0);
    for (place, (([samples, features, ridge], theirs), sweep)) in points.iter().copied().zip(&theirs).zip(sweeps).enumerate() {
        let ours = solve(&spectrum, &Regression { samples, features, ridge, noise: settings.noise })?.test;
        let off = (theirs / ours - 1.0).abs();
        if sweep == "grid" && samples.max(features) == modes {
            left_out += 1.0;
            failures += f64::from(u8::from(off > FAILURE));
        } else {
            kept.push(off);
        }
        if place.is_multiple_of(WATCH) && (context.watch)(place as f64 / points.len() as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let (compared, off) = (kept.len() as f64, Differences::of(kept));
    let numbers = vec![
        ("median-error", off.median),
        ("upper-error", off.upper),
        ("largest-error", off.largest),
        ("compared", compared),
        ("left-out", left_out),
        ("failures", failures),
    ];
    Ok(Found { numbers, curve: off.curve })
}

/// Means and standard errors of the authors' trials.
struct Trials {
    points: Vec<[f64; 3]>,
    test: Vec<f64>,
    test_se: Vec<f64>,
    train: Vec<f64>,
    train_se: Vec<f64>,
}

impl Trials {
    fn read(settings: &Settings, which: Family, context: &Context<'_>) -> Result<Self, StudyError> {
        let csv = Csv::read(context, "rf_experiment.csv", &[("family", family(which)), ("sweep", sweep(settings))])?;
        // Their standard deviations are divided by the number of trials, not by one less.
        let divisors: Vec<f64> = csv.numbers("trials")?.into_iter().map(|trials| (trials - 1.0).max(1.0).sqrt()).collect();
        let se = |column: &str| -> Result<Vec<f64>, StudyError> {
            let deviations = csv.numbers(column)?;
            Ok(deviations.iter().zip(&divisors).map(|(sd, root)| sd / root).collect())
        };
        Ok(Self {
            points: points(&csv)?,
            test: csv.numbers("test_mse_mean")?,
            test_se: se("test_mse_std")?,
            train: csv.numbers("train_mse_mean")?,
            train_se: se("train_mse_std")?,
        })
    }
}

/// Theory at the points of the authors' trials: ours for power laws, theirs (where it has the point) for the other families.
fn theory(settings: &Settings, trials: &Trials, context: &mut Context<'_>) -> Result<Vec<Option<(f64, f64)>>, StudyError> {
    if settings.family == Family::Powerlaw {
        let spectrum = spectrum(settings)?;
        let mut all = Vec::with_capacity(trials.points.len());
        for (place, &[samples, features, ridge]) in trials.points.iter().enumerate() {
            let found = solve(&spectrum, &Regression { samples, features, ridge, noise: settings.noise })?;
            all.push(Some((found.test, found.train)));
            if place.is_multiple_of(WATCH) && (context.watch)(place as f64 / trials.points.len() as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        return Ok(all);
    }
    let csv = Csv::read(context, "rf_theory.csv", &[("family", family(settings.family)), ("sweep", sweep(settings))])?;
    let (points, test, kappa) = (points(&csv)?, csv.numbers("test_mse")?, csv.numbers("kappa")?);
    let of = |point: &[f64; 3]| {
        let place = points.iter().position(|known| known == point)?;
        let (test, kappa, [samples, _, ridge]) = (*test.get(place)?, *kappa.get(place)?, *point);
        Some((test, test * (ridge / (samples * kappa)).powi(2)))
    };
    Ok(trials.points.iter().map(of).collect())
}

/// The authors' trials against theory, and whether their least test error over ridges ever rises.
pub(super) fn trial_table(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let trials = Trials::read(settings, settings.family, context)?;
    let theory = theory(settings, &trials, context)?;
    let (mut off, mut agreeing, mut train_agreeing) = (Vec::new(), 0.0, 0.0);
    for (place, (test, train)) in theory.iter().enumerate().filter_map(|(place, found)| Some((place, (*found)?))) {
        off.push((trials.test[place] / test - 1.0).abs());
        agreeing += f64::from(u8::from(agrees(trials.test[place], trials.test_se[place], test)));
        train_agreeing += f64::from(u8::from(agrees(trials.train[place], trials.train_se[place], train)));
    }
    if off.is_empty() {
        return Err(other("rf_theory.csv has none of the points of the trials"));
    }
    let (rise, in_se) = rises(settings, &trials);
    let (compared, off) = (off.len() as f64, Differences::of(off));
    let numbers = vec![
        ("agreeing", agreeing / compared),
        ("train-agreeing", train_agreeing / compared),
        ("largest-rise", rise),
        ("rise-in-se", in_se),
        ("median-error", off.median),
        ("upper-error", off.upper),
        ("largest-error", off.largest),
        ("compared", compared),
        ("left-out", trials.points.len() as f64 - compared),
    ];
    Ok(Found { numbers, curve: off.curve })
}

/// The largest rise of the least mean test error over ridges from one size to the next: as a share, and in standard errors.
fn rises(settings: &Settings, trials: &Trials) -> (f64, f64) {
    let size = |point: &[f64; 3]| if settings.sweep == Sweep::Features { point[1] } else { point[0] };
    let mut least: Vec<(f64, f64, f64)> = Vec::new();
    for ((point, test), se) in trials.points.iter().zip(&trials.test).zip(&trials.test_se) {
        match least.iter().position(|(known, _, _)| *known == size(point)) {
            Some(place) if *test < least[place].1 => least[place] = (size(point), *test, *se),
            Some(_) => {}
            None => least.push((size(point), *test, *se)),
        }
    }
    least.sort_by(|a, b| a.0.total_cmp(&b.0));
    let pairs = least.iter().zip(least.iter().skip(1));
    pairs.fold((f64::NEG_INFINITY, f64::NEG_INFINITY), |(rise, in_se), (one, next)| {
        let by = next.1 - one.1;
        (rise.max(by / one.1), in_se.max(by / one.2.hypot(next.2)))
    })
}

/// Our trials against the authors', at the sizes and ridges that both have.
pub(super) fn against(settings: &Settings, ours: &Table, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let theirs = Trials::read(settings, Family::Powerlaw, context)?;
    let (sizes, grid) = (settings.sizes(), ridges());
    let (mut off, mut agreeing, mut train_agreeing) = (Vec::new(), 0.0, 0.0);
    for (place, [samples, features, ridge]) in theirs.points.iter().copied().enumerate() {
        let size = if settings.sweep == Sweep::Features { features } else { samples };
        let size = sizes.iter().position(|known| *known as f64 == size);
        let ridge = grid.iter().position(|known| (ridge / known - 1.0).abs() < 1e-5);
        let found = size.zip(ridge).map(|(size, ridge)| ours.at(size, ridge)).unwrap_or_default();
        let &[test, test_se, train, train_se] = found else { continue };
        off.push((test / theirs.test[place] - 1.0).abs());
        agreeing += f64::from(u8::from(agrees(test, test_se.hypot(theirs.test_se[place]), theirs.test[place])));
        train_agreeing += f64::from(u8::from(agrees(train, train_se.hypot(theirs.train_se[place]), theirs.train[place])));
    }
    if off.is_empty() {
        return Err(other("our trials and rf_experiment.csv have no size and ridge in common"));
    }
    let (compared, off) = (off.len() as f64, Differences::of(off));
    let numbers = vec![
        ("agreeing", agreeing / compared),
        ("train-agreeing", train_agreeing / compared),
        ("median-error", off.median),
        ("upper-error", off.upper),
        ("largest-error", off.largest),
        ("compared", compared),
        ("left-out", theirs.points.len() as f64 - compared),
    ];
    Ok(Found { numbers, curve: off.curve })
}
