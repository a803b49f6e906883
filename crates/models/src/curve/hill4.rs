//! `hill4`: the Hill curve, y = α + θ x^η / (κ^η + x^η).
//!
//! `α` is the value at x = 0, `θ` the rise to the asymptote α + θ, `η` the steepness, `κ` where half of
//! the rise is done.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = α + θ x^η / (κ^η + x^η).
pub struct Hill4;

impl Formula for Hill4 {
    const NAME: &'static str = "hill4";
    const TITLE: &'static str = "Hill curve";
    const FORMULA: &'static str = "alpha + theta * x^eta / (kappa^eta + x^eta)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("alpha", Real, 0.1, [0.0, 0.5], "value at x = 0"),
        Param::new("theta", Real, 0.772320, [0.5, 1.0], "rise"),
        Param::new("eta", Positive, 0.586449, [0.3, 10.0], "steepness"),
        Param::new("kappa", Positive, 2.460843, [0.1, 100.0], "half-way point"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[alpha, theta, eta, kappa] = theta else { return None };
        Some(vec![alpha / y, theta / y, eta, kappa / x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [alpha, theta, eta, kappa] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let u = at.input(0).ln();
        alpha + theta * (eta * (-kappa.ln() + u)).logistic()
    }
}
