//! `m2`: the power law with an asymptote, y = e_inf + b x^c.
//!
//! `e_inf` is the error at infinity, `b` the gap to it at x = 1, `c` the rate. [`pow3`](super::pow3) for
//! errors: it can only fall.
//!
//! Source: Alabdulmohsin, Neyshabur and Zhai 2022, who start `e_inf` just below the
//! least error seen.

use crate::Domain::{Negative, NonNegative, Positive};
use crate::{At, Formula, Param, Scalar};

/// y = e_inf + b x^c.
pub struct M2;

impl Formula for M2 {
    const NAME: &'static str = "m2";
    const TITLE: &'static str = "Power law with asymptote, M2";
    const FORMULA: &'static str = "e_inf + b * x^c";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("e_inf", NonNegative, 0.1, [0.0, 0.5], "error at infinity"),
        Param::new("b", Positive, 1.0, [0.01, 100.0], "gap at x = 1"),
        Param::new("c", Negative, -0.5, [-2.0, -0.01], "rate"),
    ];
    const CITE: &'static str = "alabdulmohsin2022revisiting";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[e_inf, b, c] = theta else { return None };
        Some(vec![e_inf / y, b * x.powf(c) / y, c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e_inf, b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        e_inf + b * x.powf(c)
    }
}
