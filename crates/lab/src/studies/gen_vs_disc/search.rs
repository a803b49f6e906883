//! How many examples are enough, for both classifiers, and their errors on the way.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::exact::ErrorRate;
use super::logistic::Logistic;
use super::mixture::{Draws, Linear, Mixture, Sample, label, labels};
use super::naive::Moments;
use super::{MOST_NUMBERS, Settings, both, log_ratio, outcome, regimes};
use crate::{Context, Go, Outcome, StudyError};

/// Two numbers of examples are near enough when they differ by this share.
const NEAR: f64 = 0.02;

/// Operations between two questions of the watch: a tenth of a second.
const WATCH_FLOPS: f64 = 4e8;

/// Examples that are drawn between two questions of the watch.
const DRAWN: usize = 500;

/// What was found with so many examples of the sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Examples.
    pub(super) m: usize,
    /// Error of naive Bayes.
    pub(super) naive: f64,
    /// Error of logistic regression.
    pub(super) logistic: f64,
    /// Did its slopes become small?
    pub(super) settled: bool,
}

/// Both classifiers on one mixture.
pub(super) fn run(settings: &Settings, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let mut draws = Draws::new(context.seed);
    let mixture = Mixture::new(settings, &mut draws)?;
    let mut rate = ErrorRate::new(&mixture);
    let best = rate.of(&mixture, &mixture.best());
    let limit = rate.of(&mixture, &mixture.naive_limit());
    let enough = best + settings.excess;
    // As many examples as the authors' code has, where there is room for them.
    let most = (100 * settings.dim).min(MOST_NUMBERS / settings.dim).max(2 * settings.classes);

    let first = if settings.samples == 0 { naive_first(settings, &mixture, &mut rate, enough, most, &mut draws.repeats, context)? } else { None };
    let mut points = sequence(settings, &mixture, &mut rate, enough, most, draws, context)?;
    points.sort_by_key(|point| point.m);

    let logistic_first = points.iter().find(|p| settings.samples == 0 && p.logistic < enough).map(|p| p.m as f64);
    let x: Vec<f64> = points.iter().map(|p| p.m as f64).collect();
    let (naive, logistic): (Vec<f64>, Vec<f64>) = points.iter().map(|p| (p.naive, p.logistic)).unzip();
    let mut numbers = regimes(&x, &naive, &logistic, settings.excess);
    numbers.extend([
        ("nb-first", first),
        ("lr-first", logistic_first),
        ("log-speed-up", log_ratio(first, logistic_first)),
        ("bayes-error", Some(best)),
        ("nb-limit", Some(limit)),
        ("unsettled", Some(points.iter().filter(|p| !p.settled).count() as f64)),
    ]);
    Ok(outcome(both(&x, &naive, &logistic), &numbers))
}

/// The mean over repeats of the first number of examples at which naive Bayes is near enough, each on training sets of its own.
fn naive_first(
    settings: &Settings,
    mixture: &Mixture,
    rate: &mut ErrorRate,
    enough: f64,
    most: usize,
    seeds: &mut Pcg64,
    context: &Context<'_>,
) -> Result<Option<f64>, StudyError> {
    let (classes, dim) = (settings.classes, settings.dim);
    let step = ((dim as f64).ln().ceil() as usize).max(1);
    let mut sample = Sample::new(dim);
    let mut moments = Moments::new(classes, dim);
    let mut rule = Linear::zero(classes, dim);
    let mut total = 0.0;
    for repeat in 0..settings.repeats {
        let mut rng = Pcg64::seed_from_u64(seeds.random());
        let mut first = None;
        for m in (2 * classes..=most).step_by(step) {
            sample.clear();
            let drawn = labels(classes, m, &mut rng);
            sample.extend(mixture, &drawn, &mut rng);
            moments.measure(&sample, m);
            moments.rule(&mut rule);
            if rate.of(mixture, &rule) < enough {
                first = Some(m as f64);
                break;
            }
            // A tenth of the work, about, is done here.
            if (context.watch)(0.1 * repeat as f64 / settings.repeats as f64) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        let Some(first) = first else { return Ok(None) };
        total += first;
    }
    Ok(Some(total / settings.repeats as f64))
}

/// Both classifiers on the beginnings of one sequence of examples, until logistic regression is near enough. What is known of it is saved after
/// every fit, and is not computed again.
fn sequence(
    settings: &Settings,
    mixture: &Mixture,
    rate: &mut ErrorRate,
    enough: f64,
    most: usize,
    mut draws: Draws,
    context: &mut Context<'_>,
) -> Result<Vec<Point>, StudyError> {
    let (classes, dim) = (settings.classes, settings.dim);
    let size = Logistic::size(classes, dim);
    let saved = context.checkpoint.load().and_then(|bytes| from_bytes(&bytes, size));
    let (saved, mut x) = saved.unwrap_or_else(|| (Vec::new(), vec![0.0; size]));
    let mut points: Vec<Point> = Vec::new();
    let mut sample = Sample::new(dim);
    let mut moments = Moments::new(classes, dim);
    let mut rule = Linear::zero(classes, dim);
    let watch = context.watch;
    while let Some(m) = next(&points, settings.samples, 2 * classes, most, enough) {
        if let Some(known) = saved.get(points.len()).filter(|known| known.m == m) {
            points.push(*known);
            continue;
        }
        while sample.labels.len() < m {
            // Each class is among the first examples, so that every beginning can be trained on.
            let drawn: Vec<usize> = if sample.labels.is_empty() {
                labels(classes, 2 * classes, &mut draws.labels)
            } else {
                (0..DRAWN.min(m - sample.labels.len())).map(|_| label(classes, &mut draws.labels)).collect()
            };
            sample.extend(mixture, &drawn, &mut draws.features);
            if watch(share(points.len())) == Go::Stop {
                return Err(StudyError::Interrupted);
            }
        }
        moments.measure(&sample, m);
        moments.rule(&mut rule);
        let naive = rate.of(mixture, &rule);
        let mut logistic = Logistic::new(&sample, &moments, m, classes);
        let (cost, mut spent) = (logistic.flops(), 0.0);
        let mut go = || {
            spent += cost;
            let ask = spent >= WATCH_FLOPS;
            if ask {
                spent = 0.0;
            }
            !(ask && watch(share(points.len())) == Go::Stop)
        };
        let Some(settled) = logistic.train(&mut x, &mut go) else { return Err(StudyError::Interrupted) };
        logistic.rule(&x, &mut rule);
        points.push(Point { m, naive, logistic: rate.of(mixture, &rule), settled });
        let kept = context.checkpoint.save(&to_bytes(&points, &x));
        kept.map_err(|e| StudyError::Other(format!("gen-vs-disc: cannot save the progress at {m} examples: {e}")))?;
    }
    Ok(points)
}

/// About how much of the work is done after so many fits: some two dozen are usual.
fn share(fits: usize) -> f64 {
    (0.1 + 0.9 * (fits as f64 / 24.0).powi(2)).min(0.99)
}

/// The next number of examples to train on; `None` when all is known. First a ladder of factors of √2, until the error is below `enough`; then the
/// gap before the first such number is halved, in the logarithm, until it is less than [`NEAR`].
pub(super) fn next(points: &[Point], samples: usize, from: usize, most: usize, enough: f64) -> Option<usize> {
    if samples > 0 {
        return points.is_empty().then_some(samples);
    }
    let below = points.iter().filter(|p| p.logistic < enough).map(|p| p.m).min();
    let Some(upper) = below else {
        let Some(last) = points.iter().map(|p| p.m).max() else { return Some(from) };
        let rung = ((last as f64 * std::f64::consts::SQRT_2).round() as usize).max(last + 1);
        return (last < most).then_some(rung.min(most));
    };
    let lower = points.iter().map(|p| p.m).filter(|m| *m < upper).max()?;
    let near = upper - lower <= 1 || upper as f64 <= (1.0 + NEAR) * lower as f64;
    let middle = ((lower as f64 * upper as f64).sqrt().round() as usize).clamp(lower + 1, upper.max(lower + 2) - 1);
    (!near).then_some(middle)
}

/// The first bytes of saved progress: the format and its version.
const MAGIC: [u8; 8] = *b"gvsd0001";

/// Points and the latest rule as bytes, all numbers little-endian and 8 bytes long: [`MAGIC`], how many points (u64), per point its examples, both
/// errors and 1 if it settled, and the numbers of the rule (f64).
pub(super) fn to_bytes(points: &[Point], x: &[f64]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((points.len() as u64).to_le_bytes());
    let numbers = points.iter().flat_map(|p| [p.m as f64, p.naive, p.logistic, f64::from(u8::from(p.settled))]);
    numbers.chain(x.iter().copied()).for_each(|v| bytes.extend(v.to_le_bytes()));
    bytes
}

/// What [`to_bytes`] wrote for rules of `size` numbers; `None` when it did not, and then the stage begins anew.
pub(super) fn from_bytes(bytes: &[u8], size: usize) -> Option<(Vec<Point>, Vec<f64>)> {
    let rest = bytes.strip_prefix(&MAGIC)?;
    let (words, []) = rest.as_chunks::<8>() else { return None };
    let (count, words) = words.split_first()?;
    let numbers: Vec<f64> = words.iter().map(|word| f64::from_le_bytes(*word)).collect();
    let many = usize::try_from(u64::from_le_bytes(*count)).ok()?.checked_mul(4)?;
    if numbers.len() != many.checked_add(size)? || numbers.iter().any(|v| !v.is_finite()) {
        return None;
    }
    let (points, x) = numbers.split_at(many);
    let (points, _) = points.as_chunks::<4>();
    let points = points.iter().map(|&[m, naive, logistic, settled]| Point { m: m as usize, naive, logistic, settled: settled == 1.0 });
    Some((points.collect(), x.to_vec()))
}
