//! `m1`: the power law without an asymptote, y = b x^c.
//!
//! `b` is the value at x = 1, `c` the rate. [`pow2`](super::pow2) for errors: it can only fall.
//!
//! Source: Alabdulmohsin, Neyshabur and Zhai 2022.

use crate::Domain::{Negative, Positive};
use crate::{At, Formula, Param, Scalar};

/// y = b x^c.
pub struct M1;

impl Formula for M1 {
    const NAME: &'static str = "m1";
    const TITLE: &'static str = "Power law, M1";
    const FORMULA: &'static str = "b * x^c";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[Param::new("b", Positive, 1.0, [0.01, 100.0], "value at x = 1"), Param::new("c", Negative, -0.5, [-2.0, -0.01], "rate")];
    const CITE: &'static str = "alabdulmohsin2022revisiting";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[b, c] = theta else { return None };
        Some(vec![b * x.powf(c) / y, c])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [b, c] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        b * x.powf(c)
    }
}
