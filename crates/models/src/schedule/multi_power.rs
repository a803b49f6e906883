//! `multi_power`: a power law in the summed rate, and a gain from every change of the rate that itself grows as
//! a power law, L(s) = L₀ + A S₁(s)^−α + B Σ_{k ≤ s} (η_k − η_{k−1}) (1 − (1 + C η_k^−γ (S₁(s) − S₁(k−1)))^−β).
//!
//! S₁(s) = Σ_{i ≤ s} η_i. The sum runs over every step at which the rate changes, the warm-up included (the rate
//! before step 0 counts as 0); a fall lowers the loss, the more so the further training goes on after it. A
//! change to rate zero is left out, where its power is not defined.
//!
//! Source: Luo et al. 2025.

use crate::Domain::{NonNegative, Positive};
use crate::{At, Base, Basis, Formula, Param, Scalar, Term};

/// L(s) = L₀ + A S₁^−α + B Σ Δη_k (1 − (1 + C η_k^−γ ΔS₁)^−β).
pub struct MultiPower;

impl Formula for MultiPower {
    const NAME: &'static str = "multi_power";
    const TITLE: &'static str = "Multi-Power law";
    const FORMULA: &'static str = "l0 + a * s1^-alpha + b * sum over changes of rate_change * (1 - (1 + c * rate^-gamma * (s1 - s1 before the change))^-beta)";
    const INPUTS: &'static [&'static str] = &["step"];
    const PARAMS: &'static [Param] = &[
        Param::new("l0", NonNegative, 2.5, [1.0, 4.0], "loss after a long time at a constant rate"),
        Param::new("a", Positive, 0.5, [0.1, 2.0], "cost of little progress"),
        Param::new("alpha", Positive, 0.5, [0.2, 1.0], "rate of progress"),
        Param::new("b", NonNegative, 400.0, [100.0, 1000.0], "gain from a change of rate"),
        Param::new("c", Positive, 1.0, [0.1, 5.0], "how soon the gain comes"),
        Param::new("beta", Positive, 0.5, [0.2, 1.0], "rate of the gain"),
        Param::new("gamma", Positive, 0.5, [0.2, 1.0], "how much sooner at a small rate"),
    ];
    const CITE: &'static str = "luo2025multipower";
    const SUM: Option<&'static [Term]> =
        Some(&[Term::one(0), Term::power(1, Base::SummedRate, 2), Term { coefficient: 3, sign: 1.0, basis: Basis::Changes { params: [4, 5, 6] } }]);

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [l0, a, alpha, b, c, beta, gamma] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let Some(rates) = super::rates_until(at) else {
            return S::from_f64(f64::NAN);
        };
        let progress: f64 = rates.iter().sum();
        let (mut passed, mut before) = (0.0, 0.0);
        let mut gain = S::from_f64(0.0);
        for &rate in rates {
            // The stretches of a constant rate add nothing, and are most of many schedules.
            if rate != before && rate > 0.0 {
                let x = c * (-gamma * rate.ln()).exp() * (progress - passed);
                let left = (-beta * x.ln_1p()).exp();
                gain = gain + (-left + 1.0) * (rate - before);
            }
            passed += rate;
            before = rate;
        }
        l0 + a * (-alpha * progress.ln()).exp() + b * gain
    }
}
