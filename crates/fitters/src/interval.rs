//! Intervals: for a parameter, a prediction, a compute-optimal size, or anything else that is a function of the
//! parameters.
//!
//! Three ways, from the most trusted: [`bootstrap`], clustered by run; [`profile`], the likelihood along one
//! parameter; [`laplace`], the robust covariance at the optimum, which is quick.

pub use curves::Interval;

pub mod bootstrap;
pub mod laplace;
pub mod profile;

/// A function of the parameters of a law; NaN or an infinity where it has no value.
pub type Quantity<'a> = dyn Fn(&[f64]) -> f64 + 'a;

/// Refuses a confidence that is none.
fn check_level(level: f64) -> Result<(), crate::FitError> {
    let sound = level > 0.0 && level < 1.0;
    if sound { Ok(()) } else { Err(crate::FitError::Setting(format!("a confidence of {level}; it must lie between 0 and 1, 0.9 for 90 %"))) }
}
