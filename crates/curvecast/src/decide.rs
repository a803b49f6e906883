//! Should a run go on? The probability that it ends better than what there is already.
//!
//! A run is stopped when it is unlikely to be better than the best one at the place that counts (its last epoch, say), by its forecast there;
//! or when it has diverged. A comparison at the place itself, and not of the values so far, is what tells a slow run from a hopeless one.

mod outlook;
mod standings;
mod sweep;

use crate::{Error, ForecastOptions, PointForecast, Series, Warning};

pub(crate) use outlook::{Outlook, clean};
pub(crate) use standings::better;
pub use standings::{Standing, Standings};
pub use sweep::{ReadSweep, Sweep, SweepRun};

/// The fewest points on which a run is judged: a forecast needs as many.
const MIN_POINTS: usize = 4;

/// What a run is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct DecideOptions {
    /// The resource value that counts: where the run ends, or where all are compared.
    pub at: f64,
    /// The value to beat there.
    pub best: f64,
    /// The run is stopped when it is better with a lower probability than this. Default: 0.05.
    pub below: f64,
    /// No run is stopped before so many points were logged, whatever they are. Default: 4.
    pub min_points: usize,
    /// Who answers, and what is known of the measure.
    pub forecast: ForecastOptions,
}

impl DecideOptions {
    /// To beat `best` at the place `at`, with usual settings.
    pub fn new(at: f64, best: f64) -> Self {
        Self { at, best, below: 0.05, min_points: MIN_POINTS, forecast: ForecastOptions::default() }
    }

    /// Can it be asked, whatever the run?
    ///
    /// # Errors
    /// A place, a value to beat, or a probability that is none.
    pub fn check(&self) -> Result<(), Error> {
        if !self.best.is_finite() {
            return Err(Error::Option(format!("the value to beat is {}; give a value of the measure", self.best)));
        }
        check(self.at, self.below)
    }
}

/// What a decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Too few points were logged: the run goes on.
    TooFew,
    /// The forecast at the place that counts.
    Forecast,
    /// The run is NaN or infinite at its end, or far above its best: it is stopped.
    Diverged,
    /// The place that counts was reached: there is nothing left to stop.
    Finished,
}

impl Ground {
    /// A short word, for tables.
    pub fn word(self) -> &'static str {
        match self {
            Ground::TooFew => "too-few",
            Ground::Forecast => "forecast",
            Ground::Diverged => "diverged",
            Ground::Finished => "finished",
        }
    }
}

/// Should a run go on, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Is it to be stopped?
    pub stop: bool,
    /// What that rests on.
    pub ground: Ground,
    /// The probability that it is better than the best at the place that counts; 0 or 1 where the place was reached, 0 where the run has
    /// diverged, `None` where too little was seen to tell.
    pub p_better: Option<f64>,
    /// The forecast at the place that counts; `None` where it was reached, where the run has diverged, and where too little was seen.
    pub forecast: Option<PointForecast>,
    /// All of it in one sentence.
    pub reason: String,
    /// How many finite values were seen.
    pub seen: usize,
    /// The last resource value seen.
    pub last: f64,
    /// The last finite value of the measure; `None` where there is none.
    pub value: Option<f64>,
    /// What looks doubtful.
    pub warnings: Vec<Warning>,
}

/// Should this run go on?
///
/// - A run that has reached the place is finished: it is not stopped, and its value there is held against the best.
/// - Before `min_points` are logged the answer is to go on, whatever they are; a NaN counts as a point here.
/// - A run that is NaN or infinite from somewhere to its end is stopped, and so is a loss whose median of the last three values is ten times
///   its best and above its first: it has diverged.
/// - Any other run is stopped when the probability that it is better at the place, by its forecast there, is lower than `below`.
///
/// # Errors
/// Options that cannot work, a series that is none or begins after the place, and a forecast that fails.
pub fn decide(series: &Series, options: &DecideOptions) -> Result<Decision, Error> {
    options.check()?;
    Ok(Outlook::of(series, options.at, options.min_points, &options.forecast)?.decision(options.best, options.below))
}

/// Can a place and a probability be asked about?
pub(crate) fn check(at: f64, below: f64) -> Result<(), Error> {
    if !at.is_finite() {
        return Err(Error::Option(format!("the place that counts is {at}; give a resource value")));
    }
    if !(below > 0.0 && below < 1.0) {
        return Err(Error::Option(format!("a run is stopped below a probability of {below}; give one between 0 and 1, such as 0.05")));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
