//! The eleven families of Domhan et al. (2015), evaluated over a whole grid at once.
//!
//! The formulas are those of the `models` crate, and a test holds each to its law there; they stand
//! here again because samplers evaluate them 10⁸ times and need them as vector code.

use crate::fast::{exp_within, ln};
use crate::grid::{Grid, LANES, Position};
use crate::real::Real;
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

    /// Are there parameters with which a curve turns?
    #[inline(always)]
    pub(crate) fn turns(self) -> bool {
        self == Family::Vap
    }

    /// Where a curve turns; NaN for a curve that never does. Every family but one is monotone wherever it is a number.
    #[inline(always)]
    pub(crate) fn turn(self, p: [f64; 4]) -> f64 {
        match self {
            // (a + b/t + c ln t)′ = (c t − b) / t².
            Family::Vap => p[1] / p[2],
            _ => f64::NAN,
        }
    }

    /// Adds `w · f(x; p)` to `out` for the positions `at` of the grid; `p` in the order above and filled up to four, `out` as long
    /// as `at`, which begins and ends with a register.
    #[inline(always)]
    pub(crate) fn add(self, w: f64, p: [f64; 4], grid: &Grid, at: Range<usize>, out: &mut [f64]) {
        self.formula(AlongGrid { w, p, grid, at, out });
    }
}

/// eˣ for curves in [0, 1]: e^−600 is nothing beside them, and what it is multiplied by leaves it a normal number. On others
/// processors spend a hundred times as long, and curves that have levelled off are full of them.
#[inline(always)]
fn exp<R: Real>(x: R) -> R {
    exp_within(x, 600.0)
}

/// w · f(x; p) of one family; p in the family's order and filled up to four.
pub(crate) trait Formula {
    /// Which parameter is given as its logarithm, so that along a grid this is taken once for all positions.
    const LOGGED: Option<usize>;

    /// Its value.
    fn value<R: Real>(w: R, p: [R; 4], x: Position<R>) -> R;
}

/// A loop that evaluates a family's formula.
pub(crate) trait Loop {
    /// Runs it.
    fn run<F: Formula>(self);
}

/// One formula a family, and a function that runs a loop with a family's formula: compiled once per family, so that the loop
/// holds no branch, which is what makes it vector code.
macro_rules! formulas {
    ($($family:ident $(by the logarithm of $logged:literal)?: |$w:ident, $p:pat, $x:ident| $value:expr;)*) => {
        $(struct $family;

        impl Formula for $family {
            const LOGGED: Option<usize> = [$(Some($logged),)? None][0];

            #[inline(always)]
            fn value<R: Real>($w: R, $p: [R; 4], $x: Position<R>) -> R {
                $value
            }
        })*

        impl Family {
            /// Runs a loop with this family's formula.
            #[inline(always)]
            pub(crate) fn formula(self, inside: impl Loop) {
                match self {
                    $(Family::$family => inside.run::<$family>(),)*
                }
            }
        }
    };
}

formulas! {
    Pow3: |w, [c, a, alpha, _], x| w * (c - a * exp(-alpha * x.ln));
    Ilog2: |w, [c, a, ..], x| w * (c - a * x.inv_ln1);
    Janoschek: |w, [a, b, k, d], x| w * (a - (a - b) * exp(-k * exp(d * x.ln)));
    LogPower: |w, [a, b, c, _], x| w * a / (R::all(1.0) + exp(c * (x.ln - b)));
    Weibull by the logarithm of 2: |w, [a, b, ln_k, d], x| w * (a - (a - b) * exp(-exp(d * (ln_k + x.ln))));
    Mmf by the logarithm of 2: |w, [a, b, ln_k, d], x| w * (a - (a - b) / (R::all(1.0) + exp(d * (ln_k + x.ln))));
    Vap: |w, [a, b, c, _], x| w * exp(a + b * x.inv + c * x.ln);
    LoglogLinear: |w, [a, b, ..], x| w * ln(a * x.ln + b);
    Exp4: |w, [c, a, b, alpha], x| w * (c - exp(b - a * exp(alpha * x.ln)));
    Pow4: |w, [c, a, b, alpha], x| w * (c - exp(-alpha * ln(a * x.x + b)));
    Hill3 by the logarithm of 2: |w, [theta, eta, ln_k, _], x| w * theta / (R::all(1.0) + exp(eta * (ln_k - x.ln)));
}

/// One curve at many positions.
struct AlongGrid<'a> {
    w: f64,
    p: [f64; 4],
    grid: &'a Grid,
    at: Range<usize>,
    out: &'a mut [f64],
}

impl Loop for AlongGrid<'_> {
    #[inline(always)]
    fn run<F: Formula>(self) {
        let (w, mut p) = (self.w, self.p);
        if let Some(k) = F::LOGGED {
            p[k] = p[k].ln();
        }
        let groups = &self.grid.groups[self.at.start / LANES..self.at.end / LANES];
        for (out, x) in self.out.as_chunks_mut::<LANES>().0.iter_mut().zip(groups) {
            // Copies, so that the compiler knows that nothing overlaps; it drops those that a formula does not read.
            let (mut sum, x) = (*out, *x);
            for (k, sum) in sum.iter_mut().enumerate() {
                *sum += F::value(w, p, Position { x: x.x[k], ln: x.ln[k], inv: x.inv[k], inv_ln1: x.inv_ln1[k] });
            }
            *out = sum;
        }
    }
}
