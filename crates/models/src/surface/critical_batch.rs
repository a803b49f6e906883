//! `critical_batch`: loss after S steps of batch B, where the critical batch depends on the loss itself.
//!
//! L = (N_c/N)^α_N + (S_c/S_min)^α_S with S_min = S / (1 + B_crit(L)/B) and B_crit(L) = B_* L^(−1/α_B).
//! A run with a small batch wastes no data but needs more steps; B_crit is where it needs twice the least of
//! both. N is a count, S steps, B and B_* tokens per step.
//!
//! The right side falls as L rises, so the root is one, above (N_c/N)^α_N. It is solved to rounding.
//!
//! Source: Su et al. 2024, after McCandlish et al. 2018 and Kaplan et al. 2020.

use crate::Domain::Positive;
use crate::{At, Formula, Param, Scalar};

/// L = (N_c/N)^α_N + (S_c (1 + B_* L^(−1/α_B) / B) / S)^α_S.
pub struct CriticalBatch;

impl Formula for CriticalBatch {
    const NAME: &'static str = "critical_batch";
    const TITLE: &'static str = "Kaplan law with a finite batch";
    const FORMULA: &'static str = "L = (n_c / params)^alpha_n + (s_c * (1 + b_star * L^(-1/alpha_b) / batch) / steps)^alpha_s";
    const INPUTS: &'static [&'static str] = &["params", "steps", "batch"];
    const PARAMS: &'static [Param] = &[
        Param::new("n_c", Positive, 1e14, [1e12, 1e16], "size at which a converged model has loss one"),
        Param::new("alpha_n", Positive, 0.08, [0.04, 0.2], "rate in parameters"),
        Param::new("s_c", Positive, 2e3, [1e2, 1e5], "steps at which what training lacks costs one"),
        Param::new("alpha_s", Positive, 0.75, [0.3, 1.2], "rate in steps"),
        Param::new("b_star", Positive, 2e8, [1e7, 1e9], "critical batch at loss one, in tokens"),
        Param::new("alpha_b", Positive, 0.2, [0.15, 0.4], "how fast the critical batch grows"),
    ];
    const CITE: &'static str = "su2024unraveling";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [n_c, alpha_n, s_c, alpha_s, b_star, alpha_b] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        let floor = (n_c / at.input(0)).powf(alpha_n);
        // With u = ln(L − floor): u = α_S (c + softplus(d − ln L / α_B)), its right side falling in u.
        let c = s_c.ln() - at.input(1).ln();
        let d = b_star.ln() - at.input(2).ln();
        let Some(root) = solve(floor.re(), alpha_s.re(), c.re(), d.re(), alpha_b.re()) else {
            return S::from_f64(f64::NAN);
        };
        // One Newton step in dual numbers from the root: the implicit function theorem, as in `m4`.
        let excess = root.exp();
        let loss = floor + excess;
        let z = d - loss.ln() / alpha_b;
        let residual = -(alpha_s * (c + z.softplus())) + root;
        let slope = 1.0 + alpha_s.re() * z.re().logistic() * excess / (alpha_b.re() * loss.re());
        floor + (-residual / slope + root).exp()
    }
}

/// B_crit = B_* L^(−1/α_B): the batch at which a run needs twice the least steps and twice the least data.
pub fn critical_batch(loss: f64, b_star: f64, alpha_b: f64) -> f64 {
    b_star * loss.powf(-alpha_b.recip())
}

/// S_min = S / (1 + B_crit/B): the steps that a run of S steps of batch B would have taken at a large batch.
pub fn min_steps(steps: f64, batch: f64, critical: f64) -> f64 {
    steps / (1.0 + critical / batch)
}

/// The root u of u = α_S (c + softplus(d − ln(floor + e^u) / α_B)), by Newton's method inside a shrinking bracket.
fn solve(floor: f64, alpha_s: f64, c: f64, d: f64, alpha_b: f64) -> Option<f64> {
    let sound = floor.is_finite() && floor >= 0.0 && alpha_s > 0.0 && alpha_b > 0.0 && c.is_finite() && d.is_finite();
    if !sound {
        return None;
    }
    let right = |u: f64| alpha_s * (c + (d - (floor + u.exp()).ln() / alpha_b).softplus());
    // softplus ≥ 0 bounds the root from below; what the right side is there bounds it from above.
    let mut low = alpha_s * c;
    let mut high = right(low);
    let mut u = low;
    for _ in 0..200 {
        let excess = u.exp();
        let loss = floor + excess;
        let z = d - loss.ln() / alpha_b;
        let residual = u - alpha_s * (c + z.softplus());
        if residual < 0.0 {
            low = u;
        } else {
            high = u;
        }
        let newton = u - residual / (1.0 + alpha_s * z.logistic() * excess / (alpha_b * loss));
        if (newton - u).abs() <= 4.0 * f64::EPSILON * (1.0 + u.abs()) {
            return Some(newton);
        }
        u = if low < newton && newton < high { newton } else { 0.5 * (low + high) };
    }
    Some(u)
}
