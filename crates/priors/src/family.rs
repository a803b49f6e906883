//! The eleven families of Domhan et al. (2015), evaluated over a whole grid at once.
//!
//! The formulas are those of the `models` crate, and a test holds each to its law there; they stand
//! here again because samplers evaluate them 10⁸ times and need them as vector code.

use crate::fast::{exp, ln};
use crate::grid::Grid;
use std::ops::Range;

/// One family of curves y(t).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// c − a t^−α; parameters c, a, α.
    Pow3,
    /// c − a / ln(t+1); parameters c, a.
    Ilog2,
    /// a − (a−β) exp(−k t^δ); parameters a, β, k, δ.
    Janoschek,
    /// a / (1 + (t/e^b)^c); parameters a, b, c.
    LogPower,
    /// α − (α−β) exp(−(κt)^δ); parameters α, β, κ, δ.
    Weibull,
    /// α − (α−β) / (1 + (κt)^δ); parameters α, β, κ, δ.
    Mmf,
    /// exp(a + b/t + c ln t); parameters a, b, c.
    Vap,
    /// ln(a ln t + b); parameters a, b.
    LoglogLinear,
    /// c − exp(−a t^α + b); parameters c, a, b, α.
    Exp4,
    /// c − (a t + b)^−α; parameters c, a, b, α.
    Pow4,
    /// θ t^η / (κ^η + t^η); parameters θ, η, κ.
    Hill3,
}

/// How a family's first two parameters make its level and its amplitude, which a weight multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linear {
    /// Level p₀, amplitude p₁.
    Apart,
    /// Level p₀, amplitude p₀ − p₁.
    Between,
}

impl Family {
    /// Where a curve is linear in its first two parameters: f = level − amplitude · g(t; the others).
    pub(crate) fn linear(self) -> Option<Linear> {
        match self {
            Family::Pow3 | Family::Ilog2 => Some(Linear::Apart),
            Family::Janoschek | Family::Weibull | Family::Mmf => Some(Linear::Between),
            Family::LogPower | Family::Vap | Family::LoglogLinear | Family::Exp4 | Family::Pow4 | Family::Hill3 => None,
        }
    }

    /// The name of the law in the `models` crate.
    pub fn law(self) -> &'static str {
        match self {
            Family::Pow3 => "pow3",
            Family::Ilog2 => "ilog2",
            Family::Janoschek => "janoschek",
            Family::LogPower => "log_power",
            Family::Weibull => "weibull",
            Family::Mmf => "mmf",
            Family::Vap => "vap",
            Family::LoglogLinear => "loglog_linear",
            Family::Exp4 => "exp4",
            Family::Pow4 => "pow4",
            Family::Hill3 => "hill3",
        }
    }

    /// Adds `w · f(x; p)` to `out` for the positions `at` of the grid; `p` in the order above, `out` as long as `at`.
    #[inline(always)]
    pub(crate) fn add(self, w: f64, p: &[f64], g: &Grid, at: Range<usize>, out: &mut [f64]) {
        // One closure per family keeps each loop free of branches, which is what makes it vector code.
        let ln_x = &g.ln_x[at.clone()];
        match (self, p) {
            (Family::Pow3, &[c, a, alpha]) => over(out, ln_x, |l| w * (c - a * exp(-alpha * l))),
            (Family::Ilog2, &[c, a]) => over(out, &g.inv_ln_x1[at], |i| w * (c - a * i)),
            (Family::Janoschek, &[a, b, k, d]) => over(out, ln_x, |l| w * (a - (a - b) * exp(-k * exp(d * l)))),
            (Family::LogPower, &[a, b, c]) => over(out, ln_x, |l| w * a / (1.0 + exp(c * (l - b)))),
            (Family::Weibull, &[a, b, k, d]) => {
                let ln_k = k.ln();
                over(out, ln_x, |l| w * (a - (a - b) * exp(-exp(d * (ln_k + l)))));
            }
            (Family::Mmf, &[a, b, k, d]) => {
                let ln_k = k.ln();
                over(out, ln_x, |l| w * (a - (a - b) / (1.0 + exp(d * (ln_k + l)))));
            }
            (Family::Vap, &[a, b, c]) => {
                for ((o, l), i) in out.iter_mut().zip(ln_x).zip(&g.inv_x[at]) {
                    *o += w * exp(a + b * i + c * l);
                }
            }
            (Family::LoglogLinear, &[a, b]) => over(out, ln_x, |l| w * ln(a * l + b)),
            (Family::Exp4, &[c, a, b, alpha]) => over(out, ln_x, |l| w * (c - exp(b - a * exp(alpha * l)))),
            (Family::Pow4, &[c, a, b, alpha]) => over(out, &g.padded_x[at], |x| w * (c - exp(-alpha * ln(a * x + b)))),
            (Family::Hill3, &[theta, eta, kappa]) => {
                let ln_k = kappa.ln();
                over(out, ln_x, |l| w * theta / (1.0 + exp(eta * (ln_k - l))));
            }
            _ => out.fill(f64::NAN),
        }
    }
}

#[inline(always)]
fn over(out: &mut [f64], of: &[f64], f: impl Fn(f64) -> f64) {
    for (o, &v) in out.iter_mut().zip(of) {
        *o += f(v);
    }
}
