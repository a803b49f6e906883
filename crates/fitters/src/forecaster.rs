//! `Forecaster`: anything that can be asked how a curve goes on.

use curves::{Curve, Forecast};
use models::Schedule;

use crate::FitError;

/// The question: what is seen of one curve, which points are asked, and what else may help.
///
/// Methods that look at one curve alone ignore the schedule and the earlier runs.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The beginning of the curve, in the units of its source. Networks that were trained on the unit scale want it there (see [`curves::Scale`]).
    pub seen: &'a Curve,
    /// The resource values asked; none of them needs to lie beyond what is seen.
    pub at: &'a [f64],
    /// The learning rate at every step, known to the last one asked, where the resource is the step.
    pub schedule: Option<&'a Schedule>,
    /// Earlier runs of the same project, in the same units.
    pub earlier: &'a [Run<'a>],
    /// The least and the greatest value that there can be, infinite where they are not known.
    pub bounds: (f64, f64),
}

impl<'a> Question<'a> {
    /// A question about one curve alone.
    pub fn of(seen: &'a Curve, at: &'a [f64]) -> Self {
        Self { seen, at, schedule: None, earlier: &[], bounds: (f64::NEG_INFINITY, f64::INFINITY) }
    }
}

/// A run that is known to its end.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// The whole of it.
    pub curve: &'a Curve,
    /// Its learning rate at every step, where it is known.
    pub schedule: Option<&'a Schedule>,
}

/// One answer of a method.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which of the method's answers it is; empty when there is only one.
    pub name: String,
    /// The forecast, or why there is none.
    pub forecast: Result<Forecast, FitError>,
    /// Which share of the method's work this answer would have cost alone, 0 to 1.
    pub share: f64,
    /// What the method has to say of itself: R-hat, effective sample size, the law chosen.
    pub notes: Vec<(&'static str, f64)>,
}

impl Answer {
    /// The one answer of a method that gives one.
    pub fn only(forecast: Result<Forecast, FitError>) -> Vec<Self> {
        vec![Self { name: String::new(), forecast, share: 1.0, notes: Vec::new() }]
    }
}

/// A method: a fitter and a law, a prior and a sampler, a network, the last value.
pub trait Forecaster: Send + Sync {
    /// The names of its answers, in order; `[""]` for a method with one.
    fn answers(&self) -> Vec<String> {
        vec![String::new()]
    }

    /// Answers one question, one [`Answer`] per name in [`Forecaster::answers`]. The same seed gives the same answers.
    fn forecast(&self, question: &Question<'_>, seed: u64) -> Vec<Answer>;
}
