//! `logistic`: the logistic growth curve, y = a / (1 + exp(−k (x − b))).
//!
//! `a` is the asymptote, `k` the growth rate, `b` where half of the asymptote is reached.
//!
//! Source: Domhan, Springenberg and Hutter 2015, unused there.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a / (1 + exp(−k (x − b))).
pub struct Logistic;

impl Formula for Logistic {
    const NAME: &'static str = "logistic";
    const TITLE: &'static str = "Logistic growth curve";
    const FORMULA: &'static str = "a / (1 + exp(-k * (x - b)))";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.8, [0.5, 1.0], "asymptote"),
        Param::new("k", Positive, 0.01, [0.001, 1.0], "growth rate"),
        Param::new("b", Real, 1.0, [0.0, 100.0], "half-way point"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, k, b] = theta else { return None };
        Some(vec![a / y, k * x, b / x])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, k, b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        a * (k * (-b + at.input(0))).logistic()
    }
}
