//! `bnsl3`: the broken neural scaling law with three breaks,
//! y = a + b x^−c0 Π_i (1 + (x/d_i)^(1/f_i))^(−c_i f_i).
//!
//! The parameters are those of [`bnsl1`](super::bnsl1), with c_i, d_i, f_i for i = 1..3. The breaks may
//! stand in any order, so a fit has equal optima that differ in their numbering only.
//!
//! Source: Caballero, Gupta, Rish and Krueger 2023. They search a grid, so the starts are ours.

use super::bnsl::broken;
use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a + b x^−c0 Π_i (1 + (x/d_i)^(1/f_i))^(−c_i f_i).
pub struct Bnsl3;

impl Formula for Bnsl3 {
    const NAME: &'static str = "bnsl3";
    const TITLE: &'static str = "Broken neural scaling law, three breaks";
    const FORMULA: &'static str = "a + b * x^-c0 * prod_i=1..3 (1 + (x/d_i)^(1/f_i))^(-c_i*f_i)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.1, [0.0, 1.0], "limit"),
        Param::new("b", Positive, 1.0, [0.01, 100.0], "scale"),
        Param::new("c0", Real, 0.1, [0.0, 1.0], "first slope"),
        Param::new("c1", Real, 0.5, [-1.0, 1.0], "change at break 1"),
        Param::new("d1", Positive, 100.0, [1.0, 10000.0], "place of break 1"),
        Param::new("f1", Positive, 0.25, [0.05, 1.0], "sharpness"),
        Param::new("c2", Real, 0.5, [-1.0, 1.0], "change at break 2"),
        Param::new("d2", Positive, 1000.0, [1.0, 10000.0], "place of break 2"),
        Param::new("f2", Positive, 0.25, [0.05, 1.0], "sharpness"),
        Param::new("c3", Real, 0.5, [-1.0, 1.0], "change at break 3"),
        Param::new("d3", Positive, 10000.0, [1.0, 10000.0], "place of break 3"),
        Param::new("f3", Positive, 0.25, [0.05, 1.0], "sharpness"),
    ];
    const CITE: &'static str = "caballero2023broken";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        super::bnsl::in_units(theta, x, y)
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        broken(at, theta, 3)
    }
}
