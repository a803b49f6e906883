//! Outcomes of stages, and an arm as its fit held against other fits: the one without pretraining that takes as long, and others.

use evaluation::stat::stationary_se;

use super::measure::mean;
use super::plan::rivals;
use super::{Settings, other};
use crate::{Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 1] =
    [("daily-ic", "Rank correlation of what is said and what comes, on every test day; of a pretraining, its loss by steps done")];

pub(super) const SCALARS: [(&str, &str); 19] = [
    ("rank-ic", "Rank correlation of what is said of stocks and their returns, mean over test days"),
    ("gain", "The same, less that of the network that is trained for as long without pretraining"),
    ("gain-se", "Standard error of the gain over test days, by the stationary bootstrap with blocks of ten days"),
    ("over-shuffled", "Rank correlation, less that after learning codes that are dealt out at random; after codes or sectors in a made market"),
    ("over-map", "Rank correlation, less that after learning means of windows with holes; after codes or sectors in a made market"),
    ("irr", "What is gained over all test days by holding the best few stocks of every day"),
    ("sharpe", "Its Sharpe ratio, of a year"),
    ("market-irr", "What is gained by holding all stocks alike"),
    ("market-sharpe", "Its Sharpe ratio"),
    ("valid", "Rank correlation, mean over days for validation, by which rate and weight are chosen"),
    ("peek", "How much more the rank correlation would be if the step were chosen on every fifth test day"),
    ("spread", "How far what is said of stocks lies apart, over how far their returns do"),
    ("volatility", "Share of the variance of the logarithm of volatilities that a ridge regression reads from features before the fit"),
    ("rate", "Learning rate, chosen on other seeds"),
    ("weight", "Weight of the rank loss, chosen on other seeds"),
    ("passed", "Windows passed forward and backward, pretraining included"),
    ("pretraining-loss", "Loss of pretraining, mean over its last twentieth"),
    ("readable", "Share of the variance of means of windows that the plain mean of what is not hidden explains"),
    ("oracle-ic", "Rank correlation of what can be foreseen and what comes, mean over test days, in a made market"),
];

/// Days of a block, on average.
const BLOCK: f64 = 10.0;

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[(f64, f64)], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().copied()).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
}

/// An arm, of its fit and of those that it is held against, in the order of `rivals`.
pub(super) fn run(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let fit = needs.first().ok_or_else(|| other("an arm lacks its fit"))?;
    if let Status::Diverged(why) = &fit.status {
        return Ok(diverged(why.clone()));
    }
    let mut arm = fit.clone();
    let rivals = rivals(own);
    let against = needs.get(1..).filter(|all| all.len() == rivals.len()).ok_or_else(|| other("an arm lacks a fit that it is held against"))?;
    let days = |outcome: &Outcome| outcome.series(SERIES[0].0).map(|series| series.y.clone()).unwrap_or_default();
    for ((difference, _), rival) in rivals.iter().zip(against) {
        let gaps: Vec<f64> = days(fit).iter().zip(days(rival)).map(|(a, b)| a - b).collect();
        let error = if *difference == "gain" { Some(("gain-se", stationary_se(&gaps, BLOCK))) } else { None };
        for (name, value) in [Some((*difference, mean(&gaps))), error].into_iter().flatten() {
            if let Some(place) = arm.scalars.iter_mut().find(|(known, _)| known == name) {
                place.1 = value;
            }
        }
    }
    Ok(arm)
}
