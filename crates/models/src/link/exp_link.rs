//! `exp_link`: error downstream as it falls with the loss, Err = ε − k e^(−γ L).
//!
//! `epsilon` is the error of a model that knows nothing (that of chance), `k` and `gamma` how it falls as the
//! loss does.
//!
//! Source: Gadre et al. 2024.

use crate::Domain::{Positive, Real};
use crate::{At, Formula, Param, Scalar};

/// Err = ε − k e^(−γ L).
pub struct ExpLink;

impl Formula for ExpLink {
    const NAME: &'static str = "exp_link";
    const TITLE: &'static str = "Exponential link from loss to error";
    const FORMULA: &'static str = "epsilon - k * exp(-gamma * loss)";
    const INPUTS: &'static [&'static str] = &["loss"];
    const PARAMS: &'static [Param] = &[
        Param::new("epsilon", Real, 0.8, [0.4, 1.0], "error at a large loss"),
        Param::new("k", Positive, 2.0, [0.5, 10.0], "scale"),
        Param::new("gamma", Positive, 0.7, [0.2, 2.0], "rate"),
    ];
    const CITE: &'static str = "gadre2024overtraining";

    fn formula<S: Scalar>(at: &At<'_>, theta: &[S]) -> S {
        let [epsilon, k, gamma] = theta[..] else {
            return S::from_f64(f64::NAN);
        };
        epsilon - k * (-gamma * at.input(0)).exp()
    }
}
