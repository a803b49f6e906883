//! `pow4_lcdb`: the shifted power law of the learning-curve database, y = a − b (d + x)^−c.
//!
//! `a` is the asymptote, `b` the gap to it at x = 1 − d, `c` the rate, `d` the shift. Unlike
//! [`pow4`](super::pow4) it may approach its asymptote from either side.
//!
//! Source: Mohr, Viering, Loog and van Rijn 2022, who call it POW4.

use crate::Domain::{NonNegative, Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a − b (d + x)^−c.
pub struct Pow4Lcdb;

impl Formula for Pow4Lcdb {
    const NAME: &'static str = "pow4_lcdb";
    const TITLE: &'static str = "Shifted power law, POW4 of LCDB";
    const FORMULA: &'static str = "a - b * (d + x)^-c";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.5, [0.0, 1.0], "asymptote"),
        Param::new("b", Real, 0.5, [-1.0, 1.0], "gap at x = 1 - d"),
        Param::new("c", Positive, 0.5, [0.01, 2.0], "rate"),
        Param::new("d", NonNegative, 1.0, [0.0, 100.0], "shift of x"),
    ];
    const CITE: &'static str = "mohr2022lcdb";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, b, c, d] = theta else { return None };
        Some(vec![a / y, b * x.powf(-c) / y, c, d / x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, c, d] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        a - b * (d + at.input(0)).powf(-c)
    }
}
