//! An arm: the gains of all pairs, and how they go along with what was forecast of them.

use evaluation::stat::spearman;
use rand::seq::SliceRandom;

use super::world::{PAIRS, SETS, TARGETS};
use super::{Settings, other};
use crate::blocks::streams::{Purpose, stream};
use crate::{Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 2] = [
    ("benefit", "Gain of every pair of sources and target; of a fine-tuning its accuracy, of a forecast the weight that both share"),
    ("forecast", "What was forecast of every pair; of a fine-tuning its accuracy on the validation part"),
];

pub(super) const SCALARS: [(&str, &str); 18] = [
    ("rho", "Spearman's correlation over pairs of the gain with what was forecast"),
    ("rho-within", "The same, after the mean of every target was taken from both"),
    ("p", "Chance of a correlation as high when sources and targets are dealt out anew"),
    ("significant", "1 where that chance is below 0.05"),
    ("gain", "Accuracy less that without pretraining, mean over pairs"),
    ("harmed", "Share of the pairs whose gain is below zero"),
    ("inside", "Gain above the mean of its target: mean over pairs whose sources hold all families of the target, less that over all others"),
    ("choice", "Gain of the sources with the highest forecast, less the mean over sources; mean over targets"),
    ("possible", "The same of the sources with the highest gain"),
    ("accuracy", "Accuracy on the test part of the better method by validation, mean over pairs"),
    ("scratch", "Accuracy without pretraining, mean over pairs"),
    ("valid", "Accuracy on the validation part, mean over fine-tunings"),
    ("rate", "Learning rate, chosen on other seeds; of an arm that without pretraining"),
    ("rate-first", "Learning rate of an arm's first method: hidden degrees, or fine-tuning for longer"),
    ("rate-second", "Learning rate of its second method: contexts"),
    ("alpha-gap", "Largest error of a fitted weight, with the graphons themselves as bases; median over targets"),
    ("slope-falling", "Slope of the log error of the estimate by log nodes, where degrees tell places"),
    ("slope-flat", "The same where all nodes have one degree"),
];

/// An outcome with these numbers by pair, and these scalars; all others do not exist.
pub(super) fn outcome(benefit: &[f64], forecast: &[f64], found: &[(&str, Option<f64>)], status: Status) -> Outcome {
    let numbered = |name: &str, numbers: &[f64]| Series::through(name, numbers.iter().enumerate().map(|(k, y)| (k as f64 + 1.0, *y)));
    let series = [numbered(SERIES[0].0, benefit), numbered(SERIES[1].0, forecast)];
    Outcome::gathered(series.into_iter().flatten().collect(), &SCALARS, found, None, status)
}

/// The numbers of a series, one for each pair.
fn column<'a>(of: &'a Outcome, name: &str) -> Result<&'a [f64], StudyError> {
    let found = of.series(name).map(|series| series.y.as_slice()).filter(|y| y.len() == PAIRS);
    found.ok_or_else(|| other(format!("a stage lacks the series {name}")))
}

/// Numbers less the mean of their target; what rounding leaves of nothing is nothing.
fn within(numbers: &[f64]) -> Vec<f64> {
    let mean = |target: usize| numbers.iter().skip(target).step_by(TARGETS).sum::<f64>() / SETS.len() as f64;
    numbers.iter().enumerate().map(|(pair, v)| ((v - mean(pair % TARGETS)) * 1e12).round() / 1e12).collect()
}

/// The place of the largest number; the first of several.
fn largest(numbers: impl Iterator<Item = f64>) -> usize {
    let best = numbers.enumerate().fold((0, f64::NEG_INFINITY), |best, (k, v)| if v > best.1 { (k, v) } else { best });
    best.0
}

/// What is gained by taking, for every target, the sources with the highest score, over any of them: mean over targets.
fn choice(scores: &[f64], gains: &[f64]) -> f64 {
    let above = within(gains);
    let of = |target: usize| above[largest(scores.iter().skip(target).step_by(TARGETS).copied()) * TARGETS + target];
    (0..TARGETS).map(of).sum::<f64>() / TARGETS as f64
}

/// The mean over pairs inside less that over pairs outside; none where either is missing.
fn inside(shared: &[f64], gains: &[f64]) -> Option<f64> {
    let above = within(gains);
    let mean = |wanted: bool| {
        let of: Vec<f64> = above.iter().zip(shared).filter(|(_, share)| (**share > 1.0 - 1e-9) == wanted).map(|(v, _)| *v).collect();
        (!of.is_empty()).then(|| of.iter().sum::<f64>() / of.len() as f64)
    };
    Some(mean(true)? - mean(false)?)
}

/// The chance of a correlation as high as this one: gains are dealt out anew, all of a set of sources and all of a target together.
fn chance(rho: f64, forecasts: &[f64], gains: &[f64], permutations: usize, seed: u64) -> f64 {
    let mut rng = stream(seed, Purpose::Order, 1);
    let (mut sets, mut targets): (Vec<usize>, Vec<usize>) = ((0..SETS.len()).collect(), (0..TARGETS).collect());
    let mut as_high = 1;
    for _ in 0..permutations {
        sets.shuffle(&mut rng);
        targets.shuffle(&mut rng);
        let dealt: Vec<f64> = (0..PAIRS).map(|pair| gains[sets[pair / TARGETS] * TARGETS + targets[pair % TARGETS]]).collect();
        as_high += usize::from(spearman(forecasts, &dealt).is_some_and(|other| other >= rho - 1e-12));
    }
    as_high as f64 / (permutations + 1) as f64
}

/// The accuracy of the method that is better by validation, pair by pair.
fn better(methods: &[Outcome]) -> Result<Vec<f64>, StudyError> {
    let columns = methods.iter().map(|method| Ok((column(method, SERIES[0].0)?, column(method, SERIES[1].0)?)));
    let columns = columns.collect::<Result<Vec<_>, StudyError>>()?;
    let of = |pair: usize| columns.get(largest(columns.iter().map(|(_, valid)| valid[pair]))).map(|(accuracy, _)| accuracy[pair]);
    (0..PAIRS).map(|pair| of(pair).ok_or_else(|| other("an arm lacks its methods"))).collect()
}

/// Gathers an arm.
pub(super) fn run(own: &Settings, needs: &[Outcome], seed: u64) -> Result<Outcome, StudyError> {
    let (forecast, fits) = needs.split_first().ok_or_else(|| other("an arm lacks its forecast"))?;
    for fit in fits {
        if let Status::Diverged(why) = &fit.status {
            return Ok(outcome(&[], &[], &[], Status::Diverged(why.clone())));
        }
    }
    let (shared, forecasts) = (column(forecast, SERIES[0].0)?, column(forecast, SERIES[1].0)?);
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len().max(1) as f64;
    let mut found: Vec<(&str, Option<f64>)> = ["alpha-gap", "slope-falling", "slope-flat"].map(|name| (name, forecast.scalar(name))).to_vec();
    let mut gains = shared.to_vec();
    if let Some((scratch, methods)) = fits.split_first() {
        let (plain, reached) = (column(scratch, SERIES[0].0)?, better(methods)?);
        gains = reached.iter().zip(plain).map(|(a, b)| a - b).collect();
        found.extend([("accuracy", Some(mean(&reached))), ("scratch", Some(mean(plain))), ("rate", scratch.scalar("rate"))]);
        found.extend(["rate-first", "rate-second"].into_iter().zip(methods).map(|(name, method)| (name, method.scalar("rate"))));
        let valid: Vec<f64> = methods.iter().filter_map(|method| method.scalar("valid")).collect();
        found.push(("valid", Some(mean(&valid))));
    }
    let rho = spearman(forecasts, &gains);
    let p = rho.map(|rho| chance(rho, forecasts, &gains, own.permutations, seed));
    found.extend([
        ("rho", rho),
        ("rho-within", spearman(&within(forecasts), &within(&gains))),
        ("p", p),
        ("significant", p.map(|p| f64::from(u8::from(p < 0.05)))),
        ("gain", Some(mean(&gains))),
        ("harmed", Some(gains.iter().filter(|gain| **gain < 0.0).count() as f64 / PAIRS as f64)),
        ("inside", inside(shared, &gains)),
        ("choice", Some(choice(forecasts, &gains))),
        ("possible", Some(choice(&gains, &gains))),
    ]);
    Ok(outcome(&gains, forecasts, &found, Status::Done))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gains that are the larger the later the set and the target.
    fn rising() -> Vec<f64> {
        (0..PAIRS).map(|pair| (pair / TARGETS) as f64 + 10.0 * (pair % TARGETS) as f64).collect()
    }

    #[test]
    fn a_choice_by_hand() {
        let gains = rising();
        // Of six sets, the last is 2.5 above the mean of all, and the first as much below.
        assert!((choice(&gains, &gains) - 2.5).abs() < 1e-9);
        let turned: Vec<f64> = gains.iter().map(|gain| -gain).collect();
        assert!((choice(&turned, &gains) + 2.5).abs() < 1e-9);
        assert!(within(&gains).iter().take(TARGETS).all(|v| *v == -2.5));
    }

    #[test]
    fn inside_and_outside_by_hand() {
        let gains = rising();
        let last: Vec<f64> = (0..PAIRS).map(|pair| f64::from(u8::from(pair / TARGETS == SETS.len() - 1))).collect();
        // 2.5 against the mean of −2.5 … 1.5, which is −0.5.
        assert!((inside(&last, &gains).unwrap() - 3.0).abs() < 1e-9);
        assert_eq!(inside(&[0.5; PAIRS], &gains), None);
    }

    #[test]
    fn a_perfect_forecast_is_no_chance_and_a_gain_of_targets_alone_is_nothing_within_them() {
        let gains = rising();
        assert!((spearman(&gains, &gains).unwrap() - 1.0).abs() < 1e-12);
        assert!(chance(1.0, &gains, &gains, 199, 1) < 0.05);
        assert!((chance(-1.0, &gains, &gains, 9, 1) - 1.0).abs() < 1e-12);
        let targets: Vec<f64> = (0..PAIRS).map(|pair| 0.1 * (pair % TARGETS) as f64).collect();
        assert_eq!(spearman(&within(&gains), &within(&targets)), None);
    }

    #[test]
    fn the_better_method_by_validation_counts() {
        let method = |accuracy: f64, valid: f64| outcome(&[accuracy; PAIRS], &[valid; PAIRS], &[], Status::Done);
        assert_eq!(better(&[method(0.9, 0.4), method(0.3, 0.5)]).unwrap(), vec![0.3; PAIRS]);
        assert!(better(&[]).unwrap_err().to_string().contains("lacks its methods"));
    }
}
