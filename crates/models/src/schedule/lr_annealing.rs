//! `lr_annealing`: a power law in the summed rate, and a gain from bringing the rate down,
//! L(s) = L₀ + A S₁^−α − C S₂.
//!
//! S₁ = Σ_{i ≤ s} η_i is the progress made; S₂ = Σ_{i ≤ s} m_i with m_i = λ m_{i−1} + (η_{i−1} − η_i) is how much
//! the rate was brought down, with a momentum λ that delays the gain. The warm-up, up to the first step at
//! the peak rate, is left out of S₂.
//!
//! Known flaws: steps at rate zero after the end still lower the loss, and S₂ has no bound.
//!
//! Source: Tissue, Wang and Wang 2024.

use crate::Domain::{NonNegative, Positive, Unit};
use crate::{At, Base, Basis, Formula, Param, Scalar, Term};

/// L(s) = L₀ + A S₁^−α − C S₂.
pub struct LrAnnealing;

impl Formula for LrAnnealing {
    const NAME: &'static str = "lr_annealing";
    const TITLE: &'static str = "Learning-rate annealing law";
    const FORMULA: &'static str = "l0 + a * s1^-alpha - c * s2, s1 the summed rate, s2 the summed momentum (lambda) of its falls";
    const INPUTS: &'static [&'static str] = &["step"];
    const PARAMS: &'static [Param] = &[
        Param::new("l0", NonNegative, 2.5, [1.0, 4.0], "loss after a long time at a constant rate"),
        Param::new("a", Positive, 0.5, [0.1, 2.0], "cost of little progress"),
        Param::new("alpha", Positive, 0.5, [0.2, 1.0], "rate of progress"),
        Param::new("c", NonNegative, 1.0, [0.05, 4.0], "gain from bringing the rate down"),
        Param::new("lambda", Unit, 0.995, [0.9, 0.999], "momentum that delays the gain"),
    ];
    const CITE: &'static str = "tissue2024annealing";
    const SUM: Option<&'static [Term]> =
        Some(&[Term::one(0), Term::power(1, Base::SummedRate, 2), Term { coefficient: 3, sign: -1.0, basis: Basis::Gain { momentum: 4 } }]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [l0, a, alpha, c, lambda] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let (Some(rates), Some(whole)) = (super::rates_until(at), at.schedule) else {
            return S::from_f64(f64::NAN);
        };
        let progress: f64 = rates.iter().sum();
        let (mut momentum, mut gain) = (S::from_f64(0.0), S::from_f64(0.0));
        let peak = warm_up(whole.rates());
        for pair in rates.get(peak..).unwrap_or_default().windows(2) {
            momentum = lambda * momentum + (pair[0] - pair[1]);
            gain = gain + momentum;
        }
        l0 + a * (-alpha * progress.ln()).exp() - c * gain
    }
}

/// The first step at the peak rate: the length of the warm-up.
pub fn warm_up(rates: &[f64]) -> usize {
    let peak = rates.iter().copied().fold(0.0, f64::max);
    rates.iter().position(|&rate| rate >= peak).unwrap_or(0)
}

/// S₂ at every step of a schedule, at one momentum; as long as `rates`.
pub fn gains(rates: &[f64], lambda: f64) -> Vec<f64> {
    let peak = warm_up(rates);
    let (mut momentum, mut gain, mut before) = (0.0, 0.0, 0.0);
    let mut out = Vec::with_capacity(rates.len());
    for (step, &rate) in rates.iter().enumerate() {
        if step > peak {
            momentum = lambda * momentum + (before - rate);
            gain += momentum;
        }
        out.push(gain);
        before = rate;
    }
    out
}
