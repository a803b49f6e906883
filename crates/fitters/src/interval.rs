//! Intervals: for a parameter, a prediction, a compute-optimal size, or anything else that is a function of the
//! parameters.
//!
//! Three ways, from the most trusted: [`bootstrap`], clustered by run; [`profile`], the likelihood along one
//! parameter; [`laplace`], the robust covariance at the optimum, which is quick.

pub mod bootstrap;
pub mod laplace;
pub mod profile;

/// A function of the parameters of a law; NaN or an infinity where it has no value.
pub type Quantity<'a> = dyn Fn(&[f64]) -> f64 + 'a;

/// An estimate with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// At the fit.
    pub estimate: f64,
    /// Lower end; −∞ where the rows set none.
    pub low: f64,
    /// Upper end; ∞ where the rows set none.
    pub high: f64,
    /// The confidence, between 0 and 1.
    pub level: f64,
    /// Standard error; NaN where the method has none.
    pub se: f64,
}

/// Refuses a confidence that is none.
fn check_level(level: f64) -> Result<(), crate::FitError> {
    let sound = level > 0.0 && level < 1.0;
    if sound { Ok(()) } else { Err(crate::FitError::Setting(format!("a confidence of {level}; it must lie between 0 and 1, 0.9 for 90 %"))) }
}

/// The quantile of sorted numbers, at least one, straight between neighbours (type 7 of Hyndman and Fan 1996).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    sorted[below] + (at - at.floor()) * (sorted[above] - sorted[below])
}
