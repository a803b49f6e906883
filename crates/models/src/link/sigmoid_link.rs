//! `sigmoid_link`: accuracy downstream as a sigmoid of the loss, y = b + a / (1 + e^(−k (L − L₀))).
//!
//! With a < 0 and k > 0 the accuracy falls from `b` at small losses to `a + b`, that of chance, at large ones;
//! L₀ is half-way.
//!
//! Source: Bhagia et al. 2024, "Establishing task scaling laws via compute-efficient model ladders", step two.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// y = b + a / (1 + e^(−k (L − L₀))).
pub struct SigmoidLink;

impl Formula for SigmoidLink {
    const NAME: &'static str = "sigmoid_link";
    const TITLE: &'static str = "Sigmoid link from loss to accuracy";
    const FORMULA: &'static str = "b + a / (1 + exp(-k * (loss - l0)))";
    const INPUTS: &'static [&'static str] = &["loss"];
    const PARAMS: &'static [Param] = &[
        Param::new("a", Real, -0.7, [-1.0, -0.2], "rise from small to large losses"),
        Param::new("b", Real, 1.0, [0.5, 1.0], "accuracy at a small loss"),
        Param::new("k", Positive, 2.0, [0.5, 10.0], "steepness"),
        Param::new("l0", Real, 1.0, [0.2, 4.0], "loss half-way"),
    ];
    const CITE: &'static str = "bhagia2024ladder";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [a, b, k, l0] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        b + a * (k * (-l0 + at.input(0))).logistic()
    }
}
