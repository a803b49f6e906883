//! `ilog2`: the inverse logarithm, y = c − a / ln(x + 1).
//!
//! `c` is the asymptote, approached very slowly; `a` the gap to it at x = e − 1.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::Real;
use crate::{At, Formula, Param, Scalar};

/// y = c − a / ln(x + 1).
pub struct Ilog2;

impl Formula for Ilog2 {
    const NAME: &'static str = "ilog2";
    const TITLE: &'static str = "Inverse logarithm";
    const FORMULA: &'static str = "c - a / ln(x + 1)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[Param::new("c", Real, 0.78, [0.0, 1.0], "asymptote"), Param::new("a", Real, 0.43, [-0.5, 0.5], "gap at x = e - 1")];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[c, a] = theta else { return None };
        (x == 1.0).then(|| vec![c / y, a / y])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        c - a / at.input(0).ln_1p()
    }
}
