//! `gompertz`: the Gompertz growth curve, y = a exp(−b exp(−c x)).
//!
//! `a` is the asymptote, `b` the displacement along x, `c` the growth rate.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a exp(−b exp(−c x)).
pub struct Gompertz;

impl Formula for Gompertz {
    const NAME: &'static str = "gompertz";
    const TITLE: &'static str = "Gompertz growth curve";
    const FORMULA: &'static str = "a * exp(-b * exp(-c * x))";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.8, [0.5, 1.0], "asymptote"),
        Param::new("b", Positive, 1000.0, [1.0, 1000.0], "displacement"),
        Param::new("c", Positive, 0.05, [0.001, 0.5], "growth rate"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b, c] = theta else { return None };
        Some(vec![a / y, b, c * x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        a * (-(b * (-(c * at.input(0))).exp())).exp()
    }
}
