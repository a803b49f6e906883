//! `pow3`: the three-parameter power law, y = c − a x^−α.
//!
//! `c` is the asymptote, `a` the gap to it at x = 1, `α` the rate.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = c − a x^−α.
pub struct Pow3;

impl Formula for Pow3 {
    const NAME: &'static str = "pow3";
    const TITLE: &'static str = "Three-parameter power law";
    const FORMULA: &'static str = "c - a * x^-alpha";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("c", Real, 0.84, [0.0, 1.25], "asymptote"),
        Param::new("a", Real, 0.52, [-0.6, 0.6], "gap at x = 1"),
        Param::new("alpha", Positive, 0.01, [0.01, 4.0], "rate"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[c, a, alpha] = theta else { return None };
        Some(vec![c / y, a * x.powf(-alpha) / y, alpha])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [c, a, alpha] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        c - a * x.powf(-alpha)
    }
}
