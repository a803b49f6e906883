//! `sat_growth`: the saturated growth rate, y = a x / (b + x).
//!
//! `a` is the asymptote, `b` where half of it is reached.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a x / (b + x).
pub struct SatGrowth;

impl Formula for SatGrowth {
    const NAME: &'static str = "sat_growth";
    const TITLE: &'static str = "Saturated growth rate";
    const FORMULA: &'static str = "a * x / (b + x)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[Param::new("a", Real, 0.7, [0.5, 1.0], "asymptote"), Param::new("b", Positive, 20.0, [0.1, 1000.0], "half-way point")];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b] = theta else { return None };
        Some(vec![a / y, b / x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = at.input(0);
        a * x / (b + x)
    }
}
