//! `weibull`: the Weibull growth curve, y = α − (α − β) exp(−(κ x)^δ).
//!
//! `α` is the asymptote, `β` the value at x = 0, `κ` the growth rate, `δ` the shape. Also called WBL4,
//! c − b exp(−a x^d), with c = α, b = α − β, a = κ^δ and d = δ.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = α − (α − β) exp(−(κ x)^δ).
pub struct Weibull;

impl Formula for Weibull {
    const NAME: &'static str = "weibull";
    const TITLE: &'static str = "Weibull growth curve (WBL4)";
    const FORMULA: &'static str = "alpha - (alpha - beta) * exp(-(kappa * x)^delta)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("alpha", Real, 0.7, [0.0, 1.5], "asymptote"),
        Param::new("beta", Real, 0.1, [0.0, 1.0], "value at x = 0"),
        Param::new("kappa", Positive, 0.01, [0.01, 1.0], "growth rate"),
        Param::new("delta", Positive, 1.0, [0.3, 3.0], "shape"),
    ];
    const CITE: &'static str = "domhan2015speeding";
    const LINEAR: &'static [usize] = &[0, 1];

    fn in_units(theta: &[f64], x: f64, y: f64) -> Option<Vec<f64>> {
        let &[alpha, beta, kappa, delta] = theta else { return None };
        Some(vec![alpha / y, beta / y, kappa * x, delta])
    }

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [alpha, beta, kappa, delta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        alpha - (alpha - beta) * (-(kappa * at.input(0)).powf(delta)).exp()
    }
}
