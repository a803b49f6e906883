//! `vap`: the vapour-pressure curve, y = exp(a + b / x + c ln x).
//!
//! `a` is the logarithm of the scale, `b` shapes the start (the curve rises from 0 for b < 0), `c` is the
//! power it ends in.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::Real;
use crate::{At, Formula, Param, Scalar};

/// y = exp(a + b / x + c ln x).
pub struct Vap;

impl Formula for Vap {
    const NAME: &'static str = "vap";
    const TITLE: &'static str = "Vapour-pressure curve";
    const FORMULA: &'static str = "exp(a + b / x + c * ln(x))";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, -0.622028, [-2.0, 0.0], "log scale"),
        Param::new("b", Real, -0.470050, [-4.0, 0.0], "shape of the start"),
        Param::new("c", Real, 0.042322, [0.0, 1.0], "final power"),
    ];
    const CITE: &'static str = "domhan2015speeding";

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b, c] = theta else { return None };
        Some(vec![a + c * x.ln() - y.ln(), b / x, c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = at.input(0);
        (a + b / x + c * x.ln()).exp()
    }
}
