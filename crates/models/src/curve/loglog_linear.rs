//! `loglog_linear`: the logarithm of a line in ln x, y = ln(a ln x + b).
//!
//! `a` is the slope, `b` the exponential of the value at x = 1. It has no asymptote; NaN where
//! a ln x + b < 0, which needs x < 1.
//!
//! Source: Domhan, Springenberg and Hutter 2015, who give no start; ours is 1.

use crate::Domain::Positive;
use crate::{At, Formula, Param, Scalar};

/// y = ln(a ln x + b).
pub struct LoglogLinear;

impl Formula for LoglogLinear {
    const NAME: &'static str = "loglog_linear";
    const TITLE: &'static str = "Logarithm of a line in ln x";
    const FORMULA: &'static str = "ln(a * ln(x) + b)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[Param::new("a", Positive, 1.0, [0.01, 1.0], "slope"), Param::new("b", Positive, 1.0, [1.0, 3.0], "exp of y at x = 1")];
    const CITE: &'static str = "domhan2015speeding";

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b] = theta else { return None };
        (y == 1.0).then(|| vec![a, b + a * x.ln()])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        (a * at.input(0).ln() + b).ln()
    }
}
