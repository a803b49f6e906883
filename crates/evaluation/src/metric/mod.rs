//! Scores of a forecast against what then happened: one metric, one file, one line in [`all`].

mod absolute_error;
mod coverage;
mod crps;
mod final_squared_error;
mod interval_score;
mod kept;
mod log_score;
mod outcome;
mod pit;
mod relative_error;
mod rmsle;
mod spread;
mod squared_error;

use curves::{Better, Forecast, nearest};

use crate::EvaluationError;

pub use kept::{KEPT_QUANTILES, KeptPoint};
pub use outcome::{Outcome, medians};

/// A score of a kept forecast; `None` when the question does not apply to it.
pub type FromKept = fn(&[KeptPoint]) -> Option<f64>;

/// A score of one forecast against the truth at its points.
pub trait Metric: Send + Sync {
    /// Its name in specs and tables, such as `log-score`.
    fn name(&self) -> &'static str;

    /// What it is, and in which unit.
    fn title(&self) -> &'static str;

    /// Which direction is good; `None` where neither is, as for a coverage.
    fn better(&self) -> Option<Better>;

    /// The score; `None` when the question does not apply to this kind of forecast.
    fn of(&self, outcome: &Outcome<'_>) -> Option<f64>;

    /// How a forecast is scored that was kept as quantiles and a log density; `None` where those do not tell the score.
    fn of_kept(&self) -> Option<FromKept> {
        None
    }

    /// The score of one forecast, a mean over the points predicted.
    ///
    /// `None` also when truth and forecast are not about the same points, or a truth is not finite.
    /// To ask several metrics of one forecast, [`score_all`] shares what they have in common.
    fn score(&self, forecast: &Forecast, truth: &[f64]) -> Option<f64> {
        self.of(&Outcome::new(forecast, truth)?)
    }
}

static ALL: &[&dyn Metric] = &[
    &log_score::LogScore,
    &crps::Crps,
    &squared_error::SquaredError,
    &absolute_error::AbsoluteError,
    &final_squared_error::FinalSquaredError,
    &rmsle::Rmsle,
    &relative_error::RelativeError,
    &coverage::C50,
    &coverage::C80,
    &coverage::C90,
    &coverage::C95,
    &interval_score::IntervalScore,
    &pit::Pit,
];

/// Every metric, in the order of the catalogue.
pub fn all() -> &'static [&'static dyn Metric] {
    ALL
}

/// The metric of that name; the error names the nearest one.
pub fn find(name: &str) -> Result<&'static dyn Metric, EvaluationError> {
    ALL.iter()
        .copied()
        .find(|m| m.name() == name)
        .ok_or_else(|| EvaluationError::UnknownMetric { name: name.to_string(), nearest: nearest(name, ALL.iter().map(|m| m.name())).map(str::to_string) })
}

/// The good direction of a column that a run computes from scores or beside them, and that is no score of a forecast.
const DERIVED: &[(&str, Better)] = &[
    ("seconds", Better::Lower),
    ("speed-up", Better::Higher),
    ("final-regret", Better::Lower),
    ("mean-regret", Better::Lower),
    ("pearson-r2", Better::Higher),
    ("determination", Better::Higher),
    ("mae", Better::Lower),
    ("mae-domain", Better::Lower),
    ("mae-others", Better::Lower),
    ("mae-last", Better::Lower),
    ("correlation", Better::Higher),
    ("violation", Better::Lower),
    ("control-violation", Better::Lower),
    ("are", Better::Lower),
    ("worst", Better::Lower),
    ("rmse", Better::Lower),
    ("weighted-are", Better::Lower),
    ("huber", Better::Lower),
    ("objective", Better::Lower),
    ("r2", Better::Higher),
    ("r2-log", Better::Higher),
    ("spearman", Better::Higher),
    ("success", Better::Higher),
    ("ratio-best", Better::Lower),
    ("holds", Better::Higher),
    ("within", Better::Higher),
    ("across", Better::Higher),
    ("pairs-right", Better::Higher),
];

/// The good direction of a column by its name: of a metric, of a rank (`rank-…`, 1 is best) or of a derived column.
pub fn direction(name: &str) -> Option<Better> {
    if name.starts_with("rank-") {
        return Some(Better::Lower);
    }
    let derived = DERIVED.iter().find(|d| d.0 == name).map(|d| d.1);
    derived.or_else(|| find(name).ok().and_then(|m| m.better()))
}

/// Every metric of one forecast, in the order of [`all`], for little more than the dearest one costs.
pub fn score_all(forecast: &Forecast, truth: &[f64]) -> Vec<(&'static str, Option<f64>)> {
    score_outcome(Outcome::new(forecast, truth).as_ref())
}

/// The same of an outcome, which a caller may ask for more; no outcome has no scores.
pub fn score_outcome(outcome: Option<&Outcome<'_>>) -> Vec<(&'static str, Option<f64>)> {
    ALL.iter().map(|m| (m.name(), outcome.and_then(|o| m.of(o)))).collect()
}

#[cfg(test)]
mod tests;
