//! `bnsl1`: the broken neural scaling law with one break, y = a + b x^−c0 (1 + (x/d1)^(1/f1))^(−c1 f1).
//!
//! `a` is the limit, `b` the scale, `c0` the first slope in log-log; `c1` is by how much the slope changes
//! at the break, `d1` where that is and `f1` how gradual, sharp when small.
//!
//! Source: Caballero, Gupta, Rish and Krueger 2023. They search a grid, so the starts are ours.

use super::bnsl::broken;
use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a + b x^−c0 (1 + (x/d1)^(1/f1))^(−c1 f1).
pub struct Bnsl1;

impl Formula for Bnsl1 {
    const NAME: &'static str = "bnsl1";
    const TITLE: &'static str = "Broken neural scaling law, one break";
    const FORMULA: &'static str = "a + b * x^-c0 * (1 + (x/d1)^(1/f1))^(-c1*f1)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.1, [0.0, 1.0], "limit"),
        Param::new("b", Positive, 1.0, [0.01, 100.0], "scale"),
        Param::new("c0", Real, 0.1, [0.0, 1.0], "first slope"),
        Param::new("c1", Real, 0.5, [-1.0, 1.0], "change at break 1"),
        Param::new("d1", Positive, 100.0, [1.0, 10000.0], "place of break 1"),
        Param::new("f1", Positive, 0.25, [0.05, 1.0], "sharpness"),
    ];
    const CITE: &'static str = "caballero2023broken";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        super::bnsl::in_units(theta, x, y)
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        broken(at, theta, 1)
    }
}
