//! `hill3`: the Hill curve without background, y = θ x^η / (κ^η + x^η).
//!
//! `θ` is the asymptote, `η` the steepness, `κ` where half of it is reached.
//!
//! Source: Domhan, Springenberg and Hutter 2015, who call it the dose-response Hill
//! curve with zero background.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = θ x^η / (κ^η + x^η).
pub struct Hill3;

impl Formula for Hill3 {
    const NAME: &'static str = "hill3";
    const TITLE: &'static str = "Hill curve, zero background";
    const FORMULA: &'static str = "theta * x^eta / (kappa^eta + x^eta)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("theta", Real, 0.772320, [0.5, 1.0], "asymptote"),
        Param::new("eta", Positive, 0.586449, [0.3, 10.0], "steepness"),
        Param::new("kappa", Positive, 2.460843, [0.1, 100.0], "half-way point"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[theta, eta, kappa] = theta else { return None };
        Some(vec![theta / y, eta, kappa / x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [theta, eta, kappa] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let u = at.input(0).ln();
        theta * (eta * (-kappa.ln() + u)).logistic()
    }
}
