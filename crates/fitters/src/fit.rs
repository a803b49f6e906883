//! `Fit`: an estimate with its status, or `FitError`: why there is none.

use models::Law;

/// How a fit ended. Every variant carries a usable estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The optimiser met its tolerance.
    Converged,
    /// The budget of evaluations ran out first; trust the loss, not the last digits.
    BudgetSpent,
    /// The optimiser stopped making progress before its tolerance, as it does in flat valleys.
    Stalled,
}

impl Status {
    /// The word used in tables.
    pub fn name(self) -> &'static str {
        match self {
            Status::Converged => "converged",
            Status::BudgetSpent => "budget-spent",
            Status::Stalled => "stalled",
        }
    }
}

/// Why there is no estimate or no forecast.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Not enough rows for the parameters.
    #[error("{have} points; {who} needs at least {need}")]
    TooFewPoints {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
        /// Who needs them.
        who: String,
    },
    /// Every start ended where the loss is not finite.
    #[error("{who}: no start led to a finite loss; check the scale of the data")]
    NotFinite {
        /// Who tried.
        who: String,
    },
    /// A loss in log space met a target that is not positive.
    #[error("a log-space loss needs positive targets; row {row} is {value}")]
    NotPositive {
        /// The row.
        row: usize,
        /// Its target.
        value: f64,
    },
    /// A point beyond what the method can predict.
    #[error("x = {x} is outside 1 to {horizon}, the range {who} answers for")]
    OutsideRange {
        /// The point.
        x: f64,
        /// The largest x.
        horizon: f64,
        /// Who was asked.
        who: String,
    },
    /// Independent runs of a sampler disagree.
    #[error("independent populations disagree: R-hat {r_hat:.2}, accepted up to {agree}; allow more sweeps or retries")]
    NotConverged {
        /// The worst R-hat.
        r_hat: f64,
        /// The largest accepted.
        agree: f64,
    },
    /// A level of a learning trace that the points seen do not reach.
    #[error("{have} points do not reach the level `{level}`; more of the curve is needed")]
    NotReached {
        /// The level.
        level: String,
        /// Points seen.
        have: usize,
    },
    /// A setting that cannot work.
    #[error("{0}")]
    Setting(String),
    /// The numbers found are no forecast.
    #[error(transparent)]
    Curve(#[from] curves::CurveError),
}

impl FitError {
    /// A short word for the status column of a row.
    pub fn word(&self) -> &'static str {
        match self {
            FitError::TooFewPoints { .. } => "too-few-points",
            FitError::NotFinite { .. } => "no-finite-loss",
            FitError::NotPositive { .. } => "not-positive",
            FitError::OutsideRange { .. } => "outside-range",
            FitError::NotConverged { .. } => "not-converged",
            FitError::NotReached { .. } => "not-reached",
            FitError::Setting(_) => "bad-setting",
            FitError::Curve(_) => "no-forecast",
        }
    }
}

/// A law's parameters as found on some rows.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The law.
    pub law: &'static dyn Law,
    /// The parameters, in the order of the law.
    pub theta: Vec<f64>,
    /// The loss there, in the loss's own reduction.
    pub loss: f64,
    /// How the best start ended.
    pub status: Status,
    /// Evaluations of the law's gradient over all rows, all starts together.
    pub evaluations: usize,
    /// How many starts came within 1e-6 (relative) of the best loss, and how many there were.
    pub agreeing: (usize, usize),
}
