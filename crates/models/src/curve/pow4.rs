//! `pow4`: the four-parameter power law, y = c − (a x + b)^−α.
//!
//! `c` is the asymptote, `a` the scale of x, `b` its shift, `α` the rate. The curve stays below `c`.
//!
//! Source: Domhan, Springenberg and Hutter 2015. They start `b` at 0, on
//! the bound, where a search on the real line cannot begin; here it starts at 1.

use crate::Domain::{NonNegative, Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = c − (a x + b)^−α.
pub struct Pow4;

impl Formula for Pow4 {
    const NAME: &'static str = "pow4";
    const TITLE: &'static str = "Four-parameter power law";
    const FORMULA: &'static str = "c - (a * x + b)^-alpha";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("c", Real, 0.8, [0.0, 1.0], "asymptote"),
        Param::new("a", Positive, 200.0, [0.01, 200.0], "scale of x"),
        Param::new("b", NonNegative, 1.0, [0.0, 3.0], "shift of x"),
        Param::new("alpha", Positive, 0.1, [0.1, 4.0], "rate"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[c, a, b, alpha] = theta else { return None };
        Some(vec![c / y, a * x * y.powf(1.0 / alpha), b * y.powf(1.0 / alpha), alpha])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a, b, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        c - (a * at.input(0) + b).powf(-alpha)
    }
}
