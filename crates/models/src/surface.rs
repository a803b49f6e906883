//! Laws of several inputs: the loss of a run in its size, data, compute and shape.
//!
//! Sizes are counts, data are tokens, losses nats per token unless a file says otherwise; coefficients take up
//! the units. One file is one law; `registry.rs` lists them. `params` counts what the person who fits decides to
//! count (all, non-embedding, active): the law does not know, and exponents differ by it.

pub mod average_params;
pub mod chinchilla;
pub mod chinchilla_gamma;
pub mod chinchilla_guided;
pub mod chinchilla_tied;
pub mod critical_batch;
pub mod data_constrained;
pub mod ensemble;
pub mod joint_ensemble;
pub mod kaplan;
pub mod kaplan_steps;
pub mod over_training;
pub mod routed;
pub mod vocabulary;
pub mod width_depth;
pub mod width_depth_params;

use crate::Scalar;

/// x^−exponent, for x > 0.
fn falling<S: Scalar>(x: f64, exponent: S) -> S {
    // One exponential: half the price of `powf` in dual numbers, and the logarithm of x has no derivative.
    (-exponent * x.ln()).exp()
}
