//! `exp3`: the exponential, y = c − exp(−a x + b).
//!
//! `c` is the asymptote, `a` the rate, `b` the logarithm of the gap at x = 0.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = c − exp(−a x + b).
pub struct Exp3;

impl Formula for Exp3 {
    const NAME: &'static str = "exp3";
    const TITLE: &'static str = "Three-parameter exponential";
    const FORMULA: &'static str = "c - exp(-a * x + b)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("c", Real, 0.7, [0.5, 1.0], "asymptote"),
        Param::new("a", Positive, 0.01, [0.001, 1.0], "rate"),
        Param::new("b", Real, -1.0, [-2.0, 1.0], "log gap at x = 0"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[c, a, b] = theta else { return None };
        Some(vec![c / y, a * x, b - y.ln()])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        c - (b - a * at.input(0)).exp()
    }
}
