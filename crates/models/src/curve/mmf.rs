//! `mmf`: the Morgan–Mercer–Flodin growth curve, y = α − (α − β) / (1 + (κ x)^δ).
//!
//! `α` is the asymptote, `β` the value at x = 0, `κ` the growth rate, `δ` how sharply it bends. Also
//! called MMF4, (a b + c x^d) / (b + x^d), with a = β, b = κ^−δ, c = α and d = δ.
//!
//! Source: Domhan, Springenberg and Hutter 2015.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = α − (α − β) / (1 + (κ x)^δ).
pub struct Mmf;

impl Formula for Mmf {
    const NAME: &'static str = "mmf";
    const TITLE: &'static str = "Morgan-Mercer-Flodin curve (MMF4)";
    const FORMULA: &'static str = "alpha - (alpha - beta) / (1 + (kappa * x)^delta)";
    const INPUTS: &'static [&'static str] = &["resource"];
    const PARAMS: &'static [Param] = &[
        Param::new("alpha", Real, 0.7, [0.5, 1.0], "asymptote"),
        Param::new("beta", Real, 0.1, [0.0, 0.5], "value at x = 0"),
        Param::new("kappa", Positive, 0.01, [0.01, 50.0], "growth rate"),
        Param::new("delta", Positive, 5.0, [0.1, 10.0], "sharpness"),
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
        let u = at.input(0).ln();
        alpha - (alpha - beta) * (-delta * (kappa.ln() + u)).logistic()
    }
}
