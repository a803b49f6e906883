//! `exp4`: the stretched exponential, y = c − exp(−a x^α + b).
//!
//! `c` is the asymptote, `a` the rate, `b` the logarithm of the gap at x = 0, `α` the stretch.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = c − exp(−a x^α + b).
pub struct Exp4;

impl Formula for Exp4 {
    const NAME: &'static str = "exp4";
    const TITLE: &'static str = "Four-parameter exponential";
    const FORMULA: &'static str = "c - exp(-a * x^alpha + b)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("c", Real, 0.7, [0.5, 1.0], "asymptote"),
        Param::new("a", Positive, 0.8, [0.02, 1.0], "rate"),
        Param::new("b", Real, -0.8, [-1.0, 2.0], "log gap at x = 0"),
        Param::new("alpha", Positive, 0.3, [0.1, 4.0], "stretch"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[c, a, b, alpha] = theta else { return None };
        Some(vec![c / y, a * x.powf(alpha), b - y.ln(), alpha])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a, b, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        c - (b - a * x.powf(alpha)).exp()
    }
}
