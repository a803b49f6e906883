//! `bounded_link`: accuracy downstream as a sigmoid of the loss that never leaves 0 to 1, y = b + a / (1 + e^(−k (L − L₀))).
//!
//! The form of [`sigmoid_link`](super::sigmoid_link) with the bounds of the authors' code: −1 ≤ a ≤ 0, 0 ≤ b ≤ 1 and
//! k, L₀ ≥ 0, so that the accuracy falls from `b` at small losses to `a + b` at large ones.
//!
//! Source: Bhagia et al. 2024; bounds as in the authors' step2.py.

use crate::Domain::{Interval, NonNegative, Unit};
use crate::{At, Formula, Param, Scalar};

/// y = b + a / (1 + e^(−k (L − L₀))), bounded.
pub struct BoundedLink;

impl Formula for BoundedLink {
    const NAME: &'static str = "bounded_link";
    const TITLE: &'static str = "Sigmoid from loss to accuracy, within 0 and 1";
    const FORMULA: &'static str = "b + a / (1 + exp(-k * (loss - l0)))";
    const INPUTS: &'static [&'static str] = &["loss"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Interval(-1.0, 0.0), -0.7, [-0.9, -0.3], "rise from small to large losses"),
        Param::new("b", Unit, 0.98, [0.8, 0.999], "accuracy at a small loss"),
        Param::new("k", NonNegative, 4.0, [1.0, 12.0], "steepness"),
        Param::new("l0", NonNegative, 0.9, [0.4, 1.6], "loss half-way"),
    ];
    const CITE: &'static str = "bhagia2024ladder";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, k, l0] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        b + a * (k * (-l0 + at.input(0))).logistic()
    }
}
