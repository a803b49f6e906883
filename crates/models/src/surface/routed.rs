//! `routed`: loss of a routed network of N parameters per token with E experts, bilinear in logarithms:
//!
//! log L = a log N + b log Ê + c log N log Ê + d, logarithms to base 10, with
//! 1/Ê = 1/(E − 1 + 1/(1/E_start − 1/E_max)) + 1/E_max.
//!
//! Ê rises from E_start at one expert to E_max at infinitely many; `c` says how fast experts lose their worth as
//! the model grows. Not defined unless E_max > E_start.
//!
//! Source: Clark et al. 2022.

use std::f64::consts::LN_10;

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// log L = a log N + b log Ê + c log N log Ê + d.
pub struct Routed;

impl Formula for Routed {
    const NAME: &'static str = "routed";
    const TITLE: &'static str = "Routed (mixture-of-experts) law";
    const FORMULA: &'static str =
        "log10(L) = a * log10(params) + b * log10(x) + c * log10(params) * log10(x) + d, 1/x = 1/(experts - 1 + 1/(1/e_start - 1/e_max)) + 1/e_max";
    const INPUTS: &'static [&'static str] = &["params", "experts"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, -0.1, [-0.12, -0.05], "rate in parameters"),
        Param::new("b", Real, -0.1, [-0.15, -0.05], "rate in experts"),
        Param::new("c", Real, 0.01, [0.005, 0.015], "what size takes from experts"),
        Param::new("d", Real, 1.0, [0.8, 1.3], "scale"),
        Param::new("e_start", Positive, 1.5, [1.0, 5.0], "what a single expert counts"),
        Param::new("e_max", Positive, 300.0, [100.0, 1e3], "what infinitely many experts count"),
    ];
    const CITE: &'static str = "clark2022routed";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, c, d, e_start, e_max] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let start = e_start.recip() - e_max.recip();
        if start.re() <= 0.0 {
            return S::from_f64(f64::NAN);
        }
        let experts = ((start.recip() + (at.input(1) - 1.0)).recip() + e_max.recip()).recip();
        let (n, x) = (at.input(0).log10(), experts.ln() / LN_10);
        ((a * n + b * x + c * x * n + d) * LN_10).exp()
    }
}
