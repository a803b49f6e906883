//! `average_params`: the Chinchilla law of a model whose size changes, L = E + A N̄^−α + B D^−β.
//!
//! N̄ is the mean number of active parameters over training, (1/D) ∫ N(t) dt with t in tokens: the compute is
//! proportional to N̄ D, whatever the schedule. A dense run is the case N̄ = N. [`Pruning`] is the schedule of
//! sparse pre-training, and [`average`] takes any other as a table.
//!
//! Source: Jin et al. 2025, "The journey matters".

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Formula, Param, Scalar, SizeAndData, Term};

/// L = E + A N̄^−α + B D^−β.
pub struct AverageParams;

impl Formula for AverageParams {
    const NAME: &'static str = "average_params";
    const TITLE: &'static str = "Average-parameter-count law";
    const FORMULA: &'static str = "e + a * average_params^-alpha + b * tokens^-beta";
    const INPUTS: &'static [&'static str] = &["average_params", "tokens"];
    const PARAMS: &'static [Param] = &[
        Param::new("e", NonNegative, 1.5, [0.5, 2.5], "irreducible loss"),
        Param::new("a", Positive, 400.0, [10.0, 1e4], "cost of few parameters"),
        Param::new("b", Positive, 1000.0, [10.0, 1e5], "cost of little data"),
        Param::new("alpha", Positive, 0.35, [0.15, 0.7], "rate in parameters"),
        Param::new("beta", Positive, 0.35, [0.15, 0.7], "rate in tokens"),
    ];
    const CITE: &'static str = "jin2025journey";
    const SUM: Option<&'static [Term]> = Some(&[Term::one(0), Term::power(1, Base::Input(0), 3), Term::power(2, Base::Input(1), 4)]);
    const SIZE_AND_DATA: Option<SizeAndData> = Some(SizeAndData { e: 0, a: 1, b: 2, alpha: 3, beta: 4 });

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [e, a, b, alpha, beta] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        e + a * super::falling(at.input(0), alpha) + b * super::falling(at.input(1), beta)
    }
}

/// A cubic pruning schedule: dense, then pruned between two shares of training, then sparse.
///
/// N(t) = N_f + (N − N_f) (1 − (t − from)/(to − from))³ in between, N_f being `kept · dense`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pruning {
    /// Parameters before pruning.
    pub dense: f64,
    /// The share of them that is kept in the end, 0 to 1.
    pub kept: f64,
    /// Where pruning begins, as a share of training, 0 to 1.
    pub from: f64,
    /// Where it ends, `from` to 1.
    pub to: f64,
}

impl Pruning {
    /// Active parameters at a share `t` of training; NaN for a schedule that is none.
    pub fn params(&self, t: f64) -> f64 {
        if !self.is_sound() {
            return f64::NAN;
        }
        let last = self.kept * self.dense;
        let left = if t < self.from {
            1.0
        } else if t >= self.to {
            0.0
        } else {
            (self.to - t) / (self.to - self.from)
        };
        last + (self.dense - last) * left.powi(3)
    }

    /// N̄ over all of training, exactly; NaN for a schedule that is none.
    pub fn average(&self) -> f64 {
        if !self.is_sound() {
            return f64::NAN;
        }
        let last = self.kept * self.dense;
        // A cubic ramp from 1 to 0 has the mean 1/4.
        last + (self.dense - last) * (self.from + 0.25 * (self.to - self.from))
    }

    fn is_sound(&self) -> bool {
        let shares = (0.0..=1.0).contains(&self.kept) && 0.0 <= self.from && self.from <= self.to && self.to <= 1.0;
        shares && self.dense > 0.0 && self.dense.is_finite()
    }
}

/// N̄ of a table: active parameters at increasing times (tokens or any other measure of compute per
/// parameter), straight in between. `None` unless there are two times or more, increasing, all numbers finite.
pub fn average(times: &[f64], params: &[f64]) -> Option<f64> {
    let sound = times.len() == params.len() && times.len() >= 2 && times.is_sorted_by(|a, b| a < b) && params.iter().chain(times).all(|v| v.is_finite());
    let (Some(first), Some(last), true) = (times.first(), times.last(), sound) else {
        return None;
    };
    let area: f64 = times.windows(2).zip(params.windows(2)).map(|(t, n)| 0.5 * (t[1] - t[0]) * (n[0] + n[1])).sum();
    Some(area / (last - first))
}
