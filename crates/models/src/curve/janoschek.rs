//! `janoschek`: the Janoschek growth curve, y = a − (a − β) exp(−k x^δ).
//!
//! `a` is the asymptote, `β` the value at x = 0, `k` the growth rate, `δ` the shape. The same curves as
//! [`weibull`](super::weibull), where k = κ^δ.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = a − (a − β) exp(−k x^δ).
pub struct Janoschek;

impl Formula for Janoschek {
    const NAME: &'static str = "janoschek";
    const TITLE: &'static str = "Janoschek growth curve";
    const FORMULA: &'static str = "a - (a - beta) * exp(-k * x^delta)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, 0.73, [0.0, 1.0], "asymptote"),
        Param::new("beta", Real, 0.07, [0.0, 2.0], "value at x = 0"),
        Param::new("k", Positive, 0.355, [0.01, 1.0], "growth rate"),
        Param::new("delta", Positive, 0.46, [0.2, 3.0], "shape"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[a, beta, k, delta] = theta else { return None };
        Some(vec![a / y, beta / y, k * x.powf(delta), delta])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, beta, k, delta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let x = S::from_f64(at.input(0));
        a - (a - beta) * (-(k * x.powf(delta))).exp()
    }
}
