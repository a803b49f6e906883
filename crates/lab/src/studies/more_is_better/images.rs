//! The authors' kernel regressions on image data: exponents, fitting ratios, and κ from measured eigenvalues.

use curves::normal;

use super::csv::{Csv, Differences};
use super::eigenframework::{Regression, Spectrum, solve};
use super::exact::{self, NEAR};
use super::{Exponent, Found, Images, Settings, law, other};
use crate::{Context, Go, StudyError};

/// How a dataset and its kernel are called in the files.
fn names(images: Images) -> [(&'static str, &'static str); 2] {
    let (dataset, kernel) = match images {
        Images::Cifar10 => ("cifar10", "myrtle10-clean"),
        Images::Svhn => ("svhn", "myrtle10-clean"),
        Images::Mnist => ("mnist", "myrtle10-clean"),
        Images::Cifar10Relu => ("cifar10", "fc1-nngpk"),
    };
    [("dataset", dataset), ("kernel", kernel)]
}

/// A straight line through points in logarithms.
struct Line {
    slope: f64,
    se: f64,
    departure: f64,
}

impl Line {
    /// By least squares of ln y on ln x, from `least` on; at least three points.
    fn of(x: &[f64], y: &[f64], least: f64) -> Result<Self, StudyError> {
        let points: Vec<(f64, f64)> = x.iter().zip(y).filter(|(x, y)| **x >= least && **y > 0.0).map(|(x, y)| (x.ln(), y.ln())).collect();
        let count = points.len() as f64;
        if points.len() < 3 {
            return Err(other(format!("{} sizes from {least} on are too few for a line; lower `least`", points.len())));
        }
        let mean = points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
        let (square, product) = points.iter().fold((0.0, 0.0), |(square, product), (x, y)| {
            let off = x - mean.0;
            (square + off * off, product + off * (y - mean.1))
        });
        let slope = product / square;
        let residual = |(x, y): &(f64, f64)| y - mean.1 - slope * (x - mean.0);
        let squares: f64 = points.iter().map(residual).map(|r| r * r).sum();
        let departure = points.iter().map(residual).fold(0.0, |most: f64, r| most.max(r.abs()));
        Ok(Self { slope, se: (squares / (count - 2.0) / square).sqrt(), departure })
    }
}

/// The quantile of Student's t by its expansion in the normal one: right to a thousandth from ten degrees of freedom on.
fn student(p: f64, freedom: f64) -> f64 {
    let z = normal::quantile(p);
    z + (z.powi(3) + z) / (4.0 * freedom) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom)
}

/// A learning curve of the authors: samples, κ by proxy, κ from eigenvalues, test error.
struct Curve {
    samples: Vec<f64>,
    proxy: Vec<f64>,
    kappa: Vec<f64>,
    test: Vec<f64>,
}

impl Curve {
    fn read(images: Images, context: &Context<'_>) -> Result<Self, StudyError> {
        let csv = Csv::read(context, "krr_learning_curves.csv", &names(images))?;
        Ok(Self {
            samples: csv.numbers("n")?,
            proxy: csv.numbers("kappa_estimate_invTrKinv")?,
            kappa: csv.numbers("kappa_from_eigvals")?,
            test: csv.numbers("test_mse_mean")?,
        })
    }

    /// The line of κ by proxy, whose slope is −α.
    fn alpha(&self, least: usize) -> Result<Line, StudyError> {
        Line::of(&self.samples, &self.proxy, least as f64)
    }

    /// The line of the test error, whose slope is −(β − 1).
    fn beta(&self, least: usize) -> Result<Line, StudyError> {
        Line::of(&self.samples, &self.test, least as f64)
    }

    /// Both exponents.
    fn exponents(&self, least: usize) -> Result<(f64, f64), StudyError> {
        let (alpha, beta) = (-self.alpha(least)?.slope, 1.0 - self.beta(least)?.slope);
        let sound = alpha > 1.0 && beta > 1.0 && beta < 2.0 * alpha + 1.0;
        if sound { Ok((alpha, beta)) } else { Err(other(format!("exponents {alpha} and {beta} are none of the law's; take another `least`"))) }
    }
}

/// Points in the order of x, one for each.
fn sorted(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.dedup_by(|a, b| a.0 == b.0);
    points
}

/// An exponent, its interval as if distances from the line were independent, and the largest of these.
pub(super) fn exponent(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let curve = Curve::read(settings.images, context)?;
    let (line, estimate, along) = match settings.exponent {
        Exponent::Alpha => {
            let line = curve.alpha(settings.least)?;
            let estimate = -line.slope;
            (line, estimate, &curve.proxy)
        }
        Exponent::Beta => {
            let line = curve.beta(settings.least)?;
            let estimate = 1.0 - line.slope;
            (line, estimate, &curve.test)
        }
    };
    let used = curve.samples.iter().filter(|n| **n >= settings.least as f64).count() as f64;
    let half = student(0.975, (used - 2.0).max(1.0)) * line.se;
    let numbers = vec![("estimate", estimate), ("low", estimate - half), ("high", estimate + half), ("departure", line.departure), ("compared", used)];
    Ok(Found { numbers, curve: sorted(&curve.samples, along) })
}

/// A trial of the authors: ridge, root of the fitting ratio, test error; ridges rise.
type Path = Vec<[f64; 3]>;

/// Their trials at this noise.
fn paths(settings: &Settings, context: &Context<'_>) -> Result<Vec<Path>, StudyError> {
    let noise = settings.noise_ratio.to_string();
    let [dataset, _] = names(settings.images);
    let csv = Csv::read(context, "krr_optimal_ridge.csv", &[dataset, ("noise_rel", noise.as_str())])?;
    let (trial, ridge, train, test) = (csv.texts("trial")?, csv.numbers("ridge")?, csv.numbers("train_mse")?, csv.numbers("test_mse")?);
    let mut paths: Vec<(&str, Path)> = Vec::new();
    for (((trial, ridge), train), test) in trial.into_iter().zip(ridge).zip(train).zip(test) {
        let point = [ridge, (train / test).max(0.0).sqrt(), test];
        match paths.iter().position(|(known, _)| *known == trial) {
            Some(place) => paths[place].1.push(point),
            None => paths.push((trial, vec![point])),
        }
    }
    let mut paths: Vec<Path> = paths.into_iter().map(|(_, path)| path).collect();
    paths.iter_mut().for_each(|path| path.sort_by(|a, b| a[0].total_cmp(&b[0])));
    Ok(paths)
}

/// The point of the least test error.
fn best(path: &[[f64; 3]]) -> Result<[f64; 3], StudyError> {
    path.iter().copied().min_by(|a, b| a[2].total_cmp(&b[2])).ok_or_else(|| other("a trial without a ridge"))
}

/// The mean of numbers, and its standard error (0 of one).
fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, if values.len() > 1 { (squares / (count * (count - 1.0))).sqrt() } else { 0.0 })
}

/// The mean test error over trials along ridges.
fn along(paths: &[Path]) -> Vec<(f64, f64)> {
    let first = paths.first().map(Vec::as_slice).unwrap_or_default();
    let place = |(k, point): (usize, &[f64; 3])| {
        let tests: Vec<f64> = paths.iter().filter_map(|path| Some(path.get(k)?[2])).collect();
        (point[0], mean(&tests).0)
    };
    first.iter().enumerate().map(place).collect()
}

/// The fitting ratio at the best ridge, and what no ridge costs, beside the law for the exponents of this dataset.
pub(super) fn fitting_ratio(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let (paths, noise) = (paths(settings, context)?, settings.noise_ratio);
    let (alpha, beta) = Curve::read(settings.images, context)?.exponents(settings.least)?;
    let (mut ratios, mut excess, mut nearest) = (Vec::new(), Vec::new(), 0.0f64);
    for path in &paths {
        let [_, r, least] = best(path)?;
        ratios.push(r * r);
        excess.extend(path.first().map(|bare| bare[2] / least));
        nearest = path.iter().filter(|point| point[2] <= NEAR * least).fold(nearest, |most, point| most.max(point[1] * point[1]));
    }
    let (ratio, se) = mean(&ratios);
    let r = law::best(alpha, beta, noise);
    let shape = |r: f64| law::shape(alpha, beta, noise, r);
    let numbers = vec![
        ("best-ratio", ratio),
        ("best-ratio-se", se),
        ("largest-ratio", ratios.iter().copied().fold(0.0, f64::max)),
        ("law-ratio", r * r),
        ("ratio-error", (ratio - r * r).abs()),
        ("near-ratio", nearest),
        ("law-near", law::near(alpha, beta, noise, NEAR).powi(2)),
        ("excess", mean(&excess).0),
        ("law-excess", shape(0.0) / shape(r)),
        ("law-threshold", law::threshold(alpha, beta)),
        ("compared", paths.len() as f64),
        ("log-noise", (1.0 + noise).log2()),
    ];
    Ok(Found { numbers, curve: along(&paths) })
}

/// The test error over the least one where the training error is a given share of the test error, straight between two ridges, beside the law.
pub(super) fn near_optimum(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let (paths, noise, wanted) = (paths(settings, context)?, settings.noise_ratio, settings.fitting_ratio.sqrt());
    let (alpha, beta) = Curve::read(settings.images, context)?.exponents(settings.least)?;
    let mut excess = Vec::new();
    for path in &paths {
        let least = best(path)?[2];
        let pair = path.windows(2).find_map(|two| if two[0][1] <= wanted && wanted < two[1][1] { Some((two[0], two[1])) } else { None });
        excess.extend(pair.map(|([_, low, from], [_, high, to])| (from + (to - from) * (wanted - low) / (high - low)) / least));
    }
    if excess.is_empty() {
        return Err(other(format!("no trial has a training error of {} of the test error", settings.fitting_ratio)));
    }
    let shape = |r: f64| law::shape(alpha, beta, noise, r);
    let numbers = vec![("excess", mean(&excess).0), ("law-excess", shape(wanted) / shape(law::best(alpha, beta, noise))), ("compared", excess.len() as f64)];
    Ok(Found { numbers, curve: along(&paths) })
}

/// Measured eigenvalues that are positive, falling.
fn measured(images: Images, context: &Context<'_>) -> Result<Vec<f64>, StudyError> {
    let mut all = Csv::read(context, "kernel_eigenvalues.csv", &names(images))?.numbers("eigenvalue")?;
    all.retain(|v| *v > 0.0);
    all.sort_by(|a, b| b.total_cmp(a));
    Ok(all)
}

/// κ without a ridge from measured eigenvalues against the authors' κ, at all their numbers of samples.
pub(super) fn eigenvalues(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let (eigenvalues, curve) = (measured(settings.images, context)?, Curve::read(settings.images, context)?);
    let modes = eigenvalues.len();
    let spectrum = Spectrum::new(eigenvalues, vec![0.0; modes])?;
    let (mut off, mut ours) = (Vec::with_capacity(curve.samples.len()), Vec::with_capacity(curve.samples.len()));
    for (place, (samples, theirs)) in curve.samples.iter().zip(&curve.kappa).enumerate() {
        let of = Regression { samples: *samples, features: f64::INFINITY, ridge: 0.0, noise: 1.0 };
        let kappa = solve(&spectrum, &of)?.kappa;
        off.push((kappa / theirs - 1.0).abs());
        ours.push(kappa);
        if (context.watch)(place as f64 / curve.samples.len() as f64) == Go::Stop {
            return Err(StudyError::Interrupted);
        }
    }
    let (compared, off) = (off.len() as f64, Differences::of(off));
    let numbers = vec![("median-error", off.median), ("upper-error", off.upper), ("largest-error", off.largest), ("compared", compared)];
    Ok(Found { numbers, curve: sorted(&curve.samples, &ours) })
}

/// The best ridge on measured eigenvalues: the first `modes` of them as they are (further on they are those of a finite sample), then the power law
/// of their exponent; the target's power is the power law of its own.
pub(super) fn real_spectrum(settings: &Settings, context: &mut Context<'_>) -> Result<Found, StudyError> {
    let (mut eigenvalues, curve) = (measured(settings.images, context)?, Curve::read(settings.images, context)?);
    let (alpha, beta) = curve.exponents(settings.least)?;
    eigenvalues.truncate(settings.modes);
    let powers = (1..=eigenvalues.len()).map(|i| (i as f64).powf(-beta)).collect();
    let spectrum = Spectrum::new(eigenvalues, powers)?.with_tail(alpha, beta)?;
    let noise = settings.noise_ratio;
    let found = exact::finite(&spectrum, settings.fixed as f64, noise, context.watch)?;
    let ratio = law::best(alpha, beta, noise).powi(2);
    let numbers = vec![
        ("best-ratio", found.ratio),
        ("law-ratio", ratio),
        ("ratio-error", (found.ratio - ratio).abs()),
        ("near-ratio", found.near),
        ("law-near", law::near(alpha, beta, noise, NEAR).powi(2)),
        ("threshold", found.threshold),
        ("law-threshold", law::threshold(alpha, beta)),
        ("log-noise", (1.0 + noise).log2()),
    ];
    Ok(Found { numbers, curve: found.curve })
}
